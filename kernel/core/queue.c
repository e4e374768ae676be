// SPDX-License-Identifier: GPL-2.0
/*
 * The three queues of a resource, the counts of granted modes, and the hints
 * that spare walks. Everything in core/ and cluster/ that moves a lock comes
 * through here, so counts and hints are right at all times.
 */
#include "core/queue.h"
#include "core/engine.h"
#include "core/value.h"
#include "gen/dlm_modes.h"

static void count_granted(struct dlm_resource *res, int mode, int change)
{
	if (dlm_mode_valid(mode))
		res->nr_granted[mode] += change;
}

static u8 mode_bit(int mode)
{
	return dlm_mode_valid(mode) ? BIT(mode) : 0;
}

static struct list_head *queue_head(struct dlm_resource *res, enum dlm_queue queue)
{
	switch (queue) {
	case DLM_QUEUE_GRANT:
		return &res->grant_queue;
	case DLM_QUEUE_CONVERT:
		return &res->convert_queue;
	default:
		return &res->wait_queue;
	}
}

static void note_arrival(struct dlm_resource *res, const struct dlm_lkb *lkb)
{
	switch (lkb->queue) {
	case DLM_QUEUE_GRANT:
		count_granted(res, lkb->granted_mode, 1);
		res->told = DLM_LOCK_NL;
		return;
	case DLM_QUEUE_CONVERT:
		count_granted(res, lkb->granted_mode, 1);
		res->convert_modes |= mode_bit(lkb->requested_mode);
		if (lkb->granted_mode > DLM_LOCK_NL)
			res->convert_held |= mode_bit(lkb->granted_mode);
		break;
	default:
		res->wait_modes |= mode_bit(lkb->requested_mode);
		break;
	}
	if (lkb->exflags & DLM_LKF_NOORDER)
		res->noorder = 1;
}

static void put(struct dlm_resource *res, struct dlm_lkb *lkb, enum dlm_queue queue, bool at_head)
{
	struct list_head *head = queue_head(res, queue);

	if (at_head)
		list_add(&lkb->queue_link, head);
	else
		list_add_tail(&lkb->queue_link, head);
	lkb->queue = queue;
	res->nr_locks++;
	note_arrival(res, lkb);
}

static void take(struct dlm_resource *res, struct dlm_lkb *lkb)
{
	if (lkb->queue != DLM_QUEUE_WAIT)
		count_granted(res, lkb->granted_mode, -1);
	list_del_init(&lkb->queue_link);
	lkb->queue = DLM_QUEUE_NONE;
	lkb->state &= ~DLM_LKB_PENDING_DEADLK;
	res->nr_locks--;

	if (list_empty(&res->convert_queue)) {
		res->convert_modes = 0;
		res->convert_held = 0;
	}
	if (list_empty(&res->wait_queue)) {
		res->wait_modes = 0;
		if (list_empty(&res->convert_queue))
			res->noorder = 0;
	}
}

void dlm_queue_put(struct dlm_resource *res, struct dlm_lkb *lkb, enum dlm_queue queue)
{
	put(res, lkb, queue, lkb->exflags & DLM_LKF_HEADQUE);
}

void dlm_queue_move(struct dlm_resource *res, struct dlm_lkb *lkb, enum dlm_queue queue)
{
	take(res, lkb);
	dlm_queue_put(res, lkb, queue);
}

void dlm_engine_enqueue(struct dlm_resource *res, struct dlm_lkb *lkb, enum dlm_queue queue)
{
	put(res, lkb, queue, false);
}

void dlm_engine_move(struct dlm_resource *res, struct dlm_lkb *lkb, enum dlm_queue queue)
{
	if (lkb->queue != DLM_QUEUE_NONE)
		take(res, lkb);
	put(res, lkb, queue, false);
}

void dlm_engine_dequeue(struct dlm_resource *res, struct dlm_lkb *lkb)
{
	if (lkb->queue == DLM_QUEUE_NONE)
		return;
	take(res, lkb);
	if (!res->nr_locks)
		dlm_value_forget(res);
}

void dlm_engine_set_granted(struct dlm_resource *res, struct dlm_lkb *lkb, int mode)
{
	if (dlm_lkb_converts(lkb)) {
		count_granted(res, lkb->granted_mode, -1);
		count_granted(res, mode, 1);
	}
	if (lkb->queue == DLM_QUEUE_GRANT)
		res->told = DLM_LOCK_NL;
	else if (lkb->queue == DLM_QUEUE_CONVERT && mode > DLM_LOCK_NL)
		res->convert_held |= mode_bit(mode);
	lkb->granted_mode = mode;
}

static void count_queue(const struct list_head *queue, u32 counts[DLM_MODE_NR], u32 *nr)
{
	const struct dlm_lkb *lkb;

	list_for_each_entry(lkb, queue, queue_link) {
		if (dlm_mode_valid(lkb->granted_mode))
			counts[lkb->granted_mode]++;
		++*nr;
	}
}

bool dlm_engine_consistent(const struct dlm_resource *res)
{
	u32 counts[DLM_MODE_NR] = { 0 };
	u32 nr = 0;
	int a, b;

	count_queue(&res->grant_queue, counts, &nr);
	count_queue(&res->convert_queue, counts, &nr);
	count_queue(&res->wait_queue, counts, &nr);
	if (nr != res->nr_locks)
		return false;
	for (a = 0; a < DLM_MODE_NR; a++) {
		if (counts[a] != res->nr_granted[a])
			return false;
		for (b = a; b < DLM_MODE_NR; b++)
			if (counts[a] && counts[b] && !dlm_mode_compatible(a, b) &&
			    (a != b || counts[a] > 1))
				return false;
	}
	return true;
}
