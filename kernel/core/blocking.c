// SPDX-License-Identifier: GPL-2.0
/*
 * Who is told that it blocks, and with which mode: rules B-1 to B-3 of
 * lock-semantics section 10.
 *
 * res->told spares walks over the grant queue: every lock there that wants
 * blocking callbacks and conflicts with the mode told has H >= told. A lock
 * that comes to the grant queue or changes its mode there takes the promise back.
 */
#include "core/blocking.h"
#include "core/deadlock.h"
#include "gen/dlm_modes.h"

static bool is_pair_pr_cw(int a, int b)
{
	return (a == DLM_LOCK_PR && b == DLM_LOCK_CW) || (a == DLM_LOCK_CW && b == DLM_LOCK_PR);
}

static void tell(struct dlm_lkb *lkb, int mode, struct dlm_sink *sink)
{
	lkb->high_bast = mode;
	sink->blocking(sink, lkb, mode);
}

/* B-1 and B-2 for one holder. */
static void tell_holder(struct dlm_lkb *holder, int mode, struct dlm_sink *sink)
{
	bool send;

	if (!(holder->state & DLM_LKB_WANT_BAST))
		return;
	if (is_pair_pr_cw(holder->granted_mode, mode))
		send = holder->high_bast < DLM_LOCK_EX;
	else
		send = holder->high_bast < mode && !dlm_mode_compatible(holder->granted_mode, mode);
	if (send)
		tell(holder, mode, sink);
}

static bool anybody_holds_against(const struct dlm_resource *res, int mode)
{
	int held;

	for (held = DLM_LOCK_CR; held <= DLM_LOCK_EX; held++)
		if (res->nr_granted[held] && !dlm_mode_compatible(held, mode))
			return true;
	return false;
}

/* A walk over the grant queue for @mode would tell nobody anything new. */
static bool all_told(const struct dlm_resource *res, int mode)
{
	if (res->told == DLM_LOCK_EX)
		return true;
	if (mode == DLM_LOCK_PR && res->nr_granted[DLM_LOCK_CW])
		return false;
	if (mode == DLM_LOCK_CW && res->nr_granted[DLM_LOCK_PR])
		return false;
	return res->told >= mode;
}

static void tell_granted(struct dlm_resource *res, const struct dlm_lkb *except, int mode,
			 struct dlm_sink *sink)
{
	struct dlm_lkb *holder;

	if (all_told(res, mode))
		return;
	list_for_each_entry(holder, &res->grant_queue, queue_link)
		if (holder != except)
			tell_holder(holder, mode, sink);
	if (except->queue != DLM_QUEUE_GRANT)
		res->told = mode;
}

void dlm_blocking_queued(struct dlm_resource *res, struct dlm_lkb *lkb, struct dlm_sink *sink)
{
	if (anybody_holds_against(res, lkb->requested_mode))
		tell_granted(res, lkb, lkb->requested_mode, sink);
}

void dlm_blocking_refused(struct dlm_resource *res, struct dlm_lkb *lkb, struct dlm_sink *sink)
{
	struct dlm_lkb *holder;

	if (!anybody_holds_against(res, lkb->requested_mode))
		return;
	tell_granted(res, lkb, lkb->requested_mode, sink);
	list_for_each_entry(holder, &res->convert_queue, queue_link)
		tell_holder(holder, lkb->requested_mode, sink);
}

/* What is still waited for, deadlocked conversions left out. */
struct wanted {
	int high; /* highest mode, NL if there is none */
	bool cw;  /* somebody asks for CW */
};

static bool asks_for(const struct dlm_lkb *lkb, int mode)
{
	return lkb->requested_mode == mode && !(lkb->state & DLM_LKB_PENDING_DEADLK);
}

static bool on_queue(const struct list_head *queue, int mode)
{
	const struct dlm_lkb *lkb;

	list_for_each_entry(lkb, queue, queue_link)
		if (asks_for(lkb, mode))
			return true;
	return false;
}

/* The hints may name modes that nobody asks for any more; what is found wrong is put right. */
static bool anybody_wants(struct dlm_resource *res, int mode)
{
	if (res->wait_modes & BIT(mode)) {
		if (on_queue(&res->wait_queue, mode))
			return true;
		res->wait_modes &= ~BIT(mode);
	}
	return (res->convert_modes & BIT(mode)) && on_queue(&res->convert_queue, mode);
}

static void find_wanted(struct dlm_resource *res, struct wanted *wanted)
{
	for (wanted->high = DLM_LOCK_EX; wanted->high > DLM_LOCK_NL; wanted->high--)
		if (anybody_wants(res, wanted->high))
			break;
	wanted->cw = anybody_wants(res, DLM_LOCK_CW);
}

/* B-3 for one holder. */
static void tell_of_waiting(struct dlm_lkb *holder, const struct wanted *wanted,
			    struct dlm_sink *sink)
{
	bool pr_against_cw = wanted->cw && holder->granted_mode == DLM_LOCK_PR;
	int mode = wanted->high;
	bool send;

	if (!(holder->state & DLM_LKB_WANT_BAST))
		return;
	if (pr_against_cw)
		send = holder->high_bast < DLM_LOCK_EX;
	else
		send = holder->high_bast < mode && !dlm_mode_compatible(holder->granted_mode, mode);
	if (!send)
		return;
	if (pr_against_cw && mode == DLM_LOCK_PR)
		mode = DLM_LOCK_CW;
	holder->high_bast = wanted->high;
	sink->blocking(sink, holder, mode);
}

void dlm_blocking_pass(struct dlm_resource *res, struct dlm_sink *sink)
{
	struct dlm_lkb *holder;
	struct wanted wanted;

	if (res->told == DLM_LOCK_EX || list_empty(&res->grant_queue))
		return;
	find_wanted(res, &wanted);
	if (wanted.high == DLM_LOCK_NL)
		return;
	if (!(wanted.cw && res->nr_granted[DLM_LOCK_PR]) &&
	    (res->told >= wanted.high || !anybody_holds_against(res, wanted.high)))
		return;
	list_for_each_entry(holder, &res->grant_queue, queue_link)
		tell_of_waiting(holder, &wanted, sink);
	res->told = wanted.high;
}

void dlm_blocking_overtaken(struct dlm_resource *res, struct dlm_lkb *lkb, struct dlm_sink *sink)
{
	struct wanted wanted;

	if (list_empty(&res->convert_queue) && list_empty(&res->wait_queue))
		return;
	dlm_deadlock_mark(res);
	find_wanted(res, &wanted);
	if (wanted.high != DLM_LOCK_NL)
		tell_of_waiting(lkb, &wanted, sink);
}
