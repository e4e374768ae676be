// SPDX-License-Identifier: GPL-2.0-or-later
// What is certain about each configured node: alive, dead or left. Facts only grow, so that daemons
// which exchange them agree in the end, whatever the order in which they heard of them. Pure: no
// clock, no I/O.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace dlm::daemon {

// The count goes up by one at each death, leave and return: even means in, odd means out.
struct NodeFact {
    enum class Out { none, dead, left };

    uint64_t count = 0;
    Out out = Out::none;
    // The kernel's boot id (see Membership::instance()): of the instance that is in, or of the one
    // that went. Empty: never heard of.
    std::string boot;

    bool in() const { return count % 2 == 0; }
    bool operator==(const NodeFact &) const = default;
};

using NodeFacts = std::map<int, NodeFact>;

struct FactChange {
    int node;
    NodeFact before;
    NodeFact after;

    // An instance that was in is gone for certain and not by an orderly leave.
    bool died() const;
};

// Brings `mine` up to what `theirs` knows. Nodes that `mine` does not list are ignored.
std::vector<FactChange> merge_facts(NodeFacts &mine, const NodeFacts &theirs);

// Two views agree when counts agree, and the boot ids of those that are in.
bool same_view(const NodeFacts &a, const NodeFacts &b);

std::vector<int> nodes_in(const NodeFacts &facts);

}  // namespace dlm::daemon
