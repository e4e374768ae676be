// SPDX-License-Identifier: GPL-2.0-or-later
// What becomes of the locks of a process that ends, and which orphan an adoption means.
#include "board.hh"

extern "C" {
#include "core/orphan.h"
}

namespace dlm::test {
namespace {

struct Locks {
    dlm_resource res = {};
    dlm_lkb lkbs[4] = {};
    dlm_op op = {};

    Locks()
    {
        dlm_resource_init(&res, reinterpret_cast<const u8 *>("r"), 1, 0, 32);
        for (dlm_lkb &lkb : lkbs)
            dlm_lkb_init(&lkb, &res);
    }

    dlm_lkb &put(int i, int mode, dlm_queue queue = DLM_QUEUE_GRANT, u16 flags = DLM_IFL_ORPHAN)
    {
        lkbs[i].granted_mode = static_cast<s8>(mode);
        lkbs[i].requested_mode = queue == DLM_QUEUE_GRANT ? DLM_LOCK_IV : DLM_LOCK_EX;
        lkbs[i].flags = flags;
        dlm_engine_enqueue(&res, &lkbs[i], queue);
        return lkbs[i];
    }

    int find(int mode, dlm_lkb **found = nullptr)
    {
        int err = 0;
        dlm_lkb *lkb = dlm_orphan_find(&res, mode, &err);
        if (found)
            *found = lkb;
        return lkb ? 0 : err;
    }
};

TEST(Orphan, is_found_by_the_mode_that_it_holds)
{
    Locks l;
    EXPECT_EQ(l.find(DLM_LOCK_PR), -ENOENT);
    l.put(0, DLM_LOCK_CR);
    dlm_lkb &wanted = l.put(1, DLM_LOCK_PR);
    dlm_lkb *found = nullptr;
    EXPECT_EQ(l.find(DLM_LOCK_PR, &found), 0);
    EXPECT_EQ(found, &wanted);
    EXPECT_EQ(l.find(DLM_LOCK_EX), -EAGAIN);
    l.put(2, DLM_LOCK_PR);
    l.find(DLM_LOCK_PR, &found);
    EXPECT_EQ(found, &wanted) << "the first that was granted";
}

TEST(Orphan, locks_of_the_living_and_of_other_nodes_are_none)
{
    Locks l;
    l.put(0, DLM_LOCK_PR, DLM_QUEUE_GRANT, DLM_IFL_USER);
    l.put(1, DLM_LOCK_PR).state |= DLM_LKB_MASTER_COPY;
    EXPECT_EQ(l.find(DLM_LOCK_PR), -ENOENT);
}

TEST(Orphan, cannot_be_adopted_while_something_is_under_way)
{
    Locks l;
    dlm_lkb &lkb = l.put(0, DLM_LOCK_PR);
    for (dlm_op *dlm_lkb::*op : {&dlm_lkb::op, &dlm_lkb::op_cancel, &dlm_lkb::op_unlock}) {
        lkb.*op = &l.op;
        EXPECT_EQ(l.find(DLM_LOCK_PR), -EAGAIN);
        lkb.*op = nullptr;
    }
    lkb.wait_type = DLM_WAIT_CANCEL;
    EXPECT_EQ(l.find(DLM_LOCK_PR), -EAGAIN);
    lkb.wait_type = DLM_WAIT_NONE;
    EXPECT_EQ(l.find(DLM_LOCK_PR), 0);

    Locks converting;
    converting.put(0, DLM_LOCK_PR, DLM_QUEUE_CONVERT);
    EXPECT_EQ(converting.find(DLM_LOCK_PR), -EAGAIN);
    Locks living;
    living.put(0, DLM_LOCK_PR, DLM_QUEUE_CONVERT, DLM_IFL_USER);
    EXPECT_EQ(living.find(DLM_LOCK_PR), -ENOENT);

    // One that only waits holds nothing: its request is being cancelled.
    Locks waiting;
    waiting.put(0, DLM_LOCK_IV, DLM_QUEUE_WAIT);
    EXPECT_EQ(waiting.find(DLM_LOCK_EX), -ENOENT);
}

TEST(Orphan, fates)
{
    Locks l;
    dlm_lkb &lkb = l.put(0, DLM_LOCK_PR, DLM_QUEUE_GRANT, DLM_IFL_USER);
    EXPECT_EQ(dlm_orphan_fate(&lkb), DLM_FATE_UNLOCK);
    lkb.exflags = DLM_LKF_PERSISTENT;
    EXPECT_EQ(dlm_orphan_fate(&lkb), DLM_FATE_ORPHAN);
    lkb.op = &l.op;
    EXPECT_EQ(dlm_orphan_fate(&lkb), DLM_FATE_ORPHAN_BUSY);
    lkb.op_cancel = &l.op;
    EXPECT_EQ(dlm_orphan_fate(&lkb), DLM_FATE_ORPHAN);
    lkb.op_unlock = &l.op;
    EXPECT_EQ(dlm_orphan_fate(&lkb), DLM_FATE_ENDING);
    lkb.op_unlock = nullptr;
    lkb.state |= DLM_LKB_GONE;
    EXPECT_EQ(dlm_orphan_fate(&lkb), DLM_FATE_ENDING);
}

}  // namespace
}  // namespace dlm::test
