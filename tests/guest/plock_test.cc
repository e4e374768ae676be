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
    const std::string program = Environment::get().guest_program("guest_user");
    for (NodeSpec &node : spec.nodes)
        node.files.push_back({"usr/local/sbin/guest-user", program, 0755});
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
        CommandResult result = node.run("guest-user plock-device && guest-user plocks " +
                                            std::string(ours ? "ours" : "stock") + " /mnt/g/file",
                                        Seconds(120));
        EXPECT_TRUE(result.ok()) << node.name() << "\n"
                                 << result.out << result.err << result.failure;
    }
    finish();
}

}  // namespace
}  // namespace dlm::guest
