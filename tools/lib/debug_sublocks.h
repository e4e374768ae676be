// SPDX-License-Identifier: LGPL-2.1-or-later
// Reader of debugfs <lockspace>_sublocks, which only our module has: the locks of this node that
// have a parent.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace dlm::lib {

struct SublockName {
    std::string name;
    bool whole;  // false: the beginning, all that this node has kept of it
};
// The names of the locks above a lock, outermost first, and its own.
using SublockPath = std::vector<SublockName>;

struct SublockRecord {
    SublockPath path;
    uint32_t id;
    uint32_t parent;
};

struct SublockTable {
    std::vector<SublockRecord> sublocks;
    int malformed = 0;  // lines that were skipped
};

SublockTable parse_sublocks(std::string_view text);

// By the ids of the sublocks; as long as the table lives.
std::unordered_map<uint32_t, const SublockPath *> paths_by_id(const SublockTable &table);

}  // namespace dlm::lib
