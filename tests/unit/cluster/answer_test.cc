// SPDX-License-Identifier: GPL-2.0-or-later
// Which answers count for a lock that asked, and what each does (wire spec 4.7, 6.7):
// one lock, put into the state by hand. This node is 1.
#include "bench.hh"

extern "C" {
#include "cluster/expect.h"
#include "cluster/owner.h"
#include "cluster/route.h"
}

namespace dlm::test {
namespace {

// A lock that asked node 2.
struct Asking : Bench {
    explicit Asking(dlm_wait wait, int dir = 3) : Bench(dir)
    {
        const bool fresh = wait == DLM_WAIT_REQUEST || wait == DLM_WAIT_LOOKUP;
        cl.gate = DLM_GATE_OPEN;
        res.master = 2;
        lock = fresh ? &own(DLM_QUEUE_NONE, IV, PR) : &own(DLM_QUEUE_GRANT, NL, IV);
        lkb = &lock->lkb;
        op.ast = [](void *) {};
        if (fresh) {
            lkb->state |= DLM_LKB_OFF_QUEUE;
            res.nr_off_queue = 1;
            lkb->op = &op;
        } else if (wait == DLM_WAIT_CONVERT) {
            lkb->requested_mode = PR;
            lkb->op = &op;
        } else if (wait == DLM_WAIT_UNLOCK) {
            lkb->op_unlock = &op;
        }
        op.mode = PR;
        lkb->holder = 2;
        lkb->remid = fresh ? 0 : 77;
        dlm_expect(lkb, wait);
    }
    dlm_msg message(u32 type, int result)
    {
        dlm_msg m{};
        m.type = type;
        m.result = result;
        m.lkid = 77;
        return m;
    }
    void reply(u32 type, int result, int from = 2)
    {
        const dlm_msg m = message(type, result);
        dlm_owner_reply(&cl, lkb, from, &m, nullptr, 0);
    }
    // Records end in room for a value.
    std::unique_ptr<dlm_op> op_{new dlm_op{}};
    dlm_op &op = *op_;
    Lock *lock;
    dlm_lkb *lkb;
};

TEST(Answer, a_new_master_is_not_taken_from_who_was_asked_before_it_was_known)
{
    for (const int result : {0, -EINPROGRESS, -EAGAIN, -EBADR, -ENOTBLK, -ENOMEM}) {
        const bool claims = result == 0 || result == -EINPROGRESS || result == -EAGAIN;
        for (const bool has_locks : {false, true}) {
            for (const int master : {2, 3}) {
                Asking a(DLM_WAIT_REQUEST);
                a.res.master = master;
                a.lkb->nr_retries = 3;
                if (has_locks)
                    a.own(DLM_QUEUE_GRANT, NL);
                a.reply(DLM_MSG_REQUEST_REPLY, result);
                EXPECT_EQ(a.cl.nr_dropped, claims && has_locks && master == 3 ? 1u : 0u)
                    << result << has_locks << master;
            }
        }
    }
}

TEST(Answer, to_a_request_comes_from_who_was_asked_and_for_this_name)
{
    Asking other(DLM_WAIT_REQUEST);
    other.reply(DLM_MSG_REQUEST_REPLY, 0, 3);
    EXPECT_EQ(other.cl.nr_dropped, 1u);
    Asking name(DLM_WAIT_REQUEST);
    dlm_msg m = name.message(DLM_MSG_REQUEST_REPLY, 0);
    m.hash = name.res.hash + 1;
    dlm_owner_reply(&name.cl, name.lkb, 2, &m, nullptr, 0);
    EXPECT_EQ(name.cl.nr_dropped, 1u);
    Asking kind(DLM_WAIT_REQUEST);
    kind.reply(DLM_MSG_BAST, 0);
    EXPECT_EQ(kind.cl.nr_dropped, 1u);
    EXPECT_EQ(kind.lkb->nr_expected, 1);
}

TEST(Answer, not_the_master_is_forgotten_only_where_nothing_relies_on_it)
{
    struct Row {
        int master, dir;
        bool has_locks;
        int after;
    } rows[] = {{2, 3, false, 0}, {2, 1, false, 2}, {2, 3, true, 2}, {3, 3, false, 3}};
    for (const Row &row : rows) {
        Asking a(DLM_WAIT_REQUEST, row.dir);
        a.res.master = row.master;
        a.lkb->nr_retries = 3;
        if (row.has_locks)
            a.own(DLM_QUEUE_GRANT, NL);
        a.reply(DLM_MSG_REQUEST_REPLY, -EBADR);
        EXPECT_EQ(a.res.master, row.after) << row.master << row.dir << row.has_locks;
        EXPECT_EQ(a.deferred.size(), 1u);
    }
}

TEST(Answer, attempts_are_counted_no_further_than_they_can_be)
{
    Asking a(DLM_WAIT_REQUEST);
    a.lkb->nr_retries = 254;
    a.reply(DLM_MSG_REQUEST_REPLY, -EBADR);
    EXPECT_EQ(a.lkb->nr_retries, 255);
    Asking b(DLM_WAIT_REQUEST);
    b.lkb->nr_retries = 255;
    b.reply(DLM_MSG_REQUEST_REPLY, -EBADR);
    EXPECT_EQ(b.lkb->nr_retries, 255);
}

TEST(Answer, that_should_not_occur_is_asked_again_ten_times)
{
    for (const dlm_wait wait : {DLM_WAIT_REQUEST, DLM_WAIT_CONVERT}) {
        const u32 type = wait == DLM_WAIT_REQUEST ? DLM_MSG_REQUEST_REPLY : DLM_MSG_CONVERT_REPLY;
        for (const int result : {-EINVAL, -ENOMEM}) {
            for (const u8 tries : {9, 10}) {
                Asking a(wait);
                a.lkb->nr_retries = tries;
                a.reply(type, result);
                const bool again = tries < 10 || result == -ENOMEM;
                EXPECT_EQ(a.completed, again ? std::vector<int>{} : std::vector<int>{-EAGAIN});
                EXPECT_EQ(a.lkb->wait_type, again ? wait : DLM_WAIT_NONE);
                if (!again) {
                    EXPECT_EQ(a.lkb->requested_mode, IV);
                }
            }
        }
    }
}

TEST(Answer, a_refused_conversion_asks_for_nothing_any_more)
{
    for (const int result : {-EAGAIN, -EDEADLK}) {
        Asking a(DLM_WAIT_CONVERT);
        a.reply(DLM_MSG_CONVERT_REPLY, result);
        EXPECT_EQ(a.completed, std::vector<int>{result});
        EXPECT_EQ(a.lkb->requested_mode, IV);
    }
}

TEST(Answer, to_an_unlock)
{
    for (const int result : {-DLM_EUNLOCK, -ENOENT, -EINVAL, -ENOMEM}) {
        Asking a(DLM_WAIT_UNLOCK);
        a.reply(DLM_MSG_UNLOCK_REPLY, result);
        const bool again = result == -ENOMEM;
        EXPECT_EQ(a.is_gone(*a.lock), !again) << result;
        EXPECT_EQ(a.lkb->wait_type, again ? DLM_WAIT_UNLOCK : DLM_WAIT_NONE);
    }
}

TEST(Grant, before_its_reply)
{
    for (const dlm_wait wait : {DLM_WAIT_REQUEST, DLM_WAIT_CONVERT, DLM_WAIT_UNLOCK}) {
        for (const bool first : {false, true}) {
            Asking a(wait);
            a.res.first = first ? a.lkb->id : 4711;
            dlm_msg m = a.message(DLM_MSG_GRANT, 0);
            dlm_owner_grant(&a.cl, a.lkb, 2, &m, nullptr, 0);
            if (wait == DLM_WAIT_UNLOCK) {
                EXPECT_EQ(a.cl.nr_dropped, 1u);
                continue;
            }
            EXPECT_EQ(a.completed, std::vector<int>{0});
            EXPECT_EQ(a.lkb->granted_mode, PR);
            EXPECT_EQ(a.res.first, first ? 0u : 4711u);
            // The reply comes nevertheless, and means nothing.
            a.reply(wait == DLM_WAIT_REQUEST ? DLM_MSG_REQUEST_REPLY : DLM_MSG_CONVERT_REPLY,
                    -EINPROGRESS);
            EXPECT_EQ(a.lkb->queue, DLM_QUEUE_GRANT);
            EXPECT_EQ(a.lkb->nr_expected, 0);
            EXPECT_EQ(a.cl.nr_dropped, 0u);
        }
    }
}

TEST(Bast, with_a_mode_that_can_block_for_an_own_lock_that_wants_it)
{
    for (int mode = -1; mode <= 6; mode++) {
        Asking a(DLM_WAIT_CONVERT);
        dlm_msg m = a.message(DLM_MSG_BAST, 0);
        m.bastmode = mode;
        dlm_owner_bast(&a.cl, a.lkb, 2, &m);
        EXPECT_TRUE(a.blocked.empty()) << "it has no function";
        a.lkb->state |= DLM_LKB_WANT_BAST;
        dlm_owner_bast(&a.cl, a.lkb, 2, &m);
        EXPECT_EQ(a.blocked.size(), mode >= CR && mode <= EX ? 1u : 0u) << mode;
    }
    for (const u16 state : {u16(DLM_LKB_MASTER_COPY), u16(DLM_LKB_GONE)}) {
        Asking a(DLM_WAIT_CONVERT);
        dlm_msg m = a.message(DLM_MSG_BAST, 0);
        m.bastmode = EX;
        a.lkb->state |= state | DLM_LKB_WANT_BAST;
        dlm_owner_bast(&a.cl, a.lkb, 2, &m);
        EXPECT_TRUE(a.blocked.empty());
        EXPECT_EQ(a.cl.nr_dropped, 1u);
    }
}

// An unlock lies on top, so that the answer is noted and the lock ends.
struct LookingUp : Asking {
    LookingUp() : Asking(DLM_WAIT_LOOKUP)
    {
        unlock.ast = op.ast;
        lkb->op_unlock = &unlock;
    }
    void answer(int result, int master, int from = 2)
    {
        dlm_msg m = message(DLM_MSG_LOOKUP_REPLY, result);
        m.nodeid = master;
        dlm_owner_lookup_reply(&cl, lkb, from, &m);
    }
    std::unique_ptr<dlm_op> unlock_{new dlm_op{}};
    dlm_op &unlock = *unlock_;
};

TEST(LookupReply, is_noted_unless_it_was_decided_here)
{
    for (const int before : {0, 1, 2}) {
        for (const bool has_locks : {false, true}) {
            LookingUp l;
            l.res.master = before;
            if (has_locks)
                l.own(DLM_QUEUE_GRANT, NL);
            l.answer(0, 3);
            EXPECT_EQ(l.res.master, before == 1 && has_locks ? 1 : 3) << before << has_locks;
            EXPECT_TRUE(l.is_gone(*l.lock));
        }
    }
}

TEST(LookupReply, names_a_member_or_nobody)
{
    const std::pair<int, int> kUseless[] = {{-EINVAL, 3}, {0, 9}, {-EINVAL, 9}};
    for (const auto &[result, master] : kUseless) {
        LookingUp l;
        l.res.master = 0;
        l.answer(result, master);
        EXPECT_EQ(l.res.master, 0);
        EXPECT_TRUE(l.is_gone(*l.lock));
    }
}

TEST(LookupReply, counts_if_it_is_for_the_lock_awaited_and_from_who_was_asked)
{
    for (int row = 0; row < 4; row++) {
        LookingUp l;
        l.res.master = 0;
        dlm_msg m = l.message(DLM_MSG_LOOKUP_REPLY, 0);
        m.nodeid = 3;
        if (row == 1)
            m.hash = l.res.hash + 1;
        if (row == 2)
            l.lkb->expected[0] = DLM_WAIT_CONVERT;
        dlm_owner_lookup_reply(&l.cl, l.lkb, row == 3 ? 3 : 2, &m);
        EXPECT_EQ(l.cl.nr_dropped, row == 0 ? 0u : 1u) << row;
        EXPECT_EQ(l.res.master, row == 0 ? 3 : 0) << row;
    }
}

TEST(Listed, the_next_asks_when_the_gate_opens)
{
    Bench b(3);
    Bench::Lock &listed = b.own(DLM_QUEUE_NONE, IV, PR);
    listed.lkb.state |= DLM_LKB_LOOKUP_LISTED | DLM_LKB_OFF_QUEUE;
    b.res.nr_off_queue = 1;
    list_add_tail(&listed.lkb.queue_link, &b.res.lookup_list);
    dlm_route_finish(&b.cl, &b.res);
    EXPECT_TRUE(list_empty(&b.res.lookup_list));
    EXPECT_EQ(b.res.first, listed.lkb.id);
    EXPECT_EQ(listed.lkb.wait_type, DLM_WAIT_REQUEST);
    EXPECT_TRUE(listed.lkb.state & DLM_LKB_RESEND);
    EXPECT_EQ(b.deferred.size(), 1u);
}

}  // namespace
}  // namespace dlm::test
