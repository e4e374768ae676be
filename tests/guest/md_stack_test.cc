// SPDX-License-Identifier: GPL-2.0-or-later
//
// md-cluster on two nodes: a mirror that both write to, a disk that fails on one and is gone for
// both, a copy of a disk that both wait for, a node that dies while it writes.
#include "stack/stack_suite.h"

namespace dlm::guest {
namespace {

constexpr Seconds md_deadline{120};
constexpr Seconds death_deadline{120};

class MdStackTest : public StackTest {
protected:
    ClusterSpec spec() const override
    {
        ClusterSpec all = Stack::spec(2);
        all.shared_disks = 3;
        all.disk_mb = 64;
        return all;
    }

    static Outcome load(Node &one) { return one.sh("modprobe raid1 && modprobe md-cluster"); }
    static Outcome md(Node &one, const std::string &command)
    {
        return one.sh(command + " < /dev/null", md_deadline);
    }
    // What the kernel says of the array, until it says that.
    static Outcome shows(Node &one, const std::string &pattern)
    {
        Outcome shown = wait_until(
            one.name() + ": \"" + pattern + "\" in mdstat",
            [&] {
                return one.run("grep -A3 '^md0' /proc/mdstat | grep -q '" + pattern + "'").ok();
            },
            death_deadline);
        return shown ? shown : shown << "\n" << one.read("cat /proc/mdstat; mdadm -D /dev/md0");
    }
    // Nothing is being copied.
    static Outcome quiet(Node &one)
    {
        Outcome end = wait_until(
            one.name() + ": no copying",
            [&] { return !one.run("grep -E 'resync|recover|PENDING' /proc/mdstat").ok(); },
            death_deadline);
        return end ? end : end << "\n" << one.read("cat /proc/mdstat");
    }
    static std::string lockspace(Node &one)
    {
        return one.read("dlm_tool ls | sed -n 's/^name *\\([0-9a-f-]\\{36\\}\\).*/\\1/p'");
    }
    // A megabyte of one letter at that place, written through the array.
    static Outcome write(Node &one, const std::string &letter, int megabyte)
    {
        return one.sh("head -c 1048576 /dev/zero | tr '\\0' " + letter +
                      " | dd of=/dev/md0 bs=1M seek=" + std::to_string(megabyte) +
                      " oflag=direct iflag=fullblock 2>&1");
    }
    // What the array holds, on each of its disks.
    static Outcome same_on_both_disks(Node &one)
    {
        return one.sh(
            "set -e; at=$(mdadm -E /dev/shared0 | "
            "sed -n 's/.*Data Offset : \\([0-9]*\\) .*/\\1/p'); "
            "sum() { dd if=$1 bs=512 skip=$at count=61440 2>/dev/null | md5sum; }; "
            "echo 3 > /proc/sys/vm/drop_caches; "
            "[ \"$at\" -gt 0 ] && [ \"$(sum /dev/shared0)\" = \"$(sum /dev/shared2)\" ]");
    }
    static std::string sum(Node &one, const std::string &disk, int skip)
    {
        return one.read("dd if=" + disk + " bs=1M skip=" + std::to_string(skip) +
                        " count=8 iflag=direct 2>/dev/null | md5sum");
    }
};

TEST_F(MdStackTest, R16_a_mirror_is_shared_by_two_nodes)
{
    Node &one = node(1), &two = node(2);
    for (Node *each : {&one, &two})
        each->expect_log(
            "^md-cluster: support raid1 and raid10 |"
            "^md-cluster\\(md0\\): Spurious cluster confirmation$|"
            "^md/raid1:md0: (Disk failure on \\w+, disabling device|Operation continuing on 1 "
            "devices)\\.$");
    ASSERT_TRUE(cluster().each(&MdStackTest::load));
    ASSERT_TRUE(md(one,
                   "mdadm --create /dev/md0 --run --assume-clean --bitmap=clustered --nodes=2 "
                   "--home-cluster=test --level=mirror --raid-devices=2 --metadata=1.2 "
                   "/dev/shared0 /dev/shared1"));
    ASSERT_TRUE(md(two, "mdadm --assemble /dev/md0 /dev/shared0 /dev/shared1"));
    const std::string ls = lockspace(one);
    ASSERT_EQ(ls.size(), 36u);
    ASSERT_TRUE(stack().wait_members(ls, {1, 2}));

    ASSERT_TRUE(write(one, "a", 0));
    ASSERT_TRUE(write(two, "b", 1));
    EXPECT_EQ(sum(one, "/dev/md0", 0), sum(two, "/dev/md0", 0));

    // One node says that a disk has failed; both know it, and both do without.
    ASSERT_TRUE(md(one, "mdadm /dev/md0 --fail /dev/shared1"));
    for (Node *each : {&one, &two})
        ASSERT_TRUE(shows(*each, "(F)"));
    ASSERT_TRUE(md(one, "mdadm /dev/md0 --remove /dev/shared1"));
    ASSERT_TRUE(write(two, "c", 2));
    // Another takes its place: the other node has to confirm that it sees it, which a rule of udev
    // does elsewhere, and this loop does too early at first. Then it is copied.
    Command confirm = one.start(
        "i=0; until mdadm --manage /dev/md0 --cluster-confirm 2:/dev/shared2; do "
        "i=$((i + 1)); [ $i -lt 300 ] || exit 1; sleep 0.1; done 2>/dev/null");
    ASSERT_TRUE(md(two, "mdadm /dev/md0 --add /dev/shared2"));
    ASSERT_TRUE(confirm.wait().outcome("cluster-confirm"));
    for (Node *each : {&one, &two}) {
        ASSERT_TRUE(shows(*each, "\\[UU\\]"));
        ASSERT_TRUE(quiet(*each));
    }
    EXPECT_EQ(sum(one, "/dev/md0", 0), sum(two, "/dev/md0", 0));

    // A node dies while it writes: the other one makes the copies equal and goes on.
    Command writer = two.start(
        "while :; do head -c 4194304 /dev/urandom | dd of=/dev/md0 bs=64k seek=64 "
        "oflag=direct iflag=fullblock 2>/dev/null || exit 1; echo round; done");
    ASSERT_TRUE(says(writer, "round"));
    const int fenced = stack().fencer().count(2);
    two.power_cut();
    ASSERT_TRUE(stack().wait_fenced(2, fenced + 1));
    ASSERT_TRUE(stack().wait_members(ls, {1}));
    ASSERT_TRUE(quiet(one));
    ASSERT_TRUE(write(one, "d", 0));
    EXPECT_TRUE(same_on_both_disks(one));

    ASSERT_TRUE(stack().come_back(2));
    ASSERT_TRUE(load(two));
    ASSERT_TRUE(md(two, "mdadm --assemble /dev/md0 /dev/shared0 /dev/shared2"));
    ASSERT_TRUE(stack().wait_members(ls, {1, 2}));
    for (Node *each : {&one, &two})
        ASSERT_TRUE(shows(*each, "\\[UU\\]"));
    EXPECT_EQ(sum(one, "/dev/md0", 0), sum(two, "/dev/md0", 0));
    ASSERT_TRUE(md(two, "mdadm --stop /dev/md0"));
    ASSERT_TRUE(md(one, "mdadm --stop /dev/md0"));
}

}  // namespace
}  // namespace dlm::guest
