// SPDX-License-Identifier: GPL-2.0
/*
 * When a lock is granted (the table of lock-semantics 4.2), and the grant pass
 * (4.6). Conflicts of modes are read from the counts of the resource, and a scan
 * ends at the first lock that has to wait, unless one behind it may overtake.
 */
#include "core/grant.h"
#include "core/blocking.h"
#include "core/deadlock.h"
#include "core/queue.h"
#include "core/value.h"
#include "gen/dlm_modes.h"

/* Some other lock holds a mode that @mode conflicts with. */
static bool blocked_by_modes(const struct dlm_resource *res, const struct dlm_lkb *lkb, int mode)
{
	int held;
	u32 nr;

	for (held = DLM_LOCK_CR; held <= DLM_LOCK_EX; held++) {
		nr = res->nr_granted[held];
		if (lkb->granted_mode == held && dlm_lkb_converts(lkb))
			nr--;
		if (nr && !dlm_mode_compatible(held, mode))
			return true;
	}
	return false;
}

static bool conversion_has_turn(const struct dlm_resource *res, const struct dlm_lkb *lkb,
				enum dlm_when when)
{
	switch (when) {
	case DLM_WHEN_RECOVERED:
		return true;
	case DLM_WHEN_NOW:
		return !(lkb->exflags & DLM_LKF_QUECVT) || list_empty(&res->convert_queue);
	default:
		return (lkb->exflags & DLM_LKF_NOORDER) ||
		       list_is_first(&lkb->queue_link, &res->convert_queue);
	}
}

static bool request_has_turn(const struct dlm_resource *res, const struct dlm_lkb *lkb,
			     enum dlm_when when)
{
	if (lkb->exflags & (DLM_LKF_EXPEDITE | DLM_LKF_NOORDER))
		return true;
	if (!list_empty(&res->convert_queue))
		return false;
	if (when == DLM_WHEN_NOW)
		return list_empty(&res->wait_queue);
	return list_is_first(&lkb->queue_link, &res->wait_queue);
}

static bool grantable(const struct dlm_resource *res, const struct dlm_lkb *lkb, int mode,
		      enum dlm_when when)
{
	if (blocked_by_modes(res, lkb, mode))
		return false;
	if (dlm_lkb_converts(lkb))
		return conversion_has_turn(res, lkb, when);
	return request_has_turn(res, lkb, when);
}

static void grant(struct dlm_resource *res, struct dlm_lkb *lkb, const void *lvb)
{
	dlm_value_granted(res, lkb, lvb);
	lkb->high_bast = DLM_LOCK_NL;
	lkb->state &= ~DLM_LKB_DEMOTED;
	dlm_engine_set_granted(res, lkb, lkb->requested_mode);
	if (lkb->queue != DLM_QUEUE_GRANT)
		dlm_engine_move(res, lkb, DLM_QUEUE_GRANT);
	lkb->requested_mode = DLM_LOCK_IV;
}

bool dlm_grant_requested(struct dlm_resource *res, struct dlm_lkb *lkb, enum dlm_when when,
			 const void *lvb)
{
	if (!grantable(res, lkb, lkb->requested_mode, when))
		return false;
	grant(res, lkb, lvb);
	return true;
}

int dlm_engine_alternative(const struct dlm_lkb *lkb)
{
	if ((lkb->exflags & DLM_LKF_ALTPR) && lkb->requested_mode != DLM_LOCK_PR)
		return DLM_LOCK_PR;
	if ((lkb->exflags & DLM_LKF_ALTCW) && lkb->requested_mode != DLM_LOCK_CW)
		return DLM_LOCK_CW;
	return DLM_LOCK_IV;
}

bool dlm_grant_alternative(struct dlm_resource *res, struct dlm_lkb *lkb, enum dlm_when when,
			   const void *lvb)
{
	int mode = dlm_engine_alternative(lkb);

	if (mode == DLM_LOCK_IV || !grantable(res, lkb, mode, when))
		return false;
	lkb->requested_mode = mode;
	lkb->sb_flags |= DLM_SBF_ALTMODE;
	grant(res, lkb, lvb);
	return true;
}

static bool grant_conversion(struct dlm_resource *res, struct dlm_lkb *lkb, enum dlm_when when)
{
	if (dlm_grant_requested(res, lkb, when, NULL))
		return true;
	if (dlm_engine_alternative(lkb) == DLM_LOCK_IV || dlm_deadlock_pending(res, lkb))
		return false;
	/* PW may go down to it, and writes then what is in the buffer now. */
	return dlm_grant_alternative(res, lkb, when, lkb->lvb);
}

/* One scan from the head: grants the first that can be, false if there is none. */
static bool grant_one_conversion(struct dlm_resource *res, enum dlm_when when,
				 struct dlm_sink *sink)
{
	struct dlm_lkb *lkb;

	list_for_each_entry(lkb, &res->convert_queue, queue_link) {
		if (grant_conversion(res, lkb, when)) {
			sink->granted(sink, lkb);
			return true;
		}
		if (when == DLM_WHEN_LATER && !res->noorder)
			return false;
	}
	return false;
}

bool dlm_grant_conversions(struct dlm_resource *res, enum dlm_when when, struct dlm_sink *sink)
{
	bool any = false;

	do {
		while (grant_one_conversion(res, when, sink))
			any = true;
	} while (dlm_deadlock_resolve(res, sink));
	return any;
}

static void grant_waiting(struct dlm_resource *res, struct dlm_sink *sink)
{
	struct dlm_lkb *lkb, *next;

	if (!list_empty(&res->convert_queue) && !res->noorder)
		return;
	list_for_each_entry_safe(lkb, next, &res->wait_queue, queue_link) {
		if (dlm_grant_requested(res, lkb, DLM_WHEN_LATER, NULL) ||
		    dlm_grant_alternative(res, lkb, DLM_WHEN_LATER, NULL))
			sink->granted(sink, lkb);
		else if (!res->noorder)
			return;
	}
}

void dlm_engine_grant_held(struct dlm_resource *res, struct dlm_sink *sink)
{
	struct dlm_lkb *lkb, *next;

	list_for_each_entry_safe(lkb, next, &res->convert_queue, queue_link) {
		if (lkb->granted_mode != lkb->requested_mode)
			continue;
		grant(res, lkb, NULL);
		sink->granted(sink, lkb);
	}
}

void dlm_engine_grant_pass(struct dlm_resource *res, enum dlm_pass pass, struct dlm_sink *sink)
{
	if (list_empty(&res->convert_queue) && list_empty(&res->wait_queue))
		return;
	dlm_grant_conversions(res, pass == DLM_PASS_RECOVERY ? DLM_WHEN_RECOVERED : DLM_WHEN_LATER,
			      sink);
	grant_waiting(res, sink);
	dlm_blocking_pass(res, sink);
}
