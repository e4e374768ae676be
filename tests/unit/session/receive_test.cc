// SPDX-License-Identifier: GPL-2.0-or-later
// Receiving: duplicates, gaps, when an ACK is sent, and the diagnosis of a peer whose numbers do
// not match.
#include <gtest/gtest.h>

#include "session/end.h"

namespace dlm::session::test {

using Lines = std::vector<std::string>;

class SessionReceive : public ::testing::Test {
protected:
    SessionReceive()
    {
        a.add();
        a.receive(status());
        a.statuses.clear();
        dlm_session_effects(&a.s);
    }
    End a{1};
};

TEST_F(SessionReceive, in_order_is_delivered_once)
{
    a.receive({msg(0, 10), msg(1, 11), msg(0, 10), msg(1, 11), msg(2, 12)});
    EXPECT_EQ(a.delivered, (std::vector<std::uint32_t>{10, 11, 12}));
    EXPECT_EQ(a.s.stats.rx_duplicates, 2U);
}

TEST_F(SessionReceive, a_duplicate_is_acknowledged_at_once)
{
    a.receive({msg(0), msg(1)});
    EXPECT_TRUE(a.flush().empty());
    a.receive(msg(0));
    EXPECT_EQ(describe(a.flush()), (Lines{"ACK 2"}));
    EXPECT_TRUE(a.flush().empty());
}

TEST_F(SessionReceive, what_is_early_is_dropped_without_ack)
{
    a.receive(msg(3));
    EXPECT_TRUE(a.delivered.empty());
    EXPECT_TRUE(a.flush().empty());
    EXPECT_EQ(a.s.stats.rx_gaps, 1U);
}

TEST_F(SessionReceive, a_gap_that_is_filled_does_no_harm)
{
    a.receive({msg(2), msg(0), msg(1), msg(2)});
    a.now += 10ull * DLM_SESSION_GAP_MS;
    a.tick();
    EXPECT_EQ(dlm_session_effects(&a.s), 0U);
    EXPECT_EQ(a.delivered.size(), 3U);
}

TEST_F(SessionReceive, a_gap_that_lasts_resets_the_connection_ever_more_seldom)
{
    std::uint64_t wait = DLM_SESSION_GAP_MS;
    for (int i = 0; i < 8; i++) {
        a.receive(msg(5));
        EXPECT_EQ(dlm_session_deadline(&a.s), a.now + wait);
        a.now += wait - 1;
        a.tick();
        EXPECT_EQ(dlm_session_effects(&a.s) & DLM_SESSION_FX_RESET_CONNECTION, 0U);
        a.now++;
        a.tick();
        EXPECT_TRUE(dlm_session_effects(&a.s) & DLM_SESSION_FX_RESET_CONNECTION);
        EXPECT_EQ(dlm_session_deadline(&a.s), 0U) << "the next early message starts it again";
        wait = std::min<std::uint64_t>(wait * 2, DLM_SESSION_GAP_MAX_MS);
    }
    a.receive({msg(0), msg(5)});
    a.now += DLM_SESSION_GAP_MS;
    a.tick();
    EXPECT_TRUE(dlm_session_effects(&a.s) & DLM_SESSION_FX_RESET_CONNECTION)
        << "progress starts from the shortest";
}

TEST_F(SessionReceive, ack_is_due_a_short_time_after_the_first_message)
{
    a.receive(msg(0));
    EXPECT_EQ(dlm_session_deadline(&a.s), a.now + DLM_SESSION_ACK_MS);
    EXPECT_EQ(dlm_session_flags(&a.s), 16U);
    a.now += DLM_SESSION_ACK_MS - 1;
    a.receive(msg(1));
    a.tick();
    EXPECT_FALSE(dlm_session_can_send(&a.s));
    a.now++;
    a.tick();
    EXPECT_EQ(describe(a.flush()), (Lines{"ACK 2"}));
    EXPECT_EQ(dlm_session_deadline(&a.s), 0U);
    EXPECT_EQ(dlm_session_flags(&a.s), 0U);
}

TEST_F(SessionReceive, more_than_256_are_acknowledged_at_once)
{
    for (std::uint32_t i = 0; i < 256; i++)
        a.receive(msg(i));
    EXPECT_TRUE(a.flush().empty());
    a.receive(msg(256));
    EXPECT_EQ(describe(a.flush()), (Lines{"ACK 257"}));
    a.receive(msg(257));
    EXPECT_TRUE(a.flush().empty());
}

TEST_F(SessionReceive, more_than_32_are_acknowledged_along_with_a_numbered_message)
{
    for (std::uint32_t i = 0; i < 32; i++)
        a.receive(msg(i));
    a.send(0);
    EXPECT_EQ(describe(a.flush()), (Lines{"MSG 0"}));
    a.receive(msg(32));
    EXPECT_TRUE(a.flush().empty());
    a.send_status(1);
    EXPECT_EQ(describe(a.flush()), (Lines{"STATUS"}));
    a.send(1);
    EXPECT_EQ(describe(a.flush()), (Lines{"ACK 33", "MSG 1"}));
}

TEST_F(SessionReceive, an_ack_lost_with_its_connection_is_sent_again)
{
    a.receive({msg(0), msg(0)});
    EXPECT_EQ(a.take(), 1U);
    a.receive(msg(1));
    a.restart();
    EXPECT_EQ(describe(a.flush()), (Lines{"ACK 2"}));
}

TEST_F(SessionReceive, a_late_number_of_an_ended_association_is_not_taken_for_a_new_one)
{
    End b(1);
    b.add();
    b.receive(msg(7));
    EXPECT_EQ(b.s.stats.rx_stale, 1U);
    EXPECT_EQ(dlm_session_deadline(&b.s), 0U);
    EXPECT_FALSE(b.s.heard);
    b.receive(msg(0, 5));
    EXPECT_TRUE(b.s.heard) << "Linux 6.12 may open with a numbered message";
    EXPECT_EQ(b.delivered, (std::vector<std::uint32_t>{5}));
}

TEST_F(SessionReceive, a_peer_started_again_without_fencing_is_told)
{
    for (std::uint32_t i = 0; i < 50; i++)
        a.receive(msg(i));
    // It asks STATUS, gets its answer, and everything numbered is a duplicate.
    for (std::uint32_t i = 0; i < 5; i++) {
        a.receive(status());
        a.receive(msg(i));
        EXPECT_EQ(describe(a.flush()).front(), "ACK 50");
        a.now += DLM_SESSION_CLASH_MS / 4;
    }
    EXPECT_EQ(dlm_session_effects(&a.s), DLM_SESSION_FX_CLASH);
    a.receive({status(), msg(5)});
    EXPECT_EQ(dlm_session_effects(&a.s), 0U) << "once in an association";
}

TEST_F(SessionReceive, duplicates_after_a_lost_connection_are_not_suspicious)
{
    for (std::uint32_t i = 0; i < 50; i++)
        a.receive(msg(i));
    for (int round = 0; round < 5; round++) {
        for (std::uint32_t i = 40; i < 50; i++)
            a.receive({status(), msg(i)});
        a.now += DLM_SESSION_CLASH_MS;
    }
    EXPECT_EQ(dlm_session_effects(&a.s), 0U);
}

TEST_F(SessionReceive, gaps_that_no_reset_fills_are_told)
{
    for (int i = 0; i < 3; i++) {
        a.receive(msg(90));
        a.now += DLM_SESSION_GAP_MAX_MS;
        a.tick();
    }
    EXPECT_TRUE(dlm_session_effects(&a.s) & DLM_SESSION_FX_CLASH);
}

TEST(SessionVersionless, nothing_is_taken_after_the_end_until_opened_again)
{
    End a(1);
    a.release();
    a.receive(status());
    a.receive(msg(0));
    EXPECT_TRUE(a.statuses.empty());
    EXPECT_TRUE(a.delivered.empty());
    EXPECT_EQ(a.s.state, DLM_SESSION_CLOSED);
    dlm_session_open(&a.s, 1);
    a.receive(status());
    EXPECT_EQ(a.s.state, DLM_SESSION_ESTABLISHED);
}

}  // namespace dlm::session::test
