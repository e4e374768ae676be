// SPDX-License-Identifier: GPL-2.0
/*
 * Accepted operations on their way to the master (wire spec 6.8). Whatever cannot
 * be sent for want of memory is recorded and tried again: no operation that
 * was accepted fails for it.
 */
#include "cluster/issue.h"
#include "cluster/decide.h"
#include "cluster/expect.h"
#include "cluster/message.h"
#include "cluster/outcome.h"
#include "gen/dlm_modes.h"

void dlm_issue_later(struct dlm_cluster *cl, struct dlm_lkb *lkb, enum dlm_wait wait, u32 delay_ms)
{
	lkb->wait_type = wait;
	lkb->state |= DLM_LKB_RESEND;
	if (!lkb->nr_retries)
		lkb->since_us = cl->ops->now_us(cl);
	cl->ops->defer(cl, lkb, delay_ms);
}

bool dlm_issue_is_recorded(const struct dlm_lkb *lkb)
{
	return (lkb->state & DLM_LKB_RESEND) && dlm_expect_next(lkb) == DLM_WAIT_NONE;
}

/* What the caller wants written: its bytes as of the call where they were kept. */
static const void *value_to_write(const struct dlm_lkb *lkb, const struct dlm_op *op)
{
	if (!(lkb->exflags & DLM_LKF_VALBLK) || !lkb->res->lvblen)
		return NULL;
	return op->has_lvb & DLM_OP_LVB_KEPT ? op->lvb : lkb->lvb;
}

static void convert_down(struct dlm_cluster *cl, struct dlm_lkb *lkb, const void *lvb)
{
	if (dlm_message_operation(cl, lkb, DLM_MSG_CONVERT, lvb)) {
		dlm_issue_later(cl, lkb, DLM_WAIT_CONVERT, DLM_RETRY_MS);
		return;
	}
	dlm_engine_set_granted(lkb->res, lkb, lkb->requested_mode);
	lkb->requested_mode = DLM_LOCK_IV;
	dlm_outcome_granted(cl, lkb);
}

void dlm_issue_convert(struct dlm_cluster *cl, struct dlm_lkb *lkb)
{
	struct dlm_op *op = lkb->op;
	const void *lvb = value_to_write(lkb, op);

	lkb->requested_mode = op->mode;
	lkb->sb_flags = 0;
	lkb->state &= ~DLM_LKB_DEMOTED;
	if (dlm_is_master(cl, lkb->res))
		dlm_decide_convert(cl, lkb, lvb);
	else if (dlm_convert_kind(lkb->granted_mode, op->mode) == DLM_CONVERT_DOWN)
		convert_down(cl, lkb, lvb);
	else if (dlm_message_operation(cl, lkb, DLM_MSG_CONVERT, lvb))
		dlm_issue_later(cl, lkb, DLM_WAIT_CONVERT, DLM_RETRY_MS);
	else
		dlm_expect(lkb, DLM_WAIT_CONVERT);
}

/* On top of an operation that is out it simply waits for its answer. */
static void not_sent(struct dlm_cluster *cl, struct dlm_lkb *lkb, enum dlm_wait wait)
{
	if (lkb->wait_type == DLM_WAIT_NONE)
		dlm_issue_later(cl, lkb, wait, DLM_RETRY_MS);
}

void dlm_issue_unlock(struct dlm_cluster *cl, struct dlm_lkb *lkb)
{
	const void *lvb;

	lkb->exflags |= lkb->op_unlock->exflags;
	lvb = value_to_write(lkb, lkb->op_unlock);
	/*
	 * A grant that the owner does not know of yet may be under way: then the
	 * buffer is still to be read into, and has nothing to write.
	 */
	if (dlm_lvb_op_unlock(lkb->granted_mode) != DLM_LVB_WRITE)
		lvb = NULL;
	if (dlm_is_master(cl, lkb->res))
		dlm_decide_unlock(cl, lkb, lvb);
	else if (dlm_message_operation(cl, lkb, DLM_MSG_UNLOCK, lvb))
		not_sent(cl, lkb, DLM_WAIT_UNLOCK);
	else
		dlm_expect(lkb, DLM_WAIT_UNLOCK);
}

void dlm_issue_cancel(struct dlm_cluster *cl, struct dlm_lkb *lkb)
{
	lkb->exflags |= lkb->op_cancel->exflags;
	if (dlm_is_master(cl, lkb->res))
		dlm_decide_cancel(cl, lkb);
	else if (dlm_message_operation(cl, lkb, DLM_MSG_CANCEL, NULL))
		not_sent(cl, lkb, DLM_WAIT_CANCEL);
	else
		dlm_expect(lkb, DLM_WAIT_CANCEL);
}

static bool is_queued(const struct dlm_lkb *lkb)
{
	return lkb->queue == DLM_QUEUE_WAIT || lkb->queue == DLM_QUEUE_CONVERT;
}

/* The unlock of a request makes its cancel void; of a conversion it comes after it. */
static void issue_overlaid_cancel(struct dlm_cluster *cl, struct dlm_lkb *lkb)
{
	if (!is_queued(lkb) || (lkb->queue == DLM_QUEUE_WAIT && lkb->op_unlock))
		dlm_outcome_cancel_void(cl, lkb);
	else
		dlm_issue_cancel(cl, lkb);
}

/* Follows an answer of another node, so what is issued here is sent, and the lock stays. */
void dlm_issue_overlaid(struct dlm_cluster *cl, struct dlm_lkb *lkb)
{
	if (lkb->wait_type != DLM_WAIT_NONE || (lkb->state & DLM_LKB_RESEND))
		return;
	if (lkb->op_cancel)
		issue_overlaid_cancel(cl, lkb);
	if (lkb->op_unlock && !(lkb->state & DLM_LKB_RESEND))
		dlm_issue_unlock(cl, lkb);
}
