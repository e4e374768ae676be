// SPDX-License-Identifier: GPL-2.0
/*
 * The callback queue of one lock (lock-semantics section 11).
 *
 * It is a ring of records, oldest first, each with its completion and the
 * blocking callbacks that were decided after that completion and before the
 * next. Whether such a callback will be left out (C-6) depends on the mode of
 * that completion alone, so it is decided when it is queued.
 */
#include "core/callback.h"
#include "gen/dlm_modes.h"

/* Blocking modes that are pending, oldest in the lowest bits: three bits each, 0 none. */
#define BAST_BITS 3
#define BAST_MASK ((1U << BAST_BITS) - 1)

static bool pending(const struct dlm_op *op)
{
	return op->cast_pending || op->basts;
}

static void append(struct dlm_lkb *lkb, struct dlm_op *op)
{
	if (lkb->cb_first) {
		list_add_tail(&op->link, &lkb->cb_first->link);
	} else {
		INIT_LIST_HEAD(&op->link);
		lkb->cb_first = op;
	}
}

static void remove_first(struct dlm_lkb *lkb)
{
	struct dlm_op *first = lkb->cb_first;

	lkb->cb_first = list_empty(&first->link) ?
				NULL :
				list_first_entry(&first->link, struct dlm_op, link);
	list_del_init(&first->link);
}

struct dlm_op *dlm_callback_complete(struct dlm_lkb *lkb, struct dlm_op *op)
{
	struct dlm_op *last = lkb->last_op;

	op->cast_pending = 1;
	op->basts = 0;
	append(lkb, op);
	lkb->last_op = op;
	if (lkb->state & DLM_LKB_GONE)
		lkb->cb_flags |= DLM_CB_FINAL_CAST;
	return last && !pending(last) ? last : NULL;
}

/* C-5, and a mode that is pending already says nothing new. */
static bool merged_away(u16 basts, int mode)
{
	int newest = DLM_LOCK_NL;

	for (; basts; basts >>= BAST_BITS) {
		newest = basts & BAST_MASK;
		if (newest == mode)
			return true;
	}
	return newest > mode && newest > DLM_LOCK_PR;
}

bool dlm_callback_blocking(struct dlm_lkb *lkb, int mode)
{
	struct dlm_op *op = lkb->last_op;
	int shift = 0;

	if (!op || !op->bast || dlm_mode_compatible(op->mode, mode))
		return false;
	if (merged_away(op->basts, mode))
		return false;
	if (!pending(op))
		append(lkb, op);
	/* Each mode is there once at most, so there is room for one more. */
	while (op->basts >> shift)
		shift += BAST_BITS;
	op->basts |= mode << shift;
	return true;
}

static void take_completion(struct dlm_lkb *lkb, struct dlm_op *op, struct dlm_callback *cb)
{
	cb->ast = op->ast;
	cb->status = op->status;
	cb->sb_flags = op->sb_flags;
	cb->mode = op->mode;
	cb->prev_mode = lkb->cb_flags & DLM_CB_HAD_CAST ? lkb->last_cast_mode : DLM_LOCK_NL;
	lkb->last_cast_mode = op->mode;
	lkb->cb_flags |= DLM_CB_HAD_CAST;
	op->cast_pending = 0;
}

static void take_blocking(struct dlm_op *op, struct dlm_callback *cb)
{
	cb->bast = op->bast;
	cb->mode = op->basts & BAST_MASK;
	op->basts >>= BAST_BITS;
}

/* The record is needed no more once it is empty, unless further blocking callbacks may come. */
static struct dlm_op *release(struct dlm_lkb *lkb, struct dlm_op *op)
{
	if (op != lkb->last_op)
		return op;
	if (!(lkb->cb_flags & DLM_CB_FINAL_CAST))
		return NULL;
	lkb->last_op = NULL;
	return op;
}

bool dlm_callback_next(struct dlm_lkb *lkb, struct dlm_callback *cb)
{
	struct dlm_op *op = lkb->cb_first;

	if (!op)
		return false;
	memset(cb, 0, sizeof(*cb));
	cb->astarg = op->astarg;
	cb->lksb = op->lksb;
	if (op->cast_pending)
		take_completion(lkb, op, cb);
	else
		take_blocking(op, cb);
	if (!pending(op)) {
		remove_first(lkb);
		cb->release = release(lkb, op);
	}
	return true;
}

bool dlm_callback_pending(const struct dlm_lkb *lkb)
{
	return lkb->cb_first;
}

static void hand_over(struct dlm_op *op, struct list_head *released)
{
	if (op->memory != DLM_OP_EMBEDDED)
		list_add_tail(&op->link, released);
}

void dlm_callback_flush(struct dlm_lkb *lkb, struct list_head *released)
{
	struct dlm_op *last = lkb->last_op;
	struct dlm_op *op;

	lkb->last_op = NULL;
	while (lkb->cb_first) {
		op = lkb->cb_first;
		remove_first(lkb);
		if (op == last)
			last = NULL;
		hand_over(op, released);
	}
	if (last)
		hand_over(last, released);
}
