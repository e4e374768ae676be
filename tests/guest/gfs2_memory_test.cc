// SPDX-License-Identifier: GPL-2.0-or-later
//
// GFS2 on three nodes while one in a hundred allocations fails (user-mode Linux), those for
// messages and for messages set aside: nobody hears of them, so the file system must notice
// nothing, through writing at once, a power cut and the return of the node.
//
// The allocations of dlm_lock() itself are left alone here: it then returns -ENOMEM, as it may, and
// gfs2 has no way to go on after that, whoever is under it. memory_test.cc has those.
#include "gfs2_suite.h"
#include "harness/failslab.h"

#include <cstdio>

namespace dlm::guest {
namespace {

ClusterSpec marked()
{
    ClusterSpec spec = ClusterSpec::from_options(3);
    for (auto &node : spec.nodes)
        node.kernel_arguments = "slub_debug=A,dlm_frame*,dlm_saved";
    return spec;
}

class Gfs2MemoryTest : public Gfs2Suite {
protected:
    Gfs2MemoryTest() : Gfs2Suite(marked()) {}

    Outcome fail_on_all(bool on)
    {
        return cluster_.each([on](Node &node) { return fail_allocations(node, on); });
    }

    Outcome count_and_stop(const std::vector<int> &nodes)
    {
        for (int id : nodes)
            failed_ += failed_allocations(cluster_.node(id));
        return fail_on_all(false);
    }

    int failed_ = 0;
};

TEST_F(Gfs2MemoryTest, messages_without_memory_are_not_noticed)
{
    ASSERT_TRUE(fs_.mount_together({1, 2, 3}));
    ASSERT_TRUE(
        cluster_.node(1).sh("mkdir -p /mnt/g/d && : > /mnt/g/d/lock && : > /mnt/g/d/common"));
    ASSERT_TRUE(fail_on_all(true));
    const int rounds = 20;
    ASSERT_TRUE(cluster_.each([&](Node &node) { return node.sh(writer(rounds), Seconds(240)); }));
    EXPECT_TRUE(agree());
    EXPECT_EQ(cluster_.node(2).read("wc -l < /mnt/g/d/common"), std::to_string(3 * rounds));

    Node &victim = cluster_.node(3);
    Command rewriting = victim.start(
        "cd /mnt/g/d; while :; do for i in 0 1 2 3; do echo $(date +%N) 1<> n3.$i; done; done");
    ASSERT_TRUE(wait_until("the victim writes", [&] { return rewriting.running(); }));
    failed_ += failed_allocations(victim);
    victim.power_cut();
    ASSERT_TRUE(control_.died(3));
    EXPECT_TRUE(cluster_.each([&](Node &node) { return node.sh(writer(8), Seconds(240)); }));
    EXPECT_TRUE(agree());
    ASSERT_TRUE(victim.boot());
    ASSERT_TRUE(prepare(victim));
    // A directory of configfs may refuse for want of memory, and its maker would try again.
    ASSERT_TRUE(count_and_stop({1, 2}));
    ASSERT_TRUE(control_.came_back(3));
    ASSERT_TRUE(fail_on_all(true));
    ASSERT_TRUE(fs_.mount(3));
    EXPECT_TRUE(cluster_.each([&](Node &node) { return node.sh(writer(8), Seconds(240)); }));
    EXPECT_TRUE(agree());

    ASSERT_TRUE(count_and_stop({1, 2, 3}));
    EXPECT_GT(failed_, 20) << "this run has shown little";
    std::printf("%d allocations failed\n", failed_);
    finish();
}

}  // namespace
}  // namespace dlm::guest
