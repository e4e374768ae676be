// SPDX-License-Identifier: GPL-2.0
/*
 * What an own operation came to (lock-semantics 8.2, 8.3). Everything that
 * completes or discards a record of an own lock is here, so that each accepted
 * operation ends exactly once.
 */
#include "cluster/outcome.h"
#include "cluster/expect.h"

static void discard(struct dlm_cluster *cl, struct dlm_lkb *lkb, struct dlm_op **slot)
{
	struct dlm_op *op = *slot;

	*slot = NULL;
	if (op)
		cl->ops->discard(cl, lkb, op);
}

static void finish(struct dlm_cluster *cl, struct dlm_lkb *lkb, struct dlm_op *op, int status,
		   u8 sb_flags)
{
	op->status = status;
	op->sb_flags = sb_flags;
	op->mode = lkb->granted_mode;
	cl->ops->complete(cl, lkb, op);
}

static void left_limbo(struct dlm_lkb *lkb)
{
	if (!(lkb->state & DLM_LKB_OFF_QUEUE))
		return;
	lkb->state &= ~DLM_LKB_OFF_QUEUE;
	lkb->res->nr_off_queue--;
}

/* Who asked for the master goes away: the next one has to ask again (6.3). */
static void leave_first(struct dlm_cluster *cl, struct dlm_lkb *lkb)
{
	struct dlm_resource *res = lkb->res;

	if (res->first != lkb->id)
		return;
	res->first = 0;
	if (res->master && !dlm_is_master(cl, res))
		res->state |= DLM_RES_UNCERTAIN;
}

/* The last completion is all that may follow. */
static void gone(struct dlm_cluster *cl, struct dlm_lkb *lkb)
{
	left_limbo(lkb);
	leave_first(cl, lkb);
	if (lkb->state & DLM_LKB_LOOKUP_LISTED)
		list_del_init(&lkb->queue_link);
	lkb->state &= ~(DLM_LKB_LOOKUP_LISTED | DLM_LKB_RESEND);
	lkb->state |= DLM_LKB_GONE;
	lkb->granted_mode = DLM_LOCK_IV;
	lkb->requested_mode = DLM_LOCK_IV;
	dlm_expect_nothing(lkb);
	cl->ops->lock_gone(cl, lkb);
}

void dlm_outcome_queued(struct dlm_cluster *cl, struct dlm_lkb *lkb)
{
	left_limbo(lkb);
	lkb->since_us = cl->ops->now_us(cl);
	lkb->nr_retries = 0;
}

void dlm_outcome_cancel_void(struct dlm_cluster *cl, struct dlm_lkb *lkb)
{
	bool recorded = lkb->wait_type == DLM_WAIT_CANCEL && (lkb->state & DLM_LKB_RESEND);

	if (!lkb->op_cancel)
		return;
	discard(cl, lkb, &lkb->op_cancel);
	dlm_expect_overtaken(lkb, DLM_WAIT_CANCEL);
	if (!recorded)
		return;
	if (lkb->op_unlock)
		lkb->wait_type = DLM_WAIT_UNLOCK;
	else
		lkb->state &= ~DLM_LKB_RESEND;
}

void dlm_outcome_granted(struct dlm_cluster *cl, struct dlm_lkb *lkb)
{
	struct dlm_op *op = lkb->op;

	left_limbo(lkb);
	lkb->since_us = cl->ops->now_us(cl);
	lkb->nr_retries = 0;
	dlm_outcome_cancel_void(cl, lkb);
	if (WARN_ON_ONCE(!op))
		return;
	lkb->op = NULL;
	finish(cl, lkb, op, 0, lkb->sb_flags);
}

void dlm_outcome_refused(struct dlm_cluster *cl, struct dlm_lkb *lkb, int status)
{
	struct dlm_op *op = lkb->op;

	lkb->nr_retries = 0;
	dlm_outcome_cancel_void(cl, lkb);
	if (WARN_ON_ONCE(!op))
		return;
	lkb->op = NULL;
	if (lkb->queue == DLM_QUEUE_NONE) {
		discard(cl, lkb, &lkb->op_unlock);
		gone(cl, lkb);
	}
	finish(cl, lkb, op, status, status == -EDEADLK ? lkb->sb_flags & DLM_SBF_DEMOTED : 0);
}

void dlm_outcome_unlocked(struct dlm_cluster *cl, struct dlm_lkb *lkb)
{
	struct dlm_op *op = lkb->op_unlock;

	lkb->op_unlock = NULL;
	discard(cl, lkb, &lkb->op_cancel);
	discard(cl, lkb, &lkb->op);
	gone(cl, lkb);
	finish(cl, lkb, op, -DLM_EUNLOCK, op->sb_flags);
}

void dlm_outcome_cancelled(struct dlm_cluster *cl, struct dlm_lkb *lkb)
{
	struct dlm_op *op = lkb->op_cancel;
	int status = op->status ? op->status : -DLM_ECANCEL;
	u8 sb_flags = lkb->sb_flags & DLM_SBF_DEMOTED;

	lkb->op_cancel = NULL;
	lkb->nr_retries = 0;
	discard(cl, lkb, &lkb->op);
	if (lkb->queue == DLM_QUEUE_NONE) {
		/*
		 * Never granted, so this is its last completion, after which the caller may free
		 * everything: a forced unlock that was laid over the cancel has none.
		 */
		discard(cl, lkb, &lkb->op_unlock);
		gone(cl, lkb);
	}
	finish(cl, lkb, op, status, sb_flags);
}

void dlm_outcome_dropped(struct dlm_cluster *cl, struct dlm_lkb *lkb)
{
	discard(cl, lkb, &lkb->op);
	lkb->requested_mode = DLM_LOCK_IV;
}
