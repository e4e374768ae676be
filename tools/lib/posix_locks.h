// SPDX-License-Identifier: LGPL-2.1-or-later
// Reader of dlm_controld's list of POSIX locks (fcntl on a cluster file system), which only it
// knows: one line of text for each lock.
#pragma once

#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

namespace dlm::lib {

struct PosixLock {
    enum class State {
        held,
        waiting,  // for others who hold what it asks for
        pending,  // until it is known which node decides about the file
    };
    static constexpr uint64_t end_of_file = std::numeric_limits<int64_t>::max();

    uint64_t inode;  // as the file system numbers the file
    bool exclusive;  // for writing
    uint64_t start;
    uint64_t end;  // the last byte
    int node;
    int64_t pid;
    uint64_t owner;  // with the node, what tells holders apart
    int file_owner;  // the node that decides about the file; 0: all together, -1: not known
    State state;
};

// A file without locks, of which one node remembers that it decides about it.
struct PosixFile {
    uint64_t inode;
    int file_owner;
    uint64_t unused_ms;
};

struct PosixLockTable {
    std::vector<PosixLock> locks;
    std::vector<PosixFile> files;
    int malformed = 0;  // lines that were skipped
};

PosixLockTable parse_posix_locks(std::string_view text);

}  // namespace dlm::lib
