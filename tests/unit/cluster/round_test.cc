// SPDX-License-Identifier: GPL-2.0-or-later
// The recovery machine of one node, event by event: its questions and their pauses
// (wire spec 7.4 to 7.6, 8.5), slots, the order of the steps (8.4), what is accepted
// when (7.3, 8.8).
#include "bench.hh"

extern "C" {
#include "cluster/round.h"
}

namespace dlm::test {
namespace {

using Ids = std::vector<int>;

// Members 1, 2, 3; this node is 1, which is the low one, or 2.
struct Machine : Bench {
    explicit Machine(int nodeid = 1)
    {
        cl.our_nodeid = nodeid;
        cl.recover.timeout_ms = 5000;
        cl.recover.rc_id = 1000;
        cl.recover.now_ms = 100;
        allocate(3);
    }
    void allocate(size_t nr)
    {
        free(cl.recover.polls);
        free(cl.recover.slots);
        cl.recover.polls = static_cast<dlm_poll *>(calloc(nr, sizeof(dlm_poll)));
        cl.recover.slots = static_cast<u16 *>(calloc(nr, sizeof(u16)));
    }
    void enter(dlm_recover_state state)
    {
        sent.clear();
        armed.clear();
        cl.recover.state = state;
        dlm_poll_step(&cl);
    }
    Ids asked() const
    {
        Ids ids;
        for (const SentRcom &s : sent)
            ids.push_back(s.to);
        return ids;
    }
    dlm_poll &poll(int nodeid)
    {
        for (int i = 0; i < cl.recover.nr_polls; i++)
            if (cl.recover.polls[i].nodeid == nodeid)
                return cl.recover.polls[i];
        ADD_FAILURE() << "node " << nodeid << " was not asked";
        return cl.recover.polls[0];
    }
    dlm_in answer(int from, int result)
    {
        dlm_in in{};
        in.rcom.id = poll(from).rc_id;
        in.rcom.result = result;
        in.config.lvblen = cl.lvblen;
        in.config.lsflags = cl.lsflags;
        return in;
    }
    void reply(int from, int result, u64 now_ms = 100)
    {
        const dlm_in in = answer(from, result);
        dlm_recover_status_reply(&cl, from, &in, now_ms);
    }
};

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
        dlm_recover_status_request(&m.cl, 3, &rc, wanted ? DLM_WIRE_NEED_SLOTS : 0);
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
        for (int i = 0; wanted && i < 3; i++) {
            dlm_rcom_slot slot{};
            dlm_wire_get_rcom_slot(
                &slot, s.payload.data() + DLM_WIRE_RCOM_CONFIG_SIZE + i * DLM_WIRE_RCOM_SLOT_SIZE);
            EXPECT_EQ(slot.nodeid, u32(i + 1));
            EXPECT_EQ(slot.slot, i + 4);
        }
    }
}

/* ---- slots ---- */

struct Claim {
    u16 had, says;
    u32 generation;
};

struct Assignment {
    const char *what;
    Claim claims[3];  // of 1 (this node), 2, 3
    std::vector<u16> slots;
    u32 generation;
    int errors;
};

TEST(Slots, assigned_by_the_low_node)
{
    const Assignment rows[] = {
        {"all fresh", {{0, 0, 0}, {0, 0, 0}, {0, 0, 0}}, {1, 2, 3}, 1, 0},
        {"kept", {{3, 3, 4}, {1, 1, 4}, {2, 2, 4}}, {3, 1, 2}, 5, 0},
        {"lowest free", {{2, 2, 4}, {0, 0, 0}, {4, 4, 4}}, {2, 1, 4}, 5, 0},
        {"two new ones", {{2, 2, 4}, {0, 0, 0}, {0, 0, 0}}, {2, 1, 3}, 5, 0},
        {"others know more", {{0, 0, 0}, {0, 2, 7}, {0, 3, 9}}, {1, 2, 3}, 10, 0},
        {"first knows most", {{1, 1, 9}, {2, 2, 7}, {3, 3, 4}}, {1, 2, 3}, 10, 0},
        {"forgotten by the member", {{1, 1, 4}, {2, 0, 0}, {3, 3, 4}}, {1, 2, 3}, 5, 0},
        {"says another than it had", {{1, 1, 4}, {2, 5, 4}, {3, 3, 4}}, {}, 4, 1},
        {"two say the same", {{0, 1, 4}, {0, 1, 4}, {0, 3, 4}}, {}, 4, 1},
        {"the last says the first's", {{0, 1, 4}, {0, 2, 4}, {0, 1, 4}}, {}, 4, 1},
    };
    for (const Assignment &row : rows) {
        Machine m;
        m.enter(DLM_RECOVER_NODES);
        m.cl.recover.our_slot = row.claims[0].says;
        m.cl.recover.generation = row.claims[0].generation;
        for (int i = 0; i < 3; i++) {
            m.cl.view->members[i].slot = row.claims[i].had;
            m.cl.recover.slots[i] = 77;
            if (i == 0)
                continue;
            m.poll(i + 1).our_slot = row.claims[i].says;
            m.poll(i + 1).generation = row.claims[i].generation;
        }
        const u32 generation = row.slots.empty() ? row.claims[0].generation : row.generation;
        m.cl.recover.nr_slots = 7;
        dlm_slots_assign(&m.cl);
        EXPECT_EQ(m.cl.recover.nr_slots, int(row.slots.size())) << row.what;
        EXPECT_EQ(m.cl.recover.generation, generation) << row.what;
        EXPECT_EQ(m.errors, row.errors) << row.what;
        for (size_t i = 0; i < row.slots.size(); i++)
            EXPECT_EQ(m.cl.recover.slots[i], row.slots[i]) << row.what;
        if (!row.slots.empty()) {
            EXPECT_EQ(m.cl.recover.our_slot, row.slots[0]) << row.what;
        }
    }
}

TEST(Slots, a_member_that_was_not_asked_claims_nothing)
{
    Machine m;
    m.enter(DLM_RECOVER_NODES);
    m.poll(2).our_slot = 4;
    m.poll(2).generation = 3;
    m.cl.recover.nr_polls = 1;
    dlm_slots_assign(&m.cl);
    EXPECT_EQ(m.cl.recover.slots[1], 4);
    EXPECT_EQ(m.cl.recover.slots[2], 2);
}

TEST(Slots, more_members_than_the_message_has_room_for_get_none)
{
    for (const int nr : {int(DLM_WIRE_SLOTS_MAX), int(DLM_WIRE_SLOTS_MAX) + 1}) {
        Machine m;
        Ids ids;
        for (int i = 1; i <= nr; i++)
            ids.push_back(i);
        m.set_members(ids);
        m.allocate(size_t(nr));
        dlm_slots_assign(&m.cl);
        EXPECT_EQ(m.cl.recover.nr_slots, nr == DLM_WIRE_SLOTS_MAX ? nr : 0);
    }
}

struct Learning : Machine {
    Learning() : Machine(2) { enter(DLM_RECOVER_NODES); }
    void learn(const std::vector<std::pair<int, u16>> &slots, u32 generation)
    {
        std::vector<u8> bytes(slots.size() * DLM_WIRE_RCOM_SLOT_SIZE + 1);
        for (size_t i = 0; i < slots.size(); i++) {
            dlm_rcom_slot entry{};
            entry.nodeid = u32(slots[i].first);
            entry.slot = slots[i].second;
            dlm_wire_put_rcom_slot(bytes.data() + i * DLM_WIRE_RCOM_SLOT_SIZE, &entry);
        }
        dlm_in in{};
        in.config.num_slots = u16(slots.size());
        in.config.generation = generation;
        in.slots = bytes.data();
        dlm_slots_learn(&cl, &in);
    }
    std::vector<u16> slots() const
    {
        return {cl.recover.slots, cl.recover.slots + cl.recover.nr_slots};
    }
};

TEST(Slots, learnt_by_the_others)
{
    Learning l;
    l.learn({{1, 4}, {2, 5}, {3, 1}}, 3);
    EXPECT_EQ(l.slots(), (std::vector<u16>{4, 5, 1}));
    EXPECT_EQ(l.cl.recover.generation, 3u);
    EXPECT_EQ(l.cl.recover.our_slot, 5);
    EXPECT_EQ(l.errors, 0);
    l.learn({{1, 4}, {2, 5}, {3, 1}}, 4);
    EXPECT_EQ(l.errors, 0);
}

TEST(Slots, strangers_and_empty_slots_are_passed_over)
{
    Learning l;
    l.cl.recover.slots[0] = 9;
    l.learn({{9, 4}, {2, 0}, {3, 1}}, 3);
    EXPECT_EQ(l.slots(), (std::vector<u16>{0, 0, 1}));
    EXPECT_EQ(l.cl.recover.our_slot, 0);
    EXPECT_EQ(l.errors, 0);
}

TEST(Slots, none_listed_none_known)
{
    Learning l;
    l.cl.recover.nr_slots = 3;
    l.learn({}, 3);
    EXPECT_EQ(l.cl.recover.nr_slots, 0);
    EXPECT_EQ(l.cl.recover.generation, 3u);
}

TEST(Slots, an_own_slot_that_changes_is_logged_and_kept)
{
    Learning l;
    l.cl.recover.our_slot = 2;
    l.learn({{2, 5}}, 3);
    EXPECT_EQ(l.errors, 1);
    EXPECT_EQ(l.cl.recover.our_slot, 2);
    EXPECT_EQ(l.cl.recover.slots[1], 5);
    l.learn({{1, 6}, {3, 7}}, 4);
    EXPECT_EQ(l.errors, 1);
    EXPECT_EQ(l.cl.recover.our_slot, 2);
}

TEST(Slots, a_generation_that_does_not_rise_is_logged_and_taken)
{
    for (const u32 generation : {5u, 4u}) {
        Learning l;
        l.cl.recover.generation = 5;
        l.learn({{2, 1}}, generation);
        EXPECT_EQ(l.errors, 1);
        EXPECT_EQ(l.cl.recover.generation, generation);
    }
}

TEST(Slots, learnt_at_the_NODES_barrier_by_those_who_are_not_low_and_nowhere_else)
{
    Learning l;
    dlm_in in = l.answer(1, 0x02);
    in.config.generation = 6;
    dlm_recover_status_reply(&l.cl, 1, &in, 100);
    EXPECT_EQ(l.cl.recover.generation, 6u);
    Learning other;
    other.enter(DLM_RECOVER_DIR);
    in = other.answer(1, 0x08);
    in.config.generation = 6;
    dlm_recover_status_reply(&other.cl, 1, &in, 100);
    EXPECT_EQ(other.cl.recover.generation, 0u);
    Machine low;
    low.enter(DLM_RECOVER_NODES);
    in = low.answer(2, 0x01);
    in.config.generation = 6;
    dlm_recover_status_reply(&low.cl, 2, &in, 100);
    EXPECT_EQ(low.cl.recover.generation, 0u);
}

TEST(Slots, commit_gives_members_what_they_have)
{
    Machine m;
    for (int i = 0; i < 3; i++)
        m.cl.view->members[i].slot = 9;
    m.cl.recover.slots[0] = 1;
    m.cl.recover.slots[2] = 3;
    m.cl.recover.nr_slots = 2;
    dlm_slots_commit(&m.cl);
    EXPECT_EQ(m.cl.view->members[0].slot, 1);
    EXPECT_EQ(m.cl.view->members[1].slot, 9) << "without one it keeps the old";
    EXPECT_EQ(m.cl.view->members[2].slot, 9);
}

/* ---- the order of the steps ---- */

// This node is the only member, so barriers pass at once and only its shell is waited for.
struct Alone : Machine {
    Alone()
    {
        dlm_view_free(cl.view);
        cl.view = dlm_view_alloc(nullptr, 0, 0);
        cl.gate = DLM_GATE_NEVER;
        dlm_recover_init(&cl, 1);
        cl.recover.polls = nullptr;
        cl.recover.slots = nullptr;
    }
    int start(const Ids &ids, const Ids &failed = {}, const Ids &renewed = {}, u64 now = 1)
    {
        std::vector<dlm_member> members;
        for (const int id : ids) {
            dlm_member m{};
            m.nodeid = id;
            m.weight = 1;
            for (const int r : renewed)
                m.renewed |= r == id;
            members.push_back(m);
        }
        failed_ = failed;
        return dlm_recover_start(&cl, members.data(), int(members.size()), is_failed, this, now);
    }
    static bool is_failed(void *arg, int nodeid, u32)
    {
        const Ids &failed = static_cast<Alone *>(arg)->failed_;
        return std::find(failed.begin(), failed.end(), nodeid) != failed.end();
    }
    dlm_recover_state state() const { return cl.recover.state; }
    void visited(u32 nr_sent = 0)
    {
        dlm_recover_visited(&cl, cl.recover.epoch, visits.back(), nr_sent, 2);
    }
    void finish()
    {
        for (int i = 0; i < 20 && state() != DLM_RECOVER_RUNNING; i++) {
            if (cl.recover.visiting)
                visited();
            else if (state() == DLM_RECOVER_PURGE)
                dlm_recover_saved_purged(&cl, cl.recover.epoch, 2);
            else if (state() == DLM_RECOVER_DRAIN)
                dlm_recover_drained(&cl, cl.recover.epoch, 2);
            else if (state() == DLM_RECOVER_SLOTS)
                dlm_recover_slots_called(&cl, cl.recover.epoch, 2);
        }
        EXPECT_EQ(state(), DLM_RECOVER_RUNNING);
    }
    Ids failed_;
};

TEST(Steps, of_a_first_recovery)
{
    Alone a;
    EXPECT_EQ(a.start({1}), 0);
    EXPECT_EQ(a.cl.recover.epoch, 1u);
    EXPECT_EQ(a.cl.view->number, 1u);
    EXPECT_TRUE(a.held) << "no callbacks meanwhile";
    EXPECT_EQ(a.added, Ids{1});
    EXPECT_EQ(a.state(), DLM_RECOVER_PREPARE);
    EXPECT_EQ(a.cl.recover.status, 0u);
    EXPECT_EQ(a.cl.gate, DLM_GATE_NEVER);
    a.visited();
    EXPECT_EQ(a.state(), DLM_RECOVER_MASTERS);
    EXPECT_EQ(a.cl.recover.status, 0x0fu);
    EXPECT_EQ(a.cl.gate, DLM_GATE_CLOSED) << "messages are meant for us from now on";
    EXPECT_EQ(a.cl.recover.our_slot, 1);
    EXPECT_EQ(a.cl.view->members[0].slot, 0) << "not before all know";
    a.visited();
    EXPECT_EQ(a.state(), DLM_RECOVER_PURGE)
        << "nobody is gone: no locks to send, nothing to finish";
    EXPECT_EQ(a.cl.recover.status, 0x3fu);
    EXPECT_EQ(a.purges, 1);
    EXPECT_EQ(a.opens, 0);
    dlm_recover_saved_purged(&a.cl, 1, 2);
    EXPECT_EQ(a.state(), DLM_RECOVER_DRAIN);
    EXPECT_EQ(a.cl.recover.status, 0xffu);
    EXPECT_EQ(a.cl.view->members[0].slot, 1);
    EXPECT_FALSE(a.held);
    EXPECT_EQ(a.opens, 1);
    dlm_recover_drained(&a.cl, 1, 2);
    EXPECT_EQ(a.state(), DLM_RECOVER_GRANT);
    EXPECT_EQ(a.completions, 0);
    a.visited();
    EXPECT_EQ(a.state(), DLM_RECOVER_RUNNING);
    EXPECT_EQ(a.completions, 1);
    EXPECT_EQ(a.visits,
              (std::vector<dlm_visit>{DLM_VISIT_PREPARE, DLM_VISIT_MASTERS, DLM_VISIT_GRANT}));
}

TEST(Steps, of_a_recovery_from_a_death)
{
    for (const bool nodir : {false, true}) {
        Alone a;
        a.cl.nodir = nodir;
        a.start({1});
        a.finish();
        a.visits.clear();
        dlm_recover_stop(&a.cl);
        EXPECT_EQ(a.state(), DLM_RECOVER_STOPPED);
        EXPECT_EQ(a.cl.recover.epoch, 2u);
        EXPECT_EQ(a.cl.recover.status, 0u);
        if (!nodir) {
            dlm_view_free(a.cl.view);
            dlm_member members[2] = {};
            members[0].nodeid = 1;
            members[1].nodeid = 2;
            members[0].weight = members[1].weight = 1;
            members[0].slot = 1;
            members[1].slot = 2;
            a.cl.view = dlm_view_alloc(members, 2, 2);
        }
        EXPECT_EQ(a.start({1}, {2}), 0);
        EXPECT_EQ(a.cl.recover.neg, true);
        EXPECT_EQ(a.slot_calls.size(), nodir ? 0u : 1u);
        EXPECT_EQ(a.removed, nodir ? Ids{} : Ids{2});
        EXPECT_EQ(a.state(), nodir ? DLM_RECOVER_PREPARE : DLM_RECOVER_SLOTS);
        a.finish();
        EXPECT_EQ(a.visits,
                  (std::vector<dlm_visit>{DLM_VISIT_PREPARE, DLM_VISIT_MASTERS, DLM_VISIT_LOCKS,
                                          DLM_VISIT_FINISH, DLM_VISIT_GRANT}));
        EXPECT_EQ(a.cl.recover.nr_gone, 0);
        EXPECT_FALSE(a.cl.recover.neg);
        EXPECT_EQ(a.completions, 2);
    }
}

TEST(Steps, masters_and_locks_wait_for_all_answers)
{
    Alone a;
    a.cl.nodir = true;
    a.start({1});
    a.visited();
    for (const dlm_recover_state state : {DLM_RECOVER_MASTERS, DLM_RECOVER_LOCKS}) {
        ASSERT_EQ(a.state(), state);
        dlm_recover_answered(&a.cl, 3); /* before the visit has ended */
        EXPECT_EQ(a.state(), state);
        a.visited(3);
        EXPECT_EQ(a.state(), state);
        dlm_recover_answered(&a.cl, 3);
        EXPECT_EQ(a.state(), state);
        dlm_recover_answered(&a.cl, 4);
        EXPECT_EQ(a.cl.recover.now_ms, 4u);
        EXPECT_NE(a.state(), state);
    }
    EXPECT_EQ(a.state(), DLM_RECOVER_FINISH);
}

TEST(Steps, events_of_an_older_round_or_another_step_change_nothing)
{
    Alone a;
    a.start({1});
    const u64 epoch = a.cl.recover.epoch;
    dlm_recover_visited(&a.cl, epoch - 1, DLM_VISIT_PREPARE, 0, 2);
    dlm_recover_saved_purged(&a.cl, epoch, 2);
    dlm_recover_drained(&a.cl, epoch, 2);
    EXPECT_EQ(a.state(), DLM_RECOVER_PREPARE);
    a.visited();
    a.visited();
    ASSERT_EQ(a.state(), DLM_RECOVER_PURGE);
    a.visits.push_back(DLM_VISIT_MASTERS);
    a.visited(5);
    EXPECT_EQ(a.cl.recover.nr_sent, 0u) << "no visit runs";
    dlm_recover_saved_purged(&a.cl, epoch - 1, 2);
    dlm_recover_drained(&a.cl, epoch, 2);
    EXPECT_EQ(a.state(), DLM_RECOVER_PURGE);
    dlm_recover_saved_purged(&a.cl, epoch, 2);
    dlm_recover_drained(&a.cl, epoch - 1, 2);
    dlm_recover_saved_purged(&a.cl, epoch, 2);
    EXPECT_EQ(a.state(), DLM_RECOVER_DRAIN);
}

TEST(Steps, a_start_over_an_unfinished_round_is_a_new_round)
{
    Alone a;
    a.start({1});
    a.visited();
    const u64 epoch = a.cl.recover.epoch;
    EXPECT_EQ(a.start({1}), 0);
    EXPECT_EQ(a.cl.recover.epoch, epoch + 2);
    EXPECT_EQ(a.state(), DLM_RECOVER_PREPARE);
    EXPECT_EQ(a.cl.recover.status, 0u);
    EXPECT_EQ(a.added, Ids{1}) << "once";
    a.finish();
    EXPECT_EQ(a.start({1}), -EBUSY);
}

TEST(Steps, a_stop_forgets_the_round_but_not_its_own_slot)
{
    Alone a;
    a.start({1});
    a.visited();
    a.cl.recover.waiting_for = 3;
    a.cl.recover.error = -EPROTO;
    dlm_recover_stop(&a.cl);
    EXPECT_EQ(a.cl.recover.nr_slots, 0);
    EXPECT_EQ(a.cl.recover.nr_polls, 0);
    EXPECT_FALSE(a.cl.recover.visiting);
    EXPECT_EQ(a.cl.recover.waiting_for, 0);
    EXPECT_EQ(a.cl.recover.error, 0);
    EXPECT_EQ(a.cl.recover.our_slot, 1);
    EXPECT_EQ(a.cl.recover.generation, 1u);
}

TEST(Steps, failing_is_for_rounds_only)
{
    for (int s = 0; s < DLM_RECOVER_STATE_NR; s++) {
        const bool no_round =
            s == DLM_RECOVER_STOPPED || s == DLM_RECOVER_RUNNING || s == DLM_RECOVER_ERROR;
        Machine m;
        m.cl.recover.state = dlm_recover_state(s);
        m.cl.recover.visiting = true;
        m.cl.recover.nr_polls = 2;
        dlm_recover_fail(&m.cl, -EPROTO);
        EXPECT_EQ(m.failures, no_round ? 0 : 1);
        EXPECT_EQ(m.cl.recover.state, no_round ? s : DLM_RECOVER_ERROR);
        EXPECT_EQ(m.cl.recover.error, no_round ? 0 : -EPROTO);
        EXPECT_EQ(m.cl.recover.visiting, no_round);
        EXPECT_EQ(m.cl.recover.nr_polls, no_round ? 2 : 0);
    }
}

TEST(Steps, members_that_go_stay_and_come)
{
    Alone a;
    a.start({1, 2, 3});
    a.added.clear();
    dlm_recover_stop(&a.cl);
    for (int i = 0; i < 3; i++) {
        a.cl.view->members[i].slot = u16(i + 1);
        a.cl.view->members[i].incarnation = 10;
    }
    EXPECT_EQ(a.start({1, 3, 4}, {2}, {3}), 0);
    EXPECT_EQ(a.removed, (Ids{2, 3}));
    EXPECT_EQ(a.added, (Ids{3, 4}));
    ASSERT_EQ(a.cl.recover.nr_gone, 2);
    EXPECT_EQ(a.cl.recover.gone[0].nodeid, 2);
    EXPECT_EQ(a.cl.recover.gone[0].slot, 2);
    EXPECT_TRUE(a.cl.recover.gone[0].failed);
    EXPECT_EQ(a.cl.recover.gone[1].nodeid, 3);
    EXPECT_FALSE(a.cl.recover.gone[1].failed);
    EXPECT_TRUE(dlm_recover_is_gone(&a.cl, 2));
    EXPECT_TRUE(dlm_recover_is_gone(&a.cl, 3));
    EXPECT_FALSE(dlm_recover_is_gone(&a.cl, 1));
    EXPECT_EQ(a.cl.view->members[0].slot, 1) << "what stays keeps its slot";
    EXPECT_EQ(a.cl.view->members[1].slot, 0) << "who came back is new";
    EXPECT_EQ(a.cl.view->members[2].slot, 0);
    EXPECT_TRUE(a.cl.recover.neg);

    // The list of the gone grows until a recovery completes.
    dlm_recover_stop(&a.cl);
    EXPECT_EQ(a.start({1}, {4}), 0);
    EXPECT_EQ(a.cl.recover.nr_gone, 4);
    EXPECT_TRUE(dlm_recover_is_gone(&a.cl, 2));
    EXPECT_TRUE(dlm_recover_is_gone(&a.cl, 4));
}

TEST(Steps, recover_slot_is_for_the_failed_that_had_one_and_once)
{
    struct Row {
        u16 slot;
        bool failed, called;
    } rows[] = {{2, true, true}, {0, true, false}, {2, false, false}};
    for (const Row &row : rows) {
        Alone a;
        a.start({1, 2});
        dlm_recover_stop(&a.cl);
        a.cl.view->members[1].slot = row.slot;
        a.start({1}, row.failed ? Ids{2} : Ids{});
        EXPECT_EQ(a.slot_calls.size(), row.called ? 1u : 0u);
        EXPECT_EQ(a.cl.recover.slots_running, row.called ? 1u : 0u);
        EXPECT_TRUE(a.cl.recover.gone[0].slot_called);
        dlm_recover_stop(&a.cl);
        a.start({1}, {2});
        EXPECT_EQ(a.slot_calls.size(), row.called ? 1u : 0u);
    }
}

TEST(Steps, weights_in_force_are_those_of_who_was_there_first)
{
    Alone a;
    dlm_member members[2] = {};
    members[0].nodeid = 1;
    members[0].weight = 1;
    members[1].nodeid = 2;
    members[1].weight = 3;
    ASSERT_EQ(dlm_recover_start(&a.cl, members, 2, Alone::is_failed, &a, 1), 0);
    EXPECT_EQ(a.cl.view->nr_array, 4);
    dlm_recover_stop(&a.cl);
    members[1].weight = 1;
    ASSERT_EQ(dlm_recover_start(&a.cl, members, 2, Alone::is_failed, &a, 1), 0);
    EXPECT_EQ(a.cl.view->nr_array, 4) << "nobody else has read the new weight";
    dlm_recover_stop(&a.cl);
    members[1].renewed = true;
    ASSERT_EQ(dlm_recover_start(&a.cl, members, 2, Alone::is_failed, &a, 1), 0);
    EXPECT_EQ(a.cl.view->nr_array, 2);
}

/* ---- what is accepted when ---- */

TEST(Accepts, by_state_and_bits)
{
    const u32 kTypes[] = {DLM_RCOM_STATUS,       DLM_RCOM_NAMES,        DLM_RCOM_LOOKUP,
                          DLM_RCOM_LOCK,         DLM_RCOM_STATUS_REPLY, DLM_RCOM_NAMES_REPLY,
                          DLM_RCOM_LOOKUP_REPLY, DLM_RCOM_LOCK_REPLY};
    for (const u32 type : kTypes) {
        const bool reply = type == DLM_RCOM_STATUS_REPLY || type == DLM_RCOM_NAMES_REPLY ||
                           type == DLM_RCOM_LOOKUP_REPLY || type == DLM_RCOM_LOCK_REPLY;
        const bool status = type == DLM_RCOM_STATUS || type == DLM_RCOM_STATUS_REPLY;
        const bool names = type == DLM_RCOM_NAMES || type == DLM_RCOM_NAMES_REPLY;
        for (const u32 bits : {0u, 0x01u, 0x05u}) {
            for (const bool stopped : {false, true}) {
                for (const u64 epoch : {4u, 5u, 6u}) {
                    Machine m;
                    dlm_rcom rc{};
                    rc.type = type;
                    rc.seq_reply = epoch;
                    m.cl.recover.status = bits;
                    m.cl.recover.state = stopped ? DLM_RECOVER_STOPPED : DLM_RECOVER_DIR;
                    bool good = status || (names && bits >= 1) || bits == 5;
                    if (stopped && type != DLM_RCOM_STATUS)
                        good = false;
                    if (reply && epoch != 5)
                        good = false;
                    EXPECT_EQ(dlm_recover_accepts(&m.cl, &rc), good)
                        << type << " " << bits << stopped << epoch;
                }
            }
        }
    }
}

TEST(Saved, stale_is_what_the_new_view_has_no_use_for)
{
    for (u32 type = DLM_MSG_REQUEST; type <= DLM_MSG_PURGE; type++) {
        const bool directory =
            type == DLM_MSG_REMOVE || type == DLM_MSG_LOOKUP || type == DLM_MSG_LOOKUP_REPLY;
        Machine m;
        m.gone(3);
        EXPECT_EQ(dlm_saved_stale(&m.cl, 2, type), directory) << type;
        EXPECT_TRUE(dlm_saved_stale(&m.cl, 3, type)) << "it died, and may be back";
        EXPECT_TRUE(dlm_saved_stale(&m.cl, 7, type)) << "a stranger";
        m.cl.nodir = true;
        EXPECT_TRUE(dlm_saved_stale(&m.cl, 2, type)) << "everything is sent again";
    }
}

TEST(Exit, gives_everything_back)
{
    Alone a;
    a.start({1});
    dlm_recover_exit(&a.cl);
    EXPECT_EQ(a.cl.view, nullptr);
    EXPECT_EQ(a.cl.recover.gone, nullptr);
    EXPECT_EQ(a.cl.recover.polls, nullptr);
    EXPECT_EQ(a.cl.recover.slots, nullptr);
}

}  // namespace
}  // namespace dlm::test
