// SPDX-License-Identifier: GPL-2.0
/*
 * Own operations that recovery or a closed gate stands in the way of (wire spec
 * 8.7, lock-semantics 15.2, 8.4): the first pass finds those whose answer is lost
 * with a gone master, the second decides or sends what was marked and what was
 * recorded. The second also serves operations that are tried again after a pause.
 */
#include "cluster/expect.h"
#include "cluster/issue.h"
#include "cluster/mirror.h"
#include "cluster/outcome.h"
#include "cluster/owner.h"
#include "cluster/route.h"
#include "core/engine.h"
#include "gen/dlm_modes.h"

/* ---- first pass ---- */

static void forget_answers(struct dlm_lkb *lkb)
{
	enum dlm_wait wait = (enum dlm_wait)lkb->wait_type;

	dlm_expect_nothing(lkb);
	lkb->wait_type = wait;
}

/*
 * A LOOKUP may have been answered as a request, by a directory node that is the master: that
 * answer is in the saved queue then. From whoever is gone nothing comes any more, and a
 * question to it must not look as if it were on its way to the next master.
 */
static void mark(struct dlm_cluster *cl, struct dlm_lkb *lkb)
{
	if (lkb->wait_type != DLM_WAIT_LOOKUP)
		forget_answers(lkb);
	lkb->state |= DLM_LKB_RESEND;
	cl->ops->defer(cl, lkb, 0);
}

/*
 * Between PR and CW: the old master may have granted it, and others accordingly, before the cancel
 * came. The new master finds out what the lock holds (8.6.4), so the cancel is decided there.
 */
static bool may_be_granted(const struct dlm_lkb *lkb)
{
	return !lkb->op_unlock &&
	       dlm_convert_kind(lkb->granted_mode, lkb->requested_mode) == DLM_CONVERT_MIDDLE;
}

static void unlock_lost(struct dlm_cluster *cl, struct dlm_lkb *lkb)
{
	dlm_engine_dequeue(lkb->res, lkb);
	dlm_outcome_unlocked(cl, lkb);
}

/* The old master is gone, and with it what it knew: the cancel has worked (8.4). */
static void cancel_lost(struct dlm_cluster *cl, struct dlm_lkb *lkb)
{
	bool waiting = lkb->queue == DLM_QUEUE_WAIT;
	bool unlock_sent = dlm_expects(lkb, DLM_WAIT_UNLOCK);

	dlm_expect_nothing(lkb);
	if (dlm_mirror_cancel(lkb))
		dlm_outcome_cancelled(cl, lkb);
	else
		dlm_outcome_cancel_void(cl, lkb);
	if (waiting || !lkb->op_unlock)
		return;
	if (unlock_sent)
		unlock_lost(cl, lkb);
	else
		dlm_issue_later(cl, lkb, DLM_WAIT_UNLOCK, 0);
}

/*
 * Whoever was asked will not answer any more. Not res->master: a faster peer's question or
 * list of names may have named a new one before this pass.
 */
static bool answer_is_lost(struct dlm_cluster *cl, const struct dlm_lkb *lkb)
{
	return lkb->wait_type == DLM_WAIT_LOOKUP || cl->nodir ||
	       dlm_recover_is_gone(cl, lkb->holder);
}

/*
 * This node has come to keep the directory, and nobody masters the name; but who was asked may make
 * itself the master when it sees by whom.
 */
static void expect_master(struct dlm_cluster *cl, const struct dlm_lkb *lkb)
{
	struct dlm_resource *res = lkb->res;

	if (cl->nodir || res->master || res->dir != cl->our_nodeid ||
	    !dlm_expects(lkb, DLM_WAIT_REQUEST))
		return;
	res->master = lkb->holder;
}

void dlm_owner_first_pass(struct dlm_cluster *cl, struct dlm_lkb *lkb)
{
	struct dlm_resource *res = lkb->res;

	/* A lock that is gone expects nothing. */
	if (!lkb->nr_expected)
		return;
	if (!answer_is_lost(cl, lkb)) {
		expect_master(cl, lkb);
		return;
	}
	if (lkb->state & DLM_LKB_RESEND) {
		/* Recorded: what was overtaken will not come any more. */
		if (dlm_issue_is_recorded(lkb))
			forget_answers(lkb);
		return;
	}

	switch (lkb->wait_type) {
	case DLM_WAIT_NONE:
		/* Only what was overtaken was still to come. */
		dlm_expect_nothing(lkb);
		break;
	case DLM_WAIT_UNLOCK:
		unlock_lost(cl, lkb);
		break;
	case DLM_WAIT_CANCEL:
		if (may_be_granted(lkb))
			mark(cl, lkb);
		else
			cancel_lost(cl, lkb);
		break;
	default:
		mark(cl, lkb);
		break;
	}
	dlm_route_finish(cl, res);
}

/* ---- second pass ---- */

static void request_deferred(struct dlm_cluster *cl, struct dlm_lkb *lkb)
{
	if (dlm_owner_proves(cl, lkb))
		dlm_route_request(cl, lkb);
	else if (lkb->op_unlock)
		dlm_outcome_unlocked(cl, lkb);
	else if (lkb->op_cancel)
		dlm_outcome_cancelled(cl, lkb);
	else
		dlm_route_request(cl, lkb);
}

static void conversion_deferred(struct dlm_cluster *cl, struct dlm_lkb *lkb)
{
	if (lkb->op_cancel && !may_be_granted(lkb)) {
		lkb->requested_mode = DLM_LOCK_IV;
		dlm_outcome_cancelled(cl, lkb);
	} else if (lkb->op_unlock) {
		dlm_outcome_dropped(cl, lkb);
	} else {
		dlm_issue_convert(cl, lkb);
	}
	dlm_issue_overlaid(cl, lkb);
}

/* An operation on a queued lock: a cancel comes before an unlock that was accepted after it. */
static void queued_deferred(struct dlm_cluster *cl, struct dlm_lkb *lkb)
{
	bool waiting = lkb->queue == DLM_QUEUE_WAIT;

	if (lkb->op_cancel && (waiting || lkb->queue == DLM_QUEUE_CONVERT)) {
		dlm_issue_cancel(cl, lkb);
		/* Decided here, it has ended a request and the unlock with it. */
		if (waiting && dlm_is_master(cl, lkb->res))
			return;
	} else {
		dlm_outcome_cancel_void(cl, lkb);
	}
	if (lkb->op_unlock && !(lkb->state & DLM_LKB_RESEND))
		dlm_issue_unlock(cl, lkb);
}

void dlm_owner_deferred(struct dlm_cluster *cl, struct dlm_lkb *lkb)
{
	struct dlm_resource *res = lkb->res;
	enum dlm_wait wait = (enum dlm_wait)lkb->wait_type;

	if (!(lkb->state & DLM_LKB_RESEND) || (lkb->state & DLM_LKB_GONE) ||
	    !dlm_gate_open(cl, res))
		return;

	/*
	 * No answer to the operation can come any more. Those to older ones can, from a
	 * master that is still there, and meet their own entries.
	 */
	lkb->state &= ~DLM_LKB_RESEND;
	if (dlm_expect_next(lkb) != DLM_WAIT_NONE)
		dlm_expect_nothing(lkb);
	lkb->wait_type = DLM_WAIT_NONE;

	switch (wait) {
	case DLM_WAIT_LOOKUP:
	case DLM_WAIT_REQUEST:
		request_deferred(cl, lkb);
		break;
	case DLM_WAIT_CONVERT:
		conversion_deferred(cl, lkb);
		break;
	default:
		queued_deferred(cl, lkb);
		break;
	}
	dlm_route_finish(cl, res);
}
