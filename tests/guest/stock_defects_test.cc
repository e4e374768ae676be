// SPDX-License-Identifier: GPL-2.0-or-later
//
// A test of the tests: what scenarios leave out on the kernel's own module, because it would take
// the node or the cluster along, does so there. Each test costs a cluster.
#include "client_lib/client_suite.h"
#include "harness/environment.h"

#include <thread>

namespace dlm::client {
namespace {

using guest::Milliseconds;
using guest::Seconds;

class StockDefectsTest : public ClientSuite {
protected:
    void SetUp() override
    {
        ClientSuite::SetUp();
        for (int id : {1, 2, 3})
            ASSERT_EQ(node(id).module(), guest::Module::stock);
    }

    void TearDown() override
    {
        drop_cluster();
        ClientSuite::TearDown();
    }

    void shape(guest::ClusterSpec &spec) override
    {
        spec.install("guest-user", guest::Environment::get().guest_program("guest_user"));
    }

    // The guests' kernels end at the first oops.
    void expect_crash(const std::string &line)
    {
        node(1).expect_log(".");
        guest::Command fatal = node(1).start(one_shot(line));
        EXPECT_TRUE(guest::wait_until(
            "the node dies", [&] { return !node(1).running(); }, Seconds(60)));
        EXPECT_NE(node(1).console_text().find("NULL pointer dereference"), std::string::npos)
            << node(1).console_text();
    }
};

// X3, scenario A09.
TEST_F(StockDefectsTest, X3_a_conversion_without_a_status_block_crashes)
{
    ASSERT_TRUE(cluster().join("none", {1, 2, 3}));
    ASSERT_TRUE(client(1).lock_wait("1", "r", Mode::PR).granted());
    expect_crash("convert none 1 mode=NL lksb=null");
}

// X2, scenario F03.
TEST_F(StockDefectsTest, X2_a_recovery_that_meets_a_locking_call_in_a_callback_hangs)
{
    ASSERT_TRUE(cluster().join("call", {1, 2, 3}));
    ASSERT_EQ(client(1).command("set call 1 cast_sleep=1500").ret(), 0);
    ASSERT_EQ(client(1).command("on_cast call 1 unlock call 1").ret(), 0);
    ASSERT_EQ(client(1).lock("1", "r", Mode::EX).ret(), 0);
    ASSERT_TRUE(cluster().control().stop("call", {1, 2, 3}));
    std::this_thread::sleep_for(Milliseconds(2500));
    ASSERT_TRUE(cluster().control().set_members_and_start("call", {1, 2, 3}, {1, 2, 3}));
    EXPECT_FALSE(cluster().control().wait_recovered("call", {1, 2, 3}, Seconds(30)));
}

// X16, scenario L16.
TEST_F(StockDefectsTest, X16_kernel_locks_in_a_lockspace_of_user_space_crash)
{
    ASSERT_TRUE(cluster().attach({1, 2, 3}));
    ASSERT_TRUE(cluster().control().join("made", 1, "guest-user create made"));
    ASSERT_EQ(client(1).command("create made").ret(), 0);
    expect_crash("lock made 1 name=r mode=EX");
}

}  // namespace
}  // namespace dlm::client
