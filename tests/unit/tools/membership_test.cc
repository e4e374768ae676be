// SPDX-License-Identifier: GPL-2.0-or-later
// The change protocol of the daemons, played by several real Membership objects in a World that
// checks every start: scenarios first, then random ones in which nodes die, return, join, leave and
// lose their links while changes are under way.
#include "membership_world.h"

namespace dlm::daemon::test {

TEST(Membership, first_node_waits_for_the_daemons_of_all_others)
{
    World world(3);
    world.connect(2, 3);
    world.join(2, "foo");
    while (world.step()) {
    }
    EXPECT_FALSE(world.runs(2, "foo")) << "node 1 may run it for all that node 2 knows";
    EXPECT_EQ(world.daemon(2).not_agreed(), std::vector<int>{1});
    world.connect(1, 2);
    world.connect(1, 3);
    while (world.step()) {
    }
    EXPECT_TRUE(world.runs(2, "foo"));
    world.expect_quiet("foo");
}

TEST(Membership, a_dead_coordinator_is_replaced_by_the_next)
{
    World world(3);
    for (int id : {1, 2, 3})
        world.join(id, "foo");
    world.settle();
    world.expect_quiet("foo");
    world.power_cut(1);
    world.settle();
    EXPECT_TRUE(world.runs(2, "foo")) << "nobody is declared dead by the loss of a link";
    world.declare_dead(3, 1);
    world.settle();
    EXPECT_EQ(world.daemon(3).coordinator(), 2);
    world.expect_quiet("foo");
    world.boot(1);
    world.settle();
    EXPECT_EQ(world.daemon(3).coordinator(), 1);
    world.expect_quiet("foo");
    world.join(1, "foo");
    world.settle();
    world.expect_quiet("foo");
    EXPECT_EQ(world.node(2).kernels["foo"].members.size(), 3u);
}

TEST(Membership, a_member_is_not_started_before_the_slowest_has_stopped)
{
    World world(3);
    for (int id : {1, 2, 3})
        world.join(id, "foo");
    world.settle();
    world.leave(3, "foo");
    // Node 2 is cut off: its kernel runs on, so nobody may start.
    world.break_link(1, 2);
    world.break_link(2, 3);
    while (world.step()) {
    }
    EXPECT_TRUE(world.runs(2, "foo"));
    EXPECT_EQ(world.daemon(1).not_agreed(), std::vector<int>{2});
    EXPECT_TRUE(world.node(3).kernels.contains("foo")) << "the leave waits too";
    world.settle();
    EXPECT_FALSE(world.node(3).kernels.contains("foo"));
    world.expect_quiet("foo");
}

TEST(Membership, an_instance_that_was_declared_dead_stops_and_stays_out)
{
    World world(3);
    for (int id : {1, 2, 3})
        world.join(id, "foo");
    world.settle();
    world.administrator_lied = true;
    world.declare_dead(1, 3);
    world.connect_all();
    for (int steps = 0; steps < 1000 && world.step(); steps++)
        world.connect_all();
    EXPECT_TRUE(world.daemon(3).zombie());
    EXPECT_FALSE(world.runs(3, "foo"));
    EXPECT_EQ(world.daemon(1).peer_hello(3, world.node(3).boot), HelloAnswer::declared_dead);
}

TEST(Membership, a_reboot_is_no_proof_of_death)
{
    World world(2);
    world.settle();
    EXPECT_EQ(world.daemon(1).peer_hello(2, "another boot"), HelloAnswer::other_boot);
    EXPECT_TRUE(world.daemon(1).node_dead(2));
    EXPECT_EQ(world.daemon(1).peer_hello(2, "another boot"), HelloAnswer::accepted);
}

TEST(Membership, old_instance_declared_dead_lets_the_waiting_one_in_at_once)
{
    Membership one(1, "boot1", {1, 2});
    ASSERT_EQ(one.peer_hello(2, "old"), HelloAnswer::accepted);
    one.link_up(2);
    one.link_down(2);
    EXPECT_EQ(one.peer_hello(2, "new"), HelloAnswer::other_boot);
    EXPECT_EQ(one.knocking(2), "new");
    one.kernel_join("foo", "j");
    one.take_effects();
    ASSERT_TRUE(one.node_dead(2));
    EXPECT_TRUE(one.facts().at(2).in());
    EXPECT_EQ(one.facts().at(2).boot, "new");
    bool started = false, removed = false;
    for (const auto &effect : one.take_effects()) {
        started |= std::holds_alternative<StartKernel>(effect);
        removed |= std::holds_alternative<RemoveComm>(effect);
    }
    EXPECT_FALSE(started) << "the new instance may run it";
    EXPECT_TRUE(removed) << "the old one failed";
    EXPECT_EQ(one.peer_hello(2, "new"), HelloAnswer::accepted);
}

TEST(Membership, orderly_leave_of_a_node_needs_no_administrator)
{
    World world(3);
    world.join(2, "foo");
    world.settle();
    EXPECT_FALSE(world.daemon(2).leave_cluster()) << "it has a lockspace";
    EXPECT_TRUE(world.daemon(1).leave_cluster());
    for (auto &effect : world.daemon(1).take_effects())
        world.node(1).effects.push_back(std::move(effect));
    while (world.step()) {
    }
    EXPECT_EQ(world.daemon(2).coordinator(), 2);
    world.join(3, "foo");
    while (world.step()) {
    }
    EXPECT_TRUE(world.runs(3, "foo"));
    EXPECT_EQ(world.node(2).kernels["foo"].members.size(), 2u);
    EXPECT_NE(world.node(2).comm_epoch[1], 0) << "an orderly leave is no failure";
}

TEST(Membership, saved_state_of_a_node_that_left_comes_back_alive)
{
    Membership before(1, "boot1", {1, 2});
    ASSERT_TRUE(before.leave_cluster());
    Membership after(1, {1, 2}, before.saved_state());
    EXPECT_FALSE(after.zombie());
    EXPECT_TRUE(after.facts().at(1).in());
}

TEST(Membership, declared_dead_without_lockspaces_goes_on_as_a_new_instance)
{
    Membership one(1, "boot1", {1, 2});
    one.kernel_join("foo", "j");
    one.declared_dead("boot0");
    EXPECT_EQ(one.instance(), "boot1") << "that was another";
    one.declared_dead("boot1");
    EXPECT_FALSE(one.zombie());
    EXPECT_EQ(one.instance(), "boot1/2");
    EXPECT_TRUE(one.lockspaces().contains("foo")) << "its join still waits";

    Membership peer(2, "boot2", {1, 2});
    ASSERT_EQ(peer.peer_hello(1, "boot1"), HelloAnswer::accepted);
    ASSERT_TRUE(peer.node_dead(1));
    EXPECT_EQ(peer.peer_hello(1, "boot1"), HelloAnswer::declared_dead);
    EXPECT_EQ(peer.peer_hello(1, "boot1/2"), HelloAnswer::accepted);
}

TEST(Membership, declared_dead_with_a_lockspace_is_a_zombie_until_it_is_gone)
{
    Membership one(1, "boot1", {1});
    one.kernel_join("foo", "j");
    one.start_done("foo", 1);
    one.declared_dead("boot1");
    ASSERT_TRUE(one.zombie());
    one.kernel_join("bar", "k");
    EXPECT_FALSE(one.lockspaces().contains("bar")) << "refused";
    one.kernel_leave("foo");
    EXPECT_FALSE(one.zombie());
    EXPECT_EQ(one.instance(), "boot1/2");
}

TEST(Membership, zombie_stays_one_over_a_restart_of_its_daemon)
{
    Membership before(1, "boot1", {1, 2});
    SavedState saved = before.saved_state();
    saved.facts[1] = {1, NodeFact::Out::dead, "boot1"};
    EXPECT_FALSE(Membership(1, {1, 2}, saved).zombie());
    saved.lockspaces["foo"].role = Role::member;
    EXPECT_TRUE(Membership(1, {1, 2}, saved).zombie());
}

TEST(Membership, rejoin_while_others_have_not_started_makes_a_renewed_member)
{
    World world(3);
    for (int id : {1, 2, 3})
        world.join(id, "foo");
    world.settle();
    world.leave(3, "foo");
    // Until node 3 is let go; then it is back at once, before or after the others were started.
    while (world.node(3).kernels.contains("foo"))
        ASSERT_TRUE(world.step());
    world.join(3, "foo");
    world.settle();
    world.expect_quiet("foo");
    EXPECT_EQ(world.node(1).kernels["foo"].members.size(), 3u);
}

TEST(Membership, messages_without_a_link_are_ignored)
{
    Membership one(1, "boot1", {1, 2});
    one.received(2, StopCommand{"foo", 7, one.facts()});
    one.received(2, Report{});
    EXPECT_TRUE(one.take_effects().empty());
    EXPECT_EQ(one.not_agreed(), std::vector<int>{2});
}

// Node 2 of two with a lockspace that is stopped by change 5 of coordinator 1.
class Obedience : public testing::Test {
protected:
    Obedience()
    {
        EXPECT_EQ(two.peer_hello(1, "boot1"), HelloAnswer::accepted);
        two.link_up(1);
        two.kernel_join("foo", "j");
        two.received(1, StopCommand{"foo", 5, two.facts()});
        two.take_effects();
    }

    StartCommand start(uint64_t change)
    {
        return {"foo", change, {{1, "boot1", "i"}, {2, "boot2", "j"}}, two.facts()};
    }

    bool starts()
    {
        bool started = false;
        for (const auto &effect : two.take_effects())
            started |= std::holds_alternative<StartKernel>(effect);
        return started;
    }

    Membership two{2, "boot2", {1, 2, 3}};
};

TEST_F(Obedience, start_of_the_change_that_was_stopped_for)
{
    two.received(1, start(5));
    EXPECT_TRUE(starts());
    two.received(1, start(5));
    EXPECT_FALSE(starts()) << "it runs already";
}

TEST_F(Obedience, no_start_of_another_change)
{
    two.received(1, start(4));
    two.received(1, start(6));
    EXPECT_FALSE(starts());
}

TEST_F(Obedience, no_start_by_other_facts)
{
    StartCommand command = start(5);
    command.facts[3] = {1, NodeFact::Out::dead, ""};
    two.received(1, command);
    EXPECT_FALSE(starts());
}

TEST_F(Obedience, no_start_with_the_dead_or_without_ourselves_or_for_an_older_join)
{
    StartCommand dead = start(5);
    dead.members[0].boot = "older boot";
    two.received(1, dead);
    StartCommand without = start(5);
    without.members.pop_back();
    two.received(1, without);
    StartCommand older = start(5);
    older.members[1].join = "older join";
    two.received(1, older);
    EXPECT_FALSE(starts());
}

TEST_F(Obedience, no_start_of_what_is_leaving)
{
    two.kernel_leave("foo");
    two.received(1, start(5));
    EXPECT_FALSE(starts());
}

TEST_F(Obedience, no_release_while_the_kernel_runs_or_for_another_change)
{
    auto released = [&] {
        bool found = false;
        for (const auto &effect : two.take_effects())
            found |= std::holds_alternative<FinishLeave>(effect);
        return found;
    };
    two.received(1, ReleaseCommand{"foo", 5, two.facts()});
    EXPECT_FALSE(released()) << "nobody has asked to leave";
    two.received(1, start(5));
    two.start_done("foo", 5);
    two.kernel_leave("foo");
    two.received(1, ReleaseCommand{"foo", 5, two.facts()});
    EXPECT_FALSE(released()) << "it runs";
    two.received(1, StopCommand{"foo", 6, two.facts()});
    two.stop_done("foo", 6);
    two.received(1, ReleaseCommand{"foo", 5, two.facts()});
    EXPECT_FALSE(released()) << "of an older change";
    two.received(1, ReleaseCommand{"foo", 6, two.facts()});
    EXPECT_TRUE(released());
}

TEST(Membership, only_the_coordinator_commands)
{
    Membership two(2, "boot2", {1, 2, 3});
    ASSERT_EQ(two.peer_hello(3, "boot3"), HelloAnswer::accepted);
    two.link_up(3);
    two.kernel_join("foo", "j");
    two.take_effects();
    two.received(3, StopCommand{"foo", 7, two.facts()});
    EXPECT_EQ(two.lockspaces().at("foo").change, 0u);
}

TEST(Membership, a_failed_first_start_refuses_the_join)
{
    Membership alone(1, "boot1", {1});
    alone.kernel_join("foo", "j");
    bool started = false, refused = false;
    for (auto &effect : alone.take_effects())
        started |= std::holds_alternative<StartKernel>(effect);
    ASSERT_TRUE(started);
    alone.start_failed("foo", 1, "no space");
    for (auto &effect : alone.take_effects())
        refused |= std::holds_alternative<RefuseJoin>(effect);
    EXPECT_TRUE(refused);
    EXPECT_TRUE(alone.lockspaces().empty());
}

TEST(Membership, a_member_that_cannot_stop_is_waited_for_and_named)
{
    World world(2);
    world.join(1, "foo");
    world.join(2, "foo");
    world.settle();
    world.leave(2, "foo");
    while (world.daemon(1).pending().empty())
        ASSERT_TRUE(world.step());
    world.daemon(1).stop_failed("foo", world.daemon(1).pending().at("foo").change, "broken");
    EXPECT_EQ(world.daemon(1).lockspaces().at("foo").error, "broken");
    auto waiting = world.daemon(1).pending().at("foo").waiting_for;
    EXPECT_NE(std::find(waiting.begin(), waiting.end(), 1), waiting.end());
}

// --- random worlds
// -----------------------------------------------------------------------------------

class RandomWorld {
public:
    RandomWorld(int nr_nodes, unsigned seed) : world(nr_nodes, seed) {}

    void act()
    {
        int id = 1 + static_cast<int>(world.pick(world.ids().size()));
        std::string name = world.pick(2) ? "foo" : "bar";
        auto &node = world.node(id);
        switch (world.pick(9)) {
        case 0:
        case 1:
            if (node.on && !node.kernels.contains(name))
                world.join(id, name);
            break;
        case 2:
            if (node.on && node.kernels.contains(name) && node.kernels[name].answered &&
                !node.kernels[name].leaving)
                world.leave(id, name);
            break;
        case 3:
            if (node.on && one_more_may_go()) {
                world.power_cut(id);
                undeclared.insert(id);
            }
            break;
        case 4: declare_one(); break;
        case 5:
            if (declared.contains(id)) {
                declared.erase(id);
                world.boot(id);
            }
            break;
        case 6:
            if (node.on)
                world.restart_daemon(id);
            break;
        case 8:
            if (node.on && node.kernels.empty() && one_more_may_go()) {
                world.leave_cluster(id);
                declared.insert(id);
            }
            break;
        case 7: world.break_link(id, 1 + static_cast<int>(world.pick(world.ids().size()))); break;
        }
        world.connect_all();
    }

    bool one_more_may_go() const
    {
        return undeclared.size() + declared.size() + 1 < world.ids().size();
    }

    void declare_one()
    {
        for (int id : undeclared) {
            for (int at : world.ids()) {
                if (!world.node(at).on || world.pick(2))
                    continue;
                world.declare_dead(at, id);
                undeclared.erase(id);
                declared.insert(id);
                return;
            }
        }
    }

    // The only daemon that was told of a death may have died before it passed it on, or knew only
    // an older instance of the node. The others then wait, their status says for whom, and the
    // administrator says it again.
    bool repeat_lost_declarations()
    {
        bool any = false;
        for (int at : world.ids()) {
            if (!world.node(at).on)
                continue;
            for (int id : world.ids()) {
                NodeFact fact = world.daemon(at).facts().at(id);
                bool other = world.node(id).on &&
                             world.daemon(at).knocking(id) == world.daemon(id).instance();
                if (id != at && fact.in() && (other || !world.node(id).on)) {
                    world.declare_dead(at, id);
                    any = true;
                }
            }
        }
        return any;
    }

    void finish()
    {
        while (!undeclared.empty())
            declare_one();
        world.settle();
        for (int round = 0; round < 5 && repeat_lost_declarations(); round++)
            world.settle();
        world.expect_quiet("foo");
        world.expect_quiet("bar");
    }

    World world;
    std::set<int> undeclared, declared;  // nodes that are off
};

TEST(Membership, random_worlds_keep_the_barrier_and_come_to_rest)
{
    int starts = 0, cuts = 0, leaves = 0, restarts = 0, resets = 0, deliveries = 0;
    for (unsigned seed = 1; seed <= 600; seed++) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        RandomWorld random(2 + static_cast<int>(seed % 4), seed);
        random.world.connect_all();
        for (int round = 0; round < 100; round++) {
            random.act();
            for (size_t steps = random.world.pick(40); steps; steps--)
                random.world.step();
        }
        random.finish();
        starts += random.world.starts;
        cuts += random.world.cuts;
        leaves += random.world.leaves;
        restarts += random.world.restarts;
        resets += random.world.resets;
        deliveries += random.world.deliveries;
        if (HasFailure())
            break;
    }
    printf("starts %d, cuts %d, leaves %d, restarts %d, resets %d, deliveries %d\n", starts, cuts,
           leaves, restarts, resets, deliveries);
    EXPECT_GT(starts, 4000);
    EXPECT_GT(cuts, 1000);
    EXPECT_GT(leaves, 300);
    EXPECT_GT(restarts, 1000);
    EXPECT_GT(resets, 1000);
}

}  // namespace dlm::daemon::test
