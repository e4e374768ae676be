// SPDX-License-Identifier: GPL-2.0-or-later
// What changed rules (tests/mutants) showed that no other test would have noticed:
// the owner's and the master's side, in small.
#include "bench.hh"
#include "nodes.hh"

extern "C" {
#include "cluster/message.h"
}

namespace dlm::test {
namespace {

struct Mastered : Nodes {
    explicit Mastered(const char *letters = "AM") : Nodes(letters) { run("M9+NL"); }
    dlm_lkb &lkb(char lock = '1') { return (*this)['A'].own(lock)->lkb; }
    // A message of M to A's lock, which M knows by a copy.
    dlm_msg from_master(dlm_msg_type type, int result, char lock = '1')
    {
        dlm_msg m{};
        m.type = type;
        m.remid = lkb(lock).id;
        m.lkid = lkb(lock).remid;
        m.result = result;
        return m;
    }
    // The gate of A opens, and what was saved is processed, but nothing that was recorded.
    void drain()
    {
        Node &a = (*this)['A'];
        a.closed = false;
        a.cl.gate = DLM_GATE_DRAINING;
        for (const Packet &p : std::exchange(a.saved, {}))
            a.receive(p);
    }
};

/* ---- the gate ---- */

TEST(Gate, own_operations_are_decided_while_it_drains)
{
    Mastered n;
    n['A'].cl.gate = DLM_GATE_DRAINING;
    EXPECT_EQ(n.run("A1+PR"), "cA1=0");
    n['M'].cl.gate = DLM_GATE_DRAINING;
    EXPECT_EQ(n.run("M1+PR"), "cM1=0");
}

TEST(Gate, what_is_recorded_waits_for_it)
{
    Mastered n;
    n.run("stop A; A1+PR");
    dlm_owner_deferred(&n['A'].cl, &n.lkb());
    EXPECT_EQ(n.sent(), "");
    EXPECT_EQ(n.lkb().wait_type, DLM_WAIT_REQUEST);
    EXPECT_EQ(n.run("go A"), "cA1=0");
}

TEST(Gate, what_is_under_way_is_not_sent_again)
{
    Mastered n;
    n.run("A8+NL; cut M; A1+PR");
    EXPECT_EQ(n.sent(), "A:LOOKUP M:REQUEST_REPLY A:REQUEST");
    dlm_owner_deferred(&n['A'].cl, &n.lkb());
    EXPECT_EQ(n.sent(), "A:LOOKUP M:REQUEST_REPLY A:REQUEST");
    EXPECT_EQ(n.lkb().nr_expected, 1);
    n.run("heal M");
}

/* ---- effects of local operations ---- */

TEST(Local, a_refused_request_tells_those_who_block_it)
{
    Mastered n;
    EXPECT_EQ(n.run("A1+EX; M2+PR(noq,nqb)"), "cA1=0 cM2=EAGAIN bA1=PR");
    EXPECT_EQ(n.run("M3+EX(noq)"), "cM3=EAGAIN");
}

TEST(Local, a_cancel_lets_others_go_on)
{
    Mastered n;
    n.run("A1+PR; M2+EX; M3+PR");
    EXPECT_EQ(n.queues('M'), "G[A1:PR M9:NL] C[] W[M2 M3]");
    EXPECT_EQ(n.run("M2x"), "cM2=ECANCEL cM3=0");
    n.run("A2+EX; A3+PR");
    EXPECT_EQ(n.run("A2x"), "cA2=ECANCEL cA3=0");
}

/* ---- overlaid operations ---- */

TEST(Overlaid, cancel_and_unlock_that_could_not_be_sent_follow_the_answer_in_one_go)
{
    Mastered n;
    n.run("M1+EX; A1+NL(exp); cut A; A1>PR");
    n['A'].fail_sends = 2;
    EXPECT_EQ(n.run("A1x; A1-(F)"), "");
    EXPECT_EQ(n['A'].fail_sends, 0);
    EXPECT_EQ(n.run("heal A"), "bM1=PR cA1=ECANCEL cA1=EUNLOCK");
    EXPECT_EQ(n.sent(), "M:CONVERT_REPLY A:CANCEL A:UNLOCK M:CANCEL_REPLY M:UNLOCK_REPLY");
}

TEST(Overlaid, recorded_cancel_and_unlock_of_a_waiting_request)
{
    Mastered n;
    n.run("M1+EX; A1+PR; stop A; A1x; A1-(F)");
    EXPECT_EQ(n.run("go A"), "cA1=ECANCEL");
    EXPECT_EQ(n.sent(), "A:CANCEL A:UNLOCK M:CANCEL_REPLY M:UNLOCK_REPLY");
}

TEST(Overlaid, a_recorded_cancel_alone)
{
    Mastered n;
    n.run("M1+EX; A1+NL(exp); A1>PR; stop A; A1x");
    EXPECT_EQ(n.lkb().wait_type, DLM_WAIT_CANCEL);
    EXPECT_EQ(n.run("go A"), "cA1=ECANCEL");
    EXPECT_EQ(n.queues('A'), "G[A1:NL] C[] W[]");
}

TEST(Overlaid, a_recorded_cancel_that_finds_no_memory_keeps_the_unlock_behind_it)
{
    Mastered n;
    n.run("M1+EX; A1+NL(exp); A1>PR; stop A; A1x; A1-(F)");
    n['A'].fail_sends = 1;
    EXPECT_EQ(n.run("go A"), "");
    EXPECT_EQ(n.sent(), "");
    EXPECT_EQ(n.run("retry A"), "cA1=ECANCEL cA1=EUNLOCK");
}

TEST(Overlaid, what_found_no_memory_is_tried_again_as_what_it_is)
{
    Mastered n;
    n.run("M1+EX; A1+NL(exp); A1>PR");
    n['A'].fail_sends = 1;
    EXPECT_EQ(n.run("A1x"), "");
    EXPECT_EQ(n.lkb().wait_type, DLM_WAIT_CANCEL);
    EXPECT_EQ(n.run("retry A"), "cA1=ECANCEL");
    EXPECT_EQ(n.queues('M'), "G[A1:NL M1:EX M9:NL] C[] W[]");
    n['A'].fail_sends = 1;
    n.run("A1-");
    EXPECT_EQ(n.lkb().wait_type, DLM_WAIT_UNLOCK);
    EXPECT_EQ(n.run("retry A"), "cA1=EUNLOCK");
}

TEST(Overlaid, a_request_that_found_no_memory_is_a_request_still)
{
    Mastered n;
    n.run("A8+NL");
    n['A'].fail_sends = 1;
    n.run("A1+PR");
    EXPECT_EQ(n.lkb().wait_type, DLM_WAIT_REQUEST);
    EXPECT_EQ(n.run("retry A"), "cA1=0");
}

TEST(Overlaid, a_recorded_cancel_is_void_when_the_grant_was_saved)
{
    Mastered n;
    n.run("M1+EX; A1+NL(exp); A1>PR; stop A; A1x; M1>NL");
    n.drain();
    EXPECT_EQ(n.take_log(), "cA1=0");
    EXPECT_EQ(n.lkb().wait_type, DLM_WAIT_NONE);
    EXPECT_EQ(n.run("A1>EX"), "cA1=0") << "not busy any more";
}

TEST(Overlaid, a_recorded_cancel_is_void_and_its_unlock_still_recorded)
{
    Mastered n;
    n.run("M1+EX; A1+NL(exp); A1>PR; stop A; A1x; A1-(F); M1>NL");
    n.drain();
    EXPECT_EQ(n.take_log(), "cA1=0");
    EXPECT_EQ(n.lkb().wait_type, DLM_WAIT_UNLOCK);
    EXPECT_TRUE(n.lkb().state & DLM_LKB_RESEND);
    EXPECT_EQ(n.run("retry A"), "cA1=EUNLOCK");
}

TEST(Recorded, an_unlock_takes_the_place_of_a_conversion_at_once)
{
    Mastered n;
    n.run("A1+NL; stop A; A1>EX");
    ASSERT_NE(n.lkb().op, nullptr);
    n.run("A1-(F)");
    EXPECT_EQ(n.lkb().op, nullptr);
    EXPECT_EQ(n.lkb().wait_type, DLM_WAIT_UNLOCK);
    EXPECT_EQ(n.lkb().requested_mode, DLM_LOCK_IV);
    EXPECT_EQ(n.run("go A"), "cA1=EUNLOCK");
    Mastered k;
    k.run("A1+NL; stop A; A1-");
    EXPECT_EQ(k.lkb().wait_type, DLM_WAIT_UNLOCK);
    k.run("go A");
}

TEST(Recorded, a_cancel_takes_a_conversion_back_at_once)
{
    Mastered n;
    n.run("A1+NL; stop A; A1>EX");
    EXPECT_EQ(n.run("A1x"), "cA1=ECANCEL");
    EXPECT_EQ(n.lkb().requested_mode, DLM_LOCK_IV);
}

TEST(Recorded, since_when_is_the_first_attempt)
{
    Mastered n;
    n['A'].now_us = 50;
    n.run("A8+NL; stop A; A1+PR");
    EXPECT_EQ(n.lkb().since_us, 50u);
    n['A'].now_us = 60;
    n.run("cut A; go A");
    EXPECT_EQ(n.lkb().since_us, 60u) << "asked now";
    n['A'].now_us = 70;
    n.lkb().nr_retries = 2;
    dlm_message_ask(&n['A'].cl, &n.lkb(), DLM_MSG_REQUEST, node_of('M'));
    EXPECT_EQ(n.lkb().since_us, 60u) << "asked again";
    n['A'].now_us = 80;
    n.lkb().nr_retries = 0;
    n.lose_wire();
}

/* ---- values ---- */

TEST(Kept, bytes_of_a_recorded_conversion_are_those_of_the_call)
{
    Mastered n;
    n.run("A1+EX; stop A");
    n['A'].set_buffer('1', "call");
    n.run("A1>NL(vb)");
    n['A'].set_buffer('1', "later");
    n.run("go A");
    EXPECT_STREQ(reinterpret_cast<char *>(n.res('M').lvb), "call");
}

TEST(Kept, without_room_they_are_those_of_the_moment)
{
    Mastered n;
    n['A'].no_room = true;
    n.run("A1+EX; stop A");
    n['A'].set_buffer('1', "call");
    n.run("A1>NL(vb)");
    EXPECT_EQ(n.lkb().op->has_lvb, 0);
    n['A'].set_buffer('1', "later");
    n.run("go A");
    EXPECT_STREQ(reinterpret_cast<char *>(n.res('M').lvb), "later");
}

TEST(Kept, nothing_travels_without_VALBLK)
{
    Mastered n;
    n.run("A1+EX; cut A; A1>PR; M1+NL(exp); A2+NL");
    for (const Packet &p : n.held()) {
        if (p.msg.type == DLM_MSG_CONVERT) {
            EXPECT_TRUE(p.extra.empty());
        }
    }
    n.run("heal A");
    n.run("cut A; A3+PR");
    for (const Packet &p : n.take_held('A'))
        n['M'].receive(p);
    ASSERT_EQ(n.held().size(), 1u);
    EXPECT_TRUE(n.held().front().extra.empty()) << "nobody asked for the value";
    n.run("heal A");
}

TEST(Kept, a_value_that_was_not_asked_for_is_not_put_into_the_buffer)
{
    Mastered n;
    n.run("M1+EX; A1+PR");
    n['A'].set_buffer('1', "mine");
    n.inject('M', 'A', n.from_master(DLM_MSG_GRANT, 0), {'x', 'x', 'x', 'x', 'x', 'x', 'x', 'x'});
    EXPECT_EQ(n['A'].buffer('1'), "mine");
}

/* ---- what a message says ---- */

TEST(Message, a_lookup_is_for_nobody_a_request_for_the_master)
{
    Nodes n("AM");
    n.run("cut A; A1+PR");
    ASSERT_EQ(n.held().front().msg.type, u32(DLM_MSG_LOOKUP));
    EXPECT_EQ(n.held().front().msg.nodeid, -1);
    n.run("heal A");
    Mastered k;
    k.run("A8+NL; cut A; A1+PR");
    ASSERT_EQ(k.held().front().msg.type, u32(DLM_MSG_REQUEST));
    EXPECT_EQ(k.held().front().msg.nodeid, node_of('M'));
    k.run("heal A");
}

TEST(Message, a_second_GRANT_is_dropped)
{
    Mastered n;
    n.run("A1+PR");
    n.inject('M', 'A', n.from_master(DLM_MSG_GRANT, 0));
    EXPECT_EQ(n['A'].cl.nr_dropped, 1u);
    EXPECT_EQ(n.lkb().granted_mode, DLM_LOCK_PR);
    n.run("A1>EX");
    n.inject('M', 'A', n.from_master(DLM_MSG_GRANT, 0));
    EXPECT_EQ(n['A'].cl.nr_dropped, 2u);
    EXPECT_EQ(n.lkb().granted_mode, DLM_LOCK_EX);
}

TEST(Message, an_alternative_that_was_not_offered_is_not_taken)
{
    Mastered n;
    n.run("M1+EX; A1+PR");
    dlm_msg m = n.from_master(DLM_MSG_GRANT, 0);
    m.sbflags = DLM_SBF_ALTMODE;
    n.inject('M', 'A', m);
    EXPECT_EQ(n.lkb().granted_mode, DLM_LOCK_PR);
    n.lkb().queue = DLM_QUEUE_GRANT;
}

TEST(Message, a_cancel_reply_says_that_the_mode_was_taken_away)
{
    Mastered n;
    n.run("M1+PR; A1+PR; A1>EX; cut M; A1x");
    dlm_msg m = n.from_master(DLM_MSG_CANCEL_REPLY, -DLM_ECANCEL);
    m.sbflags = DLM_SBF_DEMOTED;
    n['A'].receive({node_of('M'), node_of('A'), m, {}});
    EXPECT_EQ(n.take_log(), "cA1=ECANCEL/DEM");
    EXPECT_EQ(n.lkb().granted_mode, DLM_LOCK_NL);
    n.lose_wire();
}

TEST(Message, only_a_deadlock_reports_that_the_mode_was_taken_away)
{
    for (const int result : {-EAGAIN, -EDEADLK}) {
        Mastered n;
        n.run("A1+PR; cut M; A1>EX");
        dlm_msg m = n.from_master(DLM_MSG_CONVERT_REPLY, result);
        m.sbflags = DLM_SBF_DEMOTED;
        n.lkb().sb_flags = DLM_SBF_DEMOTED;
        n['A'].receive({node_of('M'), node_of('A'), m, {}});
        EXPECT_EQ(n.take_log(), result == -EAGAIN ? "cA1=EAGAIN" : "cA1=EDEADLK/DEM");
        n.lose_wire();
    }
}

TEST(Kept, bytes_that_came_with_the_call_go_into_the_buffer)
{
    const char bytes[kBenchLvblen] = "came";
    for (const bool came : {false, true}) {
        for (const bool buffer : {false, true}) {
            Bench b;
            Bench::Lock &lock = b.own(G, EX, IV, kVb);
            std::strcpy(lock.buffer, "own");
            dlm_op op{};
            dlm_convert_args args{PR, kVb, buffer ? lock.buffer : nullptr, 0, true};
            args.value = came ? bytes : nullptr;
            args.value_len = sizeof(bytes);
            EXPECT_EQ(dlm_owner_convert(&b.cl, &lock.lkb, &op, &args), 0);
            EXPECT_STREQ(lock.buffer, came && buffer ? "came" : "own");
        }
    }
}

/* ---- first pass ---- */

void lose_master(Mastered &n)
{
    dlm_cluster &cl = n['A'].cl;
    cl.recover.gone = static_cast<dlm_gone *>(calloc(1, sizeof(dlm_gone)));
    cl.recover.gone[0].nodeid = node_of('M');
    cl.recover.nr_gone = 1;
    dlm_owner_first_pass(&cl, &n.lkb());
}

TEST(FirstPass, a_cancel_and_an_unlock_that_were_sent_are_both_done)
{
    Mastered n;
    n.run("A1+PR; M8+PR; A1>EX; cut M; A1x; A1-(F); stop A");
    lose_master(n);
    EXPECT_EQ(n.take_log(), "cA1=ECANCEL cA1=EUNLOCK");
}

TEST(FirstPass, a_cancel_that_was_sent_is_done_the_unlock_behind_it_recorded)
{
    Mastered n;
    n.run("A1+PR; M8+PR; A1>EX; cut M; A1x; stop A; A1-(F)");
    lose_master(n);
    EXPECT_EQ(n.take_log(), "cA1=ECANCEL");
    EXPECT_EQ(n.lkb().wait_type, DLM_WAIT_UNLOCK);
    EXPECT_TRUE(n.lkb().state & DLM_LKB_RESEND);
    EXPECT_EQ(n.queues('A'), "G[A1:PR] C[] W[]");
}

/* ---- the directory's records ---- */

TEST(Record, who_refuses_a_request_is_its_master)
{
    Mastered n;
    n.run("M1+EX");
    EXPECT_EQ(n.run("A1+PR(noq)"), "cA1=EAGAIN");
    EXPECT_EQ(n.sent(), "A:LOOKUP M:REQUEST_REPLY");
    EXPECT_EQ(n.run("A1+PR(noq)"), "cA1=EAGAIN");
    EXPECT_EQ(n.sent(), "A:REQUEST M:REQUEST_REPLY");
}

TEST(Record, uncertain_is_a_cached_master_elsewhere)
{
    const std::pair<int, bool> kMasters[] = {{0, false}, {1, false}, {2, true}};
    for (const auto &[master, uncertain] : kMasters) {
        Bench b;
        b.res.state = 0;
        b.res.first = 9;
        b.res.master = master;
        dlm_directory_activate(&b.cl, &b.res);
        EXPECT_EQ((b.res.state & DLM_RES_UNCERTAIN) != 0, uncertain);
        EXPECT_TRUE(b.res.state & DLM_RES_ACTIVE);
        EXPECT_EQ(b.res.first, 0u);
        b.res.first = 9;
        dlm_directory_activate(&b.cl, &b.res);
        EXPECT_EQ(b.res.first, 9u) << "in use already";
    }
}

TEST(Record, in_use_by_either_sign_is_kept)
{
    for (const bool nodir : {false, true}) {
        Bench b;
        b.cl.gate = DLM_GATE_OPEN;
        b.cl.nodir = nodir;
        EXPECT_EQ(dlm_directory_toss(&b.cl, &b.res), DLM_TOSS_KEEP);
        b.res.state = 0;
        b.res.nr_off_queue = 1;
        EXPECT_EQ(dlm_directory_toss(&b.cl, &b.res), DLM_TOSS_KEEP);
        b.res.nr_off_queue = 0;
        b.res.master = 2;
        EXPECT_EQ(dlm_directory_toss(&b.cl, &b.res), nodir ? DLM_TOSS_FREE : DLM_TOSS_KEEP);
    }
}

/* ---- the master's side ---- */

struct Copy : Bench {
    Copy()
    {
        cl.gate = DLM_GATE_OPEN;
        res.master = 1;
        set_value("res");
        lock = &copy(2, DLM_QUEUE_GRANT, EX, IV, kVb);
        std::strcpy(lock->buffer, "copy");
        m.type = DLM_MSG_CONVERT;
        m.lkid = lock->lkb.remid;
        m.exflags = kVb;
        m.rqmode = NL;
    }
    void arrive(const char *bytes, size_t len)
    {
        dlm_master_operation(&cl, &lock->lkb, 2, &m, bytes, len);
    }
    Lock *lock;
    dlm_msg m{};
};

TEST(MasterValue, is_written_from_the_bytes_that_came)
{
    Copy c;
    c.arrive("newer", 6);
    EXPECT_EQ(c.value(), "newer");
    EXPECT_STREQ(c.lock->buffer, "newer");
}

TEST(MasterValue, not_written_without_bytes_without_VALBLK_or_without_a_place)
{
    Copy none;
    none.arrive("newer", 0);
    EXPECT_EQ(none.value(), "res");
    Copy null;
    null.arrive(nullptr, 6);
    EXPECT_EQ(null.value(), "res");
    Copy unasked;
    unasked.m.exflags = 0;
    unasked.arrive("newer", 6);
    EXPECT_EQ(unasked.value(), "res");
    EXPECT_STREQ(unasked.lock->buffer, "copy");
    Copy bare;
    bare.lock->lkb.lvb = nullptr;
    bare.arrive("newer", 6);
    EXPECT_EQ(bare.value(), "res");
}

TEST(MasterChecks, a_user_lock_s_message_is_for_a_user_lock)
{
    for (const bool user : {false, true}) {
        Copy c;
        c.m.flags = DLM_IFL_USER;
        c.lock->lkb.flags = user ? DLM_IFL_USER : 0;
        c.arrive("newer", 6);
        EXPECT_EQ(c.value(), user ? "newer" : "res");
        EXPECT_EQ(c.cl.nr_dropped, user ? 0u : 1u);
    }
}

}  // namespace
}  // namespace dlm::test
