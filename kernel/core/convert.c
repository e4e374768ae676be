// SPDX-License-Identifier: GPL-2.0
/* A conversion at the master of its resource: rules G-8 to G-13. */
#include "core/blocking.h"
#include "core/deadlock.h"
#include "core/engine.h"
#include "core/grant.h"
#include "core/queue.h"

static int queue_conversion(struct dlm_resource *res, struct dlm_lkb *lkb)
{
	dlm_queue_move(res, lkb, DLM_QUEUE_CONVERT);
	return -EINPROGRESS;
}

static int queue_deadlocked(struct dlm_resource *res, struct dlm_lkb *lkb)
{
	dlm_queue_move(res, lkb, DLM_QUEUE_CONVERT);
	lkb->state |= DLM_LKB_PENDING_DEADLK;
	return -EINPROGRESS;
}

/* The lock stays as it was, but the call may have changed whether it wants blocking callbacks. */
static int refuse(struct dlm_resource *res, int verdict)
{
	res->told = DLM_LOCK_NL;
	return verdict;
}

/* G-10: the lock has given way; first those whom it blocked. */
static int convert_demoted(struct dlm_resource *res, struct dlm_lkb *lkb, const void *lvb,
			   struct dlm_sink *sink)
{
	bool others;

	dlm_deadlock_demote(res, lkb);
	others = dlm_grant_conversions(res, DLM_WHEN_LATER, sink);
	if (dlm_grant_requested(res, lkb, DLM_WHEN_NOW, lvb))
		return 0;
	if (others)
		lkb->state |= DLM_LKB_MADE_WAY;
	return queue_conversion(res, lkb);
}

int dlm_engine_convert(struct dlm_resource *res, struct dlm_lkb *lkb, const void *lvb,
		       struct dlm_sink *sink)
{
	lkb->state &= ~DLM_LKB_DEMOTED;

	if (dlm_grant_requested(res, lkb, DLM_WHEN_NOW, lvb))
		return 0;
	if (!(lkb->exflags & DLM_LKF_NOQUEUE) && dlm_deadlock_arriving(res, lkb)) {
		if (lkb->exflags & DLM_LKF_CONVDEADLK)
			return convert_demoted(res, lkb, lvb, sink);
		if (lkb->exflags & DLM_LKF_NODLCKWT)
			return queue_deadlocked(res, lkb);
		lkb->requested_mode = DLM_LOCK_IV;
		return refuse(res, -EDEADLK);
	}
	if (dlm_grant_alternative(res, lkb, DLM_WHEN_NOW, lvb))
		return 0;
	if (lkb->exflags & DLM_LKF_NOQUEUE)
		return refuse(res, -EAGAIN);
	return queue_conversion(res, lkb);
}

static void queued_effects(struct dlm_resource *res, struct dlm_lkb *lkb, struct dlm_sink *sink)
{
	dlm_blocking_queued(res, lkb, sink);
	if (lkb->state & DLM_LKB_MADE_WAY) {
		/* Granted because it gave way, they must hear of all who wait. */
		lkb->state &= ~DLM_LKB_MADE_WAY;
		dlm_deadlock_mark(res);
		dlm_blocking_pass(res, sink);
		return;
	}
	/* 9.5: who stands in a deadlock is told as soon as it forms. */
	if ((lkb->state & DLM_LKB_PENDING_DEADLK) && dlm_deadlock_resolve(res, sink))
		dlm_engine_grant_pass(res, DLM_PASS_NORMAL, sink);
}

/* A refused conversion may have brought the lock's first blocking function (10.5). */
static void tell_newcomer(struct dlm_resource *res, struct dlm_lkb *lkb, struct dlm_sink *sink)
{
	if (lkb->high_bast == DLM_LOCK_NL)
		dlm_blocking_overtaken(res, lkb, sink);
}

void dlm_engine_convert_effects(struct dlm_resource *res, struct dlm_lkb *lkb, int verdict,
				struct dlm_sink *sink)
{
	switch (verdict) {
	case 0:
		dlm_engine_grant_pass(res, DLM_PASS_NORMAL, sink);
		break;
	case -EINPROGRESS:
		queued_effects(res, lkb, sink);
		break;
	case -EAGAIN:
		if (lkb->exflags & DLM_LKF_NOQUEUEBAST)
			dlm_blocking_refused(res, lkb, sink);
		lkb->requested_mode = DLM_LOCK_IV;
		tell_newcomer(res, lkb, sink);
		break;
	case -EDEADLK:
		tell_newcomer(res, lkb, sink);
		break;
	}
}
