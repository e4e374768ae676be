// SPDX-License-Identifier: GPL-2.0-or-later
// Facts about nodes: merging is the same in any order, and in doubt a node is in.
#include <gtest/gtest.h>

#include "daemon/node_facts.h"

namespace dlm::daemon::test {

using Out = NodeFact::Out;

static NodeFact in(uint64_t count, const char *boot)
{
    return {count, Out::none, boot};
}
static NodeFact dead(uint64_t count, const char *boot)
{
    return {count, Out::dead, boot};
}

static NodeFact merged(NodeFact mine, NodeFact theirs)
{
    NodeFacts facts = {{1, mine}};
    merge_facts(facts, {{1, theirs}});
    return facts[1];
}

TEST(NodeFacts, higher_counts_win)
{
    EXPECT_EQ(merged(in(0, "a"), dead(1, "a")), dead(1, "a"));
    EXPECT_EQ(merged(dead(1, "a"), in(2, "b")), in(2, "b"));
    EXPECT_EQ(merged(in(2, "b"), dead(1, "a")), in(2, "b"));
}

TEST(NodeFacts, death_told_by_one_who_never_met_it_means_the_instance_we_know)
{
    EXPECT_EQ(merged(in(0, "a"), dead(1, "")), dead(1, "a"));
    EXPECT_EQ(merged(dead(1, ""), dead(1, "a")), dead(1, "a"));
}

TEST(NodeFacts, death_of_another_instance_does_not_touch_ours)
{
    EXPECT_EQ(merged(in(0, "b"), dead(1, "a")), in(2, "b"));
}

TEST(NodeFacts, boot_ids_spread_among_equals_and_death_beats_leave)
{
    EXPECT_EQ(merged(in(0, ""), in(0, "a")), in(0, "a"));
    EXPECT_EQ(merged(in(0, "a"), in(0, "")), in(0, "a"));
    EXPECT_EQ(merged({1, Out::left, "a"}, dead(1, "a")), dead(1, "a"));
}

TEST(NodeFacts, nodes_that_are_not_configured_are_ignored)
{
    NodeFacts facts = {{1, in(0, "a")}};
    EXPECT_TRUE(merge_facts(facts, {{9, dead(1, "x")}}).empty());
    EXPECT_EQ(facts.size(), 1u);
}

TEST(NodeFacts, died_is_certain_or_careful)
{
    EXPECT_TRUE((FactChange{1, in(0, "a"), dead(1, "a")}.died()));
    EXPECT_TRUE((FactChange{1, in(0, "a"), in(2, "b")}.died()));
    EXPECT_FALSE((FactChange{1, in(0, "a"), in(2, "a")}.died())) << "the deaths were of others";
    EXPECT_FALSE((FactChange{1, in(0, "a"), {1, Out::left, "a"}}.died()));
    EXPECT_FALSE((FactChange{1, dead(1, "a"), in(2, "b")}.died()));
    EXPECT_FALSE((FactChange{1, in(0, ""), in(0, "a")}.died()));
}

TEST(NodeFacts, views_agree_by_counts_and_by_boots_of_those_that_are_in)
{
    NodeFacts a = {{1, in(0, "a")}, {2, dead(1, "")}};
    NodeFacts b = {{1, in(0, "a")}, {2, dead(1, "x")}};
    EXPECT_TRUE(same_view(a, b));
    b[1].boot = "other";
    EXPECT_FALSE(same_view(a, b));
    EXPECT_FALSE(same_view(a, {{1, in(0, "a")}}));
    EXPECT_EQ(nodes_in(a), std::vector<int>{1});
}

}  // namespace dlm::daemon::test
