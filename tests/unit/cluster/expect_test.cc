// SPDX-License-Identifier: GPL-2.0-or-later
// The record of an own lock by itself: the answers that it expects, what makes it busy, and what
// can be taken back.
#include "bench.hh"

extern "C" {
#include "cluster/expect.h"
#include "cluster/issue.h"
#include "cluster/mirror.h"
#include "cluster/outcome.h"
#include "cluster/owner.h"
}

namespace dlm::test {
namespace {

TEST(Expect, all_that_there_is_room_for)
{
    Bench b;
    dlm_lkb &lkb = b.own(G, NL).lkb;
    for (const dlm_wait wait :
         {DLM_WAIT_CANCEL, DLM_WAIT_CONVERT, DLM_WAIT_CANCEL, DLM_WAIT_UNLOCK})
        dlm_expect(&lkb, wait);
    ASSERT_EQ(lkb.nr_expected, DLM_LKB_EXPECTED_MAX);
    EXPECT_EQ(lkb.wait_type, DLM_WAIT_CANCEL);
    dlm_op op{};
    lkb.op_cancel = &op;
    dlm_outcome_cancel_void(&b.cl, &lkb);
    EXPECT_EQ(lkb.wait_type, DLM_WAIT_CONVERT);
    EXPECT_FALSE(dlm_expects(&lkb, DLM_WAIT_CANCEL));
    EXPECT_FALSE(dlm_expects(&lkb, DLM_WAIT_REQUEST));
    EXPECT_EQ(dlm_expect_pop(&lkb), DLM_WAIT_CANCEL | DLM_EXPECTED_OVERTAKEN);
    EXPECT_EQ(dlm_expect_pop(&lkb), DLM_WAIT_CONVERT);
    EXPECT_EQ(lkb.wait_type, DLM_WAIT_UNLOCK);
}

TEST(Expect, one_more_is_warned_of_and_not_written_down)
{
    static int warnings;
    Bench b;
    b.res.master = 2;
    dlm_lkb &lkb = b.own(C, NL, EX).lkb;
    dlm_op op{};
    lkb.op_cancel = &op;
    for (int i = 0; i <= DLM_LKB_EXPECTED_MAX; i++) {
        EXPECT_EQ(lkb.nr_expected, i);
        dlm_platform_warn_hook = [](const char *, int, const char *) { warnings++; };
        dlm_issue_cancel(&b.cl, &lkb);
        dlm_platform_warn_hook = nullptr;
    }
    EXPECT_EQ(lkb.nr_expected, DLM_LKB_EXPECTED_MAX);
    EXPECT_EQ(warnings, 1);
}

TEST(Busy, by_each_sign_alone)
{
    const struct {
        const char *what;
        void (*set)(dlm_lkb &lkb, dlm_op *op);
        int err;
    } kRows[] = {
        {"nothing", [](dlm_lkb &, dlm_op *) {}, 0},
        {"an answer is due", [](dlm_lkb &lkb, dlm_op *) { lkb.wait_type = DLM_WAIT_CONVERT; },
         -EBUSY},
        {"an unlock", [](dlm_lkb &lkb, dlm_op *op) { lkb.op_unlock = op; }, -EBUSY},
        {"a cancel", [](dlm_lkb &lkb, dlm_op *op) { lkb.op_cancel = op; }, -EBUSY},
        {"recorded", [](dlm_lkb &lkb, dlm_op *) { lkb.state |= DLM_LKB_RESEND; }, -EBUSY},
        {"listed", [](dlm_lkb &lkb, dlm_op *) { lkb.state |= DLM_LKB_LOOKUP_LISTED; }, -EBUSY},
    };
    for (const auto &row : kRows) {
        Bench b;
        dlm_lkb &lkb = b.own(G, NL).lkb;
        dlm_op op{}, other{};
        row.set(lkb, &other);
        const dlm_convert_args args{PR, 0, nullptr, 0, true};
        EXPECT_EQ(dlm_owner_convert(&b.cl, &lkb, &op, &args), row.err) << row.what;
    }
}

TEST(Mirror, only_what_is_queued_can_be_taken_back)
{
    Bench b;
    dlm_lkb &waiting = b.own(W, IV, PR).lkb, &converting = b.own(C, NL, PR).lkb;
    dlm_lkb &granted = b.own(G, NL).lkb;
    EXPECT_TRUE(dlm_mirror_cancel(&waiting));
    EXPECT_TRUE(dlm_mirror_cancel(&converting));
    EXPECT_FALSE(dlm_mirror_cancel(&granted));
    EXPECT_EQ(waiting.queue, DLM_QUEUE_NONE);
    EXPECT_EQ(converting.queue, G);
    for (const dlm_lkb *lkb : {&waiting, &converting, &granted})
        EXPECT_EQ(lkb->requested_mode, IV);
}

}  // namespace
}  // namespace dlm::test
