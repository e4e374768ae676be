// SPDX-License-Identifier: GPL-2.0-or-later
// Merging of facts about nodes.
#include "daemon/node_facts.h"

namespace dlm::daemon {

bool FactChange::died() const
{
    if (!before.in())
        return false;
    // Deaths of other instances were counted in between; the one that we know is the one that
    // lives.
    if (after.in() && after.boot == before.boot && !before.boot.empty())
        return false;
    // A jump of two or more skipped the message of how it went: take the careful reading.
    return after.count > before.count &&
           (after.out == NodeFact::Out::dead || after.count >= before.count + 2);
}

static NodeFact newer(const NodeFact &mine, const NodeFact &theirs)
{
    if (theirs.count < mine.count)
        return mine;
    if (theirs.count > mine.count) {
        NodeFact fact = theirs;
        // Declared out by someone who never met it: the instance meant is the one that we know.
        if (!fact.in() && fact.boot.empty() && mine.in() && theirs.count == mine.count + 1)
            fact.boot = mine.boot;
        // Another instance went. For all that is certain ours lives: being in is the safe reading,
        // since then everything waits for it.
        if (!fact.in() && mine.in() && !mine.boot.empty() && fact.boot != mine.boot)
            fact = {fact.count + 1, NodeFact::Out::none, mine.boot};
        return fact;
    }
    NodeFact fact = mine;
    if (fact.boot.empty())
        fact.boot = theirs.boot;
    if (theirs.out == NodeFact::Out::dead)
        fact.out = NodeFact::Out::dead;
    return fact;
}

std::vector<FactChange> merge_facts(NodeFacts &mine, const NodeFacts &theirs)
{
    std::vector<FactChange> changes;
    for (auto &[node, fact] : mine) {
        auto other = theirs.find(node);
        if (other == theirs.end())
            continue;
        NodeFact merged = newer(fact, other->second);
        if (merged == fact)
            continue;
        changes.push_back({node, fact, merged});
        fact = merged;
    }
    return changes;
}

bool same_view(const NodeFacts &a, const NodeFacts &b)
{
    if (a.size() != b.size())
        return false;
    for (const auto &[node, fact] : a) {
        auto other = b.find(node);
        if (other == b.end() || other->second.count != fact.count)
            return false;
        if (fact.in() && other->second.boot != fact.boot)
            return false;
    }
    return true;
}

std::vector<int> nodes_in(const NodeFacts &facts)
{
    std::vector<int> nodes;
    for (const auto &[node, fact] : facts)
        if (fact.in())
            nodes.push_back(node);
    return nodes;
}

}  // namespace dlm::daemon
