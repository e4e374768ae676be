// SPDX-License-Identifier: GPL-2.0-or-later
// Questions of the recovery machine to other members, their pauses, and what the
// answers do (wire spec 7.4 to 7.6, 8.5).
#include "machine.hh"

namespace dlm::test {
namespace {

u32 status_flags(const SentRcom &sent)
{
    dlm_rcom_status status{};
    dlm_wire_get_rcom_status(&status, sent.payload.data());
    return status.flags;
}

/* ---- questions ---- */

TEST(Poll, barriers_have_their_bits)
{
    for (int state = 0; state < DLM_RECOVER_STATE_NR; state++) {
        const u32 bit = state == DLM_RECOVER_NODES           ? 0x01
                        : state == DLM_RECOVER_DIR           ? 0x04
                        : state == DLM_RECOVER_LOCKS_BARRIER ? 0x10
                        : state == DLM_RECOVER_DONE          ? 0x40
                                                             : 0;
        EXPECT_EQ(dlm_barrier_bit(dlm_recover_state(state)), bit) << state;
    }
}

TEST(Poll, who_is_asked_what)
{
    struct Row {
        dlm_recover_state state;
        bool everybody;
        u32 type;
    } rows[] = {
        {DLM_RECOVER_PING, true, DLM_RCOM_STATUS},
        {DLM_RECOVER_NAMES, true, DLM_RCOM_NAMES},
        {DLM_RECOVER_NODES, false, DLM_RCOM_STATUS},
        {DLM_RECOVER_DIR, false, DLM_RCOM_STATUS},
        {DLM_RECOVER_LOCKS_BARRIER, false, DLM_RCOM_STATUS},
        {DLM_RECOVER_DONE, false, DLM_RCOM_STATUS},
    };
    for (const Row &row : rows) {
        Machine low(1), other(2);
        low.enter(row.state);
        other.enter(row.state);
        EXPECT_EQ(low.asked(), (Ids{2, 3}));
        EXPECT_EQ(other.asked(), row.everybody ? (Ids{1, 3}) : (Ids{1}));
        EXPECT_EQ(low.cl.recover.waiting_for, 3);
        for (const Machine *m : {&low, &other}) {
            u64 id = 1000;
            for (const SentRcom &s : m->sent) {
                EXPECT_EQ(s.rc.type, row.type);
                EXPECT_EQ(s.rc.id, ++id);
                EXPECT_EQ(s.rc.seq, 5u);
                if (row.type == DLM_RCOM_STATUS) {
                    EXPECT_EQ(status_flags(s) & DLM_WIRE_NEED_SLOTS,
                              row.state == DLM_RECOVER_NODES && m == &other
                                  ? u32(DLM_WIRE_NEED_SLOTS)
                                  : 0u);
                }
            }
            EXPECT_EQ(m->armed, std::vector<u32>{row.type == DLM_RCOM_NAMES ? 5000u : 200u});
        }
    }
}

TEST(Poll, a_member_alone_asks_nobody)
{
    Machine m;
    m.set_members({1});
    m.enter(DLM_RECOVER_NODES);
    EXPECT_TRUE(m.sent.empty());
    EXPECT_TRUE(m.armed.empty());
    EXPECT_TRUE(dlm_poll_complete(&m.cl));
}

TEST(Poll, a_silent_member_is_asked_again_ever_later)
{
    Machine m(2);
    m.enter(DLM_RECOVER_DIR);
    u64 now = 100;
    for (const u64 wait : {200, 400, 800, 1600, 3200, 5000, 5000}) {
        EXPECT_EQ(m.poll(1).due_ms, now + wait);
        const u64 old_id = m.poll(1).rc_id;
        m.cl.recover.now_ms = now + wait - 1;
        dlm_poll_due(&m.cl);
        EXPECT_EQ(m.poll(1).rc_id, old_id) << "too early";
        EXPECT_EQ(m.armed.back(), 1u);
        now += wait;
        m.cl.recover.now_ms = now;
        dlm_poll_due(&m.cl);
        EXPECT_EQ(m.poll(1).rc_id, old_id + 1);
    }
    m.cl.recover.nr_polls = 1;
    m.poll(1).due_ms = now - 50;
    m.poll(1).done = true;
    const size_t nr = m.sent.size();
    dlm_poll_due(&m.cl);
    EXPECT_EQ(m.sent.size(), nr) << "it has answered";
}

TEST(Poll, a_list_of_names_is_not_asked_for_twice_early)
{
    Machine m;
    m.enter(DLM_RECOVER_NAMES);
    EXPECT_EQ(m.poll(2).due_ms, 5100u);
    m.cl.recover.now_ms = 5100;
    dlm_poll_due(&m.cl);
    EXPECT_EQ(m.poll(2).due_ms, 10100u);
}

TEST(Poll, what_could_not_be_sent_is_tried_soon)
{
    Machine m(2);
    m.fail_sends = 1;
    m.enter(DLM_RECOVER_DIR);
    EXPECT_TRUE(m.sent.empty());
    EXPECT_EQ(m.poll(1).due_ms, 350u);
    EXPECT_EQ(m.armed.back(), 250u);
}

TEST(Poll, the_timer_is_for_the_first_that_is_due)
{
    Machine m;
    m.enter(DLM_RECOVER_PING);
    m.poll(2).due_ms = 150;
    m.poll(3).due_ms = 120;
    m.armed.clear();
    m.cl.recover.now_ms = 110;
    dlm_poll_due(&m.cl);
    EXPECT_EQ(m.armed, std::vector<u32>{10});
    m.poll(3).done = true;
    dlm_poll_due(&m.cl);
    EXPECT_EQ(m.armed.back(), 40u);
    m.poll(2).done = true;
    dlm_poll_due(&m.cl);
    EXPECT_EQ(m.armed.size(), 2u);
}

TEST(Poll, complete_when_all_have_answered)
{
    Machine m;
    m.enter(DLM_RECOVER_PING);
    EXPECT_FALSE(dlm_poll_complete(&m.cl));
    m.poll(2).done = true;
    EXPECT_FALSE(dlm_poll_complete(&m.cl));
    m.poll(3).done = true;
    EXPECT_TRUE(dlm_poll_complete(&m.cl));
}

/* ---- answers ---- */

TEST(StatusReply, only_the_newest_question_of_that_node_counts)
{
    Machine m;
    m.enter(DLM_RECOVER_DIR);
    dlm_in in = m.answer(2, 0x04);
    in.rcom.id--;
    dlm_recover_status_reply(&m.cl, 2, &in, 101);
    in = m.answer(2, 0x04);
    dlm_recover_status_reply(&m.cl, 3, &in, 102);
    EXPECT_FALSE(m.poll(2).done || m.poll(3).done);
    EXPECT_EQ(m.cl.recover.now_ms, 102u);
    m.reply(2, 0x04);
    EXPECT_TRUE(m.poll(2).done);
    EXPECT_FALSE(m.poll(3).done);
    in = m.answer(2, 0);
    in.config.lvblen = 99;
    dlm_recover_status_reply(&m.cl, 2, &in, 103);
    EXPECT_EQ(m.failures, 0) << "it had answered already";
    m.enter(DLM_RECOVER_NAMES);
    m.reply(2, 0xff);
    EXPECT_FALSE(m.poll(2).done) << "names are wanted, not a status";
}

TEST(Poll, what_was_given_up_is_not_awaited)
{
    Machine m;
    m.enter(DLM_RECOVER_PING);
    const dlm_in in = m.answer(2, 1);
    dlm_poll_cancel(&m.cl);
    dlm_recover_status_reply(&m.cl, 2, &in, 101);
    EXPECT_FALSE(m.cl.recover.polls[0].done);
    EXPECT_EQ(m.cl.recover.state, DLM_RECOVER_PING);
    m.enter(DLM_RECOVER_NAMES);
    dlm_poll_cancel(&m.cl);
    dlm_recover_names_done(&m.cl, 2, nullptr, 0, 0, true, 101);
    EXPECT_FALSE(m.cl.recover.polls[0].done);
    EXPECT_EQ(m.cl.recover.state, DLM_RECOVER_NAMES);
}

TEST(StatusReply, the_low_node_waits_for_the_bit_the_others_for_the_next)
{
    const dlm_recover_state kBarriers[] = {DLM_RECOVER_NODES, DLM_RECOVER_DIR,
                                           DLM_RECOVER_LOCKS_BARRIER, DLM_RECOVER_DONE};
    for (const dlm_recover_state state : kBarriers) {
        const int bit = int(dlm_barrier_bit(state));
        for (int shown = 1; shown < 256; shown <<= 1) {
            Machine low(1), other(2);
            low.enter(state);
            low.reply(2, shown);
            EXPECT_EQ(low.poll(2).done, shown == bit);
            other.enter(state);
            const bool passes = shown == bit << 1;
            other.reply(1, shown);
            EXPECT_EQ(other.cl.recover.state != state, passes) << state << shown;
        }
    }
}

TEST(StatusReply, any_answer_is_good_for_a_ping_and_not_ready_for_nothing_else)
{
    Machine ping;
    ping.enter(DLM_RECOVER_PING);
    dlm_in in = ping.answer(2, -ESRCH);
    in.config.lvblen = 0;
    dlm_recover_status_reply(&ping.cl, 2, &in, 100);
    EXPECT_TRUE(ping.poll(2).done);
    ping.reply(3, 0);
    EXPECT_EQ(ping.cl.recover.state, DLM_RECOVER_NODES);

    Machine barrier;
    barrier.enter(DLM_RECOVER_DIR);
    barrier.poll(2).status = 0x04;
    in = barrier.answer(2, -ESRCH);
    in.config.lvblen = 0;
    dlm_recover_status_reply(&barrier.cl, 2, &in, 100);
    EXPECT_FALSE(barrier.poll(2).done);
    EXPECT_EQ(barrier.failures, 0);
}

TEST(StatusReply, pauses_grow)
{
    Machine m(2);
    m.enter(DLM_RECOVER_DIR);
    u64 now = 1000;
    for (const u64 pause : {5, 10, 20, 40, 80, 160, 250, 250}) {
        m.reply(1, 0x04, now);
        EXPECT_EQ(m.poll(1).rc_id, 0u) << "nothing is awaited meanwhile";
        EXPECT_EQ(m.poll(1).due_ms, now + pause);
        EXPECT_EQ(m.armed.back(), pause);
        now += pause;
        m.cl.recover.now_ms = now;
        dlm_poll_due(&m.cl);
        EXPECT_EQ(m.poll(1).due_ms, now + 200) << "it is alive: patience starts anew";
    }
}

TEST(StatusReply, what_members_say_of_slots_is_kept)
{
    Machine m;
    m.enter(DLM_RECOVER_DIR);
    dlm_in in = m.answer(3, 0x04);
    in.config.our_slot = 6;
    in.config.generation = 8;
    dlm_recover_status_reply(&m.cl, 3, &in, 100);
    EXPECT_EQ(m.poll(3).our_slot, 6);
    EXPECT_EQ(m.poll(3).generation, 8u);
}

TEST(StatusReply, another_shape_of_the_lockspace_ends_the_round)
{
    for (int row = 0; row < 5; row++) {
        Machine m;
        m.enter(DLM_RECOVER_PING);
        dlm_in in = m.answer(2, 1);
        bool bad = true;
        switch (row) {
        case 0: in.config.lvblen++; break;
        case 1: in.config.lsflags ^= 1; break;
        case 2: in.config.lsflags ^= DLM_LSFL_TIMEWARN | 4; break;
        case 3: in.config.lsflags ^= DLM_LSFL_TIMEWARN, bad = false; break;
        case 4: bad = false; break;
        }
        dlm_recover_status_reply(&m.cl, 2, &in, 100);
        EXPECT_EQ(m.failures, bad ? 1 : 0) << row;
        EXPECT_EQ(m.cl.recover.error, bad ? -EPROTO : 0) << row;
        EXPECT_EQ(m.cl.recover.state, bad ? DLM_RECOVER_ERROR : DLM_RECOVER_PING);
        EXPECT_EQ(m.errors, bad ? 2 : 0);
    }
}

/* ---- names ---- */

TEST(NamesReply, wanted_only_while_it_is_awaited)
{
    Machine m;
    dlm_rcom rc{};
    m.enter(DLM_RECOVER_NAMES);
    rc.id = m.poll(2).rc_id;
    EXPECT_TRUE(dlm_recover_names_wanted(&m.cl, 2, &rc));
    EXPECT_FALSE(dlm_recover_names_wanted(&m.cl, 3, &rc));
    m.cl.recover.state = DLM_RECOVER_DIR;
    EXPECT_FALSE(dlm_recover_names_wanted(&m.cl, 2, &rc));
}

struct Names : Machine {
    Names() { enter(DLM_RECOVER_NAMES); }
    void block(int from, const char *last, int nr, bool end = false)
    {
        sent.clear();
        dlm_recover_names_done(&cl, from, reinterpret_cast<const u8 *>(last), u16(strlen(last)), nr,
                               end, 200);
    }
};

TEST(NamesReply, a_block_with_something_new_asks_for_the_next_behind_it)
{
    Names n;
    n.block(2, "first", 3);
    ASSERT_EQ(n.asked(), Ids{2});
    EXPECT_EQ(std::string(n.sent[0].payload.begin(), n.sent[0].payload.end()), "first");
    EXPECT_EQ(n.poll(2).due_ms, 5200u);
    n.block(2, "other", 3);
    EXPECT_EQ(n.asked(), Ids{2}) << "of the same length";
    n.block(2, "others", 3);
    EXPECT_EQ(n.asked(), Ids{2}) << "longer, but it begins the same";
    EXPECT_FALSE(n.poll(2).done);
    n.block(2, "", 0, true);
    EXPECT_TRUE(n.poll(2).done);
    EXPECT_EQ(n.cl.recover.state, DLM_RECOVER_NAMES);
    n.block(3, "", 0, true);
    EXPECT_NE(n.cl.recover.state, DLM_RECOVER_NAMES);
}

TEST(NamesReply, a_long_name_is_a_name)
{
    Names n;
    const std::string longest(64, 'x');
    n.block(2, longest.c_str(), 1);
    EXPECT_EQ(n.asked(), Ids{2});
    n.block(2, (longest + "y").c_str(), 1);
    EXPECT_TRUE(n.asked().empty()) << "there is no such name";
}

TEST(NamesReply, without_progress_from_the_beginning_after_a_pause_and_not_for_ever)
{
    Names n;
    n.block(2, "first", 3);
    n.block(2, "first", 3);
    EXPECT_TRUE(n.asked().empty());
    EXPECT_EQ(n.poll(2).last_len, 0);
    EXPECT_EQ(n.poll(2).due_ms, 205u);
    n.block(2, "first", 3);
    EXPECT_EQ(n.asked(), Ids{2}) << "from the beginning that is something new";
    for (int i = 2; i <= 8; i++) {
        n.block(2, "next", 0);
        EXPECT_TRUE(n.asked().empty());
        EXPECT_EQ(n.failures, 0) << i;
    }
    n.block(2, "next", 0);
    EXPECT_EQ(n.failures, 1);
    EXPECT_EQ(n.cl.recover.error, -EPROTO);
}

TEST(NamesReply, from_a_stranger_or_in_another_step)
{
    Names n;
    n.block(9, "first", 3);
    EXPECT_TRUE(n.asked().empty());
    n.cl.recover.state = DLM_RECOVER_DIR;
    n.block(2, "", 0, true);
    EXPECT_FALSE(n.poll(2).done);
}

/* ---- STATUS from others ---- */

TEST(StatusRequest, is_answered_with_status_shape_and_slots_if_wanted)
{
    for (const bool wanted : {false, true}) {
        Machine m;
        dlm_rcom rc{};
        rc.id = 71;
        rc.seq = 3;
        m.cl.lsflags = 6;
        m.cl.recover.status = 0x15;
        m.cl.recover.our_slot = 2;
        m.cl.recover.generation = 9;
        m.cl.recover.nr_slots = 3;
        for (int i = 0; i < 3; i++)
            m.cl.recover.slots[i] = u16(i + 4);
        dlm_rcom_status asker{};
        asker.flags = wanted ? DLM_WIRE_NEED_SLOTS : 0;
        dlm_recover_status_request(&m.cl, 3, &rc, &asker);
        ASSERT_EQ(m.sent.size(), 1u);
        const SentRcom &s = m.sent[0];
        EXPECT_EQ(s.to, 3);
        EXPECT_EQ(s.rc.type, u32(DLM_RCOM_STATUS_REPLY));
        EXPECT_EQ(s.rc.result, 0x15);
        EXPECT_EQ(s.rc.id, 71u);
        EXPECT_EQ(s.rc.seq, 5u);
        EXPECT_EQ(s.rc.seq_reply, 3u);
        dlm_rcom_config config{};
        dlm_wire_get_rcom_config(&config, s.payload.data());
        EXPECT_EQ(config.lvblen, kBenchLvblen);
        EXPECT_EQ(config.lsflags, 6u);
        EXPECT_EQ(config.our_slot, 2);
        EXPECT_EQ(config.generation, 9u);
        EXPECT_EQ(config.num_slots, wanted ? 3 : 0);
        ASSERT_EQ(s.payload.size(),
                  DLM_WIRE_RCOM_CONFIG_SIZE + (wanted ? 3 : 0) * size_t(DLM_WIRE_RCOM_SLOT_SIZE));
        const u8 *at = s.payload.data() + DLM_WIRE_RCOM_CONFIG_SIZE;
        for (int i = 0; wanted && i < 3; i++, at += DLM_WIRE_RCOM_SLOT_SIZE) {
            dlm_rcom_slot slot{};
            dlm_wire_get_rcom_slot(&slot, at);
            EXPECT_EQ(slot.nodeid, u32(i + 1));
            EXPECT_EQ(slot.slot, i + 4);
        }
    }
}

}  // namespace
}  // namespace dlm::test
