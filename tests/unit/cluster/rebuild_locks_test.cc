// SPDX-License-Identifier: GPL-2.0-or-later
// Recovery of one resource: own locks go to the new master, and others' come (wire spec
// 7.8, 8.6.2, 8.9).
#include "bench.hh"

namespace dlm::test {
namespace {

dlm_rcom_lock lock_of(const SentRcom &sent)
{
    dlm_rcom_lock rl{};
    EXPECT_GE(sent.payload.size(), size_t(DLM_WIRE_RCOM_LOCK_SIZE));
    dlm_wire_get_rcom_lock(&rl, sent.payload.data());
    return rl;
}

/* ---- sent ---- */

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

TEST(SendLocks, but_not_one_whose_unlock_another_is_about_to_answer)
{
    // 3 had it and has told the new master nothing of it.
    for (const int asked : {2, 3}) {
        for (const bool answered : {false, true}) {
            Bench b(3);
            b.res.master = 2;
            b.res.state |= DLM_RES_NEW_MASTER;
            Bench::Lock &lock = b.own(G, PR);
            lock.lkb.holder = asked;
            lock.lkb.nr_expected = answered ? 0 : 1;
            lock.lkb.expected[0] = lock.lkb.wait_type = DLM_WAIT_UNLOCK;
            EXPECT_EQ(b.send_locks(), 0);
            EXPECT_EQ(b.nr_sent, asked == 3 && !answered ? 0u : 1u);
        }
    }
}

TEST(SendLocks, in_the_order_in_which_they_wait)
{
    Bench b(3);
    b.res.master = 2;
    b.res.state |= DLM_RES_NEW_MASTER;
    const u32 first = b.own(W, IV, EX).lkb.id;
    const u32 second = b.own(W, IV, EX).lkb.id;
    EXPECT_EQ(b.send_locks(), 0);
    EXPECT_EQ(lock_of(b.sent[0]).lkid, first);
    EXPECT_EQ(lock_of(b.sent[1]).lkid, second);
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
        a.in.lock.grmode = s8(queue == C ? NL : IV);
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

}  // namespace
}  // namespace dlm::test
