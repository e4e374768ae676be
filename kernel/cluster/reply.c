// SPDX-License-Identifier: GPL-2.0
/*
 * Answers that come back to the owner of a lock (wire spec 6.7, 6.8): replies,
 * GRANT, BAST, LOOKUP_REPLY. Anything may come late or twice: a reply counts
 * only if it is the one that the lock expects next.
 *
 * A caller is never told what it cannot expect (lock-semantics 8.1-a): answers
 * that should not occur are asked again with growing pauses, then become EAGAIN.
 */
#include "cluster/expect.h"
#include "cluster/issue.h"
#include "cluster/mirror.h"
#include "cluster/outcome.h"
#include "cluster/owner.h"
#include "cluster/route.h"
#include "core/engine.h"
#include "gen/dlm_modes.h"

#define RETRY_MAX_MS 1000
#define RETRIES_MAX  10 /* of what should not occur; some two seconds in all */

/* 4.7, as far as the kind of record and its flags go. */
static bool is_for(const struct dlm_lkb *lkb, const struct dlm_msg *m)
{
	if (dlm_lkb_is_master_copy(lkb) || (lkb->state & DLM_LKB_GONE))
		return false;
	if ((m->flags & DLM_IFL_USER) && !(lkb->flags & DLM_IFL_USER))
		return false;
	return !m->hash || m->hash == lkb->res->hash;
}

static bool is_counterpart(const struct dlm_lkb *lkb, const struct dlm_msg *m)
{
	return !m->lkid || !lkb->remid || m->lkid == lkb->remid;
}

static bool is_from_master(const struct dlm_lkb *lkb, int from, const struct dlm_msg *m)
{
	return is_for(lkb, m) && lkb->res->master == from && is_counterpart(lkb, m);
}

/*
 * From the node that was asked. The name may have got another master since, if the lock was the
 * last one there.
 */
static bool is_from_asked(const struct dlm_lkb *lkb, int from, const struct dlm_msg *m)
{
	return is_for(lkb, m) && lkb->holder == from && is_counterpart(lkb, m);
}

static bool makes_master(const struct dlm_msg *m)
{
	return !m->result || m->result == -EINPROGRESS || m->result == -EAGAIN;
}

/*
 * From the node that was asked. While the answer was under way another may have been found out to
 * be the master; this one must not say then that it is.
 */
static bool is_request_reply(const struct dlm_lkb *lkb, int from, const struct dlm_msg *m)
{
	const struct dlm_resource *res = lkb->res;

	if (!is_for(lkb, m) || lkb->holder != from)
		return false;
	return !makes_master(m) || res->master == from || !res->nr_locks;
}

static bool answers(const struct dlm_lkb *lkb, u32 type)
{
	u8 first;

	if (!lkb->nr_expected)
		return false;
	first = lkb->expected[0] & ~DLM_EXPECTED_OVERTAKEN;
	switch (type) {
	case DLM_MSG_REQUEST_REPLY:
		return first == DLM_WAIT_REQUEST || first == DLM_WAIT_LOOKUP;
	case DLM_MSG_CONVERT_REPLY:
		return first == DLM_WAIT_CONVERT;
	case DLM_MSG_UNLOCK_REPLY:
		return first == DLM_WAIT_UNLOCK;
	case DLM_MSG_CANCEL_REPLY:
		return first == DLM_WAIT_CANCEL;
	case DLM_MSG_LOOKUP_REPLY:
		return first == DLM_WAIT_LOOKUP;
	default:
		return false;
	}
}

static void drop(struct dlm_cluster *cl, const struct dlm_lkb *lkb, int from,
		 const struct dlm_msg *m)
{
	cl->nr_dropped++;
	cl->ops->log(cl, DLM_LOG_DEBUG, "%s from node %d for lock %x ignored",
		     dlm_msg_type_name(m->type), from, lkb->id);
}

/* ---- asking again ---- */

static u32 next_pause_ms(struct dlm_lkb *lkb)
{
	u32 ms;

	if (lkb->nr_retries < U8_MAX)
		lkb->nr_retries++;
	if (lkb->nr_retries == 1)
		return 0;
	ms = 10U << min_t(u32, lkb->nr_retries - 2, 8);
	return min_t(u32, ms, RETRY_MAX_MS);
}

static void request_again(struct dlm_cluster *cl, struct dlm_lkb *lkb)
{
	u32 ms = next_pause_ms(lkb);

	DLM_PROBE("request_again");
	if (ms)
		dlm_issue_later(cl, lkb, DLM_WAIT_REQUEST, ms);
	else
		dlm_route_request(cl, lkb);
}

/* What lay on top of a request that did not come through ends it. True: the lock is gone. */
static bool ended_by_overlay(struct dlm_cluster *cl, struct dlm_lkb *lkb)
{
	if (lkb->op_unlock)
		dlm_outcome_unlocked(cl, lkb);
	else if (lkb->op_cancel)
		dlm_outcome_cancelled(cl, lkb);
	else
		return false;
	return true;
}

static void log_unexpected(struct dlm_cluster *cl, const struct dlm_lkb *lkb,
			   const struct dlm_msg *m)
{
	cl->ops->log(cl, DLM_LOG_ERROR, "lock %x: unexpected result %d in %s", lkb->id, m->result,
		     dlm_msg_type_name(m->type));
}

/* ---- REQUEST_REPLY ---- */

static void request_taken(struct dlm_lkb *lkb, int from, const struct dlm_msg *m)
{
	struct dlm_resource *res = lkb->res;

	res->master = from;
	res->state &= ~DLM_RES_UNPROVEN;
	lkb->remid = m->lkid;
	dlm_mirror_flags(lkb, m);
	if (res->first == lkb->id)
		res->first = 0;
}

/* Who was asked does not master it: forget that it does, unless our own locks are there. */
static void request_sent_back(struct dlm_cluster *cl, struct dlm_lkb *lkb, int from)
{
	struct dlm_resource *res = lkb->res;
	int dir = dlm_view_directory_node(cl->view, res->hash);

	if (res->master == from && dir != cl->our_nodeid && !res->nr_locks)
		res->master = 0;
	if (!ended_by_overlay(cl, lkb))
		request_again(cl, lkb);
}

static void request_failed(struct dlm_cluster *cl, struct dlm_lkb *lkb, const struct dlm_msg *m)
{
	log_unexpected(cl, lkb, m);
	if (ended_by_overlay(cl, lkb))
		return;
	if (m->result == -ENOMEM || lkb->nr_retries < RETRIES_MAX)
		dlm_issue_later(cl, lkb, DLM_WAIT_REQUEST,
				max_t(u32, next_pause_ms(lkb), DLM_RETRY_MS));
	else
		dlm_outcome_refused(cl, lkb, -EAGAIN);
}

/*
 * This node keeps the directory, and its record rests on a request whose answer leaves nothing
 * behind at the master: that one may have forgotten the name since, and the record would send
 * all who ask to the wrong node for ever. The request is sent again before it ends, whatever
 * lies on top of it.
 */
static bool request_has_to_prove(const struct dlm_cluster *cl, const struct dlm_lkb *lkb, int from,
				 const struct dlm_msg *m)
{
	struct dlm_resource *res = lkb->res;

	/* Another's request is out, or will be. */
	if (res->first && res->first != lkb->id)
		return false;
	if (cl->nodir || res->master != from ||
	    dlm_view_directory_node(cl->view, res->hash) != cl->our_nodeid)
		return false;
	if (m->result == -EBADR || m->result == -ENOTBLK)
		res->state |= DLM_RES_UNPROVEN;
	return (res->state & DLM_RES_UNPROVEN) && m->result && m->result != -EINPROGRESS;
}

static void request_refused(struct dlm_cluster *cl, struct dlm_lkb *lkb, int from)
{
	struct dlm_resource *res = lkb->res;

	/* The directory node knows from the list of names if the answer is old. */
	if (dlm_view_directory_node(cl->view, res->hash) != cl->our_nodeid)
		res->master = from;
	dlm_outcome_refused(cl, lkb, -EAGAIN);
}

/*
 * Requests that waited for the same answer go out before what was laid over this one, which is
 * the order in which they were made at a stock node too: its lock blocks theirs.
 */
static void request_answered(struct dlm_cluster *cl, struct dlm_lkb *lkb)
{
	dlm_route_finish(cl, lkb->res);
	dlm_issue_overlaid(cl, lkb);
}

/* An unlock that waited for the answer was accepted before: flags set since stay (F-4). */
static void request_granted(struct dlm_cluster *cl, struct dlm_lkb *lkb)
{
	if (lkb->op_unlock)
		lkb->op_unlock->sb_flags = lkb->sb_flags;
	dlm_outcome_granted(cl, lkb);
	request_answered(cl, lkb);
}

static void request_reply(struct dlm_cluster *cl, struct dlm_lkb *lkb, int from,
			  const struct dlm_msg *m, const void *lvb, size_t len)
{
	if (request_has_to_prove(cl, lkb, from, m)) {
		DLM_PROBE("request_has_to_prove");
		request_again(cl, lkb);
		return;
	}
	switch (m->result) {
	case 0:
		request_taken(lkb, from, m);
		dlm_mirror_grant(lkb, m, lvb, len);
		request_granted(cl, lkb);
		break;
	case -EINPROGRESS:
		request_taken(lkb, from, m);
		dlm_mirror_queue(lkb);
		dlm_outcome_queued(cl, lkb);
		request_answered(cl, lkb);
		break;
	case -EAGAIN:
		request_refused(cl, lkb, from);
		break;
	case -EBADR:
	case -ENOTBLK:
		request_sent_back(cl, lkb, from);
		break;
	default:
		request_failed(cl, lkb, m);
		break;
	}
}

/* ---- CONVERT_REPLY ---- */

/* X17: exactly one completion, whatever the master says. */
static void conversion_failed(struct dlm_cluster *cl, struct dlm_lkb *lkb, const struct dlm_msg *m)
{
	log_unexpected(cl, lkb, m);
	if (!lkb->op_cancel && !lkb->op_unlock &&
	    (m->result == -ENOMEM || lkb->nr_retries < RETRIES_MAX)) {
		dlm_issue_later(cl, lkb, DLM_WAIT_CONVERT,
				max_t(u32, next_pause_ms(lkb), DLM_RETRY_MS));
		return;
	}
	lkb->requested_mode = DLM_LOCK_IV;
	dlm_outcome_refused(cl, lkb, -EAGAIN);
	dlm_issue_overlaid(cl, lkb);
}

static void convert_reply(struct dlm_cluster *cl, struct dlm_lkb *lkb, const struct dlm_msg *m,
			  const void *lvb, size_t len)
{
	switch (m->result) {
	case 0:
		dlm_mirror_flags(lkb, m);
		dlm_mirror_grant(lkb, m, lvb, len);
		dlm_outcome_granted(cl, lkb);
		break;
	case -EINPROGRESS:
		dlm_mirror_flags(lkb, m);
		dlm_mirror_queue(lkb);
		dlm_outcome_queued(cl, lkb);
		break;
	case -EDEADLK:
		dlm_mirror_flags(lkb, m);
		lkb->requested_mode = DLM_LOCK_IV;
		dlm_outcome_refused(cl, lkb, -EDEADLK);
		break;
	case -EAGAIN:
		lkb->requested_mode = DLM_LOCK_IV;
		dlm_outcome_refused(cl, lkb, -EAGAIN);
		break;
	default:
		conversion_failed(cl, lkb, m);
		return;
	}
	dlm_issue_overlaid(cl, lkb);
}

/* ---- UNLOCK_REPLY, CANCEL_REPLY ---- */

/* -ENOENT: the master has forgotten the lock, which is as good. */
static void unlock_reply(struct dlm_cluster *cl, struct dlm_lkb *lkb, const struct dlm_msg *m)
{
	if (m->result != -DLM_EUNLOCK && m->result != -ENOENT) {
		log_unexpected(cl, lkb, m);
		if (m->result == -ENOMEM) {
			dlm_issue_later(cl, lkb, DLM_WAIT_UNLOCK,
					max_t(u32, next_pause_ms(lkb), DLM_RETRY_MS));
			return;
		}
	}
	dlm_engine_dequeue(lkb->res, lkb);
	dlm_outcome_unlocked(cl, lkb);
}

static void cancel_reply(struct dlm_cluster *cl, struct dlm_lkb *lkb, const struct dlm_msg *m)
{
	bool waiting = lkb->queue == DLM_QUEUE_WAIT;

	if (m->result != -DLM_ECANCEL) {
		/* Granted: its GRANT has come before or is on the way. */
		dlm_outcome_cancel_void(cl, lkb);
		dlm_issue_overlaid(cl, lkb);
		return;
	}
	dlm_mirror_flags(lkb, m);
	if (!dlm_mirror_cancel(lkb)) {
		dlm_outcome_cancel_void(cl, lkb);
		dlm_issue_overlaid(cl, lkb);
		return;
	}
	dlm_outcome_cancelled(cl, lkb);
	if (!waiting)
		dlm_issue_overlaid(cl, lkb);
}

void dlm_owner_reply(struct dlm_cluster *cl, struct dlm_lkb *lkb, int from, const struct dlm_msg *m,
		     const void *lvb, size_t len)
{
	struct dlm_resource *res = lkb->res;
	bool known = m->type == DLM_MSG_REQUEST_REPLY ? is_request_reply(lkb, from, m) :
							is_from_asked(lkb, from, m);

	if (!known || !answers(lkb, m->type)) {
		drop(cl, lkb, from, m);
		return;
	}
	if (dlm_expect_pop(lkb) & DLM_EXPECTED_OVERTAKEN) {
		DLM_PROBE("reply_overtaken");
		return;
	}
	/* Recovery had given it up, and it was in the saved queue (8.8). */
	lkb->state &= ~DLM_LKB_RESEND;

	switch (m->type) {
	case DLM_MSG_REQUEST_REPLY:
		request_reply(cl, lkb, from, m, lvb, len);
		break;
	case DLM_MSG_CONVERT_REPLY:
		convert_reply(cl, lkb, m, lvb, len);
		break;
	case DLM_MSG_UNLOCK_REPLY:
		unlock_reply(cl, lkb, m);
		break;
	case DLM_MSG_CANCEL_REPLY:
		cancel_reply(cl, lkb, m);
		break;
	}
	dlm_route_finish(cl, res);
}

/* ---- GRANT, BAST ---- */

static bool may_be_granted(const struct dlm_lkb *lkb)
{
	if (lkb->queue == DLM_QUEUE_WAIT || lkb->queue == DLM_QUEUE_CONVERT)
		return true;
	return dlm_expects(lkb, DLM_WAIT_REQUEST) || dlm_expects(lkb, DLM_WAIT_CONVERT);
}

void dlm_owner_grant(struct dlm_cluster *cl, struct dlm_lkb *lkb, int from, const struct dlm_msg *m,
		     const void *lvb, size_t len)
{
	struct dlm_resource *res = lkb->res;

	/* A second GRANT would take the mode away (6.7). */
	if (!is_from_master(lkb, from, m) || !may_be_granted(lkb)) {
		drop(cl, lkb, from, m);
		return;
	}
	if (lkb->queue != DLM_QUEUE_WAIT && lkb->queue != DLM_QUEUE_CONVERT) {
		DLM_PROBE("grant_before_reply");
		lkb->remid = m->lkid;
		res->state &= ~DLM_RES_UNPROVEN;
		dlm_expect_overtaken(lkb, DLM_WAIT_REQUEST);
		dlm_expect_overtaken(lkb, DLM_WAIT_CONVERT);
		lkb->state &= ~DLM_LKB_RESEND;
		if (res->first == lkb->id)
			res->first = 0;
	}
	dlm_mirror_flags(lkb, m);
	dlm_mirror_grant(lkb, m, lvb, len);
	dlm_outcome_granted(cl, lkb);
	dlm_issue_overlaid(cl, lkb);
	dlm_route_finish(cl, res);
}

void dlm_owner_bast(struct dlm_cluster *cl, struct dlm_lkb *lkb, int from, const struct dlm_msg *m)
{
	if (!is_from_master(lkb, from, m)) {
		drop(cl, lkb, from, m);
		return;
	}
	if (m->bastmode > DLM_LOCK_NL && m->bastmode <= DLM_LOCK_EX &&
	    (lkb->state & DLM_LKB_WANT_BAST))
		cl->ops->blocking(cl, lkb, m->bastmode);
}

/* ---- LOOKUP_REPLY ---- */

/* Also if the request itself is not wanted any more: the directory has it in writing. */
static void learn_master(struct dlm_cluster *cl, struct dlm_resource *res, int master)
{
	if (res->master && res->master != master)
		cl->ops->log(cl, DLM_LOG_ERROR, "directory names node %d as master, not %d", master,
			     res->master);
	/* What was decided here stays decided here. */
	if (!dlm_is_master(cl, res) || !res->nr_locks)
		res->master = master;
}

void dlm_owner_lookup_reply(struct dlm_cluster *cl, struct dlm_lkb *lkb, int from,
			    const struct dlm_msg *m)
{
	struct dlm_resource *res = lkb->res;
	bool named = m->result >= 0 && dlm_view_has(cl->view, m->nodeid);

	if (!is_for(lkb, m) || !answers(lkb, m->type) || lkb->holder != from) {
		drop(cl, lkb, from, m);
		return;
	}
	dlm_expect_pop(lkb);
	lkb->state &= ~DLM_LKB_RESEND;
	if (named)
		learn_master(cl, res, m->nodeid);
	if (!ended_by_overlay(cl, lkb)) {
		if (named)
			dlm_route_request(cl, lkb);
		else
			request_again(cl, lkb);
	}
	dlm_route_finish(cl, res);
}
