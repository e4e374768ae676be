// SPDX-License-Identifier: LGPL-2.1-or-later
// Reader of debugfs <lockspace>_locks: one record per lock that this node knows.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dlm::lib {

struct LockRecord {
    uint32_t id;
    int nodeid;          // the other side of the lock: 0 when it is ours and mastered here
    uint32_t remote_id;  // id of the lock over there
    int pid;
    uint64_t xid;
    uint32_t request_flags;
    uint32_t internal_flags;
    int status;  // 1 waiting, 2 granted, 3 converting
    int granted_mode;
    int requested_mode;
    uint64_t queued_us;    // time in the queue where it stands
    uint32_t master;       // 0 here; 0xffffffff not known yet
    uint32_t name_length;  // the kernel's; the name below ends at a NUL byte
    std::string name;

    // The lock of another node on a resource that is mastered here.
    bool is_master_copy() const { return nodeid != 0 && master == 0; }
};

struct LockTable {
    std::vector<LockRecord> locks;
    int malformed = 0;  // lines that were skipped
};

// Names are raw in the file: they may hold quotes and newlines, which the length field resolves.
LockTable parse_locks(std::string_view text);

}  // namespace dlm::lib
