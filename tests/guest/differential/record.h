// SPDX-License-Identifier: GPL-2.0-or-later
//
// Histories of the stock module, so that not everybody who compares with it must run it: those of
// one set of sequences in the tree, packed, and any others outside of the clone. The same for ever,
// as long as the module, the sequences and what is recorded of them are.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "harness/outcome.h"
#include "history.h"
#include "sequence.h"

namespace dlm::differential {

using Histories = std::map<std::string, History>;

// Outside of the clone, of the module in this file.
class Record {
public:
    Record(const std::string &module_file, const std::vector<Sequence> &sequences);

    // All of them, or nothing.
    std::optional<Histories> load() const;
    void save(const Histories &histories) const;
    const std::string &path() const { return path_; }

private:
    std::string path_;
    std::size_t count_;
};

// In the tree: what "make check" compares with. Known only under the sequences that they are of.
std::string packed_file();
std::optional<Histories> unpack(const std::string &file, const std::vector<Sequence> &sequences);
guest::Outcome pack(const std::string &file, const std::vector<Sequence> &sequences,
                    const Histories &histories);

}  // namespace dlm::differential
