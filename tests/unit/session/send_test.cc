// SPDX-License-Identifier: GPL-2.0-or-later
// Sending: numbers, the queue that is held until something was heard, acknowledgement, sending
// again.
#include <gtest/gtest.h>

#include "session/end.h"

namespace dlm::session::test {

using Lines = std::vector<std::string>;

TEST(SessionSend, numbers_start_at_zero_and_follow_queueing)
{
    End a(1);
    a.add();
    a.receive(status());
    for (std::uint32_t i = 0; i < 3; i++)
        EXPECT_EQ(a.send(i), 0);
    EXPECT_EQ(describe(a.flush()), (Lines{"MSG 0", "MSG 1", "MSG 2"}));
}

TEST(SessionSend, nothing_numbered_leaves_before_something_was_heard)
{
    End a(1);
    a.add();
    EXPECT_EQ(a.send(7), 0);
    EXPECT_EQ(a.send_status(1), 0);
    EXPECT_EQ(describe(a.flush()), (Lines{"STATUS"}));
    a.receive(ack(0));
    EXPECT_TRUE(a.flush().empty()) << "an ACK may be left over from an older association";
    a.receive(status());
    EXPECT_EQ(describe(a.flush()), (Lines{"MSG 0"}));
}

TEST(SessionSend, without_association_only_unnumbered_messages_are_taken)
{
    End a(1);
    EXPECT_EQ(a.send(1), -ENOTCONN);
    EXPECT_EQ(a.send_status(1), 0);
    EXPECT_EQ(a.s.stats.tx_refused, 1U);
}

TEST(SessionSend, the_queue_is_bounded)
{
    End a(1, 3);
    a.add();
    for (int i = 0; i < 3; i++)
        EXPECT_EQ(a.send(1), 0);
    EXPECT_EQ(a.send(1), -ENOBUFS);
    EXPECT_EQ(a.send_status(1), -ENOBUFS);
    a.receive(status());
    EXPECT_EQ(a.flush().size(), 3U);
    EXPECT_EQ(a.send(1), -ENOBUFS) << "unacknowledged messages count";
    a.receive(ack(2));
    EXPECT_EQ(a.send(1), 0) << "a refused message has used no number";
    EXPECT_EQ(describe(a.flush()), (Lines{"MSG 3"}));
}

TEST(SessionSend, acknowledged_frames_are_freed)
{
    End a(1);
    a.add();
    a.receive(status());
    for (std::uint32_t i = 0; i < 4; i++)
        a.send(i);
    a.flush();
    EXPECT_EQ(dlm_session_unacked(&a.s), 4U);
    EXPECT_EQ(a.frames(), 4U);
    a.receive(ack(3));
    EXPECT_EQ(dlm_session_unacked(&a.s), 1U);
    EXPECT_EQ(a.frames(), 1U);
    a.receive(ack(2));
    EXPECT_EQ(dlm_session_unacked(&a.s), 1U) << "an old ACK changes nothing";
    a.receive(ack(4));
    EXPECT_EQ(a.frames(), 0U);
    EXPECT_EQ(a.s.tx.nr_frames, 0U);
}

TEST(SessionSend, an_ack_of_what_was_never_sent_frees_nothing)
{
    End a(1);
    a.add();
    a.receive(status());
    a.send(0);
    a.receive(ack(1));
    EXPECT_EQ(a.s.stats.bad_acks, 1U) << "queued is not sent";
    EXPECT_EQ(dlm_session_effects(&a.s), DLM_SESSION_FX_CLASH);
    EXPECT_EQ(describe(a.flush()), (Lines{"MSG 0"}));
    a.receive(ack(0x80000001));
    EXPECT_EQ(a.frames(), 1U);
    a.receive(ack(1));
    EXPECT_EQ(a.frames(), 0U);
}

TEST(SessionSend, an_ack_may_come_before_the_writer_has_reported)
{
    End a(1);
    a.add();
    a.receive(status());
    a.send(0);
    a.send(1);
    a.take();
    a.receive(ack(1));
    EXPECT_EQ(a.s.stats.bad_acks, 0U);
    EXPECT_EQ(a.frames(), 2U) << "a frame in a batch is in use";
    a.write();
    EXPECT_EQ(a.frames(), 1U);
    a.restart();
    EXPECT_EQ(describe(a.flush()), (Lines{"MSG 1"}));
}

TEST(SessionSend, after_a_restart_everything_comes_again_byte_for_byte_before_what_is_new)
{
    End a(1);
    a.add();
    a.receive(status());
    for (std::uint32_t i = 0; i < 3; i++)
        a.send(i + 100);
    auto first = a.flush();
    a.send(103);
    a.send(104);
    a.send_status(9);
    a.take(1);  // MSG 3 is under way when the connection is lost
    a.restart();
    a.send(105);
    auto again = a.flush();
    EXPECT_EQ(describe(again),
              (Lines{"MSG 0", "MSG 1", "MSG 2", "MSG 3", "MSG 4", "STATUS", "MSG 5"}));
    for (std::size_t i = 0; i < first.size(); i++)
        EXPECT_EQ(again[i], first[i]);
    EXPECT_EQ(a.s.stats.tx_resent, 4U);
    EXPECT_EQ(a.frames(), 6U) << "the unnumbered one is gone once written";
}

TEST(SessionSend, an_ack_removes_what_waits_to_be_sent_again)
{
    End a(1);
    a.add();
    a.receive(status());
    for (std::uint32_t i = 0; i < 4; i++)
        a.send(i);
    a.flush();
    a.restart();
    a.receive(ack(2));
    EXPECT_EQ(describe(a.flush()), (Lines{"MSG 2", "MSG 3"}));
}

TEST(SessionSend, batches_have_a_limit_and_keep_the_order)
{
    End a(1);
    a.add();
    a.receive(status());
    for (std::uint32_t i = 0; i < 5; i++)
        a.send(i);
    EXPECT_EQ(a.take(2), 2U);
    EXPECT_EQ(describe(a.write()), (Lines{"MSG 0", "MSG 1"}));
    EXPECT_EQ(a.take(2), 2U);
    EXPECT_EQ(describe(a.write()), (Lines{"MSG 2", "MSG 3"}));
}

TEST(SessionSend, numbers_wrap)
{
    End a(1);
    End b(2);
    establish(a, b);
    a.s.tx.next = a.s.tx.sent = a.s.tx.acked = 0xfffffffe;
    b.s.rx.expected = 0xfffffffe;
    for (std::uint32_t i = 0; i < 5; i++)
        a.send(i);
    auto messages = a.flush();
    EXPECT_EQ(describe(messages),
              (Lines{"MSG 4294967294", "MSG 4294967295", "MSG 0", "MSG 1", "MSG 2"}));
    b.receive(messages);
    EXPECT_EQ(b.delivered, (std::vector<std::uint32_t>{0, 1, 2, 3, 4}));
    a.restart();
    b.receive(a.flush());
    EXPECT_EQ(b.s.stats.rx_duplicates, 5U);
    EXPECT_EQ(b.delivered.size(), 5U);
    a.receive(b.flush());
    EXPECT_EQ(a.frames(), 0U);
}

TEST(SessionSend, a_connection_is_needed_as_long_as_something_may_be_lost)
{
    End a(1);
    a.add();
    EXPECT_FALSE(dlm_session_needs_connection(&a.s));
    a.send(0);
    EXPECT_FALSE(dlm_session_needs_connection(&a.s)) << "held back: a connection would not help";
    a.receive(status());
    EXPECT_TRUE(dlm_session_needs_connection(&a.s));
    a.flush();
    EXPECT_TRUE(dlm_session_needs_connection(&a.s));
    a.receive(ack(1));
    EXPECT_FALSE(dlm_session_needs_connection(&a.s));
}

TEST(SessionSend, frames_in_a_batch_do_not_outlive_their_association)
{
    End a(1);
    a.add();
    a.receive(status());
    a.send(0);
    a.send_status(1);
    a.take();
    a.forget();
    a.restart();
    EXPECT_EQ(a.frames(), 0U);
    EXPECT_FALSE(dlm_session_can_send(&a.s));
}

}  // namespace dlm::session::test
