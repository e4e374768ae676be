// SPDX-License-Identifier: GPL-2.0-or-later
//
// The harness itself: machines boot, run commands in parallel, reach each other, and break in the
// ways that the other suites rely on. No lock manager is involved.
#include "harness/cluster_test.h"

namespace dlm::guest {
namespace {

using MachineTest = ClusterTest;

Outcome ping(Node &from, Node &to)
{
    return from.sh("ping -c 1 -W 2 " + to.address() + " >/dev/null");
}

TEST_F(MachineTest, node_boots_and_runs_a_command)
{
    Cluster c{1};
    ASSERT_TRUE(c.boot());
    CommandResult result = c.node(1).run("cat; echo to-stderr >&2; exit 3", command_deadline, "in");
    EXPECT_TRUE(result.finished);
    EXPECT_EQ(result.exit_code, 3);
    EXPECT_EQ(result.out, "in");
    EXPECT_EQ(result.err, "to-stderr\n");
}

TEST_F(MachineTest, commands_run_in_parallel_and_a_hung_one_hurts_nobody)
{
    Cluster c{1};
    ASSERT_TRUE(c.boot());
    Node &n = c.node(1);
    Command hung = n.start("sleep 1000");
    EXPECT_EQ(n.read("echo still here"), "still here");
    CommandResult late = n.run("sleep 1000", Seconds(1));
    EXPECT_FALSE(late.finished);
    std::string big(300000, 'x');
    EXPECT_EQ(n.run("cat", command_deadline, big).out, big);
    EXPECT_TRUE(hung.running());
    hung.signal(9);
    EXPECT_EQ(hung.wait().exit_code, 128 + 9);
    // A background child that keeps the pipe does not keep the command.
    EXPECT_EQ(n.run("sleep 1000 & echo started", Seconds(20)).out, "started\n");
}

TEST_F(MachineTest, nodes_reach_each_other_and_links_can_be_cut)
{
    Cluster c{3};
    ASSERT_TRUE(c.boot());
    for (int from : c.ids()) {
        for (int to : c.ids())
            EXPECT_TRUE(ping(c.node(from), c.node(to)));
    }
    c.cut(1, 2);
    EXPECT_FALSE(ping(c.node(1), c.node(2)));
    EXPECT_TRUE(ping(c.node(1), c.node(3)));
    EXPECT_GT(c.network().counters(1, 2).cut, 0u);
    c.heal(1, 2);
    EXPECT_TRUE(wait_until("the link", [&] { return bool(ping(c.node(1), c.node(2))); }));
    c.isolate(3);
    EXPECT_FALSE(ping(c.node(1), c.node(3)));
    c.rejoin(3);
    EXPECT_TRUE(wait_until("the cable", [&] { return bool(ping(c.node(2), c.node(3))); }));
}

TEST_F(MachineTest, power_cut_forgets_everything_but_the_shared_disk)
{
    Cluster c{2};
    ASSERT_TRUE(c.boot());
    const std::string boot_id = c.node(1).read("cat /proc/sys/kernel/random/boot_id");
    ASSERT_TRUE(
        c.node(1).sh("echo gone > /run/mark; printf kept | "
                     "dd of=/dev/shared0 bs=4096 conv=sync,fsync 2>/dev/null"));
    c.node(1).power_cut();
    EXPECT_FALSE(c.node(1).running());
    EXPECT_FALSE(ping(c.node(2), c.node(1)));
    ASSERT_TRUE(c.node(1).boot());
    EXPECT_NE(c.node(1).read("cat /proc/sys/kernel/random/boot_id"), boot_id);
    EXPECT_FALSE(c.node(1).sh("test -e /run/mark"));
    EXPECT_EQ(c.node(2).read("head -c 4 /dev/shared0"), "kept");
    EXPECT_TRUE(wait_until("the network", [&] { return bool(ping(c.node(2), c.node(1))); }));
}

TEST_F(MachineTest, paused_node_stands_still)
{
    Cluster c{2};
    ASSERT_TRUE(c.boot());
    ASSERT_TRUE(c.node(2).pause());
    Command waiting = c.node(2).start("echo alive");
    EXPECT_FALSE(ping(c.node(1), c.node(2)));
    EXPECT_TRUE(waiting.running());
    ASSERT_TRUE(c.node(2).resume());
    EXPECT_EQ(waiting.wait().out, "alive\n");
    EXPECT_TRUE(wait_until("the network", [&] { return bool(ping(c.node(1), c.node(2))); }));
}

}  // namespace
}  // namespace dlm::guest
