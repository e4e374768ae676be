// SPDX-License-Identifier: GPL-2.0-or-later
// The callback queue of one lock: order, merging (C-5), suppression (C-6), which
// functions are called (C-8), and that no completion is ever lost (C-4).
#include <gtest/gtest.h>

#include <deque>
#include <string>

#include "board.hh"
extern "C" {
#include "core/callback.h"
}

namespace dlm::test {
namespace {

void ast(void *) {}
void bast(void *, int) {}
void other_bast(void *, int) {}

class Callbacks : public testing::Test {
protected:
    Callbacks()
    {
        dlm_resource_init(&res_, nullptr, 0, 0, 0);
        dlm_lkb_init(&lkb_, &res_);
    }

    // Records live as long as the test; released ones are remembered.
    dlm_op *complete(int status, int mode, void (*fn)(void *, int) = bast, void *arg = nullptr)
    {
        ops_.push_back({});
        dlm_op *op = &ops_.back();
        op->ast = ast;
        op->bast = fn;
        op->astarg = arg;
        op->status = status;
        op->mode = s8(mode);
        op->memory = ops_.size() == 1 ? DLM_OP_EMBEDDED : DLM_OP_ALLOCATED;
        if (dlm_op *superfluous = dlm_callback_complete(&lkb_, op))
            released_.push_back(superfluous);
        return op;
    }
    bool block(const char *mode) { return dlm_callback_blocking(&lkb_, mode_of(mode)); }

    std::string deliver()
    {
        dlm_callback cb;
        std::string out;

        if (!dlm_callback_next(&lkb_, &cb))
            return "";
        if (cb.ast != nullptr)
            out = "c=" + status_name(cb.status);
        else if (cb.bast != nullptr)
            out = "b=" + mode_name(cb.mode);
        EXPECT_NE(cb.ast != nullptr, cb.bast != nullptr);
        last_ = cb;
        if (cb.release != nullptr)
            released_.push_back(cb.release);
        return out;
    }
    std::string deliver_all()
    {
        std::string out;

        for (std::string one = deliver(); !one.empty(); one = deliver())
            out += (out.empty() ? "" : " ") + one;
        EXPECT_FALSE(dlm_callback_pending(&lkb_));
        return out;
    }

    dlm_resource res_{};
    dlm_lkb lkb_{};
    std::deque<dlm_op> ops_;
    std::vector<dlm_op *> released_;
    dlm_callback last_{};
};

TEST_F(Callbacks, F01_no_completion_is_lost)
{
    for (int i = 0; i < 12; i++)
        complete(0, i % 2 ? DLM_LOCK_PR : DLM_LOCK_CR);
    EXPECT_EQ(deliver_all(), "c=0 c=0 c=0 c=0 c=0 c=0 c=0 c=0 c=0 c=0 c=0 c=0");
    EXPECT_EQ(released_.size(), 11U);
    EXPECT_EQ(lkb_.last_op, &ops_.back());
}

TEST_F(Callbacks, completion_first_then_what_blocks)
{
    complete(0, DLM_LOCK_PR);
    EXPECT_TRUE(block("EX"));
    EXPECT_EQ(deliver_all(), "c=0 b=EX");
    EXPECT_TRUE(block("EX"));
    EXPECT_EQ(deliver_all(), "b=EX");
}

TEST_F(Callbacks, E12_same_and_lower_modes_are_merged)
{
    complete(0, DLM_LOCK_PR);
    EXPECT_EQ(deliver(), "c=0");
    EXPECT_TRUE(block("CW"));
    EXPECT_FALSE(block("CW"));
    EXPECT_TRUE(block("EX"));
    EXPECT_FALSE(block("PW"));
    complete(0, DLM_LOCK_NL);
    EXPECT_EQ(deliver_all(), "b=CW b=EX c=0");
}

TEST_F(Callbacks, PR_and_CW_are_both_kept)
{
    complete(0, DLM_LOCK_EX);
    EXPECT_TRUE(block("CR"));
    EXPECT_TRUE(block("PR"));
    EXPECT_TRUE(block("CW"));
    EXPECT_FALSE(block("PR"));
    EXPECT_TRUE(block("PW"));
    EXPECT_TRUE(block("EX"));
    EXPECT_EQ(deliver_all(), "c=0 b=CR b=PR b=CW b=PW b=EX");
}

TEST_F(Callbacks, C6_what_goes_together_with_the_last_completion_is_left_out)
{
    complete(0, DLM_LOCK_NL);
    EXPECT_FALSE(block("EX"));
    complete(0, DLM_LOCK_CR);
    EXPECT_FALSE(block("PW"));
    EXPECT_TRUE(block("EX"));
    EXPECT_EQ(deliver_all(), "c=0 c=0 b=EX");
}

TEST_F(Callbacks, E14_nothing_after_the_last_completion)
{
    complete(0, DLM_LOCK_EX);
    lkb_.state |= DLM_LKB_GONE;
    complete(-DLM_EUNLOCK, DLM_LOCK_IV);
    EXPECT_FALSE(block("EX"));
    EXPECT_EQ(deliver_all(), "c=0 c=EUNLOCK");
    EXPECT_FALSE(block("EX"));
    EXPECT_EQ(lkb_.last_op, nullptr);
    ASSERT_EQ(released_.size(), 2U);
    EXPECT_EQ(released_[0], &ops_[0]);
    EXPECT_EQ(released_[1], &ops_[1]);
}

TEST_F(Callbacks, nothing_before_the_first_completion)
{
    EXPECT_FALSE(block("EX"));
    EXPECT_EQ(deliver_all(), "");
}

TEST_F(Callbacks, F07_functions_are_those_of_the_decision)
{
    int x = 0;
    int y = 0;
    complete(0, DLM_LOCK_EX, bast, &x);
    EXPECT_EQ(deliver(), "c=0");
    block("PR");
    complete(0, DLM_LOCK_EX, other_bast, &y);
    EXPECT_EQ(deliver(), "b=PR");
    EXPECT_EQ(last_.bast, bast);
    EXPECT_EQ(last_.astarg, &x);
    EXPECT_EQ(last_.release, &ops_[0]);
    EXPECT_EQ(deliver(), "c=0");
    EXPECT_EQ(last_.astarg, &y);
}

TEST_F(Callbacks, no_function_no_blocking_callback)
{
    complete(0, DLM_LOCK_EX, nullptr);
    EXPECT_FALSE(block("EX"));
}

TEST_F(Callbacks, delivered_record_is_given_back_by_its_successor)
{
    complete(0, DLM_LOCK_EX);
    EXPECT_EQ(deliver_all(), "c=0");
    EXPECT_TRUE(released_.empty());
    complete(0, DLM_LOCK_EX);
    ASSERT_EQ(released_.size(), 1U);
    EXPECT_EQ(released_[0], &ops_[0]);
}

TEST_F(Callbacks, mode_before_each_completion)
{
    complete(0, DLM_LOCK_EX);
    complete(0, DLM_LOCK_PR);
    deliver();
    EXPECT_EQ(last_.prev_mode, DLM_LOCK_NL);
    EXPECT_EQ(last_.mode, DLM_LOCK_EX);
    deliver();
    EXPECT_EQ(last_.prev_mode, DLM_LOCK_EX);
    EXPECT_EQ(last_.mode, DLM_LOCK_PR);
}

TEST_F(Callbacks, flush_hands_over_all_but_the_embedded_record)
{
    complete(0, DLM_LOCK_EX);
    complete(0, DLM_LOCK_PR);
    EXPECT_EQ(deliver(), "c=0");
    complete(0, DLM_LOCK_CR);
    LIST_HEAD(released);
    dlm_callback_flush(&lkb_, &released);
    size_t nr = 0;
    dlm_op *op;
    list_for_each_entry(op, &released, link)
    {
        EXPECT_EQ(op->memory, DLM_OP_ALLOCATED);
        nr++;
    }
    EXPECT_EQ(nr, 2U);
    EXPECT_FALSE(dlm_callback_pending(&lkb_));
    EXPECT_EQ(lkb_.last_op, nullptr);
}

TEST_F(Callbacks, a_lower_mode_behind_PW_or_EX_says_nothing_new)
{
    for (const char *high : {"PW", "EX"}) {
        complete(0, DLM_LOCK_EX);
        EXPECT_TRUE(block(high));
        EXPECT_FALSE(block("PR"));
        EXPECT_FALSE(block("CR"));
    }
    complete(0, DLM_LOCK_EX);
    EXPECT_TRUE(block("PR"));
    EXPECT_TRUE(block("CW"));
    EXPECT_TRUE(block("PW"));
}

TEST_F(Callbacks, flush_hands_over_a_pending_record_once)
{
    complete(0, DLM_LOCK_EX);
    deliver();
    complete(0, DLM_LOCK_PR);
    LIST_HEAD(released);
    dlm_callback_flush(&lkb_, &released);
    ASSERT_TRUE(list_is_singular(&released));
    EXPECT_EQ(ops_[1].link.next, &released);
    EXPECT_EQ(ops_[1].link.prev, &released) << "twice would leave it on itself";
}

TEST_F(Callbacks, flush_leaves_the_embedded_record_where_it_is)
{
    complete(0, DLM_LOCK_EX);
    LIST_HEAD(released);
    dlm_callback_flush(&lkb_, &released);
    EXPECT_TRUE(list_empty(&released));
    EXPECT_FALSE(dlm_callback_pending(&lkb_));
    complete(0, DLM_LOCK_EX);
    deliver_all();
    complete(0, DLM_LOCK_PR);
    lkb_.last_op = &ops_[0];
    dlm_callback_flush(&lkb_, &released);
    EXPECT_TRUE(list_is_singular(&released)) << "only the allocated one";
}

TEST_F(Callbacks, flush_of_a_delivered_record)
{
    complete(0, DLM_LOCK_EX);
    complete(0, DLM_LOCK_PR);
    deliver_all();
    LIST_HEAD(released);
    dlm_callback_flush(&lkb_, &released);
    EXPECT_TRUE(list_is_singular(&released));
}

}  // namespace
}  // namespace dlm::test
