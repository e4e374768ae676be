// SPDX-License-Identifier: GPL-2.0
/*
 * Operations at the master, for own locks and master copies alike: decide,
 * answer, effects, in this order (wire spec 6.5). Own completions and messages
 * are queued in the order in which they are made here.
 */
#include "cluster/decide.h"
#include "cluster/master.h"
#include "cluster/message.h"
#include "cluster/outcome.h"
#include "gen/dlm_modes.h"

/* The shell keeps a frame ready for the first message of a call, so this is not to happen. */
static void answer(struct dlm_cluster *cl, struct dlm_lkb *lkb, enum dlm_msg_type type, int result)
{
	if (dlm_message_answer(cl, lkb, type, result))
		cl->ops->log(cl, DLM_LOG_ERROR, "no memory for the reply to lock %x of node %d",
			     lkb->remid, lkb->holder);
}

/*
 * An own lock goes with its refusal, so the effects, which look at it, come before. Their order
 * means nothing between callers of one node.
 */
static void refuse_own_request(struct dlm_cluster *cl, struct dlm_lkb *lkb, int verdict,
			       struct dlm_sink *sink)
{
	dlm_engine_request_effects(lkb->res, lkb, verdict, sink);
	dlm_outcome_refused(cl, lkb, verdict);
}

void dlm_decide_request(struct dlm_cluster *cl, struct dlm_lkb *lkb)
{
	struct dlm_resource *res = lkb->res;
	struct dlm_cluster_sink cs;
	int verdict;

	dlm_cluster_sink_init(&cs, cl);
	verdict = dlm_engine_request(res, lkb);
	if (dlm_lkb_is_master_copy(lkb)) {
		lkb->since_us = cl->ops->now_us(cl);
		answer(cl, lkb, DLM_MSG_REQUEST_REPLY, verdict);
	} else if (!verdict) {
		dlm_outcome_granted(cl, lkb);
	} else if (verdict == -EINPROGRESS) {
		dlm_outcome_queued(cl, lkb);
	} else {
		refuse_own_request(cl, lkb, verdict, &cs.sink);
		return;
	}
	dlm_engine_request_effects(res, lkb, verdict, &cs.sink);
}

static void own_conversion(struct dlm_cluster *cl, struct dlm_lkb *lkb, int verdict)
{
	if (!verdict)
		dlm_outcome_granted(cl, lkb);
	else if (verdict == -EINPROGRESS)
		dlm_outcome_queued(cl, lkb);
	else
		dlm_outcome_refused(cl, lkb, verdict);
}

/* GRANTs that a demotion made possible, held back so that the reply could go first. */
static void send_held(struct dlm_cluster *cl, struct dlm_resource *res)
{
	struct dlm_lkb *lkb;

	list_for_each_entry(lkb, &res->grant_queue, queue_link)
		if (lkb->state & DLM_LKB_GRANT_UNSENT)
			dlm_master_deferred(cl, lkb);
}

void dlm_decide_convert(struct dlm_cluster *cl, struct dlm_lkb *lkb, const void *lvb)
{
	/* The owner has completed a down-conversion itself and expects no reply (G-20). */
	bool down = dlm_convert_kind(lkb->granted_mode, lkb->requested_mode) == DLM_CONVERT_DOWN;
	struct dlm_resource *res = lkb->res;
	struct dlm_cluster_sink cs;
	int verdict;

	dlm_cluster_sink_init(&cs, cl);
	cs.hold_grants = true;
	verdict = dlm_engine_convert(res, lkb, lvb, &cs.sink);
	if (!dlm_lkb_is_master_copy(lkb)) {
		own_conversion(cl, lkb, verdict);
	} else {
		lkb->since_us = cl->ops->now_us(cl);
		if (!down)
			answer(cl, lkb, DLM_MSG_CONVERT_REPLY, verdict);
	}
	if (cs.nr_held)
		send_held(cl, res);
	cs.hold_grants = false;
	dlm_engine_convert_effects(res, lkb, verdict, &cs.sink);
}

void dlm_decide_unlock(struct dlm_cluster *cl, struct dlm_lkb *lkb, const void *lvb)
{
	struct dlm_resource *res = lkb->res;
	struct dlm_cluster_sink cs;

	dlm_cluster_sink_init(&cs, cl);
	dlm_engine_unlock(res, lkb, lvb);
	if (dlm_lkb_is_master_copy(lkb))
		answer(cl, lkb, DLM_MSG_UNLOCK_REPLY, -DLM_EUNLOCK);
	else
		dlm_outcome_unlocked(cl, lkb);
	dlm_engine_unlock_effects(res, &cs.sink);
}

void dlm_decide_cancel(struct dlm_cluster *cl, struct dlm_lkb *lkb)
{
	struct dlm_resource *res = lkb->res;
	struct dlm_cluster_sink cs;
	int verdict;

	dlm_cluster_sink_init(&cs, cl);
	verdict = dlm_engine_cancel(res, lkb);
	if (dlm_lkb_is_master_copy(lkb))
		answer(cl, lkb, DLM_MSG_CANCEL_REPLY, verdict);
	else if (verdict)
		dlm_outcome_cancelled(cl, lkb);
	else
		dlm_outcome_cancel_void(cl, lkb);
	dlm_engine_cancel_effects(res, verdict, &cs.sink);
}
