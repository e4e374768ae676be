// SPDX-License-Identifier: GPL-2.0-or-later
// What daemons tell each other about lockspaces: one report of everything a node knows about
// itself, and three commands of the coordinator. Documentation/admin/daemon-protocol.rst describes
// the exchange.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "daemon/node_facts.h"

namespace dlm::daemon {

// One membership of one node in one lockspace. A node that leaves and joins again is another
// member.
struct Member {
    int node;
    std::string boot;  // of the node
    std::string join;  // made anew at each join

    bool operator==(const Member &) const = default;
};

using Members = std::vector<Member>;  // sorted by node

enum class Role { joining, member, leaving };
enum class Phase { stopped, started };

// A node's part in one lockspace.
struct LockspaceReport {
    Role role = Role::joining;
    Phase phase = Phase::stopped;
    std::string join;
    uint64_t change = 0;  // newest change whose stop has been carried out
    Members members;      // what the kernel was last started with
    std::string error;    // why the last start or stop failed; empty normally

    bool operator==(const LockspaceReport &) const = default;
};

struct PendingChange {
    uint64_t change = 0;
    bool starting = false;  // false: stopping
    std::vector<int> waiting_for;
    std::vector<int> members;

    bool operator==(const PendingChange &) const = default;
};

struct Report {
    NodeFacts facts;
    uint64_t newest_change = 0;  // highest change number ever seen or made
    std::map<std::string, LockspaceReport> lockspaces;
    std::map<std::string, PendingChange> pending;  // the coordinator only, for people to look at
    bool zombie = false;  // was declared dead while it ran; its lockspaces are stopped for good

    bool operator==(const Report &) const = default;
};

// Commands carry the coordinator's facts: a receiver whose facts differ must not obey.
struct StopCommand {
    std::string lockspace;
    uint64_t change;
    NodeFacts facts;
};

struct StartCommand {
    std::string lockspace;
    uint64_t change;
    Members members;
    NodeFacts facts;
};

// All others have stopped: the leaving node may let its kernel go.
struct ReleaseCommand {
    std::string lockspace;
    uint64_t change;
    NodeFacts facts;
};

using Message = std::variant<Report, StopCommand, StartCommand, ReleaseCommand>;

}  // namespace dlm::daemon
