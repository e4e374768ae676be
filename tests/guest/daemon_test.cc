// SPDX-License-Identifier: GPL-2.0-or-later
//
// The static daemon and dlm_tool on real kernels: joins, a daemon that dies and adopts, the power
// cut of the coordinator, a node that was declared dead by mistake, orderly leaves. The lockspace
// is the tools' own, without a file system; dlm_demo shows the same with gfs2.
#include "harness/cluster_test.h"
#include "harness/environment.h"

namespace dlm::guest {
namespace {

ClusterSpec spec_with_tools()
{
    ClusterSpec spec = ClusterSpec::from_options(3);
    const Environment &env = Environment::get();
    spec.install("dlm_daemon", env.user_program("../../tools/daemon/dlm_daemon"));
    spec.install("dlm_tool", env.user_program("../../tools/cli/dlm_tool"));
    return spec;
}

class DaemonTest : public ClusterTest {
protected:
    void SetUp() override
    {
        ASSERT_TRUE(cluster_.boot());
        ASSERT_TRUE(cluster_.each([this](Node &node) { return prepare(node); }));
        ASSERT_TRUE(cluster_.each(&DaemonTest::quiet));
    }

    static std::string config()
    {
        std::string text = "cluster: test\nnodes:\n";
        for (int id = 1; id <= 3; id++)
            text += "  - {id: " + std::to_string(id) + ", address: 10.77.0." + std::to_string(id) +
                    "}\n";
        return text;
    }

    Outcome prepare(Node &node)
    {
        if (Outcome loaded = node.load_dlm(); !loaded)
            return loaded;
        if (Outcome written = node.write_file("/etc/dlm/dlm_daemon.yaml", config()); !written)
            return written;
        return start_daemon(node);
    }

    static Outcome start_daemon(Node &node)
    {
        return node.sh(
            "setsid dlm_daemon >> /run/daemon.log 2>&1 < /dev/null & "
            "echo $! > /run/daemon.pid; i=0; "
            "until dlm_tool status > /dev/null 2>&1 || [ $? = 4 ]; do "
            "i=$((i + 1)); [ $i -lt 200 ] || { cat /run/daemon.log; exit 1; }; "
            "sleep 0.1; done",
            Seconds(60));
    }

    // Nothing is waited for on this node.
    static Outcome quiet(Node &node)
    {
        if (wait_until(
                "quiet", [&] { return node.run("dlm_tool status").exit_code == 0; }, Seconds(60)))
            return ok();
        return fail() << node.name() << ":\n" << node.read("dlm_tool status; cat /run/daemon.log");
    }

    // Joined, recovered, with exactly these members.
    static Outcome runs_with(Node &node, const std::string &members)
    {
        const std::string script = "dlm_tool ls foo | grep -q '^members  *" + members +
                                   "$' && dlm_tool ls foo | grep -q '^recovery .* done$' && "
                                   "dlm_tool ls foo > /dev/null";
        if (wait_until(
                "members " + members, [&] { return node.run(script).ok(); }, Seconds(60)))
            return ok();
        return fail() << node.name() << ":\n"
                      << node.read("dlm_tool ls; dlm_tool status; cat /run/daemon.log");
    }

    static Outcome join(Node &node) { return node.sh("dlm_tool join foo", Seconds(90)); }
    static Outcome leave(Node &node) { return node.sh("dlm_tool leave foo", Seconds(240)); }

    Cluster cluster_{spec_with_tools()};
};

TEST_F(DaemonTest, life_of_a_lockspace)
{
    Node &one = cluster_.node(1), &two = cluster_.node(2), &three = cluster_.node(3);
    auto all_run = [&] {
        return cluster_.each([](Node &node) { return runs_with(node, "1 2 3"); });
    };
    EXPECT_EQ(one.run("dlm_tool ls foo").exit_code, 3);
    EXPECT_EQ(one.run("dlm_tool leave foo").exit_code, 3);
    ASSERT_TRUE(cluster_.each(&DaemonTest::join));
    ASSERT_TRUE(all_run());
    EXPECT_TRUE(
        one.sh("dlm_tool lockdump foo && dlm_tool waiters foo && "
               "dlm_tool --json lockdump foo | grep -q '\"locks\": \\[\\]'"));
    // This daemon has no POSIX locks, whatever the lockspace.
    CommandResult plocks = one.run("dlm_tool plocks foo");
    EXPECT_EQ(plocks.exit_code, 2);
    EXPECT_NE(plocks.err.find("dlm_daemon, which has no POSIX locks"), std::string::npos)
        << plocks.err;
    EXPECT_FALSE(one.run("dlm_tool join -e foo").ok()) << "it exists";

    // Who may change things: the daemon's own user and root.
    const std::string as_nobody =
        "busybox start-stop-daemon -S -c 65534:65534 -x /usr/local/sbin/dlm_tool -- ";
    EXPECT_TRUE(one.sh(as_nobody + "status > /dev/null"));
    CommandResult refused = one.run(as_nobody + "node-dead 2 --fenced");
    EXPECT_EQ(refused.exit_code, 1);
    EXPECT_NE(refused.err.find("only root"), std::string::npos) << refused.err;
    EXPECT_FALSE(one.run("dlm_tool node-dead 2").ok()) << "without --fenced";

    // It does not end while lockspaces exist, and survives being killed; the kernel tells that it
    // stops everything then.
    two.expect_log("no userland control daemon, stopping lockspace|dlm user daemon left");
    ASSERT_TRUE(
        two.sh("kill $(cat /run/daemon.pid); sleep 1; dlm_tool status > /dev/null; "
               "grep -q 'not ending' /run/daemon.log"));
    ASSERT_TRUE(two.sh("kill -9 $(cat /run/daemon.pid)"));
    EXPECT_EQ(two.run("dlm_tool status").exit_code, 2);
    ASSERT_TRUE(start_daemon(two));
    ASSERT_TRUE(all_run());
    EXPECT_TRUE(two.sh("grep -q 'foo: adopted' /run/daemon.log"));

    // The coordinator loses its power: nothing happens until somebody says that it is dead.
    one.power_cut();
    ASSERT_TRUE(
        wait_until("node 2 waits", [&] { return two.run("dlm_tool status").exit_code == 4; }));
    EXPECT_TRUE(two.sh("dlm_tool status | grep -q '^wait .* node 1 is not known to be dead'"));
    ASSERT_TRUE(three.sh("dlm_tool node-dead 1 --fenced --wait 60", Seconds(90)));
    ASSERT_TRUE(runs_with(two, "2 3"));
    ASSERT_TRUE(runs_with(three, "2 3"));
    EXPECT_TRUE(two.sh("dlm_tool status | grep -q '^node 1 dead'"));

    // It boots and comes back by itself.
    ASSERT_TRUE(one.boot());
    ASSERT_TRUE(prepare(one));
    ASSERT_TRUE(cluster_.each(&DaemonTest::quiet));
    ASSERT_TRUE(join(one));
    ASSERT_TRUE(all_run());

    // Orderly leaves, one after the other; the daemon of a node that has left may end, and nobody
    // waits for it.
    ASSERT_TRUE(leave(one));
    ASSERT_TRUE(runs_with(two, "2 3"));
    ASSERT_TRUE(one.sh("kill $(cat /run/daemon.pid)"));
    ASSERT_TRUE(wait_until("node 1 has left", [&] {
        return two.run("dlm_tool status | grep -q '^node 1 left'").ok();
    }));
    ASSERT_TRUE(leave(two));
    ASSERT_TRUE(runs_with(three, "3"));
    ASSERT_TRUE(leave(three));
    for (Node *node : {&two, &three})
        ASSERT_TRUE(
            node->sh("kill $(cat /run/daemon.pid); i=0; "
                     "while [ -d /sys/kernel/config/dlm/cluster ]; do i=$((i + 1)); "
                     "[ $i -lt 100 ] || exit 1; sleep 0.1; done"));
    EXPECT_TRUE(cluster_.each([](Node &node) { return node.unload_dlm(); }));
}

TEST_F(DaemonTest, a_node_declared_dead_by_mistake_stops_and_stays_out)
{
    Node &one = cluster_.node(1), &three = cluster_.node(3);
    ASSERT_TRUE(cluster_.each(&DaemonTest::join));
    ASSERT_TRUE(cluster_.each([](Node &node) { return runs_with(node, "1 2 3"); }));
    cluster_.isolate(3);
    ASSERT_TRUE(one.sh("dlm_tool node-dead 3 --fenced --wait 60", Seconds(90)));
    cluster_.rejoin(3);
    ASSERT_TRUE(wait_until("node 3 hears of it", [&] {
        return three.run("dlm_tool status | grep -q 'declared-dead'").ok();
    }));
    EXPECT_EQ(three.read("cat /sys/kernel/dlm/foo/recover_status"), "0") << "stopped";
    ASSERT_TRUE(runs_with(one, "1 2"));
    // Once it has let the lockspace go, it is as good as new.
    ASSERT_TRUE(leave(three));
    ASSERT_TRUE(cluster_.each(&DaemonTest::quiet));
    ASSERT_TRUE(join(three));
    ASSERT_TRUE(cluster_.each([](Node &node) { return runs_with(node, "1 2 3"); }));
}

}  // namespace
}  // namespace dlm::guest
