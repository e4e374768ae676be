// SPDX-License-Identifier: GPL-2.0-or-later
//
// Locks of files in a file system that is mounted on all nodes of a cluster, through
// guest-file-lock: "flock FILE exclusive", "fcntl FILE shared 0 10".
#pragma once

#include <string>

#include "harness/cluster.h"

namespace dlm::guest {

class FileLocks {
public:
    FileLocks(Cluster &cluster, std::string directory)
        : cluster_(cluster), directory_(std::move(directory))
    {
    }

    // Asks, prints "locked" when it has it, keeps it until let_go().
    Command lock(int node, const std::string &how);
    static Outcome let_go(const Command &command);
    // It has asked, and does not have it.
    Outcome waits(int node, const Command &command);
    // Without waiting.
    bool refused(int node, const std::string &how) { return attempt(node, how) == 1; }
    bool possible(int node, const std::string &how) { return attempt(node, how) == 0; }

    // When a process that waits is killed: not every file system lets it go before its turn.
    enum class Killed { dies_now, dies_in_its_turn };
    // Held on node 1: who is excluded, who gets it after that, and a waiter who is killed.
    void exclusion(const std::string &exclusive, const std::string &shared, Killed killed);

private:
    int attempt(int node, const std::string &how);

    Cluster &cluster_;
    std::string directory_;
};

// A command that has printed that line, and goes on.
Outcome says(const Command &command, const std::string &line,
             Milliseconds deadline = command_deadline);

}  // namespace dlm::guest
