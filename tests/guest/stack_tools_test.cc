// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the tools show of a lockspace, the distribution's and ours, on our module and on stock:
// while a recovery is under way, and of what programs of user space hold and leave behind.
#include <nlohmann/json.hpp>

#include "stack/stack_suite.h"

namespace dlm::guest {
namespace {

using nlohmann::json;

const char *const debug_commands[] = {
    "dlm_tool lockdump foo",        "dlm_tool lockdump foo -M",     "dlm_tool lockdebug foo",
    "dlm_tool lockdebug foo -s -v", "dlm_tool lockdebug foo -v -w", "our-dlm-tool lockdump foo",
    "our-dlm-tool waiters foo"};

// Each tool on each node says what it has to say without a complaint.
void read_all(Cluster &cluster, const std::string &when)
{
    for (int id : cluster.ids())
        for (const char *command : debug_commands) {
            SCOPED_TRACE(when + ", n" + std::to_string(id) + ": " + command);
            CommandResult result = cluster.node(id).run(command);
            EXPECT_TRUE(result.ok()) << result.exit_code << result.failure;
            EXPECT_EQ(result.err, "");
            if (std::string(command).find("waiters") == std::string::npos) {
                EXPECT_NE(result.out.find("\"door\""), std::string::npos) << result.out;
            }
        }
}

Outcome control(Node &node, int value)
{
    return node.sh("echo " + std::to_string(value) + " > /sys/kernel/dlm/foo/control");
}

// The bits of the steps that are done; 0x40 is the last one.
unsigned long recovered(Node &node)
{
    const std::string bits = node.read("cat /sys/kernel/dlm/foo/recover_status");
    return std::stoul("0" + bits, nullptr, 16);
}

json lock_named(Node &node, const std::string &name)
{
    CommandResult result = node.run("our-dlm-tool --json lockdump foo -r " + name);
    EXPECT_TRUE(result.ok()) << result.exit_code;
    EXPECT_EQ(result.err, "");
    const json all = json::parse(result.out, nullptr, false);
    if (all.is_object() && all["locks"].size() == 1)
        return all["locks"][0];
    ADD_FAILURE() << "not one lock on " << name << ": " << result.out;
    return json::object();
}

TEST_F(StackTest, C23_tools_read_every_file_while_a_recovery_is_under_way)
{
    Door door;
    ASSERT_NO_FATAL_FAILURE(contend(door));
    ASSERT_TRUE(cluster().each([](Node &each) { return control(each, 0); }));
    for (int id : cluster().ids())
        EXPECT_EQ(recovered(node(id)), 0u);
    // It is asked for now and decided later.
    Command late = node(1).start(hold("foo", "late", 5), "", true);
    read_all(cluster(), "stopped");
    // Two have begun, and wait for the third.
    ASSERT_TRUE(cluster().each({1, 2}, [](Node &each) { return control(each, 1); }));
    for (int id : {1, 2})
        ASSERT_TRUE(wait_until("a recovery", [&] { return recovered(node(id)) != 0; }));
    read_all(cluster(), "recovering");
    for (int id : cluster().ids())
        EXPECT_EQ(recovered(node(id)) & 0x40, 0u) << "it was over";
    EXPECT_EQ(late.out_so_far(), "");
    ASSERT_TRUE(control(node(3), 1));
    for (int id : cluster().ids())
        ASSERT_TRUE(wait_until("its end", [&] { return (recovered(node(id)) & 0x40) != 0; }));
    ASSERT_TRUE(says(late, "held"));
    EXPECT_EQ(door.three.out_so_far(), "");
    read_all(cluster(), "recovered");
    ASSERT_NO_FATAL_FAILURE(part(door));
    late.close_stdin();
    EXPECT_TRUE(late.wait().outcome());
    ASSERT_TRUE(stack().leave_in_turn("foo", {1, 2, 3}));
}

TEST_F(StackTest, our_tool_shows_the_locks_of_programs_and_orphans)
{
    ASSERT_TRUE(stack().join("foo", {1, 2, 3}));
    Command holder = node(1).start(hold("foo", "kept", 5), "", true);
    ASSERT_TRUE(says(holder, "held"));
    CommandResult gone = node(1).run("guest-libdlm orphan foo left 3");
    ASSERT_TRUE(gone.ok()) << gone.out << gone.err;
    const json kept = lock_named(node(1), "kept"), left = lock_named(node(1), "left");
    for (const json *lock : {&kept, &left}) {
        EXPECT_EQ((*lock)["user"], true) << *lock;
        EXPECT_EQ((*lock)["owner"], 1) << *lock;
        EXPECT_EQ((*lock)["queue"], "granted") << *lock;
        EXPECT_TRUE((*lock)["path"].is_null()) << *lock;
    }
    EXPECT_EQ(kept["orphan"], false) << kept;
    EXPECT_EQ(kept["pid"].dump(), node(1).read("pidof guest-libdlm"));
    EXPECT_EQ(kept["granted"], "EX");
    EXPECT_EQ(left["orphan"], true) << left;
    EXPECT_EQ(left["pid"].dump() + "\n", gone.out);
    EXPECT_EQ(left["granted"], "PR");
    EXPECT_TRUE(node(1).sh("our-dlm-tool lockdump foo | grep -q '\"left\" user orphan$'"));
    EXPECT_TRUE(node(1).sh("our-dlm-tool lockdump foo | grep -q '\"kept\" user$'"));
    // Purged, it is not there any more.
    ASSERT_TRUE(node(1).sh("guest-libdlm purge foo 1 0"));
    EXPECT_EQ(node(1).read("our-dlm-tool lockdump foo -r left"), "");

    // A node of stock has no sublocks, and says so.
    for (int id : {1, 2}) {
        CommandResult tree = node(id).run("our-dlm-tool sublocks foo");
        const bool stock = node(id).module() == Module::stock;
        EXPECT_EQ(tree.exit_code, 0);
        EXPECT_EQ(tree.out, "");
        EXPECT_EQ(tree.err.find("knows no sublocks") != std::string::npos, stock) << tree.err;
    }
    // No locks, and no lockspace.
    CommandResult none = node(1).run("our-dlm-tool plocks foo");
    EXPECT_EQ(none.exit_code, 0) << none.err;
    EXPECT_EQ(none.out + none.err, "");
    CommandResult nobody = node(1).run("our-dlm-tool plocks nobody");
    EXPECT_EQ(nobody.exit_code, 3) << nobody.out;
    EXPECT_NE(nobody.err.find("knows no lockspace \"nobody\""), std::string::npos) << nobody.err;
    holder.close_stdin();
    EXPECT_TRUE(holder.wait().outcome());
    ASSERT_TRUE(stack().leave_in_turn("foo", {1, 2, 3}));
}

}  // namespace
}  // namespace dlm::guest
