// SPDX-License-Identifier: GPL-2.0-or-later
//
// A cluster whose nodes run the module and the kernel client, with the harness as control plane:
// what a suite of lock tests starts from. One lockspace at a time.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "client.h"
#include "harness/cluster.h"
#include "harness/control.h"

namespace dlm::client {

struct SpaceOptions {
    std::string cluster;  // empty: not given
    std::string flags;
    int lvblen = 32;
    std::string ops = "all";
};

class ClientCluster {
public:
    explicit ClientCluster(guest::ClusterSpec spec);

    guest::Cluster &cluster() { return cluster_; }
    guest::ManualControl &control() { return control_; }
    guest::Node &node(int id) { return cluster_.node(id); }
    // The client of a node in the lockspace joined last.
    Client &operator[](int id) { return *clients_.at(id); }
    std::vector<int> members() const { return control_.members(space_); }
    const std::string &space() const { return space_; }

    // Boots all, loads both modules, configures.
    guest::Outcome start();
    // All these nodes join together; their clients are ready.
    guest::Outcome join(const std::string &ls, const std::vector<int> &nodes,
                        const SpaceOptions &options = {});
    guest::Outcome join_one(int node);
    guest::Outcome leave_one(int node, int force = 0);
    // The two halves of it: the lockspace is released, what was held stays known to the client;
    // then the client forgets it.
    guest::Outcome release_one(int node, int force = 0);
    guest::Outcome forget(int node);
    // Clients of nodes that are members of no lockspace.
    guest::Outcome attach(const std::vector<int> &nodes);
    // Before the module can be unloaded.
    void detach() { clients_.clear(); }
    // Everybody leaves, one after the other.
    guest::Outcome leave(int force = 0);
    // A name for a resource that this node will master if it is the first to lock it, and go on
    // mastering when the members have become these: base itself or, where mastery goes by name,
    // base with a number that makes it so.
    std::string name_at(int node, const std::string &base,
                        const std::vector<int> &later_members = {}) const;
    // Power cut, and the others go on.
    guest::Outcome kill(int node);
    // Power cut, and nobody does anything about it yet.
    void lost(int node);
    // Boots, loads, is configured; a member of nothing.
    guest::Outcome revive(int node);

    // Since the client was loaded, on all running nodes.
    guest::Outcome no_violations();
    // Nothing was leaked (user-mode Linux), and the modules unload without a trace.
    guest::Outcome unload();
    // All leave, unload, are searched for leaks, and are members again.
    guest::Outcome reload();

private:
    guest::Outcome open_client(int node);
    std::string create_line() const;
    std::string release_line(int force) const;

    guest::Cluster cluster_;
    guest::ManualControl control_;
    std::string space_;
    SpaceOptions options_;
    std::map<int, std::unique_ptr<Client>> clients_;
};

}  // namespace dlm::client
