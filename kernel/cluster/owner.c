// SPDX-License-Identifier: GPL-2.0
/*
 * Admission of the operations of this node's callers (lock-semantics 7.3, wire
 * spec 6.8). What is accepted is filed in the lock and issued, or recorded while
 * the gate is closed (15.2).
 *
 * A lock is busy while somebody else's answer decides it. An answer that was
 * overtaken does not count (X9).
 */
#include "cluster/owner.h"
#include "cluster/decide.h"
#include "cluster/directory.h"
#include "cluster/expect.h"
#include "cluster/issue.h"
#include "cluster/outcome.h"
#include "cluster/route.h"
#include "gen/dlm_modes.h"

static bool is_busy(const struct dlm_lkb *lkb)
{
	return lkb->wait_type != DLM_WAIT_NONE || lkb->op_unlock || lkb->op_cancel ||
	       (lkb->state & (DLM_LKB_RESEND | DLM_LKB_LOOKUP_LISTED));
}

/* FORCEUNLOCK in a lock call means nothing and must not be remembered (X13). */
static u32 flags_kept(u32 exflags)
{
	return exflags & ~DLM_LKF_FORCEUNLOCK;
}

/* The caller may change its buffer as soon as the call has returned. */
static void keep_value(struct dlm_lkb *lkb, struct dlm_op *op, const void *lvb)
{
	if ((op->has_lvb & DLM_OP_LVB_KEPT) || !(op->has_lvb & DLM_OP_LVB_ROOM) || !lvb)
		return;
	memcpy(op->lvb, lvb, lkb->res->lvblen);
	op->has_lvb |= DLM_OP_LVB_KEPT;
}

void dlm_owner_request(struct dlm_cluster *cl, struct dlm_lkb *lkb, struct dlm_op *op)
{
	struct dlm_resource *res = lkb->res;

	lkb->exflags = flags_kept(lkb->exflags);
	lkb->sb_flags = 0;
	lkb->op = op;
	lkb->lksb = op->lksb;
	op->mode = lkb->requested_mode;
	lkb->state |= DLM_LKB_OFF_QUEUE;
	res->nr_off_queue++;
	dlm_directory_activate(cl, res);

	if (dlm_gate_open(cl, res))
		dlm_route_request(cl, lkb);
	else
		dlm_issue_later(cl, lkb, DLM_WAIT_REQUEST, 0);
	dlm_route_finish(cl, res);
}

static void accept_conversion(struct dlm_lkb *lkb, struct dlm_op *op,
			      const struct dlm_convert_args *args)
{
	lkb->exflags = flags_kept(args->exflags);
	lkb->lvb = args->lvb;
	lkb->ownpid = args->ownpid;
	lkb->state &= ~DLM_LKB_WANT_BAST;
	if (args->want_bast)
		lkb->state |= DLM_LKB_WANT_BAST;
	lkb->sb_flags = 0;
	lkb->nr_retries = 0;
	lkb->op = op;
	lkb->lksb = op->lksb;
	op->mode = args->mode;
	if (args->value && args->lvb)
		memcpy(args->lvb, args->value, args->value_len);
	if (args->exflags & DLM_LKF_VALBLK)
		keep_value(lkb, op, args->lvb);
}

int dlm_owner_convert(struct dlm_cluster *cl, struct dlm_lkb *lkb, struct dlm_op *op,
		      const struct dlm_convert_args *args)
{
	if (lkb->queue != DLM_QUEUE_GRANT || is_busy(lkb))
		return -EBUSY;
	if (dlm_lkb_is_master_copy(lkb))
		return -EINVAL;
	if ((args->exflags & DLM_LKF_QUECVT) && !dlm_quecvt_allowed(lkb->granted_mode, args->mode))
		return -EINVAL;

	accept_conversion(lkb, op, args);
	if (dlm_gate_open(cl, lkb->res))
		dlm_issue_convert(cl, lkb);
	else
		dlm_issue_later(cl, lkb, DLM_WAIT_CONVERT, 0);
	return 0;
}

/* The functions are those of the last lock call, and so is the status block if none is given. */
static void accept_record(struct dlm_lkb *lkb, struct dlm_op *op, u32 flags)
{
	const struct dlm_op *last = lkb->op ? lkb->op : lkb->last_op;

	if (last) {
		op->ast = last->ast;
		op->bast = last->bast;
	}
	if (!op->lksb)
		op->lksb = lkb->lksb;
	op->exflags = flags;
	/*
	 * Only who holds PW or EX has something to write. Over a request or an up
	 * conversion that may yet be granted, the buffer is still to be read into:
	 * kept now, its old bytes would go over the resource's value.
	 */
	if (((flags | lkb->exflags) & DLM_LKF_VALBLK) &&
	    dlm_lvb_op_unlock(lkb->granted_mode) == DLM_LVB_WRITE)
		keep_value(lkb, op, lkb->lvb);
}

/* On the lookup list nobody else knows of the lock. */
static int end_listed(struct dlm_cluster *cl, struct dlm_lkb *lkb, bool cancel)
{
	struct dlm_resource *res = lkb->res;

	if (cancel)
		dlm_outcome_cancelled(cl, lkb);
	else
		dlm_outcome_unlocked(cl, lkb);
	dlm_route_finish(cl, res);
	return 0;
}

/* The operation below was recorded only: the unlock ends it or takes its place. */
static void unlock_recorded(struct dlm_cluster *cl, struct dlm_lkb *lkb)
{
	switch (lkb->wait_type) {
	case DLM_WAIT_REQUEST: /* a LOOKUP that could not be sent is one, too */
		dlm_outcome_unlocked(cl, lkb);
		break;
	case DLM_WAIT_CONVERT:
		dlm_outcome_dropped(cl, lkb);
		lkb->wait_type = DLM_WAIT_UNLOCK;
		break;
	default:
		/* A recorded cancel comes first. */
		break;
	}
}

bool dlm_owner_proves(const struct dlm_cluster *cl, const struct dlm_lkb *lkb)
{
	const struct dlm_resource *res = lkb->res;

	return (res->state & DLM_RES_UNPROVEN) && res->master && !dlm_is_master(cl, res) &&
	       (lkb->state & DLM_LKB_OFF_QUEUE) && lkb->nr_retries &&
	       (!res->first || res->first == lkb->id);
}

/* Nobody else has it, or counts on it. */
static bool is_recorded(const struct dlm_cluster *cl, const struct dlm_lkb *lkb)
{
	return dlm_issue_is_recorded(lkb) && !dlm_owner_proves(cl, lkb);
}

static void place_unlock(struct dlm_cluster *cl, struct dlm_lkb *lkb)
{
	bool open = dlm_gate_open(cl, lkb->res);

	if (is_recorded(cl, lkb)) {
		unlock_recorded(cl, lkb);
		return;
	}
	if (lkb->state & DLM_LKB_RESEND)
		return;
	switch (lkb->wait_type) {
	case DLM_WAIT_NONE:
		if (open)
			dlm_issue_unlock(cl, lkb);
		else
			dlm_issue_later(cl, lkb, DLM_WAIT_UNLOCK, 0);
		break;
	case DLM_WAIT_CONVERT:
	case DLM_WAIT_CANCEL:
		if (open)
			dlm_issue_unlock(cl, lkb);
		break;
	default:
		/* Decided when the answer to the request comes. */
		break;
	}
}

static int unlock(struct dlm_cluster *cl, struct dlm_lkb *lkb, struct dlm_op *op, u32 flags,
		  u32 ownpid)
{
	struct dlm_resource *res = lkb->res;
	bool listed = lkb->state & DLM_LKB_LOOKUP_LISTED;

	if (!(flags & DLM_LKF_FORCEUNLOCK) && is_busy(lkb))
		return -EBUSY;
	if (lkb->op_unlock)
		return -EINVAL;

	accept_record(lkb, op, flags);
	lkb->op_unlock = op;
	lkb->ownpid = ownpid;
	if (listed)
		return end_listed(cl, lkb, false);
	place_unlock(cl, lkb);
	dlm_route_finish(cl, res);
	return 0;
}

/* The operation below was recorded only and is taken back. */
static void cancel_recorded(struct dlm_cluster *cl, struct dlm_lkb *lkb)
{
	lkb->state &= ~DLM_LKB_RESEND;
	lkb->wait_type = DLM_WAIT_NONE;
	lkb->requested_mode = DLM_LOCK_IV;
	dlm_outcome_cancelled(cl, lkb);
}

static void place_cancel(struct dlm_cluster *cl, struct dlm_lkb *lkb)
{
	bool open = dlm_gate_open(cl, lkb->res);

	if (is_recorded(cl, lkb)) {
		cancel_recorded(cl, lkb);
		return;
	}
	if (lkb->state & DLM_LKB_RESEND)
		return;
	switch (lkb->wait_type) {
	case DLM_WAIT_NONE:
		if (open)
			dlm_issue_cancel(cl, lkb);
		else
			dlm_issue_later(cl, lkb, DLM_WAIT_CANCEL, 0);
		break;
	case DLM_WAIT_CONVERT:
		if (open)
			dlm_issue_cancel(cl, lkb);
		break;
	default:
		/* Decided when the answer to the request comes. */
		break;
	}
}

static int cancel(struct dlm_cluster *cl, struct dlm_lkb *lkb, struct dlm_op *op, u32 flags)
{
	struct dlm_resource *res = lkb->res;

	if (lkb->op_unlock || lkb->op_cancel)
		return -EINVAL;
	if (lkb->queue == DLM_QUEUE_GRANT && !is_busy(lkb)) {
		cl->ops->discard(cl, lkb, op);
		return 0;
	}

	accept_record(lkb, op, flags);
	lkb->op_cancel = op;
	if (lkb->state & DLM_LKB_LOOKUP_LISTED)
		return end_listed(cl, lkb, true);
	place_cancel(cl, lkb);
	dlm_route_finish(cl, res);
	return 0;
}

int dlm_owner_unlock(struct dlm_cluster *cl, struct dlm_lkb *lkb, struct dlm_op *op, u32 flags,
		     u32 ownpid)
{
	if (dlm_lkb_is_master_copy(lkb))
		return -EINVAL;
	if (lkb->state & DLM_LKB_GONE)
		return -ENOENT;
	if (op->kind == DLM_OP_CANCEL)
		return cancel(cl, lkb, op, flags);
	return unlock(cl, lkb, op, flags, ownpid);
}
