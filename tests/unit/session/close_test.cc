// SPDX-License-Identifier: GPL-2.0-or-later
// The end of an association: FIN from one side, the other, both at once, each with lost
// connections; fencing, rejoining, and what is forgotten.
#include <gtest/gtest.h>

#include "session/end.h"

namespace dlm::session::test {

using Lines = std::vector<std::string>;

struct SessionClose : ::testing::Test {
    SessionClose() { establish(a, b); }
    End a{1};
    End b{2};

    void expect_fresh(const End &end)
    {
        EXPECT_EQ(end.s.state, DLM_SESSION_CLOSED);
        EXPECT_EQ(end.s.tx.next, 0U);
        EXPECT_EQ(end.s.rx.expected, 0U);
        EXPECT_FALSE(end.s.heard);
        EXPECT_TRUE(dlm_session_quiet(&end.s));
        EXPECT_EQ(end.frames(), 0U);
    }
};

TEST_F(SessionClose, leaver_first_then_the_member_is_removed)
{
    a.send(1);
    a.remove();
    a.release();
    EXPECT_EQ(a.s.state, DLM_SESSION_FIN_WAIT1);
    EXPECT_EQ(a.send(2), -ENOTCONN);
    b.receive(a.flush());
    EXPECT_EQ(b.delivered, (std::vector<std::uint32_t>{1})) << "everything before FIN arrives";
    EXPECT_EQ(b.s.state, DLM_SESSION_CLOSE_WAIT);
    EXPECT_EQ(dlm_session_flags(&b.s) & 12, 8U);
    EXPECT_EQ(b.send(3), 0) << "we may still speak";
    auto answer = b.flush();
    EXPECT_EQ(describe(answer), (Lines{"ACK 2", "MSG 0"}));
    a.receive(answer);
    EXPECT_EQ(a.s.state, DLM_SESSION_FIN_WAIT2);
    EXPECT_EQ(a.delivered, (std::vector<std::uint32_t>{3}));
    b.remove();
    EXPECT_EQ(b.s.state, DLM_SESSION_LAST_ACK);
    EXPECT_EQ(b.send(4), -ENOTCONN);
    a.receive(b.flush());
    EXPECT_EQ(a.s.state, DLM_SESSION_CLOSED);
    EXPECT_TRUE(dlm_session_effects(&a.s) & DLM_SESSION_FX_CLOSED);
    EXPECT_FALSE(dlm_session_quiet(&a.s)) << "its ACK is still to be sent";
    auto last = a.flush();
    EXPECT_EQ(describe(last), (Lines{"ACK 2"}));
    b.receive(last);
    expect_fresh(a);
    expect_fresh(b);
}

TEST_F(SessionClose, a_peer_that_is_no_member_answers_at_once)
{
    b.remove();
    a.remove();
    a.release();
    b.receive(a.flush());
    EXPECT_EQ(b.s.state, DLM_SESSION_LAST_ACK);
    auto answer = b.flush();
    EXPECT_EQ(describe(answer), (Lines{"ACK 1", "FIN 0"}));
    a.receive(answer);
    exchange(a, b);
    expect_fresh(a);
    expect_fresh(b);
}

TEST_F(SessionClose, both_at_once)
{
    for (End *end : {&a, &b}) {
        end->remove();
        end->release();
    }
    auto to_b = a.flush();
    auto to_a = b.flush();
    a.receive(to_a);
    b.receive(to_b);
    EXPECT_EQ(a.s.state, DLM_SESSION_CLOSING);
    EXPECT_EQ(b.s.state, DLM_SESSION_CLOSING);
    exchange(a, b);
    expect_fresh(a);
    expect_fresh(b);
}

TEST_F(SessionClose, in_closing_the_owed_ack_survives_the_end)
{
    a.remove();
    a.release();
    a.flush();
    // The peer's FIN and the ACK of ours arrive together.
    a.receive({fin(0), ack(1)});
    EXPECT_EQ(a.s.state, DLM_SESSION_CLOSED);
    EXPECT_EQ(describe(a.flush()), (Lines{"ACK 1"}));
    EXPECT_TRUE(dlm_session_quiet(&a.s));
}

TEST_F(SessionClose, an_ack_of_fin_that_is_in_a_batch_at_the_end_is_not_lost)
{
    a.remove();
    a.release();
    a.flush();
    a.receive(fin(0));
    EXPECT_EQ(a.take(), 1U);
    a.receive(ack(1));
    EXPECT_EQ(a.s.state, DLM_SESSION_CLOSED);
    a.restart();
    EXPECT_EQ(describe(a.flush()), (Lines{"ACK 1"}));
}

TEST_F(SessionClose, the_last_ack_is_repeated_if_its_connection_is_lost)
{
    a.remove();
    a.release();
    a.flush();
    a.receive({ack(1), fin(0)});
    EXPECT_EQ(a.s.state, DLM_SESSION_CLOSED);
    EXPECT_EQ(a.take(), 1U);
    EXPECT_FALSE(dlm_session_quiet(&a.s));
    a.restart();
    EXPECT_EQ(describe(a.flush()), (Lines{"ACK 1"}));
    a.receive(fin(0));
    EXPECT_EQ(describe(a.flush()), (Lines{"ACK 1"}))
        << "it was lost after writing: the peer repeats its FIN";
    EXPECT_EQ(a.s.state, DLM_SESSION_CLOSED);
}

TEST_F(SessionClose, fin_is_sent_again_and_counted_once)
{
    a.send(1);
    a.remove();
    a.release();
    auto first = a.flush();
    EXPECT_EQ(describe(first), (Lines{"MSG 0", "FIN 1"}));
    a.restart();
    EXPECT_EQ(a.flush(), first);
    EXPECT_EQ(dlm_session_unacked(&a.s), 2U);
    a.take();
    a.restart();
    b.receive(first);
    b.receive(first);
    EXPECT_EQ(b.s.state, DLM_SESSION_CLOSE_WAIT);
    EXPECT_EQ(describe(b.flush()), (Lines{"ACK 2"}));
    a.receive(ack(2));
    EXPECT_EQ(a.s.state, DLM_SESSION_FIN_WAIT2);
    EXPECT_FALSE(dlm_session_needs_connection(&a.s));
}

TEST_F(SessionClose, member_added_while_dying_begins_anew)
{
    a.send(1);
    a.send_status(2);
    a.remove();
    a.release();
    ASSERT_EQ(a.s.state, DLM_SESSION_FIN_WAIT1);
    dlm_session_open(&a.s, 1);
    a.add();
    EXPECT_EQ(a.s.state, DLM_SESSION_ESTABLISHED);
    EXPECT_EQ(a.s.tx.next, 0U);
    EXPECT_FALSE(a.s.heard);
    EXPECT_EQ(describe(a.flush()), (Lines{"STATUS"}))
        << "numbered messages of the old association are gone";
    a.send(3);
    a.receive(status());
    EXPECT_EQ(describe(a.flush()), (Lines{"MSG 0"}));
}

TEST_F(SessionClose, fencing_forgets_everything_but_the_count_of_lockspaces)
{
    b.add();
    a.send(1);
    b.receive(a.flush());
    b.send(2);
    b.send_status(3);
    b.take(1);
    b.forget();
    b.restart();
    expect_fresh(b);
    EXPECT_EQ(b.s.users, 2U);
    b.remove();
    b.remove();
    EXPECT_EQ(b.s.state, DLM_SESSION_CLOSED);
    b.add();
    EXPECT_EQ(b.s.state, DLM_SESSION_ESTABLISHED);
}

TEST_F(SessionClose, removing_and_adding_while_established_keeps_the_numbers)
{
    a.send(1);
    b.receive(a.flush());
    b.remove();
    b.add();
    a.send(2);
    b.receive(a.flush());
    EXPECT_EQ(b.delivered, (std::vector<std::uint32_t>{1, 2}));
}

TEST_F(SessionClose, release_without_having_heard_anything_closes_at_once)
{
    End c(3);
    c.add();
    c.send(1);
    c.remove();
    c.release();
    EXPECT_EQ(c.s.state, DLM_SESSION_CLOSED);
    EXPECT_EQ(c.frames(), 0U);
    EXPECT_TRUE(dlm_session_quiet(&c.s));
}

TEST_F(SessionClose, unnumbered_answers_stop_when_we_have_left)
{
    a.remove();
    a.release();
    EXPECT_EQ(a.send_status(1), -ENOTCONN) << "it would revive the association on Linux 6.1";
    b.remove();
    b.receive(fin(0));
    ASSERT_EQ(b.s.state, DLM_SESSION_LAST_ACK);
    EXPECT_EQ(b.send_status(1), 0) << "it only asks if it was started again";
}

TEST_F(SessionClose, a_waiting_side_can_be_expired)
{
    a.remove();
    a.release();
    a.flush();
    a.expire();
    expect_fresh(a);
}

TEST_F(SessionClose, last_ack_gives_up_in_the_end)
{
    b.remove();
    b.receive(fin(0));
    b.flush();
    EXPECT_EQ(dlm_session_deadline(&b.s), b.now + DLM_SESSION_DYING_MS);
    b.now += DLM_SESSION_DYING_MS - 1;
    b.tick();
    EXPECT_EQ(b.s.state, DLM_SESSION_LAST_ACK);
    b.now++;
    b.tick();
    expect_fresh(b);
}

TEST_F(SessionClose, a_second_fin_changes_nothing)
{
    b.receive({fin(0), fin(1)});
    EXPECT_EQ(b.s.state, DLM_SESSION_CLOSE_WAIT);
    EXPECT_EQ(describe(b.flush()), (Lines{"ACK 2"}));
}

TEST_F(SessionClose, a_count_below_zero_is_our_own_fault_and_is_told)
{
    static int warnings;
    warnings = 0;
    dlm_platform_warn_hook = [](const char *, int, const char *) { warnings++; };
    a.remove();
    EXPECT_EQ(warnings, 0);
    a.remove();
    dlm_platform_warn_hook = nullptr;
    EXPECT_EQ(warnings, 1);
    EXPECT_EQ(a.s.users, 0U);
}

}  // namespace dlm::session::test
