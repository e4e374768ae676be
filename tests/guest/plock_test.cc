// SPDX-License-Identifier: GPL-2.0-or-later
//
// POSIX locks of gfs2. The daemon is played by a program in the guest (user/plock_checks.cc): what
// it is asked, in which order it may answer, callers that are killed, a daemon that goes away.
#include "gfs2_suite.h"
#include "harness/environment.h"

namespace dlm::guest {
namespace {

ClusterSpec with_program()
{
    ClusterSpec spec = ClusterSpec::from_options(2);
    spec.install("guest-user", Environment::get().guest_program("guest_user"));
    return spec;
}

class PlockTest : public Gfs2Suite {
protected:
    PlockTest() : Gfs2Suite(with_program()) {}
};

TEST_F(PlockTest, the_daemon_decides)
{
    ASSERT_TRUE(fs_.mount_together({1, 2}));
    for (int id : {1, 2}) {
        Node &node = cluster_.node(id);
        const bool ours = node.module() == Module::ours;
        if (!ours)
            node.expect_log("^dlm: plock device version mismatch: kernel ");
        CommandResult result = node.run("guest-user plock-device && guest-user plocks " +
                                            std::string(ours ? "ours" : "stock") + " /mnt/g/file",
                                        Seconds(120));
        EXPECT_TRUE(result.ok()) << node.name() << "\n"
                                 << result.out << result.err << result.failure;
    }
    finish();
}

// Answers of a daemon gone mad, as root and as anybody, while processes lock and unlock.
TEST_F(PlockTest, mutated_answers_have_the_answers_of_the_table)
{
    for (int id : {1, 2})
        if (cluster_.node(id).module() != Module::ours)
            GTEST_SKIP() << "stock hands any number to who locks";
    ASSERT_TRUE(fs_.mount_together({1, 2}));
    const int count = run_options().count_or(5000);
    const std::string numbers =
        std::to_string(run_options().seed) + " " + std::to_string(count) + " ";
    std::vector<Command> running;
    for (int id : {1, 2}) {
        Node &node = cluster_.node(id);
        ASSERT_TRUE(node.sh("chmod 666 /dev/dlm_plock; echo > /mnt/g/fuzz; chmod 666 /mnt/g/fuzz"));
        // It grants what is in conflict.
        node.expect_log("lock of inode \\d+ not recorded: -11|record: \\d+ callbacks suppressed");
        running.push_back(node.start("exec guest-user fuzz plock /mnt/g/fuzz '' " + numbers +
                                     (id == 1 ? "root" : "nobody")));
    }
    for (const Command &command : running) {
        CommandResult result = command.wait(Seconds(120 + count / 30));
        EXPECT_TRUE(result.ok()) << result.out << result.err << result.failure;
        std::cout << result.out;
    }
    for (int id : {1, 2})
        EXPECT_TRUE(cluster_.node(id).sh("guest-user plocks ours /mnt/g/file", Seconds(120)));
    finish();
}

}  // namespace
}  // namespace dlm::guest
