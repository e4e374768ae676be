// SPDX-License-Identifier: GPL-2.0-or-later
//
// Allocations that fail (user-mode Linux): one in a hundred of those from the module's own caches,
// under random load with a power cut in the middle. Calls may return -ENOMEM; everything that was
// accepted completes as always, nothing is lost, nothing leaks.
// gfs2 under the same: gfs2_memory_test.cc.
#include "client_lib/client_suite.h"
#include "harness/failslab.h"

#include <cstdio>
#include <thread>

#include <unistd.h>

namespace dlm::client {
namespace {

using guest::Seconds;

class MemoryTest : public guest::ClusterTest {
protected:
    static guest::ClusterSpec spec()
    {
        guest::ClusterSpec spec = guest::ClusterSpec::from_options(3);
        for (auto &node : spec.nodes)
            node.kernel_arguments = "slub_debug=A,dlm*";  // whose allocations may fail
        return spec;
    }

    void start_load(ClientCluster &cluster, int id)
    {
        const std::string line =
            "load_start " + cluster.space() +
            " threads=4 resources=16 nodes=3 device=/dev/shared0 node=" + std::to_string(id) +
            " seed=" + std::to_string(::getpid()) + (id == 1 ? " zero=1" : "");
        Answer started = cluster[id].command(line);
        ASSERT_EQ(started.ret(), 0) << started.text();
    }
};

TEST_F(MemoryTest, failing_allocations_cost_only_the_call_that_asked)
{
    ClientCluster cluster{spec()};
    ASSERT_TRUE(cluster.start());
    ASSERT_TRUE(cluster.cluster().each([](guest::Node &node) {
        return node.sh("grep -l 1 /sys/kernel/slab/dlm*/failslab >/dev/null");
    }));
    ASSERT_TRUE(cluster.join("scarce", {1, 2, 3}));
    for (int id : {1, 2, 3})
        start_load(cluster, id);
    ASSERT_TRUE(cluster.cluster().each(
        [](guest::Node &node) { return guest::fail_allocations(node, true); }));
    std::this_thread::sleep_for(Seconds(15));
    ASSERT_TRUE(cluster.kill(3));
    std::this_thread::sleep_for(Seconds(5));
    ASSERT_TRUE(cluster.cluster().each(
        [](guest::Node &node) { return guest::fail_allocations(node, false); }));
    int nomem = 0;
    for (int id : {1, 2}) {
        Answer end = cluster[id].command("load_stop timeout_ms=80000", Seconds(120));
        EXPECT_EQ(end.ret(), 0) << end.text();
        EXPECT_GT(end.number("values_checked"), 50) << end.text();
        EXPECT_EQ(end.number("stalls"), 0) << end.text();
        nomem += end.number("nomem");
        std::printf("n%d: %s", id, end.text().c_str());
    }
    EXPECT_GT(nomem, 0) << "no allocation failed: this run has shown nothing";
    EXPECT_TRUE(cluster.no_violations());
    ASSERT_TRUE(cluster.leave());
    EXPECT_TRUE(cluster.unload());
}

}  // namespace
}  // namespace dlm::client
