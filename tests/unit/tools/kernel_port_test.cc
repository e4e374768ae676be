// SPDX-License-Identifier: GPL-2.0-or-later
// What the daemon writes to configfs and sysfs, in which order, against a kernel that insists on
// its rules.
#include <algorithm>
#include <utility>

#include <gtest/gtest.h>

#include "daemon/kernel_port.h"
#include "fake_kernel.h"
#include "lib/lockspace_attributes.h"
#include "temporary_folder.h"

namespace dlm::daemon::test {

class KernelPortTest : public testing::Test {
protected:
    KernelPortTest()
    {
        auto parsed = parse_config(
            "cluster: test\n"
            "nodes:\n"
            "  - {id: 1, address: 10.0.0.1}\n"
            "  - {id: 2, addresses: [10.0.0.2, 10.1.0.2], weight: 5}\n"
            "  - {id: 3, address: 'fd00::3'}\n"
            "kernel: {log_debug: 1}\n"
            "lockspaces: {dirless: {nodir: true}}\n",
            "f");
        EXPECT_TRUE(parsed);
        config = *parsed;
        folder.put("/sys/kernel/config/dlm/.keep", "");
    }

    std::vector<std::string> take_log() { return std::exchange(log, {}); }
    std::string value(const std::string &path) { return files.load(path).value_or("(absent)"); }

    dlm::test::TemporaryFolder folder;
    std::vector<std::string> log;
    dlm::test::FakeKernel files{folder.path(), log};
    Config config;
    KernelPort port{files, config, 1};
};

TEST_F(KernelPortTest, configure_writes_nodeid_before_addr_and_local_last)
{
    auto done = port.configure({1, 2, 3});
    ASSERT_TRUE(done) << done.error().message();
    std::vector<std::string> expected = {
        "mkdir cluster",
        "cluster/log_debug=1",
        "cluster/recover_callbacks=1",
        "cluster/cluster_name=test",
        "mkdir cluster/comms/1",
        "cluster/comms/1/nodeid=1",
        "cluster/comms/1/addr=<sockaddr>",
        "mkdir cluster/comms/2",
        "cluster/comms/2/nodeid=2",
        "cluster/comms/2/addr=<sockaddr>",
        "cluster/comms/2/addr=<sockaddr>",
        "mkdir cluster/comms/3",
        "cluster/comms/3/nodeid=3",
        "cluster/comms/3/addr=<sockaddr>",
        "cluster/comms/1/local=1",
    };
    EXPECT_EQ(take_log(), expected);
}

TEST_F(KernelPortTest, configure_again_is_harmless_and_removes_dead_nodes)
{
    ASSERT_TRUE(port.configure({1, 2, 3}));
    auto done = port.configure({1, 2});
    ASSERT_TRUE(done) << done.error().message();
    EXPECT_EQ(lib::ConfigTree(files).comms(), (std::vector<int>{1, 2}));
    EXPECT_EQ(lib::ConfigTree(files).local_node(), 1);
}

TEST_F(KernelPortTest, a_tunable_that_the_kernel_does_not_take_is_told_with_its_line)
{
    files.fail_at = "log_debug";
    auto done = port.configure({1});
    ASSERT_FALSE(done);
    EXPECT_TRUE(done.error().message().starts_with("f:6: kernel.log_debug: "))
        << done.error().message();
}

TEST_F(KernelPortTest, first_start_sets_id_and_members_before_control_and_answers_last)
{
    ASSERT_TRUE(port.configure({1, 2, 3}));
    files.add_lockspace("foo");
    take_log();
    auto done = port.start({"foo", 1, {{1, false}, {2, false}}, true});
    ASSERT_TRUE(done) << done.error().message();
    std::vector<std::string> expected = {
        "rmdir cluster/spaces/foo",
        "foo/id=1826763677",
        "mkdir cluster/spaces/foo",
        "mkdir cluster/spaces/foo/nodes/1",
        "cluster/spaces/foo/nodes/1/nodeid=1",
        "cluster/spaces/foo/nodes/1/weight=1",
        "mkdir cluster/spaces/foo/nodes/2",
        "cluster/spaces/foo/nodes/2/nodeid=2",
        "cluster/spaces/foo/nodes/2/weight=5",
        "foo/control=1",
        "foo/event_done=0",
    };
    EXPECT_EQ(take_log(), expected);
}

TEST_F(KernelPortTest, later_start_removes_adds_and_renews)
{
    ASSERT_TRUE(port.configure({1, 2, 3}));
    files.add_lockspace("foo");
    ASSERT_TRUE(port.start({"foo", 1, {{1, false}, {2, false}}, true}));
    take_log();
    ASSERT_TRUE(port.start({"foo", 2, {{1, false}, {2, true}, {3, false}}, false}));
    auto lines = take_log();
    EXPECT_EQ(std::count(lines.begin(), lines.end(), "rmdir cluster/spaces/foo/nodes/2"), 1);
    EXPECT_EQ(std::count(lines.begin(), lines.end(), "mkdir cluster/spaces/foo/nodes/1"), 1);
    EXPECT_EQ(std::count(lines.begin(), lines.end(), "cluster/spaces/foo/nodes/1/nodeid=1"), 0);
    EXPECT_EQ(std::count(lines.begin(), lines.end(), "cluster/spaces/foo/nodes/2/nodeid=2"), 1);
    EXPECT_EQ(lines.back(), "foo/control=1");
    EXPECT_EQ(lib::MemberTree(files).members("foo"), (std::set<int>{1, 2, 3}));
    ASSERT_TRUE(port.start({"foo", 3, {{1, false}, {3, false}}, false}));
    EXPECT_EQ(lib::MemberTree(files).members("foo"), (std::set<int>{1, 3}));
}

TEST_F(KernelPortTest, nodir_is_written_before_each_start)
{
    ASSERT_TRUE(port.configure({1}));
    files.add_lockspace("dirless");
    take_log();
    ASSERT_TRUE(port.start({"dirless", 1, {{1, false}}, true}));
    auto lines = take_log();
    auto nodir = std::find(lines.begin(), lines.end(), "dirless/nodir=1");
    ASSERT_NE(nodir, lines.end());
    EXPECT_LT(nodir, std::find(lines.begin(), lines.end(), "dirless/control=1"));
}

TEST_F(KernelPortTest, a_failing_member_write_leaves_the_kernel_unstarted)
{
    ASSERT_TRUE(port.configure({1}));
    files.add_lockspace("foo");
    files.fail_at = "weight";
    take_log();
    EXPECT_FALSE(port.start({"foo", 1, {{1, false}}, true}));
    auto lines = take_log();
    EXPECT_EQ(std::count(lines.begin(), lines.end(), "foo/control=1"), 0);
    EXPECT_EQ(std::count(lines.begin(), lines.end(), "foo/event_done=0"), 0);
}

TEST_F(KernelPortTest, clear_takes_everything_away)
{
    ASSERT_TRUE(port.configure({1, 2}));
    files.add_lockspace("foo");
    ASSERT_TRUE(port.start({"foo", 1, {{1, false}}, true}));
    auto done = port.clear();
    ASSERT_TRUE(done) << done.error().message();
    EXPECT_FALSE(files.exists(lib::ConfigTree::cluster));
}

TEST(ConfigTree, without_the_module_says_what_to_do)
{
    dlm::test::TemporaryFolder folder;
    lib::KernelFiles files(folder.path());
    auto made = lib::ConfigTree(files).create();
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code(), ENOENT);
    EXPECT_NE(made.error().message().find("is the dlm module loaded"), std::string::npos);
}

TEST(LockspaceAttributes, global_id_is_the_one_of_the_specification)
{
    EXPECT_EQ(lib::lockspace_global_id("foo"), 0x6ce2339du);
    EXPECT_EQ(lib::lockspace_global_id("lvm_global"), 0x12aabd2du);
    EXPECT_EQ(lib::lockspace_global_id("lvm_clvg0"), 0x45d1d4f1u);
}

TEST(LockspaceAttributes, reads_hex_status_and_names_with_slashes)
{
    dlm::test::TemporaryFolder folder;
    lib::KernelFiles files(folder.path());
    folder.put("/sys/kernel/dlm/a!b/recover_status", "ff\n");
    folder.put("/sys/kernel/dlm/a!b/recover_nodeid", "-1\n");
    folder.put("/sys/kernel/dlm/a!b/id", "4294967295\n");
    folder.put("/sys/kernel/dlm/a!b/nodir", "x\n");
    EXPECT_EQ(lib::LockspaceAttributes::all(files), std::vector<std::string>{"a/b"});
    lib::LockspaceAttributes attributes(files, "a/b");
    EXPECT_EQ(*attributes.recover_status(), 0xffu);
    EXPECT_EQ(*attributes.recover_nodeid(), -1);
    EXPECT_EQ(*attributes.id(), 0xffffffffu);
    EXPECT_FALSE(attributes.nodir());
    EXPECT_FALSE(lib::LockspaceAttributes(files, "c").id());
}

}  // namespace dlm::daemon::test
