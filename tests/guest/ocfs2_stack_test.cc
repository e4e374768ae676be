// SPDX-License-Identifier: GPL-2.0-or-later
//
// ocfs2 with its user stack, the one that uses the kernel's lock manager, on three nodes: files
// shared, locks of files, a node that dies.
#include "stack/stack_suite.h"

namespace dlm::guest {
namespace {

constexpr Seconds death_deadline{120};

class Ocfs2StackTest : public StackTest {
protected:
    static Outcome load(Node &one)
    {
        return one.sh(
            "modprobe crc32c_generic && modprobe ocfs2 && modprobe ocfs2_stack_user && "
            "echo pcmk > /sys/fs/ocfs2/cluster_stack && grep -q pcmk /sys/fs/ocfs2/cluster_stack");
    }
    static Outcome mount(Node &one)
    {
        return one.sh("mkdir -p /mnt/o && mount.ocfs2 -o noatime /dev/shared0 /mnt/o",
                      Seconds(120));
    }
    static Outcome make(Node &one)
    {
        return one.sh(
            "mkfs.ocfs2 --cluster-stack=pcmk --cluster-name=test -N 4 -b 4096 -C 4096 "
            "-J size=8M -F -q /dev/shared0 < /dev/null",
            Seconds(120));
    }
    // Its lockspace has the file system's id for a name.
    static std::string lockspace(Node &one)
    {
        return one.read("dlm_tool ls | sed -n 's/^name *\\([0-9A-F]\\{32\\}\\).*/\\1/p'");
    }
};

TEST_F(Ocfs2StackTest, R16_files_are_shared_and_a_dead_nodes_locks_go)
{
    // Its journal's word about one that was closed in order.
    for (int id : {1, 2, 3})
        node(id).expect_log("^JBD2: Ignoring recovery information on journal$");
    ASSERT_TRUE(cluster().each(&Ocfs2StackTest::load));
    ASSERT_TRUE(make(node(1)));
    ASSERT_TRUE(cluster().each(&Ocfs2StackTest::mount));
    const std::string ls = lockspace(node(1));
    ASSERT_EQ(ls.size(), 32u);
    ASSERT_TRUE(stack().wait_members(ls, {1, 2, 3}));

    FileLocks files(cluster(), "/mnt/o");
    ASSERT_TRUE(node(1).sh("cd /mnt/o && echo one > kept && touch f p && mkdir d && sync"));
    EXPECT_EQ(node(2).read("cat /mnt/o/kept"), "one");
    ASSERT_TRUE(cluster().each([](Node &one) {
        return one.sh(
            "cd /mnt/o/d && i=0; while [ $i -lt 40 ]; do echo $(hostname) $i > "
            "$(hostname).$((i % 4)) || exit 1; flock ../f sh -c \"echo $(hostname) $i >> "
            "../common\" || exit 1; i=$((i + 1)); done");
    }));
    for (int id : {1, 2, 3})
        EXPECT_EQ(node(id).read("cat /mnt/o/common | wc -l; ls /mnt/o/d | wc -l"), "120\n12");
    files.exclusion("flock f exclusive", "flock f shared", FileLocks::Killed::dies_now);
    files.exclusion("fcntl p exclusive 0 10", "fcntl p shared 0 10", FileLocks::Killed::dies_now);

    // The last bytes of a node that dies are in its journal.
    const int fenced = stack().fencer().count(3);
    ASSERT_TRUE(node(3).sh("echo three > /mnt/o/kept && sync"));
    Command holder = files.lock(3, "flock f exclusive");
    ASSERT_TRUE(says(holder, "locked"));
    Command waiter = files.lock(1, "flock f exclusive");
    node(3).power_cut();
    ASSERT_TRUE(stack().wait_fenced(3, fenced + 1));
    ASSERT_TRUE(says(waiter, "locked", death_deadline));
    EXPECT_TRUE(FileLocks::let_go(waiter));
    ASSERT_TRUE(stack().wait_members(ls, {1, 2}));
    for (int id : {1, 2})
        EXPECT_EQ(node(id).read("cat /mnt/o/kept"), "three");
    ASSERT_TRUE(wait_until("the dead node's journal", [&] {
        return node(1).run("dmesg | grep -q 'ocfs2: End replay journal (node 3,'").ok() ||
               node(2).run("dmesg | grep -q 'ocfs2: End replay journal (node 3,'").ok();
    }));

    ASSERT_TRUE(stack().come_back(3));
    ASSERT_TRUE(load(node(3)));
    ASSERT_TRUE(mount(node(3)));
    ASSERT_TRUE(stack().wait_members(ls, {1, 2, 3}));
    EXPECT_EQ(node(3).read("cat /mnt/o/kept"), "three");
    EXPECT_TRUE(files.possible(3, "flock f exclusive"));
    for (int id : {1, 2, 3})
        ASSERT_TRUE(node(id).sh("umount /mnt/o", leave_deadline));
    EXPECT_TRUE(node(1).sh("fsck.ocfs2 -fn /dev/shared0 < /dev/null", Seconds(180)));
}

}  // namespace
}  // namespace dlm::guest
