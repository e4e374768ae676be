// SPDX-License-Identifier: GPL-2.0-or-later
//
// Histories of the stock module, kept outside of the clone: the same for ever, as long as the
// module, the sequences and what is recorded of them are.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "history.h"
#include "sequence.h"

namespace dlm::differential {

class Record {
public:
    // Of the module in this file.
    Record(const std::string &module_file, const std::vector<Sequence> &sequences);

    // All of them, or nothing.
    std::optional<std::map<std::string, History>> load() const;
    void save(const std::map<std::string, History> &histories) const;
    const std::string &path() const { return path_; }

private:
    std::string path_;
    std::size_t count_;
};

}  // namespace dlm::differential
