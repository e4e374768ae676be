// SPDX-License-Identifier: LGPL-2.1-or-later
// Reader of debugfs <lockspace>_locks: one record per lock that this node knows.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lib/debug_names.h"
#include "lib/debug_sublocks.h"

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
    uint32_t name_length;  // the kernel's
    std::string name;      // where the file of names does not have it, it ends at a NUL byte
    SublockPath path;      // empty: not one of this node's sublocks

    // The lock of another node on a resource that is mastered here.
    bool is_master_copy() const { return nodeid != 0 && master == 0; }
    // Made by a program, through the lockspace's device.
    bool is_user() const { return internal_flags & 0x1; }
    // Its program has ended, and has left it behind. Known to the owner's node only.
    bool is_orphan() const { return internal_flags & 0x2; }
};

struct LockTable {
    std::vector<LockRecord> locks;
    int malformed = 0;  // lines that were skipped
};

// Names are raw in the file, cut at a NUL byte: they may hold quotes and newlines, which the length
// field resolves, or better, where they are at hand, the names themselves.
LockTable parse_locks(std::string_view text, const LockNames &names = {});
// A name that is not whole, or that may be more than one line.
bool has_doubtful_name(const LockTable &table);

// Gives the sublocks among the locks their paths.
void put_paths(LockTable &table, const SublockTable &sublocks);

}  // namespace dlm::lib
