// SPDX-License-Identifier: GPL-2.0-or-later
// The queues of a resource by themselves: places, counts, the hints that spare
// walks, and the check of consistency that everything else relies on.
#include <gtest/gtest.h>

#include <deque>

#include "board.hh"
extern "C" {
#include "core/deadlock.h"
#include "core/queue.h"
#include "core/value.h"
}

namespace dlm::test {
namespace {

constexpr dlm_queue kQueues[] = {DLM_QUEUE_GRANT, DLM_QUEUE_CONVERT, DLM_QUEUE_WAIT};

class Queues : public testing::Test {
protected:
    Queues()
    {
        dlm_resource_init(&res_, nullptr, 0, 0, 8);
        res_.lvb = lvb_;
    }
    dlm_lkb &lock(int granted, int requested = DLM_LOCK_IV, u32 flags = 0)
    {
        locks_.push_back({});
        dlm_lkb &lkb = locks_.back();
        dlm_lkb_init(&lkb, &res_);
        lkb.id = u32(locks_.size());
        lkb.granted_mode = s8(granted);
        lkb.requested_mode = s8(requested);
        lkb.exflags = flags;
        return lkb;
    }
    dlm_lkb &put(dlm_queue queue, int granted, int requested = DLM_LOCK_IV, u32 flags = 0)
    {
        dlm_lkb &lkb = lock(granted, requested, flags);
        dlm_engine_enqueue(&res_, &lkb, queue);
        return lkb;
    }
    list_head *head(dlm_queue queue)
    {
        return queue == DLM_QUEUE_GRANT     ? &res_.grant_queue
               : queue == DLM_QUEUE_CONVERT ? &res_.convert_queue
                                            : &res_.wait_queue;
    }
    std::string order(dlm_queue queue)
    {
        std::string out;
        const dlm_lkb *lkb;
        list_for_each_entry(lkb, head(queue), queue_link) out += std::to_string(lkb->id);
        return out;
    }
    bool consistent() const { return dlm_engine_consistent(&res_); }

    dlm_resource res_{};
    u8 lvb_[8]{};
    std::deque<dlm_lkb> locks_;
};

TEST_F(Queues, each_has_its_own_place_and_appends)
{
    for (const dlm_queue queue : kQueues) {
        dlm_lkb &first = put(queue, DLM_LOCK_NL, DLM_LOCK_PR);
        put(queue, DLM_LOCK_NL, DLM_LOCK_PR, DLM_LKF_HEADQUE);
        EXPECT_EQ(first.queue, queue);
        EXPECT_EQ(&first.queue_link, head(queue)->next);
    }
    EXPECT_EQ(order(DLM_QUEUE_GRANT), "12");
    EXPECT_EQ(order(DLM_QUEUE_CONVERT), "34");
    EXPECT_EQ(order(DLM_QUEUE_WAIT), "56");
    EXPECT_EQ(res_.nr_locks, 6u);
}

TEST_F(Queues, HEADQUE_goes_to_the_head)
{
    for (const dlm_queue queue : {DLM_QUEUE_CONVERT, DLM_QUEUE_WAIT}) {
        locks_.clear();
        dlm_resource_init(&res_, nullptr, 0, 0, 8);
        dlm_queue_put(&res_, &lock(DLM_LOCK_NL, DLM_LOCK_PR), queue);
        dlm_queue_put(&res_, &lock(DLM_LOCK_NL, DLM_LOCK_PR, DLM_LKF_HEADQUE), queue);
        dlm_queue_put(&res_, &lock(DLM_LOCK_NL, DLM_LOCK_PR), queue);
        EXPECT_EQ(order(queue), "213");
        dlm_queue_move(&res_, &locks_[2], queue);
        EXPECT_EQ(order(queue), "213");
        dlm_queue_move(&res_, &locks_[1], queue);
        EXPECT_EQ(order(queue), "213");
        dlm_queue_move(&res_, &locks_[0], queue);
        EXPECT_EQ(order(queue), "231");
    }
}

TEST_F(Queues, move_takes_a_lock_along_with_its_counts)
{
    dlm_lkb &lkb = put(DLM_QUEUE_WAIT, DLM_LOCK_IV, DLM_LOCK_PR);
    lkb.granted_mode = DLM_LOCK_PR;
    lkb.state |= DLM_LKB_PENDING_DEADLK;
    dlm_engine_move(&res_, &lkb, DLM_QUEUE_GRANT);
    EXPECT_EQ(lkb.queue, DLM_QUEUE_GRANT);
    EXPECT_EQ(order(DLM_QUEUE_WAIT), "");
    EXPECT_EQ(res_.nr_granted[DLM_LOCK_PR], 1u);
    EXPECT_FALSE(lkb.state & DLM_LKB_PENDING_DEADLK);
    lkb.requested_mode = DLM_LOCK_EX;
    dlm_engine_move(&res_, &lkb, DLM_QUEUE_CONVERT);
    EXPECT_EQ(res_.nr_granted[DLM_LOCK_PR], 1u);
    EXPECT_EQ(res_.nr_locks, 1u);
    EXPECT_TRUE(consistent());
    dlm_lkb &fresh = lock(DLM_LOCK_NL);
    dlm_engine_move(&res_, &fresh, DLM_QUEUE_GRANT);
    EXPECT_EQ(res_.nr_locks, 2u) << "from no queue";
    EXPECT_TRUE(consistent());
}

TEST_F(Queues, dequeue_of_a_lock_on_no_queue_changes_nothing)
{
    dlm_lkb &other = put(DLM_QUEUE_GRANT, DLM_LOCK_PR);
    dlm_engine_dequeue(&res_, &lock(DLM_LOCK_PR));
    EXPECT_EQ(res_.nr_locks, 1u);
    EXPECT_EQ(res_.nr_granted[DLM_LOCK_PR], 1u);
    dlm_engine_dequeue(&res_, &other);
    EXPECT_EQ(res_.nr_locks, 0u);
    EXPECT_EQ(res_.nr_granted[DLM_LOCK_PR], 0u);
    EXPECT_EQ(other.queue, DLM_QUEUE_NONE);
    EXPECT_TRUE(list_empty(&other.queue_link));
}

TEST_F(Queues, the_value_goes_with_the_last_lock_only)
{
    dlm_lkb &one = put(DLM_QUEUE_GRANT, DLM_LOCK_NL);
    dlm_lkb &two = put(DLM_QUEUE_WAIT, DLM_LOCK_IV, DLM_LOCK_EX);
    res_.state |= DLM_RES_LVB_EXISTS | DLM_RES_LVB_INVALID;
    res_.lvbseq = 3;
    dlm_engine_dequeue(&res_, &one);
    EXPECT_TRUE(res_.state & DLM_RES_LVB_EXISTS);
    EXPECT_EQ(res_.lvbseq, 3u);
    dlm_engine_move(&res_, &two, DLM_QUEUE_GRANT);
    EXPECT_TRUE(res_.state & DLM_RES_LVB_EXISTS) << "what stays is moved";
    dlm_engine_dequeue(&res_, &two);
    EXPECT_FALSE(res_.state & (DLM_RES_LVB_EXISTS | DLM_RES_LVB_INVALID));
    EXPECT_EQ(res_.lvbseq, 0u);
}

/* resource.h: bits by mode are set when a lock comes and cleared when the queue is empty. */
TEST_F(Queues, hints_name_what_is_asked_for_and_held)
{
    dlm_lkb &waits = put(DLM_QUEUE_WAIT, DLM_LOCK_IV, DLM_LOCK_CW);
    dlm_lkb &waits2 = put(DLM_QUEUE_WAIT, DLM_LOCK_IV, DLM_LOCK_EX, DLM_LKF_NOORDER);
    EXPECT_EQ(res_.wait_modes, BIT(DLM_LOCK_CW) | BIT(DLM_LOCK_EX));
    EXPECT_EQ(res_.convert_modes, 0);
    EXPECT_EQ(res_.noorder, 1);
    dlm_lkb &converts = put(DLM_QUEUE_CONVERT, DLM_LOCK_NL, DLM_LOCK_PR);
    EXPECT_EQ(res_.convert_modes, BIT(DLM_LOCK_PR));
    EXPECT_EQ(res_.convert_held, 0) << "above NL";
    dlm_lkb &converts2 = put(DLM_QUEUE_CONVERT, DLM_LOCK_CR, DLM_LOCK_PW);
    EXPECT_EQ(res_.convert_modes, BIT(DLM_LOCK_PR) | BIT(DLM_LOCK_PW));
    EXPECT_EQ(res_.convert_held, BIT(DLM_LOCK_CR));

    dlm_engine_dequeue(&res_, &waits);
    EXPECT_NE(res_.wait_modes, 0) << "one is left";
    dlm_engine_dequeue(&res_, &waits2);
    EXPECT_EQ(res_.wait_modes, 0);
    EXPECT_EQ(res_.noorder, 1) << "there are conversions";
    dlm_engine_dequeue(&res_, &converts);
    EXPECT_NE(res_.convert_modes, 0);
    EXPECT_NE(res_.convert_held, 0);
    dlm_engine_dequeue(&res_, &converts2);
    EXPECT_EQ(res_.convert_modes, 0);
    EXPECT_EQ(res_.convert_held, 0);
    EXPECT_EQ(res_.noorder, 0);

    dlm_lkb &last = put(DLM_QUEUE_CONVERT, DLM_LOCK_NL, DLM_LOCK_PR, DLM_LKF_NOORDER);
    EXPECT_EQ(res_.noorder, 1);
    dlm_engine_dequeue(&res_, &last);
    EXPECT_EQ(res_.noorder, 0);
    put(DLM_QUEUE_GRANT, DLM_LOCK_PR, DLM_LOCK_IV, DLM_LKF_NOORDER);
    EXPECT_EQ(res_.noorder, 0) << "a granted lock overtakes nobody";
}

TEST_F(Queues, told_is_taken_back_by_who_comes_or_changes)
{
    dlm_lkb &granted = put(DLM_QUEUE_GRANT, DLM_LOCK_PR);
    res_.told = DLM_LOCK_EX;
    dlm_lkb &waits = put(DLM_QUEUE_WAIT, DLM_LOCK_IV, DLM_LOCK_EX);
    dlm_lkb &converts = put(DLM_QUEUE_CONVERT, DLM_LOCK_NL, DLM_LOCK_EX);
    dlm_engine_set_granted(&res_, &converts, DLM_LOCK_CR);
    EXPECT_EQ(res_.told, DLM_LOCK_EX) << "they are not on the grant queue";
    EXPECT_EQ(res_.convert_held, BIT(DLM_LOCK_CR));
    dlm_engine_set_granted(&res_, &converts, DLM_LOCK_NL);
    EXPECT_EQ(res_.convert_held, BIT(DLM_LOCK_CR));
    dlm_engine_set_granted(&res_, &granted, DLM_LOCK_CR);
    EXPECT_EQ(res_.told, DLM_LOCK_NL);
    EXPECT_EQ(res_.nr_granted[DLM_LOCK_PR], 0u);
    EXPECT_EQ(res_.nr_granted[DLM_LOCK_CR], 1u);
    res_.told = DLM_LOCK_EX;
    waits.granted_mode = DLM_LOCK_CR;
    dlm_engine_move(&res_, &waits, DLM_QUEUE_GRANT);
    EXPECT_EQ(res_.told, DLM_LOCK_NL);
}

TEST_F(Queues, a_mode_set_on_the_wait_queue_is_not_counted_yet)
{
    dlm_lkb &waits = put(DLM_QUEUE_WAIT, DLM_LOCK_IV, DLM_LOCK_EX);
    dlm_engine_set_granted(&res_, &waits, DLM_LOCK_EX);
    EXPECT_EQ(res_.nr_granted[DLM_LOCK_EX], 0u);
    dlm_engine_move(&res_, &waits, DLM_QUEUE_GRANT);
    EXPECT_EQ(res_.nr_granted[DLM_LOCK_EX], 1u);
}

/* As recovery may leave it, until it has found out what is held (wire spec 8.6.4). */
TEST_F(Queues, a_conversion_of_which_nothing_is_known_conflicts_with_nobody)
{
    dlm_lkb &unknown = put(DLM_QUEUE_CONVERT, DLM_LOCK_IV, DLM_LOCK_IV);
    dlm_lkb &known = put(DLM_QUEUE_CONVERT, DLM_LOCK_CR, DLM_LOCK_EX);
    EXPECT_TRUE(consistent());
    EXPECT_EQ(res_.convert_modes, BIT(DLM_LOCK_EX));
    dlm_deadlock_mark(&res_);
    EXPECT_FALSE(unknown.state & DLM_LKB_PENDING_DEADLK);
    EXPECT_FALSE(known.state & DLM_LKB_PENDING_DEADLK);
    EXPECT_FALSE(dlm_deadlock_pending(&res_, &known));
    dlm_lkb &arriving = lock(DLM_LOCK_NL);
    EXPECT_FALSE(dlm_deadlock_arriving(&res_, &arriving));
    dlm_engine_dequeue(&res_, &unknown);
    EXPECT_TRUE(consistent());
}

TEST_F(Queues, has_locks_counts_those_on_their_way)
{
    EXPECT_FALSE(dlm_resource_has_locks(&res_));
    res_.nr_off_queue = 1;
    EXPECT_TRUE(dlm_resource_has_locks(&res_));
    res_.nr_off_queue = 0;
    put(DLM_QUEUE_WAIT, DLM_LOCK_IV, DLM_LOCK_EX);
    EXPECT_TRUE(dlm_resource_has_locks(&res_));
}

TEST_F(Queues, inconsistent_counts_are_seen)
{
    put(DLM_QUEUE_GRANT, DLM_LOCK_PR);
    put(DLM_QUEUE_CONVERT, DLM_LOCK_PR, DLM_LOCK_EX);
    put(DLM_QUEUE_WAIT, DLM_LOCK_IV, DLM_LOCK_EX);
    ASSERT_TRUE(consistent());
    for (const int change : {-1, 1}) {
        res_.nr_locks += change;
        EXPECT_FALSE(consistent());
        res_.nr_locks -= change;
    }
    for (u32 &count : res_.nr_granted) {
        count++;
        EXPECT_FALSE(consistent());
        count--;
    }
    EXPECT_TRUE(consistent());
}

TEST_F(Queues, incompatible_modes_are_seen)
{
    for (int a = DLM_LOCK_NL; a <= DLM_LOCK_EX; a++) {
        for (int b = DLM_LOCK_NL; b <= DLM_LOCK_EX; b++) {
            for (const dlm_queue queue : {DLM_QUEUE_GRANT, DLM_QUEUE_CONVERT}) {
                locks_.clear();
                dlm_resource_init(&res_, nullptr, 0, 0, 8);
                std::fill(std::begin(res_.nr_granted), std::end(res_.nr_granted), 0);
                res_.nr_locks = 0;
                put(DLM_QUEUE_GRANT, a);
                EXPECT_TRUE(consistent()) << "alone";
                put(queue, b, DLM_LOCK_EX);
                EXPECT_EQ(consistent(), together(a, b)) << a << b;
            }
        }
    }
}

/* ---- what an operation leaves of the modes ---- */

TEST_F(Queues, a_lock_at_rest_asks_for_nothing)
{
    struct Sink {
        static void granted(dlm_sink *, dlm_lkb *) {}
        static void blocking(dlm_sink *, dlm_lkb *, int) {}
    };
    dlm_sink sink{Sink::granted, Sink::blocking};
    dlm_lkb &waits = put(DLM_QUEUE_WAIT, DLM_LOCK_IV, DLM_LOCK_EX);
    EXPECT_EQ(dlm_engine_cancel(&res_, &waits), -DLM_ECANCEL);
    EXPECT_EQ(waits.requested_mode, DLM_LOCK_IV);
    dlm_lkb &converts = put(DLM_QUEUE_CONVERT, DLM_LOCK_CR, DLM_LOCK_EX);
    EXPECT_EQ(dlm_engine_cancel(&res_, &converts), -DLM_ECANCEL);
    EXPECT_EQ(converts.requested_mode, DLM_LOCK_IV);
    EXPECT_EQ(converts.granted_mode, DLM_LOCK_CR);

    dlm_lkb &granted = lock(DLM_LOCK_IV, DLM_LOCK_CR);
    EXPECT_EQ(dlm_engine_request(&res_, &granted), 0);
    EXPECT_EQ(granted.requested_mode, DLM_LOCK_IV);
    granted.requested_mode = DLM_LOCK_EX;
    granted.exflags = DLM_LKF_NOQUEUE;
    EXPECT_EQ(dlm_engine_convert(&res_, &granted, nullptr, &sink), -EAGAIN);
    dlm_engine_convert_effects(&res_, &granted, -EAGAIN, &sink);
    EXPECT_EQ(granted.requested_mode, DLM_LOCK_IV);
    EXPECT_EQ(granted.granted_mode, DLM_LOCK_CR);
    dlm_engine_unlock(&res_, &granted, nullptr);
    EXPECT_EQ(granted.requested_mode, DLM_LOCK_IV);
    EXPECT_EQ(granted.granted_mode, DLM_LOCK_IV);
}

TEST_F(Queues, a_deadlocked_conversion_that_is_refused_asks_for_nothing)
{
    dlm_lkb &first = put(DLM_QUEUE_CONVERT, DLM_LOCK_PR, DLM_LOCK_EX);
    dlm_lkb &second = put(DLM_QUEUE_GRANT, DLM_LOCK_PR);
    second.requested_mode = DLM_LOCK_EX;
    EXPECT_EQ(dlm_engine_convert(&res_, &second, nullptr, nullptr), -EDEADLK);
    EXPECT_EQ(second.requested_mode, DLM_LOCK_IV);
    EXPECT_EQ(second.queue, DLM_QUEUE_GRANT);
    EXPECT_EQ(first.queue, DLM_QUEUE_CONVERT);
}

/* ---- values without a place to put them ---- */

TEST_F(Queues, a_lock_without_buffer_reads_nothing_and_is_told_nothing)
{
    dlm_lkb &lkb = lock(DLM_LOCK_NL, DLM_LOCK_PR, DLM_LKF_VALBLK);
    char bytes[8] = "written";
    memcpy(lvb_, bytes, sizeof(bytes));
    res_.state |= DLM_RES_LVB_EXISTS | DLM_RES_LVB_INVALID;
    res_.lvbseq = 5;
    dlm_value_granted(&res_, &lkb, nullptr);
    EXPECT_EQ(lkb.lvbseq, 0u);
    EXPECT_EQ(lkb.sb_flags, 0);
    lkb.lvb = bytes;
    bytes[0] = 'x';
    dlm_value_granted(&res_, &lkb, nullptr);
    EXPECT_STREQ(bytes, "written");
    EXPECT_EQ(lkb.lvbseq, 5u);
    EXPECT_EQ(lkb.sb_flags, DLM_SBF_VALNOTVALID);
}

TEST_F(Queues, nothing_to_write_or_no_place_for_it)
{
    dlm_lkb &lkb = lock(DLM_LOCK_EX, DLM_LOCK_NL, DLM_LKF_VALBLK);
    dlm_value_granted(&res_, &lkb, nullptr);
    EXPECT_FALSE(res_.state & DLM_RES_LVB_EXISTS);
    res_.lvb = nullptr;
    dlm_value_granted(&res_, &lkb, "written");
    EXPECT_FALSE(res_.state & DLM_RES_LVB_EXISTS);
    EXPECT_EQ(res_.lvbseq, 0u);
    res_.lvb = lvb_;
    lkb.exflags = 0;
    dlm_value_granted(&res_, &lkb, "written");
    EXPECT_FALSE(res_.state & DLM_RES_LVB_EXISTS);
    lkb.exflags = DLM_LKF_VALBLK;
    dlm_value_granted(&res_, &lkb, "written");
    EXPECT_TRUE(res_.state & DLM_RES_LVB_EXISTS);
    EXPECT_EQ(res_.lvbseq, 1u);
    EXPECT_EQ(lkb.lvbseq, 1u);
}

}  // namespace
}  // namespace dlm::test
