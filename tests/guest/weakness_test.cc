// SPDX-License-Identifier: GPL-2.0-or-later
//
// Weaknesses of the stock control interfaces that this module does not share, by the numbers of
// control-plane.md 16; Documentation/weaknesses.rst has all of them.
#include "handshake_suite.h"

namespace dlm::client {
namespace {

// W2: who waits for the daemon can be killed.
TEST_F(HandshakeTest, W02_a_join_that_nobody_answers_is_ended_by_a_signal)
{
    if (stock())
        GTEST_SKIP() << "stock waits for ever";
    Node &one = node(1);
    Uevents events(one);
    Command creating = begin_create(one, events, "w02");
    creating.signal(9);
    EXPECT_TRUE(wait_until(
        "the end", [&] { return !creating.running(); }, Seconds(10)));
    EXPECT_TRUE(wait_until("all of it", [&] { return events.seen("w02", "remove"); }));
    EXPECT_TRUE(one.sh("! test -e /sys/kernel/dlm/w02"));
}

// A node that was removed and has come back before anybody could start: the directories say so, and
// a start that is ignored does not make them forget it. Without locks, so that nothing is lost by
// a recovery that node 1 alone believes to be one after a death.
TEST_F(HandshakeTest, W06_a_start_that_is_ignored_forgets_nothing)
{
    if (stock())
        GTEST_SKIP() << "stock forgets it";
    ASSERT_TRUE(cluster().join("w06", {1, 2, 3}));
    Node &one = node(1);
    one.expect_log("start ignored|closing connection");
    client(1).skip_events();
    ASSERT_TRUE(one.sh(recipe("rmdir $CFG/spaces/w06/nodes/3 && comm_del 3 && comm_add 3 " +
                              node(3).address() + " && members w06 1 2 3; start w06")));
    ASSERT_TRUE(control().stop("w06", {1, 2, 3}));
    ASSERT_TRUE(control().set_members_and_start("w06", {1, 2, 3}, {1, 2, 3}));
    ASSERT_TRUE(control().wait_recovered("w06", {1, 2, 3}));
    ASSERT_EQ(client(1).command("space_wait w06 done=2 timeout_ms=60000").ret(), 0);
    int slots = 0;
    for (const Event &event : client(1).events())
        if (event.kind == EventKind::slot) {
            slots++;
            EXPECT_EQ(event.words.at("nodeid"), "3");
        }
    EXPECT_EQ(slots, 1);
    EXPECT_TRUE(client(1).lock_wait("1", "r", Mode::EX).granted());
    EXPECT_EQ(client(1).unlock_wait("1").status, eunlock);
    ASSERT_TRUE(cluster().leave());
}

TEST_F(HandshakeTest, W23_a_release_does_not_wait_for_who_cannot_be_reached)
{
    if (stock())
        GTEST_SKIP() << "stock waits for three minutes";
    ASSERT_TRUE(control().join_together("w23", {1, 2}, "guest-user create w23"));
    ASSERT_TRUE(node(2).sh("guest-user free w23 r 1"));
    ASSERT_TRUE(node(1).sh("guest-user free w23 r 1"));
    Uevents events(node(1));
    cluster().cluster().cut(1, 2);
    Command removing = node(1).start("exec guest-user remove w23");
    ASSERT_TRUE(wait_until("the wish", [&] { return events.seen("w23", "offline"); }));
    ASSERT_TRUE(node(1).sh(recipe("stop w23; ls_drop w23; answer w23 0")));
    EXPECT_TRUE(wait_until(
        "the end", [&] { return !removing.running(); }, Seconds(30)));
    EXPECT_TRUE(removing.wait().ok());
    cluster().cluster().heal(1, 2);
    ASSERT_TRUE(control().stop("w23", {2}));
    ASSERT_TRUE(control().set_members_and_start("w23", {2}, {2}));
    ASSERT_TRUE(control().wait_recovered("w23", {2}));
    Uevents second(node(2));
    remove_alone(node(2), second, "w23", "w23");
    drop_cluster();  // the harness believes that node 1 still is a member
}

// W11: on ours, who has no privileges is not taken for the daemon.
TEST_F(HandshakeTest, W11_anybody_else_is_not_the_daemon)
{
    if (stock())
        GTEST_SKIP() << "stock takes anybody for the daemon";
    Node &one = node(1);
    ASSERT_TRUE(control().join("w11", 1, "guest-user create w11"));
    ASSERT_TRUE(one.sh("chmod 666 /dev/dlm-monitor"));
    EXPECT_TRUE(one.sh("guest-user fuzz monitor w11 f. 1 100 nobody"));
    EXPECT_TRUE(one.sh("guest-user free w11 r 1"));
    EXPECT_TRUE(one.sh("guest-user create w11 && guest-user remove w11"));
    ASSERT_TRUE(control().leave("w11", 1, "guest-user remove w11"));
}

}  // namespace
}  // namespace dlm::client
