// SPDX-License-Identifier: GPL-2.0-or-later
//
// Locks of user space: a static program in the guests (user/) speaks to the devices and checks what
// it is told, here with the resources mastered by its own node, there by another. What goes beyond
// the contract of the stock module runs on ours only.
#include <cstdio>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "client_lib/client.h"
#include "harness/cluster_test.h"
#include "harness/control.h"
#include "harness/environment.h"

namespace dlm::guest {
namespace {

const std::string space = "user";
const std::vector<int> all_nodes = {1, 2, 3};

ClusterSpec with_program()
{
    ClusterSpec spec = ClusterSpec::from_options(3);
    spec.install("guest-user", Environment::get().guest_program("guest_user"));
    // The kernel client, for locks of kernel callers in the same lockspace.
    spec.nodes.front().install("dlm-client", Environment::get().guest_program("guest_client"));
    return spec;
}

class UserTest : public ClusterTest {
public:
    static void SetUpTestSuite() {}
    static void TearDownTestSuite()
    {
        if (shared_) {
            EXPECT_TRUE(shared_->end());
        }
        shared_.reset();
    }

protected:
    // Booted once for all tests; one that fails takes it along.
    struct Shared {
        Cluster cluster{with_program()};
        ManualControl control{cluster};

        Outcome start()
        {
            if (Outcome booted = cluster.boot(); !booted)
                return booted;
            if (Outcome loaded = cluster.each([](Node &node) { return node.load_dlm(); }); !loaded)
                return loaded;
            if (Outcome configured = control.configure(); !configured)
                return configured;
            for (Node *node : {&cluster.node(1), &cluster.node(2), &cluster.node(3)})
                if (Outcome cleared = node->kmemleak_clear(); !cleared)
                    return cleared;
            return control.join_together(space, all_nodes, "guest-user create " + space);
        }

        Outcome end()
        {
            if (Outcome left = control.leave_in_turn(space, "guest-user remove " + space + " 2");
                !left)
                return left;
            if (Outcome unloaded = cluster.each([](Node &node) { return node.unload_dlm(); });
                !unloaded)
                return unloaded;
            if (Outcome leaks = cluster.each([](Node &node) { return node.kmemleak_check(); });
                !leaks)
                return leaks;
            return cluster.check_logs();
        }
    };

    void SetUp() override
    {
        if (!shared_) {
            auto fresh = std::make_unique<Shared>();
            ASSERT_TRUE(fresh->start());
            shared_ = std::move(fresh);
        }
        for (int id : all_nodes)
            if (!ours(id))
                expect_complaints(node(id));
    }

    // What the stock module says of a program's mistakes, in the end with a stack.
    static void expect_complaints(Node &node)
    {
        node.expect_log(R"(^dlm: Unknown command passed to DLM device : \d+$|^$)");
        node.expect_log("^dlm: create/remove only on control device$");
        node.expect_log("^dlm: user: validate_lock_args -22 ");
        node.expect_log(R"(^WARNING: .* validate_lock_args\+)");
    }

    void TearDown() override
    {
        ClusterTest::TearDown();
        if (HasFailure())
            shared_.reset();
    }

    ManualControl &shared_control() { return shared_->control; }
    Node &node(int id) { return shared_->cluster.node(id); }
    bool ours(int id) { return node(id).module() == Module::ours; }

    std::vector<std::string> scenarios(int id)
    {
        std::vector<std::string> names;
        std::istringstream in(node(id).read("guest-user list"));
        for (std::string name; in >> name;)
            if (ours(id) || !beyond_stock.count(name))
                names.push_back(name);
        return names;
    }

    std::string run_line(int id, const std::string &shape, const std::string &prefix,
                         const std::string &scenario)
    {
        return "guest-user run " + std::string(ours(id) ? "" : "--stock ") + "--shape=" + shape +
               " --prefix=" + prefix + " " + space + " " + scenario;
    }

    // Another node is the master of what the scenario uses: it was first, and stays.
    Command keep(int id, const std::string &prefix, const std::string &scenario)
    {
        std::string names;
        for (int i = 1; i <= 4; i++)
            names += " " + prefix + scenario + "." + std::to_string(i);
        Command command =
            node(id).start("guest-user keep " + space + names, "", /*keep_open=*/true);
        EXPECT_TRUE(wait_until("resources are kept",
                               [&] { return command.out_so_far().find("kept") == 0; }));
        return command;
    }

    void run_all(int id, const std::string &shape, int master)
    {
        const std::string prefix = shape + std::to_string(master) + ".";
        for (const std::string &scenario : scenarios(id)) {
            Command kept;
            if (master != id)
                kept = keep(master, prefix, scenario);
            CommandResult result = node(id).run(run_line(id, shape, prefix, scenario));
            EXPECT_TRUE(result.ok()) << node(id).name() << ", master n" << master << "\n"
                                     << result.out << result.err << result.failure;
            if (master != id) {
                kept.close_stdin();
                EXPECT_TRUE(kept.wait().ok());
            }
            ran_++;
        }
    }

    // What the stock module cannot do.
    const std::set<std::string> beyond_stock = {
        // A persistent request that waits when its process ends leaves an entry behind, and the
        // purge of that one brings the kernel down (list corruption).
        "U08",
        "U14",                  // it reads names beyond the request (control-plane.md 5.3)
        "P09",                  // that of this distribution has no timeouts
        "reads_that_fail",      // it writes beyond buffers of 52 to 71 bytes (5.6)
        "no_callback_is_lost",  // it keeps six of a lock
        "both_shapes"};         // requests of i386 lose four bytes of their name (5.9)
    int ran_ = 0;

private:
    static inline std::unique_ptr<Shared> shared_;
};

TEST_F(UserTest, scenarios_hold_where_the_node_is_master)
{
    for (int id : {1, 2})
        run_all(id, "native", id);
    EXPECT_GE(ran_, 40);
}

TEST_F(UserTest, scenarios_hold_where_another_node_is_master)
{
    run_all(1, "native", 2);
    run_all(2, "native", 1);
    EXPECT_GE(ran_, 40);
}

TEST_F(UserTest, requests_of_32_bit_programs_are_served)
{
    // From programs of i386, the stock module loses the last four bytes of the name, and refuses
    // requests without one.
    const bool stock = !ours(1);
    for (const char *shape : {"padded", "compat"})
        if (std::string(shape) == "padded" || !stock)
            run_all(1, shape, 1);
    run_all(1, stock ? "padded" : "compat", 2);
}

// By the id of a kernel caller's lock, or of another node's, user space can do nothing.
TEST_F(UserTest, U13_kernel_locks_are_out_of_reach)
{
    if (!ours(1))
        GTEST_SKIP() << "the stock module takes the id of a kernel lock for a user lock's";
    ASSERT_TRUE(node(1).load_client());
    {
        client::Client kernel(node(1), space);
        ASSERT_TRUE(kernel.open());
        node(1).expect_log("cluster name");
        ASSERT_EQ(kernel.command("create " + space + " lvblen=32").ret(), 0);
        client::Answer asked = kernel.lock("k", "U13", client::Mode::PR);
        ASSERT_EQ(asked.ret(), 0);
        ASSERT_TRUE(kernel.wait("k", asked).granted());
        const std::string id = std::to_string(asked.number("lkid"));
        EXPECT_TRUE(node(1).sh("guest-user byid " + space + " " + id));
        client::Completion converted = kernel.convert_wait("k", client::Mode::EX);
        EXPECT_TRUE(converted.granted()) << converted;
        EXPECT_TRUE(node(2).sh("guest-user byid " + space + " " + id));
        EXPECT_EQ(kernel.unlock_wait("k").status, client::eunlock);
        EXPECT_EQ(kernel.command("release " + space).ret(), 1);
        EXPECT_EQ(kernel.command("forget_space " + space).ret(), 0);
    }
    EXPECT_TRUE(
        wait_until("the client is unloaded", [&] { return node(1).run("rmmod dlm_client").ok(); }));
}

// Number 15 of control-plane.md 17: the device is gone at once, the release waits for those who
// have it open. On ours, whoever releases can be killed meanwhile.
TEST_F(UserTest, release_waits_for_open_files)
{
    Node &one = node(1);
    ASSERT_TRUE(shared_control().join("rel", 1, "guest-user create rel"));
    Command held = one.start("exec guest-user hold rel r", "", true);
    ASSERT_TRUE(wait_until("held", [&] { return held.out_so_far().find("held") == 0; }));
    Command removing = one.start("exec guest-user remove rel 2");
    auto device_gone = [&] { return one.run("! grep -q dlm_rel$ /proc/misc").ok(); };
    ASSERT_TRUE(wait_until("the device is gone", device_gone));
    ASSERT_TRUE(one.sh(". dlm-recipe; answer rel 0; sleep 0.5"));
    EXPECT_TRUE(removing.running());
    if (ours(1)) {
        removing.signal(9);
        EXPECT_TRUE(wait_until(
            "killed", [&] { return !removing.running(); }, Seconds(10)));
        EXPECT_TRUE(one.sh("test -d /sys/kernel/dlm/rel"));
    }
    held.close_stdin();
    EXPECT_TRUE(held.wait().ok());
    if (!ours(1)) {
        EXPECT_TRUE(removing.wait().ok());
    }
    EXPECT_TRUE(
        wait_until("released", [&] { return one.run("! test -d /sys/kernel/dlm/rel").ok(); }));
    EXPECT_TRUE(one.sh(". dlm-recipe; ls_drop rel"));
}

// Orphans stay with their node; another node may have them dropped.
TEST_F(UserTest, orphans_are_purged_from_another_node)
{
    const std::string hold = "guest-user orphans " + space + " remote. 5";
    const std::string held = "guest-user refused " + space + " remote. 5";
    const std::string free = "guest-user free " + space + " remote. 5";
    ASSERT_TRUE(node(1).sh(hold));
    ASSERT_TRUE(node(3).sh(held));
    // A node id of nobody. Stock tells the program so, and warns with a stack.
    if (!ours(2))
        node(2).expect_log(R"(^WARNING: .* dlm_midcomms_get_mhandle\+)");
    EXPECT_NE(node(2).run("guest-user purge " + space + " 9 0").out.find("error 105"),
              std::string::npos);
    // A process that has none.
    ASSERT_TRUE(node(2).sh("guest-user purge " + space + " 1 999999"));
    ASSERT_TRUE(node(3).sh("sleep 0.3; " + held));
    ASSERT_TRUE(node(2).sh("guest-user purge " + space + " 1 0"));
    ASSERT_TRUE(node(3).sh(free));
}

// P09: the time during which the lockspace is stopped does not count.
TEST_F(UserTest, P09_timeouts_do_not_count_the_time_of_a_stop)
{
    if (!ours(1))
        GTEST_SKIP() << "the stock module of this distribution has no timeouts";
    Command kept = node(2).start("guest-user keep " + space + " P09-stop", "", true);
    ASSERT_TRUE(wait_until("kept", [&] { return kept.out_so_far().find("kept") == 0; }));
    Command held = node(2).start("guest-user hold " + space + " P09-stop", "", true);
    ASSERT_TRUE(wait_until("held", [&] { return held.out_so_far().find("held") == 0; }));
    Command waits = node(1).start("guest-user timeout " + space + " P09-stop 200");
    ASSERT_TRUE(wait_until("asked", [&] { return waits.out_so_far().find("asked") == 0; }));
    ASSERT_TRUE(shared_control().stop(space, all_nodes));
    std::this_thread::sleep_for(Seconds(5));
    ASSERT_TRUE(shared_control().set_members_and_start(space, all_nodes, all_nodes));
    CommandResult result = waits.wait();
    int status = 0, ms = 0;
    ASSERT_EQ(std::sscanf(result.out.c_str(), "asked\n%d %d", &status, &ms), 2) << result.out;
    EXPECT_EQ(status, -110);
    EXPECT_GE(ms, 7000);
    EXPECT_LT(ms, 20000);
    held.close_stdin();
    kept.close_stdin();
    EXPECT_TRUE(held.wait().ok());
    EXPECT_TRUE(kept.wait().ok());
    ASSERT_TRUE(shared_control().wait_recovered(space, all_nodes));
}

// Nothing of user space waits for a stopped lockspace: a program is killed, its locks are dropped
// once it runs again.
TEST_F(UserTest, programs_end_while_the_lockspace_is_stopped)
{
    if (!ours(1))
        GTEST_SKIP() << "on stock, closing waits for the recovery";
    for (int id : {1, 2}) {
        Command held = node(id).start("guest-user hold " + space + " stopped", "", true);
        ASSERT_TRUE(wait_until("held", [&] { return held.out_so_far().find("held") == 0; }));
        ASSERT_TRUE(shared_control().stop(space, all_nodes));
        held.signal(9);
        EXPECT_TRUE(wait_until(
            "killed", [&] { return !held.running(); }, Seconds(10)));
        // Requests are taken, too, and decided later.
        Command waits = node(3).start("guest-user free " + space +
                                      " stopped 0; guest-user timeout " + space + " stopped 3000");
        EXPECT_TRUE(wait_until("asked", [&] { return waits.out_so_far().find("asked") == 0; }));
        ASSERT_TRUE(shared_control().set_members_and_start(space, all_nodes, all_nodes));
        CommandResult result = waits.wait();
        EXPECT_EQ(result.out.rfind("asked\n0 ", 0), 0u) << result.out << result.err;
        ASSERT_TRUE(shared_control().wait_recovered(space, all_nodes));
    }
}

TEST_F(UserTest, a_call_without_memory_fails_and_changes_nothing)
{
    if (node(1).kind() != Kind::uml)
        GTEST_SKIP() << "the distribution's kernel lets no chosen allocation fail";
    node(1).expect_log("closing connection|debugfs: out of free dentries");
    ASSERT_TRUE(
        node(1).sh("cd /sys/kernel/debug && for d in failslab fail_page_alloc; do "
                   "echo 0 > $d/verbose; echo N > $d/ignore-gfp-wait; done; "
                   "echo N > failslab/cache-filter; echo 0 > fail_page_alloc/min-order"));
    CommandResult result = node(1).run("guest-user scarce " + space + " scarce.", Seconds(120));
    EXPECT_TRUE(result.ok()) << result.out << result.err << result.failure;
    std::cout << result.out;
    ASSERT_TRUE(node(1).sh("ls /sys/kernel/config/dlm/cluster/comms | grep -c . | grep -qx 3"));
}

// One fuzzer: a device, and who writes to it.
struct Fuzz {
    int node;
    const char *device, *who;
};

class UserFuzzTest : public UserTest {
protected:
    int count() const { return run_options().count_or(5000); }

    // All at once, on the same resources.
    void run(const std::vector<Fuzz> &fuzzers)
    {
        std::vector<std::pair<std::string, Command>> running;
        for (const Fuzz &f : fuzzers) {
            const std::string name =
                std::string(f.device) == "files" ? "fz" + std::to_string(f.node) : space;
            const std::string line = std::string("exec guest-user fuzz ") + f.device + " " + name +
                                     " f. " + std::to_string(run_options().seed * 1000 + f.node) +
                                     " " + std::to_string(count()) + " " + f.who;
            running.emplace_back(node(f.node).name() + ": " + line, node(f.node).start(line));
        }
        for (auto &[line, command] : running) {
            CommandResult result = command.wait(Seconds(60 + count() / 30));
            EXPECT_TRUE(result.ok()) << line << "\n" << result.out << result.err << result.failure;
            std::cout << line << "\n" << result.out;
        }
        for (int id : all_nodes)
            EXPECT_TRUE(node(id).sh("guest-user purge " + space + " 0 0"));
        for (int id : all_nodes)
            EXPECT_TRUE(node(id).sh("guest-user works " + space + " f.", Seconds(120)));
    }

    // As udev leaves them.
    void open_to_all()
    {
        for (int id : all_nodes)
            ASSERT_TRUE(node(id).sh("guest-user works " + space +
                                    " f. && chmod 666 /dev/dlm-control /dev/dlm-monitor /dev/dlm_" +
                                    space));
    }
};

TEST_F(UserFuzzTest, mutated_requests_have_the_answers_of_the_table)
{
    for (int id : all_nodes)
        if (!ours(id))
            GTEST_SKIP() << "the stock module reads beyond short requests";
    open_to_all();
    run({{1, "space", "root"}, {2, "space", "nobody"}, {3, "control", "root"}});
    run({{1, "monitor", "nobody"}, {2, "control", "nobody"}, {3, "space", "root"}});
}

TEST_F(UserFuzzTest, mutated_writes_to_files_have_the_answers_of_the_table)
{
    if (!ours(2) || !ours(3))
        GTEST_SKIP() << "what the stock module takes from files stops its lockspaces";
    for (int id : {2, 3}) {
        const std::string name = "fz" + std::to_string(id);
        ASSERT_TRUE(shared_control().join(name, id, "guest-user create " + name));
        node(id).expect_log("start ignored|closing connection|start with");
    }
    run({{2, "files", "root"}, {3, "files", "nobody"}});
    for (int id : {2, 3}) {
        const std::string name = "fz" + std::to_string(id);
        EXPECT_TRUE(node(id).sh("guest-user free " + name + " r 1"));
        // The join that it answers is long over: the number is there for whoever asks next.
        EXPECT_TRUE(node(id).sh(". dlm-recipe; guest-user remove " + name +
                                " 2 & sleep 0.2; answer " + name + " 0 2>&-; wait; ls_drop " +
                                name));
        EXPECT_TRUE(node(id).sh("! test -d /sys/kernel/dlm/" + name));
    }
}

}  // namespace
}  // namespace dlm::guest
