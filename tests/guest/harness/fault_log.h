// SPDX-License-Identifier: GPL-2.0-or-later
//
// The host's time of everything that was done to a cluster: boots, power cuts, cut links, resets,
// membership steps. Without it a failed run cannot be read. Thread-safe.
#pragma once

#include <mutex>
#include <string>
#include <vector>

namespace dlm::guest {

class FaultLog {
public:
    void add(const std::string &what);
    std::string text() const;

private:
    mutable std::mutex mutex_;
    std::vector<std::string> lines_;
};

}  // namespace dlm::guest
