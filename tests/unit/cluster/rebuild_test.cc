// SPDX-License-Identifier: GPL-2.0-or-later
// What recovery does to one resource, step by step: wire spec 8.4 step 9, 8.6, 8.9,
// 7.8; lock-semantics 12.9.
#include "bench.hh"

namespace dlm::test {
namespace {

constexpr u32 kVb = DLM_LKF_VALBLK;
constexpr dlm_queue G = DLM_QUEUE_GRANT;
constexpr dlm_queue C = DLM_QUEUE_CONVERT;
constexpr dlm_queue W = DLM_QUEUE_WAIT;
constexpr int NL = DLM_LOCK_NL, CR = DLM_LOCK_CR, CW = DLM_LOCK_CW, PR = DLM_LOCK_PR,
              PW = DLM_LOCK_PW, EX = DLM_LOCK_EX, IV = DLM_LOCK_IV;

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

/* ---- LOCKS ---- */

dlm_rcom_lock lock_of(const SentRcom &sent)
{
    dlm_rcom_lock rl{};
    EXPECT_GE(sent.payload.size(), size_t(DLM_WIRE_RCOM_LOCK_SIZE));
    dlm_wire_get_rcom_lock(&rl, sent.payload.data());
    return rl;
}

TEST(SendLocks, own_locks_go_to_the_new_master_as_they_are)
{
    Bench b(3);
    b.res.master = 2;
    b.res.state |= DLM_RES_NEW_MASTER;
    Bench::Lock &granted = b.own(G, PR, IV, kVb);
    Bench::Lock &converts = b.own(C, CR, PW);
    Bench::Lock &waits = b.own(W, IV, EX);
    b.copy(3, G, NL);
    granted.lkb.state |= DLM_LKB_WANT_BAST;
    granted.lkb.lvbseq = 6;
    granted.lkb.ownpid = 11;
    granted.lkb.flags = DLM_IFL_USER;
    std::strcpy(granted.buffer, "bytes");
    converts.lkb.lvb = nullptr;
    converts.lkb.wait_type = DLM_WAIT_CONVERT;
    EXPECT_EQ(b.send_locks(), 0);
    EXPECT_EQ(b.nr_sent, 3u);
    ASSERT_EQ(b.sent.size(), 3u);

    const dlm_rcom_lock first = lock_of(b.sent[0]);
    EXPECT_EQ(b.sent[0].to, 2);
    EXPECT_EQ(b.sent[0].rc.type, u32(DLM_RCOM_LOCK));
    EXPECT_EQ(b.sent[0].rc.id, granted.lkb.id);
    EXPECT_EQ(b.sent[0].rc.seq, 5u);
    EXPECT_EQ(first.lkid, granted.lkb.id);
    EXPECT_EQ(first.ownpid, 11u);
    EXPECT_EQ(first.exflags, kVb);
    EXPECT_EQ(first.flags, u32(DLM_IFL_USER));
    EXPECT_EQ(first.lvbseq, 6u);
    EXPECT_EQ(first.grmode, PR);
    EXPECT_EQ(first.rqmode, IV);
    EXPECT_EQ(first.status, G);
    EXPECT_EQ(first.asts, 3);
    EXPECT_EQ(first.namelen, 4u);
    EXPECT_EQ(std::memcmp(first.name, "name", 4), 0);
    ASSERT_EQ(b.sent[0].payload.size(), DLM_WIRE_RCOM_LOCK_SIZE + kBenchLvblen);
    EXPECT_STREQ(reinterpret_cast<char *>(b.sent[0].payload.data() + DLM_WIRE_RCOM_LOCK_SIZE),
                 "bytes");

    const dlm_rcom_lock second = lock_of(b.sent[1]);
    EXPECT_EQ(second.status, C);
    EXPECT_EQ(second.grmode, CR);
    EXPECT_EQ(second.rqmode, PW);
    EXPECT_EQ(second.asts, 1);
    EXPECT_EQ(second.wait_type, 0) << "never the operation in flight (8.6.4)";
    EXPECT_EQ(b.sent[1].payload.size(), size_t(DLM_WIRE_RCOM_LOCK_SIZE)) << "there is no buffer";
    EXPECT_EQ(lock_of(b.sent[2]).status, W);
    EXPECT_EQ(lock_of(b.sent[2]).lkid, waits.lkb.id);
    EXPECT_TRUE(b.res.state & DLM_RES_NEW_MASTER) << "until the round is through";
}

TEST(SendLocks, a_long_value_goes_too)
{
    Bench b(3);
    char buffer[200] = "long";
    b.cl.lvblen = sizeof(buffer);
    b.res.master = 2;
    b.res.state |= DLM_RES_NEW_MASTER;
    b.own(G, PR).lkb.lvb = buffer;
    EXPECT_EQ(b.send_locks(), 0);
    ASSERT_EQ(b.sent[0].payload.size(), DLM_WIRE_RCOM_LOCK_SIZE + sizeof(buffer));
    EXPECT_STREQ(reinterpret_cast<char *>(b.sent[0].payload.data() + DLM_WIRE_RCOM_LOCK_SIZE),
                 "long");
    b.cl.lvblen = 0;
    EXPECT_EQ(b.send_locks(), 0);
    EXPECT_EQ(b.sent[1].payload.size(), size_t(DLM_WIRE_RCOM_LOCK_SIZE));
}

TEST(SendLocks, only_where_the_master_is_new_and_another)
{
    Bench b(3);
    b.res.master = 2;
    b.own(G, PR);
    EXPECT_EQ(b.send_locks(), 0);
    EXPECT_TRUE(b.sent.empty());
    b.res.master = 1;
    b.res.state |= DLM_RES_NEW_MASTER | DLM_RES_BECAME_MASTER;
    EXPECT_EQ(b.send_locks(), 0);
    EXPECT_TRUE(b.sent.empty());
    EXPECT_FALSE(b.res.state & DLM_RES_NEW_MASTER);
    EXPECT_TRUE(b.res.state & DLM_RES_BECAME_MASTER);
}

TEST(SendLocks, no_memory_ends_the_visit)
{
    Bench b(3);
    b.res.master = 2;
    b.res.state |= DLM_RES_NEW_MASTER;
    b.own(G, PR);
    b.own(G, PR);
    b.fail_sends = 1;
    EXPECT_EQ(b.send_locks(), -ENOMEM);
    EXPECT_EQ(b.nr_sent, 0u);
    EXPECT_TRUE(b.sent.empty());
}

TEST(SendLocks, again_sends_the_one)
{
    Bench b(3);
    b.res.master = 2;
    Bench::Lock &lock = b.own(G, PR);
    EXPECT_EQ(dlm_rebuild_lock_again(&b.cl, &lock.lkb), 0);
    ASSERT_EQ(b.sent.size(), 1u);
    EXPECT_EQ(lock_of(b.sent[0]).lkid, lock.lkb.id);
}

TEST(LockReply, by_result)
{
    struct Row {
        int result, returns;
        u32 remid;
    } rows[] = {
        {0, 0, 55},
        {-EEXIST, 0, 55},
        {-EBADR, -EAGAIN, 7},
        {-EINVAL, -EINVAL, 7},
        {-ENOMEM, -ENOMEM, 7},
        {3, -EPROTO, 7},
    };
    for (const Row &row : rows) {
        Bench b(3);
        dlm_in in{};
        b.res.master = 2;
        Bench::Lock &lock = b.own(G, PR);
        lock.lkb.remid = 7;
        in.lock.result = row.result;
        in.lock.remid = 55;
        EXPECT_EQ(dlm_rebuild_lock_reply(&b.cl, &lock.lkb, 2, &in), row.returns) << row.result;
        EXPECT_EQ(lock.lkb.remid, row.remid) << row.result;
        EXPECT_EQ(b.cl.nr_dropped, 0u);
    }
}

TEST(LockReply, from_another_or_for_a_copy_is_left)
{
    Bench b(3);
    dlm_in in{};
    b.res.master = 2;
    in.lock.remid = 55;
    Bench::Lock &own = b.own(G, PR);
    Bench::Lock &copy = b.copy(2, G, PR);
    EXPECT_EQ(dlm_rebuild_lock_reply(&b.cl, &own.lkb, 3, &in), 0);
    EXPECT_EQ(dlm_rebuild_lock_reply(&b.cl, &copy.lkb, 2, &in), 0);
    EXPECT_EQ(own.lkb.remid, 0u);
    EXPECT_NE(copy.lkb.remid, 55u);
    EXPECT_EQ(b.cl.nr_dropped, 2u);
}

/* ---- LOCK ---- */

struct Arrival : Bench {
    explicit Arrival(int dir = 1) : Bench(dir)
    {
        res.master = 1;
        in.lock.lkid = 900;
        in.lock.status = G;
        in.lock.grmode = PR;
        in.lock.rqmode = IV;
        in.rcom.id = 17;
        in.rcom.seq = 4;
        fresh = &own(DLM_QUEUE_NONE, IV);
        fresh->lkb.granted_mode = IV;
    }
    bool arrive(dlm_lkb *existing = nullptr, bool known = true)
    {
        return dlm_rebuild_lock(&cl, known ? &res : nullptr, existing, &fresh->lkb, 2, &in);
    }
    int result() { return lock_of(sent.back()).result; }

    dlm_in in{};
    Lock *fresh;
};

TEST(LockArrives, becomes_a_copy)
{
    Arrival a(3);
    a.res.state = 0;
    a.res.dir = 0;
    a.in.lock.ownpid = 12;
    a.in.lock.exflags = kVb;
    a.in.lock.flags = 0x10001;
    a.in.lock.lvbseq = 9;
    a.in.lock.asts = 2;
    a.in.lock.rqmode = EX;
    a.in.lvb = reinterpret_cast<const u8 *>("value");
    a.in.lvb_len = 6;
    EXPECT_TRUE(a.arrive());
    EXPECT_EQ(a.result(), 0);
    EXPECT_EQ(a.sent[0].to, 2);
    EXPECT_EQ(a.sent[0].rc.type, u32(DLM_RCOM_LOCK_REPLY));
    EXPECT_EQ(a.sent[0].rc.id, 17u);
    EXPECT_EQ(a.sent[0].rc.seq, 5u);
    EXPECT_EQ(a.sent[0].rc.seq_reply, 4u);
    EXPECT_EQ(lock_of(a.sent[0]).remid, a.fresh->lkb.id);
    EXPECT_EQ(lock_of(a.sent[0]).lkid, 900u);

    const dlm_lkb &lkb = a.fresh->lkb;
    EXPECT_EQ(lkb.state, DLM_LKB_MASTER_COPY | DLM_LKB_REBUILT | DLM_LKB_WANT_BAST);
    EXPECT_EQ(lkb.holder, 2);
    EXPECT_EQ(lkb.remid, 900u);
    EXPECT_EQ(lkb.ownpid, 12u);
    EXPECT_EQ(lkb.exflags, kVb);
    EXPECT_EQ(lkb.flags, 1);
    EXPECT_EQ(lkb.lvbseq, 9u);
    EXPECT_EQ(lkb.granted_mode, PR);
    EXPECT_EQ(lkb.requested_mode, IV) << "a granted lock asks for nothing";
    EXPECT_EQ(lkb.queue, G);
    EXPECT_STREQ(a.fresh->buffer, "value");
    EXPECT_TRUE(a.res.state & DLM_RES_ACTIVE);
    EXPECT_FALSE(a.res.state & DLM_RES_TRY_GRANT);
    EXPECT_EQ(a.res.dir, 3);
    EXPECT_EQ(dlm_rebuild_find_copy(&a.res, 2, 900), &a.fresh->lkb);
}

TEST(LockArrives, without_blocking_function_or_value)
{
    Arrival a;
    a.in.lock.asts = 1;
    a.in.lvb = reinterpret_cast<const u8 *>("value");
    a.in.lvb_len = 6;
    EXPECT_TRUE(a.arrive());
    EXPECT_FALSE(a.fresh->lkb.state & DLM_LKB_WANT_BAST);
    EXPECT_STREQ(a.fresh->buffer, "") << "no VALBLK";

    Arrival k;
    k.in.lock.exflags = kVb;
    EXPECT_TRUE(k.arrive());
    EXPECT_STREQ(k.fresh->buffer, "") << "no bytes came";
    Arrival n;
    n.in.lock.exflags = kVb;
    n.fresh->lkb.lvb = nullptr;
    n.in.lvb = a.in.lvb;
    n.in.lvb_len = 6;
    EXPECT_TRUE(n.arrive());
}

TEST(LockArrives, what_waits_or_converts_asks_for_a_pass)
{
    for (const dlm_queue queue : {C, W}) {
        Arrival a;
        a.in.lock.status = queue;
        a.in.lock.grmode = queue == C ? NL : IV;
        a.in.lock.rqmode = EX;
        EXPECT_TRUE(a.arrive());
        EXPECT_EQ(a.fresh->lkb.queue, queue);
        EXPECT_EQ(a.fresh->lkb.granted_mode, queue == C ? NL : IV);
        EXPECT_EQ(a.fresh->lkb.requested_mode, EX);
        EXPECT_TRUE(a.res.state & DLM_RES_TRY_GRANT);
        EXPECT_FALSE(a.res.state & DLM_RES_RESOLVE);
    }
}

TEST(LockArrives, what_a_middle_conversion_holds_is_found_out_later)
{
    for (int from = IV; from <= EX; from++) {
        for (int to = NL; to <= EX; to++) {
            const bool unknown = from == IV || (from == PR && to == CW) || (from == CW && to == PR);
            Arrival a;
            a.in.lock.status = C;
            a.in.lock.grmode = s8(from);
            a.in.lock.rqmode = s8(to);
            EXPECT_TRUE(a.arrive());
            EXPECT_EQ(a.fresh->lkb.granted_mode, unknown ? IV : from);
            EXPECT_EQ((a.res.state & DLM_RES_RESOLVE) != 0, unknown) << from << to;
        }
    }
    Arrival granted;
    granted.in.lock.grmode = PR;
    granted.in.lock.rqmode = CW;
    EXPECT_TRUE(granted.arrive());
    EXPECT_EQ(granted.fresh->lkb.granted_mode, PR);
    EXPECT_FALSE(granted.res.state & DLM_RES_RESOLVE);
}

TEST(LockArrives, refused)
{
    Arrival parent;
    parent.in.flags = DLM_IN_PARENT;
    EXPECT_FALSE(parent.arrive());
    EXPECT_EQ(parent.result(), -EOPNOTSUPP);
    EXPECT_EQ(lock_of(parent.sent[0]).remid, 0u);

    for (const u32 flag : {u32(DLM_IN_NAME_TOO_LONG), u32(DLM_IN_BAD_LOCK)}) {
        Arrival bad;
        bad.in.flags = flag;
        EXPECT_FALSE(bad.arrive());
        EXPECT_EQ(bad.result(), -EINVAL);
    }
    Arrival unknown;
    EXPECT_FALSE(unknown.arrive(nullptr, false));
    EXPECT_EQ(unknown.result(), -EBADR);

    Arrival longer;
    longer.in.lvb_len = kBenchLvblen + 1;
    EXPECT_FALSE(longer.arrive());
    EXPECT_EQ(longer.result(), -EINVAL);
    Arrival fits;
    fits.in.lvb_len = kBenchLvblen;
    EXPECT_TRUE(fits.arrive());
}

TEST(LockArrives, without_directory_only_at_the_hash_node)
{
    Arrival other(3);
    other.cl.nodir = true;
    EXPECT_FALSE(other.arrive());
    EXPECT_EQ(other.result(), -EBADR);
    Arrival ours(1);
    ours.cl.nodir = true;
    EXPECT_TRUE(ours.arrive());
    EXPECT_FALSE(ours.res.state & DLM_RES_BECAME_MASTER);
}

TEST(LockArrives, without_directory_it_makes_the_resource)
{
    Arrival a(1);
    a.cl.nodir = true;
    a.res.master = 0;
    EXPECT_TRUE(a.arrive());
    EXPECT_EQ(a.res.master, 1);
    EXPECT_TRUE(a.res.state & DLM_RES_BECAME_MASTER);
    Arrival with(1);
    with.res.master = 0;
    EXPECT_TRUE(with.arrive());
    EXPECT_EQ(with.res.master, 0) << "there the visit finds it out";
}

TEST(LockArrives, a_second_time_in_the_round)
{
    for (const bool nodir : {false, true}) {
        Arrival a;
        a.cl.nodir = nodir;
        Bench::Lock &copy = a.copy(2, G, PR);
        copy.lkb.remid = 900;
        copy.lkb.state |= DLM_LKB_REBUILT;
        EXPECT_EQ(dlm_rebuild_find_copy(&a.res, 2, 900), &copy.lkb);
        EXPECT_FALSE(a.arrive(&copy.lkb));
        EXPECT_EQ(a.result(), -EEXIST);
        EXPECT_EQ(lock_of(a.sent[0]).remid, copy.lkb.id);
        EXPECT_FALSE(a.is_gone(copy));
    }
}

TEST(LockArrives, a_copy_of_an_interrupted_round_is_of_this_round_now)
{
    Arrival a;
    Bench::Lock &copy = a.copy(2, G, PR);
    EXPECT_FALSE(a.arrive(&copy.lkb));
    EXPECT_TRUE(copy.lkb.state & DLM_LKB_REBUILT);
}

TEST(LockArrives, without_directory_the_owner_knows_better_than_an_old_copy)
{
    // The owner has given up a conversion whose answer was lost, and will send it again; the
    // master that stays has it on its queue still. A faster peer's lock comes before our visit.
    Arrival a;
    a.cl.nodir = true;
    a.set_value("kept");
    Bench::Lock &old = a.copy(2, C, NL, EX);
    old.lkb.remid = 900;
    a.in.lock.grmode = NL;
    EXPECT_TRUE(a.arrive(&old.lkb));
    EXPECT_EQ(a.result(), 0);
    EXPECT_TRUE(a.is_gone(old));
    EXPECT_EQ(a.fresh->lkb.queue, G);
    EXPECT_TRUE(list_empty(&a.res.convert_queue));
    EXPECT_TRUE(a.res.state & DLM_RES_TRY_GRANT);
    EXPECT_TRUE(a.res.state & DLM_RES_LVB_EXISTS);
}

TEST(FindCopy, by_holder_and_its_id_on_any_queue)
{
    Bench b;
    Bench::Lock &own = b.own(G, NL);
    own.lkb.holder = 2;
    own.lkb.remid = 900;
    EXPECT_EQ(dlm_rebuild_find_copy(&b.res, 2, 900), nullptr);
    for (const dlm_queue queue : {G, C, W}) {
        Bench::Lock &copy = b.copy(2, queue, NL, PR);
        EXPECT_EQ(dlm_rebuild_find_copy(&b.res, 2, copy.lkb.remid), &copy.lkb);
        EXPECT_EQ(dlm_rebuild_find_copy(&b.res, 3, copy.lkb.remid), nullptr);
        EXPECT_EQ(dlm_rebuild_find_copy(&b.res, 2, copy.lkb.remid + 1), nullptr);
    }
}

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
