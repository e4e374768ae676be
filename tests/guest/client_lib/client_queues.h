// SPDX-License-Identifier: GPL-2.0-or-later
//
// One resource in the debugfs file <lockspace>_locks; ours and stock's have one format, and list
// each queue in its order. Knows nothing of guests.
#pragma once

#include <string>
#include <vector>

namespace dlm::client {

struct DumpedLock {
    unsigned id = 0;
    int owner = 0;  // node, if it is the copy of another node's lock
    unsigned owner_id = 0;
    std::string modes;  // "PR", "PR>EX", or what a waiter asks for
};

struct DumpedResource {
    bool master = false;
    std::vector<DumpedLock> granted, converting, waiting;
};

DumpedResource read_dump(const std::string &text, const std::string &name);

}  // namespace dlm::client
