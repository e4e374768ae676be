// SPDX-License-Identifier: GPL-2.0-or-later
// Recovery of one resource: value, modes and grants at the end (wire spec 8.6.3, 8.6.4;
// lock-semantics 12.9).
#include "bench.hh"

namespace dlm::test {
namespace {

/* ---- FINISH ---- */

TEST(Finish, elsewhere_the_marks_go)
{
    Bench b;
    b.res.master = 2;
    b.res.state |= DLM_RES_LVB_INVALID | DLM_RES_NEW_MASTER | DLM_RES_BECAME_MASTER |
                   DLM_RES_LVB_LOST | DLM_RES_RESOLVE | DLM_RES_TRY_GRANT;
    dlm_rebuild_finish(&b.cl, &b.res);
    EXPECT_EQ(b.res.state, DLM_RES_ACTIVE);
}

TEST(Finish, a_lost_writer_makes_the_value_invalid)
{
    Bench b;
    b.res.master = 1;
    b.set_value("old");
    dlm_rebuild_finish(&b.cl, &b.res);
    EXPECT_FALSE(b.res.state & DLM_RES_LVB_INVALID);
    b.res.state |= DLM_RES_LVB_LOST;
    b.copy(2, G, NL).lkb.state |= DLM_LKB_REBUILT;
    dlm_rebuild_finish(&b.cl, &b.res);
    EXPECT_EQ(b.value(), "old");
    EXPECT_EQ(b.res.state, DLM_RES_ACTIVE | DLM_RES_LVB_EXISTS | DLM_RES_LVB_INVALID);
    EXPECT_FALSE(b.locks.front()->lkb.state & DLM_LKB_REBUILT);
}

// A resource that this node has become master of.
struct Became : Bench {
    Became()
    {
        res.master = 1;
        res.state |= DLM_RES_BECAME_MASTER;
    }
    Lock &with_value(Lock &lock, const char *text, u32 seq = 0)
    {
        std::strcpy(lock.buffer, text);
        lock.lkb.lvbseq = seq;
        return lock;
    }
    void finish() { dlm_rebuild_finish(&cl, &res); }
    bool invalid() const { return res.state & DLM_RES_LVB_INVALID; }
    bool exists() const { return res.state & DLM_RES_LVB_EXISTS; }
};

TEST(FinishValue, of_a_lock_above_CR_is_the_value)
{
    for (const dlm_queue queue : {G, C}) {
        for (int mode = NL; mode <= EX; mode++) {
            Became b;
            // Invalid before: the mark goes with the old master.
            b.res.state |= DLM_RES_LVB_INVALID;
            b.with_value(b.copy(2, queue, mode, queue == C ? EX : IV, kVb), "mine", 3);
            b.finish();
            EXPECT_EQ(b.value(), "mine");
            EXPECT_EQ(b.res.lvbseq, 3u);
            EXPECT_TRUE(b.exists());
            EXPECT_EQ(b.invalid(), mode <= CR) << mode;
        }
    }
}

TEST(FinishValue, a_granted_one_counts_before_a_converting_one)
{
    Became b;
    b.with_value(b.copy(2, C, CW, EX, kVb), "conv", 9);
    b.with_value(b.copy(3, G, CW, IV, kVb), "grant", 3);
    b.finish();
    EXPECT_EQ(b.value(), "grant");
    EXPECT_FALSE(b.invalid());
}

TEST(FinishValue, without_VALBLK_or_buffer_a_lock_does_not_count)
{
    Became b;
    b.with_value(b.copy(2, G, CW), "none", 9);
    Bench::Lock &bare = b.copy(2, G, CW, IV, kVb);
    bare.lkb.lvb = nullptr;
    b.finish();
    EXPECT_FALSE(b.exists());
    EXPECT_TRUE(b.invalid()) << "12.9-b: nobody kept it";
}

TEST(FinishValue, the_newest_of_NL_and_CR)
{
    Became b;
    b.with_value(b.copy(2, G, NL, IV, kVb), "a", 0xfffffffe);
    b.with_value(b.copy(3, G, CR, IV, kVb), "b", 2);
    b.with_value(b.copy(2, G, CR, IV, kVb), "c", 2);
    b.with_value(b.copy(3, C, CR, EX, kVb), "d", 1);
    b.with_value(b.copy(3, G, CR), "e", 7);
    b.finish();
    EXPECT_EQ(b.value(), "c") << "the sequence goes round, and the last of equal ones counts";
    EXPECT_TRUE(b.invalid());
    EXPECT_TRUE(b.exists());

    Became k;
    k.with_value(k.copy(2, G, CR, IV, kVb), "a", 4);
    k.with_value(k.copy(3, C, CR, EX, kVb), "d", 5);
    k.finish();
    EXPECT_EQ(k.value(), "d");
}

TEST(FinishValue, what_an_own_lock_read_as_invalid_stays_so)
{
    for (const bool read : {false, true}) {
        Became b;
        Bench::Lock &own = b.with_value(b.own(G, PR, IV, kVb), "mine");
        if (read)
            own.lkb.sb_flags = DLM_SBF_VALNOTVALID;
        b.finish();
        EXPECT_EQ(b.value(), "mine");
        EXPECT_EQ(b.invalid(), read);
    }
    // Another node's lock is only known by what it sent.
    Became b;
    b.with_value(b.copy(2, G, PR, IV, kVb), "mine").lkb.sb_flags = DLM_SBF_VALNOTVALID;
    b.finish();
    EXPECT_FALSE(b.invalid());
    Became k;
    k.own(G, NL).lkb.sb_flags = DLM_SBF_VALNOTVALID;
    k.with_value(k.copy(2, G, PR, IV, kVb), "mine");
    k.finish();
    EXPECT_FALSE(k.invalid()) << "without VALBLK it read nothing";
}

TEST(FinishValue, no_values_in_the_lockspace_or_no_memory_for_one)
{
    Became none;
    none.cl.lvblen = 0;
    none.finish();
    EXPECT_FALSE(none.invalid());
    Became b;
    b.res.lvb = nullptr;
    b.with_value(b.copy(2, G, PR, IV, kVb), "mine");
    b.finish();
    EXPECT_FALSE(b.exists());
}

TEST(FinishQueues, who_waits_gets_a_pass_from_a_new_master)
{
    for (const dlm_queue queue : {G, C, W}) {
        Became b;
        b.copy(2, queue, NL, queue == G ? IV : EX);
        b.finish();
        EXPECT_EQ((b.res.state & DLM_RES_TRY_GRANT) != 0, queue != G);
        EXPECT_FALSE(b.res.state & DLM_RES_BECAME_MASTER);
    }
    Bench old;
    old.res.master = 1;
    old.copy(2, W, IV, EX);
    dlm_rebuild_finish(&old.cl, &old.res);
    EXPECT_FALSE(old.res.state & DLM_RES_TRY_GRANT) << "the master stayed: order and grants too";
}

TEST(FinishQueues, middle_conversions_hold_what_the_granted_hold)
{
    struct Row {
        int granted, wants, holds;
    } rows[] = {
        {PR, CW, PR}, {PR, PR, PR}, {CW, PR, CW}, {CW, CW, CW},
        {NL, CW, CW}, {NL, PR, PR}, {CR, PR, PR},
    };
    for (const Row &row : rows) {
        Bench b;
        b.res.master = 1;
        b.res.state |= DLM_RES_RESOLVE;
        b.copy(2, G, NL);
        b.copy(2, G, row.granted);
        Bench::Lock &converts = b.copy(3, C, IV, row.wants);
        Bench::Lock &other = b.copy(3, C, CR, EX);
        dlm_rebuild_finish(&b.cl, &b.res);
        EXPECT_EQ(converts.lkb.granted_mode, row.holds) << row.granted << row.wants;
        EXPECT_EQ(other.lkb.granted_mode, CR);
        EXPECT_TRUE(b.res.state & DLM_RES_TRY_GRANT);
        EXPECT_FALSE(b.res.state & DLM_RES_RESOLVE);
        EXPECT_TRUE(dlm_engine_consistent(&b.res));
    }
}

TEST(FinishQueues, unresolved_only_where_the_mark_says_so)
{
    Bench b;
    b.res.master = 1;
    Bench::Lock &converts = b.copy(3, C, IV, PR);
    dlm_rebuild_finish(&b.cl, &b.res);
    EXPECT_EQ(converts.lkb.granted_mode, IV);
}

/* ---- GRANT ---- */

TEST(GrantVisit, what_is_grantable_is_granted_once)
{
    Bench b;
    b.cl.gate = DLM_GATE_OPEN;
    b.res.master = 1;
    b.res.state |= DLM_RES_TRY_GRANT;
    Bench::Lock &waits = b.copy(2, W, IV, PR);
    dlm_rebuild_grant(&b.cl, &b.res);
    EXPECT_EQ(waits.lkb.queue, G);
    EXPECT_FALSE(b.res.state & DLM_RES_TRY_GRANT);
    ASSERT_EQ(b.messages.size(), 1u);
    EXPECT_EQ(b.messages[0].type, u32(DLM_MSG_GRANT));
}

TEST(GrantVisit, order_of_conversions_is_lost)
{
    Bench b;
    b.cl.gate = DLM_GATE_OPEN;
    b.res.master = 1;
    b.res.state |= DLM_RES_TRY_GRANT;
    b.copy(2, G, CR);
    Bench::Lock &first = b.copy(2, C, NL, EX);
    Bench::Lock &second = b.copy(3, C, NL, PR);
    dlm_rebuild_grant(&b.cl, &b.res);
    EXPECT_EQ(first.lkb.queue, C);
    EXPECT_EQ(second.lkb.queue, G) << "it need not wait behind one that came by chance before it";
}

TEST(GrantVisit, no_mark_no_pass_and_none_elsewhere)
{
    Bench b;
    b.cl.gate = DLM_GATE_OPEN;
    b.res.master = 1;
    Bench::Lock &waits = b.copy(2, W, IV, PR);
    dlm_rebuild_grant(&b.cl, &b.res);
    EXPECT_EQ(waits.lkb.queue, W);
    b.res.master = 2;
    b.res.state |= DLM_RES_TRY_GRANT;
    dlm_rebuild_grant(&b.cl, &b.res);
    EXPECT_EQ(waits.lkb.queue, W);
}

TEST(GrantVisit, those_on_the_lookup_list_go_on)
{
    for (const int master : {1, 2}) {
        Bench b;
        b.cl.gate = DLM_GATE_OPEN;
        b.res.master = master;
        b.res.first = 4711;
        Bench::Lock &listed = b.own(DLM_QUEUE_NONE, IV, PR);
        dlm_op op{};
        op.ast = [](void *) {};
        listed.lkb.op = &op;
        listed.lkb.state |= DLM_LKB_LOOKUP_LISTED | DLM_LKB_OFF_QUEUE;
        b.res.nr_off_queue = 1;
        list_add_tail(&listed.lkb.queue_link, &b.res.lookup_list);
        dlm_rebuild_grant(&b.cl, &b.res);
        EXPECT_EQ(listed.lkb.queue, master == 1 ? G : DLM_QUEUE_NONE);
        EXPECT_EQ(list_empty(&b.res.lookup_list), master == 1);
    }
}

TEST(GrantVisit, a_resource_without_locks_is_idle)
{
    for (const int master : {1, 2}) {
        Bench b;
        b.cl.gate = DLM_GATE_OPEN;
        b.res.master = master;
        dlm_rebuild_grant(&b.cl, &b.res);
        EXPECT_EQ(b.idle, 1);
        EXPECT_FALSE(b.res.state & DLM_RES_ACTIVE);
    }
}

}  // namespace
}  // namespace dlm::test
