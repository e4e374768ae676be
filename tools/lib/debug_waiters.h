// SPDX-License-Identifier: LGPL-2.1-or-later
// Reader of debugfs <lockspace>_waiters: locks that wait for a reply message.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lib/debug_sublocks.h"

namespace dlm::lib {

struct WaiterRecord {
    uint32_t id;
    int wait_type;     // number of the message that was sent
    int nodeid;        // who is to answer
    std::string name;  // ends at a NUL byte
    SublockPath path;  // empty: not a sublock
};

struct WaiterTable {
    std::vector<WaiterRecord> waiters;
    int malformed = 0;  // lines that were skipped; the kernel cuts its text at 4096 bytes
};

WaiterTable parse_waiters(std::string_view text);
void put_paths(WaiterTable &table, const SublockTable &sublocks);
// "request", "convert", ... for the message numbers of the file; "message" for any other.
std::string_view wait_type_name(int wait_type);

}  // namespace dlm::lib
