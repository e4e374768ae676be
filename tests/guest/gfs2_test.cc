// SPDX-License-Identifier: GPL-2.0-or-later
//
// The whole path: three nodes share one GFS2, every cluster lock of which goes through the module
// under test. Written at once, a node loses its power, the others recover and go on, it returns.
// The control plane is the harness's own.
#include "gfs2_suite.h"

namespace dlm::guest {
namespace {

class Gfs2Test : public Gfs2Suite {};

TEST_F(Gfs2Test, three_nodes_write_at_once_and_agree)
{
    ASSERT_TRUE(fs_.mount_together({1, 2, 3}));
    ASSERT_TRUE(
        cluster_.node(1).sh("mkdir -p /mnt/g/d && : > /mnt/g/d/lock && : > /mnt/g/d/common"));
    const int rounds = 30;
    ASSERT_TRUE(cluster_.each([&](Node &node) { return node.sh(writer(rounds), Seconds(240)); }));
    EXPECT_TRUE(agree());
    EXPECT_EQ(cluster_.node(2).read("wc -l < /mnt/g/d/common"), std::to_string(3 * rounds));
    finish();
}

TEST_F(Gfs2Test, R16_power_cut_is_recovered_and_the_node_returns)
{
    ASSERT_TRUE(fs_.mount_together({1, 2, 3}));
    ASSERT_TRUE(
        cluster_.node(1).sh("mkdir -p /mnt/g/d && : > /mnt/g/d/lock && : > /mnt/g/d/common"));
    ASSERT_TRUE(cluster_.each([&](Node &node) { return node.sh(writer(8), Seconds(240)); }));

    // The victim rewrites files that exist and holds a lock that the others want.
    Node &victim = cluster_.node(3);
    Command rewriting = victim.start(
        "cd /mnt/g/d; while :; do for i in 0 1 2 3; do echo $(date +%N) 1<> n3.$i; done; done");
    Command holding = victim.start("flock /mnt/g/d/held sleep 1000");
    ASSERT_TRUE(wait_until("the victim's lock", [&] {
        return !cluster_.node(1).run("flock -n /mnt/g/d/held true").ok();
    }));
    Command waiting = cluster_.node(1).start("flock /mnt/g/d/held echo granted");
    victim.power_cut();
    EXPECT_TRUE(waiting.running());
    const auto cut = Clock::now();
    ASSERT_TRUE(control_.died(3));
    CommandResult granted = waiting.wait();
    EXPECT_EQ(granted.out, "granted\n");
    cluster_.log().add(
        "the dead node's flock is granted " +
        std::to_string(std::chrono::duration_cast<Milliseconds>(Clock::now() - cut).count()) +
        " ms after the membership change began");
    EXPECT_TRUE(cluster_.each([&](Node &node) { return node.sh(writer(8), Seconds(240)); }));
    EXPECT_TRUE(agree());

    ASSERT_TRUE(victim.boot());
    ASSERT_TRUE(prepare(victim));
    ASSERT_TRUE(control_.came_back(3));
    ASSERT_TRUE(fs_.mount(3));
    EXPECT_TRUE(cluster_.each([&](Node &node) { return node.sh(writer(8), Seconds(240)); }));
    EXPECT_TRUE(agree());
    finish();
}

}  // namespace
}  // namespace dlm::guest
