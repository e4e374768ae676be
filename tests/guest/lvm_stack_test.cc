// SPDX-License-Identifier: GPL-2.0-or-later
//
// The distribution's lvmlockd on two nodes with a shared volume group: locks of volumes held over
// the death of the daemon by orphans that the next one adopts, and those of a dead node.
#include "stack/stack_suite.h"

namespace dlm::guest {
namespace {

constexpr Seconds lvm_deadline{120};
constexpr char device[] = "/dev/vdc";  // shared0: LVM matches the names that it finds itself

class LvmStackTest : public StackTest {
protected:
    ClusterSpec spec() const override { return Stack::spec(2); }

    // LVM on one disk, with lvmlockd that takes over what an earlier one left on this node.
    static Outcome start_lvmlockd(Node &one)
    {
        const std::string config =
            "global { use_lvmlockd = 1 }\ndevices { use_devicesfile = 0\nfilter = [ \"a|^" +
            std::string(device) + "$|\", \"r|.*|\" ] }\n";
        if (Outcome written = one.write_file("/etc/lvm/lvmlocal.conf", config); !written)
            return written;
        return one.sh(Stack::script(one,
                                    "modprobe dm-mod && lvmlockd -g dlm -A 1 && "
                                    "until_ok 60 lvmlockctl -i"),
                      lvm_deadline);
    }
    static Outcome lvm(Node &one, const std::string &command)
    {
        return one.sh(command + " < /dev/null", lvm_deadline);
    }
    static Outcome lock_start(Node &one) { return lvm(one, "vgchange --lock-start vg1"); }
    static bool active(Node &one, const std::string &volume)
    {
        return one.run("dmsetup info -c --noheadings -o name | grep -qx " + volume).ok();
    }
    static Outcome stop_lvmlockd(Node &one)
    {
        return one.sh(Stack::script(one,
                                    "vgchange -an vg1 < /dev/null && vgchange --lock-stop vg1 && "
                                    "until_ok 100 no_lockspace && end lvmlockd"),
                      Seconds(240));
    }
    // Refused with the words of a lock that somebody else has.
    static void refused(Node &one, const std::string &command)
    {
        CommandResult result = one.run(command + " < /dev/null", lvm_deadline);
        EXPECT_TRUE(result.finished && result.exit_code != 0) << one.name() << ": " << command;
        EXPECT_NE(result.err.find("locked by other host"), std::string::npos) << result.err;
    }
};

TEST_F(LvmStackTest, U15_volumes_are_exclusive_across_nodes_daemons_and_deaths)
{
    Node &one = node(1), &two = node(2);
    ASSERT_TRUE(cluster().each([](Node &each) { return start_lvmlockd(each); }));
    ASSERT_TRUE(lvm(one, std::string("vgcreate --shared --lock-type dlm vg1 ") + device));
    ASSERT_TRUE(cluster().each(&LvmStackTest::lock_start));
    ASSERT_TRUE(stack().wait_members("lvm_vg1", {1, 2}));
    // Both at once: each change of the group happens under its lock.
    ASSERT_TRUE(cluster().each([](Node &each) {
        const std::string number = std::to_string(each.id());
        return lvm(each, "lvcreate -an -Wn -Zn -L 8M -n lv" + number + " vg1");
    }));
    EXPECT_EQ(two.read("lvs --noheadings -o name vg1 2>/dev/null | xargs"), "lv1 lv2");

    ASSERT_TRUE(lvm(one, "lvchange -aey vg1/lv1"));
    EXPECT_TRUE(active(one, "vg1-lv1"));
    refused(two, "lvchange -aey vg1/lv1");
    refused(two, "lvchange -asy vg1/lv1");
    EXPECT_FALSE(active(two, "vg1-lv1"));
    ASSERT_TRUE(lvm(one, "lvchange -asy vg1/lv2"));
    ASSERT_TRUE(lvm(two, "lvchange -asy vg1/lv2"));
    refused(two, "lvchange -aey vg1/lv2");

    // The daemon dies: its locks stay as orphans, and the next one finds them.
    ASSERT_TRUE(one.sh("killall -9 lvmlockd"));
    ASSERT_TRUE(wait_until("the end of lvmlockd", [&] { return !one.run("pidof lvmlockd").ok(); }));
    refused(two, "lvchange -aey vg1/lv1");
    refused(two, "lvchange -aey vg1/lv2");
    ASSERT_TRUE(start_lvmlockd(one));
    Outcome adopted = wait_until(
        "the adoption",
        [&] { return one.run("lvmlockctl -i | grep -c '^LK LV \\(ex\\|sh\\) '").out == "2\n"; },
        lvm_deadline, Milliseconds(500));
    ASSERT_TRUE(adopted) << one.read("lvmlockctl -i; lvmlockctl -d");
    refused(two, "lvchange -aey vg1/lv1");
    EXPECT_EQ(one.read("dlm_tool lockdump lvm_vg1 | grep -c 'gr EX'"), "1");
    ASSERT_TRUE(lvm(one, "lvchange -an vg1/lv1"));
    ASSERT_TRUE(lvm(two, "lvchange -aey vg1/lv1"));
    EXPECT_TRUE(active(two, "vg1-lv1"));
    refused(one, "lvchange -aey vg1/lv1");

    // The node dies: its locks go when it has been fenced.
    const int fenced = stack().fencer().count(2);
    two.power_cut();
    ASSERT_TRUE(stack().wait_fenced(2, fenced + 1));
    ASSERT_TRUE(stack().wait_members("lvm_vg1", {1}));
    ASSERT_TRUE(wait_until("exclusive activation", [&] {
        return one.run("lvchange -aey vg1/lv1 < /dev/null", lvm_deadline).ok();
    }));
    EXPECT_TRUE(active(one, "vg1-lv1"));
    ASSERT_TRUE(stack().come_back(2));
    ASSERT_TRUE(start_lvmlockd(two));
    ASSERT_TRUE(lock_start(two));
    ASSERT_TRUE(stack().wait_members("lvm_vg1", {1, 2}));
    refused(two, "lvchange -aey vg1/lv1");
    ASSERT_TRUE(stop_lvmlockd(two));
    ASSERT_TRUE(stop_lvmlockd(one));
}

}  // namespace
}  // namespace dlm::guest
