// SPDX-License-Identifier: GPL-2.0-or-later
//
// Locks of user space: a static program in the guests (user/) speaks to the devices and checks what
// it is told, here with the resources mastered by its own node, there by another. What goes beyond
// the contract of the stock module runs on ours only.
#include <memory>
#include <set>
#include <string>
#include <vector>

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
    const std::string program = Environment::get().guest_program("guest_user");
    for (NodeSpec &node : spec.nodes)
        node.files.push_back({"usr/local/sbin/guest-user", program, 0755});
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
        if (shared_)
            return;
        auto fresh = std::make_unique<Shared>();
        ASSERT_TRUE(fresh->start());
        shared_ = std::move(fresh);
    }

    void TearDown() override
    {
        ClusterTest::TearDown();
        if (HasFailure())
            shared_.reset();
    }

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

    // Beyond the contract, or a known weakness of the stock module
    // (control-plane.md 5.3, 5.6, 5.9).
    const std::set<std::string> beyond_stock = {"U14", "reads_that_fail", "no_callback_is_lost",
                                                "both_shapes"};
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
    // The stock module loses the last four bytes of the name, and refuses requests without one.
    if (!ours(1))
        GTEST_SKIP() << "the stock module's 32-bit path is broken";
    for (const char *shape : {"compat", "padded"})
        run_all(1, shape, 1);
    run_all(1, "compat", 2);
}

// Orphans stay with their node; another node may have them dropped.
TEST_F(UserTest, orphans_are_purged_from_another_node)
{
    const std::string hold = "guest-user orphans " + space + " remote. 5";
    const std::string held = "guest-user refused " + space + " remote. 5";
    const std::string free = "guest-user free " + space + " remote. 5";
    ASSERT_TRUE(node(1).sh(hold));
    ASSERT_TRUE(node(3).sh(held));
    // A node id of nobody.
    EXPECT_NE(node(2).run("guest-user purge " + space + " 9 0").out.find("error 105"),
              std::string::npos);
    // A process that has none.
    ASSERT_TRUE(node(2).sh("guest-user purge " + space + " 1 999999"));
    ASSERT_TRUE(node(3).sh("sleep 0.3; " + held));
    ASSERT_TRUE(node(2).sh("guest-user purge " + space + " 1 0"));
    ASSERT_TRUE(node(3).sh(free));
}

}  // namespace
}  // namespace dlm::guest
