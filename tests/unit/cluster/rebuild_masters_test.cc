// SPDX-License-Identifier: GPL-2.0-or-later
// Recovery of one resource: who is gone, and who masters it now (wire spec 8.4 step 9,
// 8.6.1, 8.9).
#include "bench.hh"
extern "C" {
#include "cluster/directory.h"
}

namespace dlm::test {
namespace {

/* ---- PREPARE ---- */

TEST(Prepare, inactive_is_dropped_active_gets_its_directory_node)
{
    Bench b(3);
    b.res.state = 0;
    EXPECT_FALSE(dlm_rebuild_prepare(&b.cl, &b.res));
    b.res.state = DLM_RES_ACTIVE;
    b.res.dir = 0;
    b.res.recover_id = 9;
    EXPECT_TRUE(dlm_rebuild_prepare(&b.cl, &b.res));
    EXPECT_EQ(b.res.dir, 3);
    EXPECT_EQ(b.res.recover_id, 0u);
}

TEST(Prepare, marks_of_an_older_round_go)
{
    Bench b;
    for (const dlm_queue queue : {G, C, W})
        b.copy(2, queue, NL, PR).lkb.state |= DLM_LKB_REBUILT;
    dlm_rebuild_prepare(&b.cl, &b.res);
    for (const auto &lock : b.locks)
        EXPECT_FALSE(lock->lkb.state & DLM_LKB_REBUILT);
}

TEST(Prepare, a_remote_master_is_forgotten_only_where_nothing_relies_on_it)
{
    auto master_after = [](int master, bool lock, u32 asked) {
        Bench b;
        b.res.master = master;
        if (lock)
            b.own(G, NL);
        b.res.nr_asked = asked;
        dlm_rebuild_prepare(&b.cl, &b.res);
        return b.res.master;
    };
    EXPECT_EQ(master_after(2, false, 0), 0);
    EXPECT_EQ(master_after(2, true, 0), 2);
    EXPECT_EQ(master_after(2, false, 1), 2);
    EXPECT_EQ(master_after(1, false, 0), 1);
}

/* ---- a master named in a round that was interrupted ---- */

// This node keeps the directory and has a lock; 2 was named by an older round.
struct Named : Bench {
    Named() : Bench(1)
    {
        res.master = 2;
        res.state |= DLM_RES_NEW_MASTER;
        gone(3);
        own(G, PR);
        EXPECT_TRUE(dlm_rebuild_prepare(&cl, &res));
    }
};

TEST(Named, that_lists_the_name_keeps_it)
{
    Named b;
    EXPECT_EQ(dlm_directory_learn(&b.cl, &b.res, 2), 0);
    EXPECT_EQ(b.masters(), 0);
    EXPECT_EQ(b.res.master, 2);
    EXPECT_TRUE(b.res.state & DLM_RES_NEW_MASTER);
    EXPECT_EQ(b.send_locks(), 0);
    EXPECT_EQ(b.nr_sent, 1u);
}

TEST(Named, that_does_not_list_it_is_no_master)
{
    // It has no record, and would send the lock back for ever.
    Named b;
    EXPECT_EQ(b.masters(), 0);
    EXPECT_EQ(b.res.master, 1);
    EXPECT_TRUE(b.res.state & DLM_RES_BECAME_MASTER);
    EXPECT_FALSE(b.res.state & DLM_RES_UNPROVEN);
    EXPECT_EQ(b.send_locks(), 0);
    EXPECT_EQ(b.nr_sent, 0u);
}

TEST(Named, that_does_not_list_it_gives_way_to_who_asks)
{
    for (const int asker : {2, 4}) {
        Named b;
        dlm_rcom rc{};
        b.set_members({1, 2, 4});
        dlm_rebuild_lookup(&b.cl, &b.res, asker, &rc);
        EXPECT_EQ(b.sent.back().rc.result, asker);
        EXPECT_FALSE(b.res.state & DLM_RES_UNPROVEN);
        EXPECT_EQ(b.masters(), 0);
        EXPECT_EQ(b.res.master, asker);
        EXPECT_TRUE(b.res.state & DLM_RES_NEW_MASTER);
    }
}

TEST(Named, is_left_to_the_directory_node)
{
    Bench b(2);
    b.res.master = 3;
    b.res.state |= DLM_RES_NEW_MASTER;
    b.gone(4);
    b.own(G, PR);
    dlm_rebuild_prepare(&b.cl, &b.res);
    EXPECT_EQ(b.masters(), 0);
    EXPECT_EQ(b.res.master, 3);
    EXPECT_EQ(b.nr_sent, 1u);
}

TEST(Named, one_that_has_the_locks_is_not_doubted)
{
    Bench b(1);
    b.res.master = 2;
    b.gone(3);
    b.own(G, PR);
    dlm_rebuild_prepare(&b.cl, &b.res);
    dlm_rcom rc{};
    dlm_rebuild_lookup(&b.cl, &b.res, 4, &rc);
    EXPECT_EQ(b.sent.back().rc.result, 2);
    EXPECT_EQ(b.masters(), 0);
    EXPECT_EQ(b.res.master, 2);
}

/* ---- a master that this node, the directory node, has asked before ---- */

struct AskedBefore : Bench {
    explicit AskedBefore(bool ours, bool has_lock = false) : Bench(1)
    {
        res.master = 2;
        res.nr_asked = 1;
        if (has_lock)
            own(G, PR);
        dlm_view_member(cl.view, 2)->features = ours;
        gone(4);
        EXPECT_TRUE(dlm_rebuild_prepare(&cl, &res));
    }
    int named_to(int asker)
    {
        dlm_rcom rc{};
        dlm_rebuild_lookup(&cl, &res, asker, &rc);
        EXPECT_EQ(sent.back().rc.result, res.master);
        return res.master;
    }
};

TEST(AskedBefore, one_of_ours_is_not_named_to_another)
{
    // It takes no mastership from a request that it has saved, and would not know the locks.
    AskedBefore b(true);
    EXPECT_EQ(b.named_to(3), 3);
}

TEST(AskedBefore, the_other_kind_may_take_mastership_yet)
{
    AskedBefore b(false);
    EXPECT_EQ(b.named_to(3), 2);
}

TEST(AskedBefore, locks_that_are_ending_there_stay_there)
{
    AskedBefore b(true, true);
    EXPECT_EQ(b.named_to(3), 2);
    EXPECT_FALSE(b.res.state & DLM_RES_NEW_MASTER);
}

TEST(AskedBefore, one_that_has_listed_the_name_is_named)
{
    AskedBefore b(true);
    EXPECT_EQ(dlm_directory_learn(&b.cl, &b.res, 2), 0);
    EXPECT_EQ(b.named_to(3), 2);
}

TEST(AskedBefore, one_that_asks_is_master_for_good)
{
    AskedBefore b(false);
    EXPECT_EQ(b.named_to(2), 2);
    EXPECT_FALSE(b.res.state & DLM_RES_UNPROVEN);
}

/* ---- MASTERS ---- */

TEST(Masters, nobody_gone_nothing_to_do)
{
    Bench b;
    b.res.master = 2;
    b.res.state |= DLM_RES_NEW_MASTER;
    b.gone(2);
    b.cl.recover.neg = false;
    EXPECT_EQ(b.masters(), 0);
    EXPECT_EQ(b.res.master, 2);
    EXPECT_EQ(b.nr_sent, 0u);
}

TEST(Masters, copies_of_the_gone_go_and_no_others)
{
    Bench b;
    b.res.master = 1;
    b.gone(2);
    std::vector<Bench::Lock *> go, stay;
    for (const dlm_queue queue : {G, C, W}) {
        go.push_back(&b.copy(2, queue, NL, EX));
        stay.push_back(&b.copy(3, queue, NL, EX));
        stay.push_back(&b.own(queue, NL, EX));
        // The node asked last is remembered in own locks too.
        stay.back()->lkb.holder = 2;
    }
    EXPECT_EQ(b.masters(), 0);
    for (const Bench::Lock *lock : go) {
        EXPECT_TRUE(b.is_gone(*lock));
        EXPECT_EQ(lock->lkb.queue, DLM_QUEUE_NONE);
    }
    for (const Bench::Lock *lock : stay)
        EXPECT_FALSE(b.is_gone(*lock));
    EXPECT_TRUE(b.res.state & DLM_RES_TRY_GRANT);
    EXPECT_EQ(b.res.master, 1);
    EXPECT_FALSE(b.res.state & DLM_RES_NEW_MASTER);
    EXPECT_EQ(b.nr_sent, 0u);
}

TEST(Masters, nothing_dropped_no_pass)
{
    Bench b;
    b.res.master = 1;
    b.gone(2);
    b.copy(3, G, EX, IV, kVb);
    b.masters();
    EXPECT_FALSE(b.res.state & (DLM_RES_TRY_GRANT | DLM_RES_LVB_LOST));
}

TEST(Masters, the_value_is_lost_with_a_lock_that_could_write_it)
{
    for (int mode = NL; mode <= EX; mode++) {
        for (const u32 flags : {0u, kVb}) {
            for (const bool nodir : {false, true}) {
                Bench b;
                b.cl.nodir = nodir;
                b.res.master = 1;
                b.gone(2);
                b.copy(2, G, mode, IV, flags);
                b.masters();
                EXPECT_EQ((b.res.state & DLM_RES_LVB_LOST) != 0, flags && mode >= PW)
                    << mode << flags << nodir;
            }
        }
    }
}

TEST(Masters, a_living_writer_loses_nothing_without_directory)
{
    Bench b;
    b.cl.nodir = true;
    b.res.master = 1;
    b.gone(2);
    b.copy(3, G, EX, IV, kVb);
    b.masters();
    EXPECT_FALSE(b.res.state & DLM_RES_LVB_LOST);
}

TEST(Masters, the_directory_node_takes_over)
{
    Bench b(1);
    b.res.master = 2;
    b.res.told = EX;
    b.gone(2);
    Bench::Lock &own = b.own(C, PR, EX);
    Bench::Lock &copy = b.copy(3, G, PR);
    for (Bench::Lock *lock : {&own, &copy}) {
        lock->lkb.remid = 77;
        lock->lkb.high_bast = PW;
    }
    EXPECT_EQ(b.masters(), 0);
    EXPECT_EQ(b.res.master, 1);
    EXPECT_TRUE(b.res.state & DLM_RES_NEW_MASTER);
    EXPECT_TRUE(b.res.state & DLM_RES_BECAME_MASTER);
    EXPECT_EQ(own.lkb.remid, 0u) << "the counterpart died";
    EXPECT_EQ(own.lkb.high_bast, NL) << "and with it whom it had told";
    EXPECT_EQ(copy.lkb.remid, 77u);
    EXPECT_EQ(copy.lkb.high_bast, PW);
    EXPECT_EQ(b.res.told, NL);
    EXPECT_EQ(b.nr_sent, 0u);
}

TEST(Masters, another_directory_node_is_asked)
{
    Bench b(3);
    b.res.master = 2;
    b.gone(2);
    b.own(G, PR);
    EXPECT_EQ(b.masters(12), 0);
    EXPECT_EQ(b.nr_sent, 1u);
    EXPECT_EQ(b.res.recover_id, 12u);
    EXPECT_EQ(b.res.master, 2) << "until the answer comes";
    ASSERT_EQ(b.sent.size(), 1u);
    EXPECT_EQ(b.sent[0].to, 3);
    EXPECT_EQ(b.sent[0].rc.type, u32(DLM_RCOM_LOOKUP));
    EXPECT_EQ(b.sent[0].rc.id, 12u);
    EXPECT_EQ(b.sent[0].rc.seq, 5u);
    EXPECT_EQ(std::string(b.sent[0].payload.begin(), b.sent[0].payload.end()), "name");
}

TEST(Masters, no_memory_for_the_question_and_nothing_is_lost)
{
    Bench b(3);
    b.res.master = 2;
    b.gone(2);
    b.own(G, PR);
    b.fail_sends = 1;
    EXPECT_EQ(b.masters(), -ENOMEM);
    EXPECT_EQ(b.nr_sent, 0u);
    EXPECT_EQ(b.res.recover_id, 0u);
    EXPECT_EQ(b.masters(), 0);
    EXPECT_EQ(b.nr_sent, 1u);
}

TEST(Masters, a_living_master_is_left_alone)
{
    for (const int dir : {1, 3}) {
        Bench b(dir);
        b.res.master = 3;
        b.gone(2);
        b.own(G, PR).lkb.remid = 77;
        b.masters();
        EXPECT_EQ(b.nr_sent, 0u);
        EXPECT_EQ(b.res.master, 3);
        EXPECT_EQ(b.locks.front()->lkb.remid, 77u);
        EXPECT_FALSE(b.res.state & DLM_RES_NEW_MASTER);
    }
}

TEST(Masters, who_became_master_in_an_interrupted_round_is_it)
{
    for (const int dir : {1, 3}) {
        Bench b(dir);
        b.res.master = 1;
        b.res.state |= DLM_RES_NEW_MASTER | DLM_RES_BECAME_MASTER;
        b.gone(2);
        b.own(G, PR).lkb.high_bast = EX;
        EXPECT_EQ(b.masters(), 0);
        EXPECT_EQ(b.nr_sent, 0u);
        EXPECT_EQ(b.res.master, 1);
        EXPECT_EQ(b.locks.front()->lkb.high_bast, EX);
    }
}

TEST(Masters, no_master_nothing_to_ask)
{
    Bench b(3);
    b.gone(2);
    b.masters();
    EXPECT_EQ(b.nr_sent, 0u);
    EXPECT_EQ(b.res.master, 0);
}

TEST(Masters, a_mark_of_an_interrupted_round_counts_like_a_death)
{
    Bench asks(3);
    asks.res.master = 2;
    asks.res.state |= DLM_RES_NEW_MASTER;
    asks.gone(3);
    asks.masters();
    EXPECT_EQ(asks.nr_sent, 1u);

    Bench knows(1);
    knows.res.master = 2;
    knows.res.state |= DLM_RES_NEW_MASTER | DLM_RES_BECAME_MASTER;
    knows.gone(3);
    knows.own(G, PR).lkb.remid = 77;
    knows.masters();
    EXPECT_EQ(knows.res.master, 2);
    EXPECT_EQ(knows.locks.front()->lkb.remid, 0u);
    EXPECT_FALSE(knows.res.state & DLM_RES_BECAME_MASTER);
}

TEST(Masters, without_directory_all_copies_go_but_those_of_this_round)
{
    Bench b(1);
    b.cl.nodir = true;
    b.cl.recover.neg = true;
    b.res.master = 1;
    b.set_value("kept");
    b.res.lvbseq = 4;
    std::vector<Bench::Lock *> old, fresh;
    for (const dlm_queue queue : {G, C, W}) {
        old.push_back(&b.copy(3, queue, NL, EX));
        fresh.push_back(&b.copy(3, queue, NL, EX));
        fresh.back()->lkb.state |= DLM_LKB_REBUILT;
    }
    Bench::Lock &own = b.own(G, NL);
    b.masters();
    for (const Bench::Lock *lock : old)
        EXPECT_TRUE(b.is_gone(*lock));
    for (const Bench::Lock *lock : fresh)
        EXPECT_FALSE(b.is_gone(*lock));
    EXPECT_FALSE(b.is_gone(own));
    EXPECT_TRUE(b.res.state & DLM_RES_TRY_GRANT);
    EXPECT_TRUE(b.res.state & DLM_RES_NEW_MASTER);
    EXPECT_FALSE(b.res.state & DLM_RES_BECAME_MASTER) << "it was the master before";
}

TEST(Masters, without_directory_the_value_stays_though_all_locks_leave)
{
    Bench b(1);
    b.cl.nodir = true;
    b.cl.recover.neg = true;
    b.res.master = 1;
    b.set_value("kept", DLM_RES_LVB_EXISTS | DLM_RES_LVB_INVALID);
    b.res.lvbseq = 4;
    b.copy(3, G, NL);
    b.masters();
    EXPECT_EQ(b.res.nr_locks, 0u);
    EXPECT_EQ(b.value(), "kept");
    EXPECT_EQ(b.res.lvbseq, 4u);
    EXPECT_TRUE(b.res.state & DLM_RES_LVB_EXISTS);
    EXPECT_TRUE(b.res.state & DLM_RES_LVB_INVALID);
}

TEST(Masters, without_directory_the_hash_names_the_master)
{
    Bench b(3);
    b.cl.nodir = true;
    b.cl.recover.neg = true;
    b.res.master = 2;
    b.own(G, PR);
    EXPECT_EQ(b.masters(), 0);
    EXPECT_EQ(b.res.master, 3);
    EXPECT_TRUE(b.sent.empty());

    Bench becomes(1);
    becomes.cl.nodir = true;
    becomes.cl.recover.neg = true;
    becomes.res.master = 2;
    becomes.masters();
    EXPECT_TRUE(becomes.res.state & DLM_RES_BECAME_MASTER);
}

/* ---- LOOKUP and its answer ---- */

TEST(RecoveryLookup, the_first_asker_becomes_master)
{
    Bench b(1);
    dlm_rcom rc{};
    rc.id = 31;
    rc.seq = 8;
    dlm_rebuild_lookup(&b.cl, &b.res, 2, &rc);
    EXPECT_EQ(b.res.master, 2);
    EXPECT_FALSE(b.res.state & DLM_RES_NEW_MASTER);
    dlm_rebuild_lookup(&b.cl, &b.res, 3, &rc);
    EXPECT_EQ(b.res.master, 2);
    ASSERT_EQ(b.sent.size(), 2u);
    EXPECT_EQ(b.sent[0].to, 2);
    EXPECT_EQ(b.sent[0].rc.type, u32(DLM_RCOM_LOOKUP_REPLY));
    EXPECT_EQ(b.sent[0].rc.result, 2);
    EXPECT_EQ(b.sent[0].rc.id, 31u);
    EXPECT_EQ(b.sent[0].rc.seq, 5u);
    EXPECT_EQ(b.sent[0].rc.seq_reply, 8u);
    EXPECT_EQ(b.sent[1].to, 3);
    EXPECT_EQ(b.sent[1].rc.result, 2);
}

TEST(RecoveryLookup, a_gone_master_is_replaced_and_own_locks_go_there)
{
    Bench b(1);
    dlm_rcom rc{};
    b.res.master = 3;
    b.gone(3);
    b.own(G, PR).lkb.remid = 77;
    dlm_rebuild_lookup(&b.cl, &b.res, 2, &rc);
    EXPECT_EQ(b.res.master, 2);
    EXPECT_TRUE(b.res.state & DLM_RES_NEW_MASTER);
    EXPECT_EQ(b.locks.front()->lkb.remid, 0u);
    dlm_rebuild_lookup_refuse(&b.cl, 2, &rc);
    EXPECT_EQ(b.sent.back().rc.result, -EINVAL);
}

TEST(RecoveryLookup, the_answer_is_the_new_master)
{
    Bench b(3);
    dlm_rcom rc{};
    b.res.master = 2;
    b.res.recover_id = 7;
    rc.result = 3;
    dlm_rebuild_lookup_reply(&b.cl, &b.res, &rc);
    EXPECT_EQ(b.res.master, 3);
    EXPECT_EQ(b.res.recover_id, 0u);
    EXPECT_TRUE(b.res.state & DLM_RES_NEW_MASTER);
    EXPECT_FALSE(b.res.state & DLM_RES_BECAME_MASTER);
    EXPECT_EQ(b.failures, 0);
    rc.result = 1;
    dlm_rebuild_lookup_reply(&b.cl, &b.res, &rc);
    EXPECT_TRUE(b.res.state & DLM_RES_BECAME_MASTER);
}

TEST(RecoveryLookup, an_answer_that_names_nobody_ends_the_round)
{
    const std::pair<int, int> kAnswers[] = {{-EINVAL, -EINVAL}, {0, -EPROTO}, {9, -EPROTO}};
    for (const auto &[result, error] : kAnswers) {
        Bench b(3);
        dlm_rcom rc{};
        b.cl.recover.state = DLM_RECOVER_MASTERS;
        b.res.master = 2;
        rc.result = result;
        dlm_rebuild_lookup_reply(&b.cl, &b.res, &rc);
        EXPECT_EQ(b.failures, 1);
        EXPECT_EQ(b.cl.recover.error, error);
        EXPECT_EQ(b.res.master, 2);
    }
}

}  // namespace
}  // namespace dlm::test
