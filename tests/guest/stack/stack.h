// SPDX-License-Identifier: GPL-2.0-or-later
//
// The distribution's own stack on a cluster of guests: corosync, dlm_controld, fencing by a power
// cut, unmodified, on our module, on stock's, or on both. What ManualControl is for the other
// suites.
#pragma once

#include <string>
#include <vector>

#include "fencer.h"
#include "harness/cluster.h"

namespace dlm::guest {

class Stack {
public:
    // Nodes with the packages and scripts that this needs; kind and mix as the command line says.
    static ClusterSpec spec(int nodes);

    explicit Stack(Cluster &cluster) : cluster_(cluster), fencer_(cluster) {}

    // All nodes, booted, up to a daemon that takes joins.
    Outcome start();
    // The first part on one node: module, devices, configuration, fencing, corosync.
    Outcome prepare(Node &node);
    // The second, once the nodes are together.
    Outcome start_daemon(Node &node);
    // A node that lost its power, from the boot on. The others must know of its death.
    Outcome come_back(int node);
    // In turn on each running node: daemon, corosync, module. Nothing may be left of it.
    Outcome stop();

    // corosync on the node counts so many, and has a quorum.
    Outcome wait_quorate(Node &node, int nodes);
    // corosync on the node counts so many.
    Outcome wait_nodes(Node &node, int nodes);
    // The daemons of these nodes say that these are the members and nothing is under way.
    Outcome wait_members(const std::string &ls, const std::vector<int> &members);
    // So many requests to fence that node in all.
    Outcome wait_fenced(int victim, int times = 1);

    // These nodes join, at once; then all of members are in it.
    Outcome join(const std::string &ls, const std::vector<int> &nodes,
                 const std::vector<int> &members);
    Outcome join(const std::string &ls, const std::vector<int> &nodes)
    {
        return join(ls, nodes, nodes);
    }
    Outcome leave_in_turn(const std::string &ls, const std::vector<int> &nodes);

    Fencer &fencer() { return fencer_; }

    // Sources the functions of the guest before a command.
    static std::string script(Node &node, const std::string &command);

private:
    Outcome explain(Outcome failed, Node &node);

    Cluster &cluster_;
    Fencer fencer_;
};

}  // namespace dlm::guest
