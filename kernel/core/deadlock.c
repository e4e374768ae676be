// SPDX-License-Identifier: GPL-2.0
/*
 * Conversion deadlock on one resource (lock-semantics section 9): two
 * conversions that each wait for what the other holds. New ones are found
 * when they arrive; those that stand (NODLCKWT, or made by recovery) in each
 * grant pass.
 */
#include "core/deadlock.h"
#include "gen/dlm_modes.h"

/* The modes that conflict with @mode, a bit each. */
static u8 conflicts(int mode)
{
	u8 mask = 0;
	int other;

	for (other = DLM_LOCK_CR; other <= DLM_LOCK_EX; other++)
		if (!dlm_mode_compatible(mode, other))
			mask |= BIT(other);
	return mask;
}

static u8 requested_bit(const struct dlm_lkb *lkb)
{
	return dlm_mode_valid(lkb->requested_mode) ? BIT(lkb->requested_mode) : 0;
}

bool dlm_deadlock_arriving(struct dlm_resource *res, const struct dlm_lkb *lkb)
{
	u8 mask = conflicts(lkb->granted_mode);
	const struct dlm_lkb *other;
	u8 found = 0;

	if (!(res->convert_modes & mask))
		return false;
	list_for_each_entry(other, &res->convert_queue, queue_link) {
		found |= requested_bit(other);
		if (found & mask)
			return true;
	}
	/* The whole queue was seen: now it is known what it asks for. */
	res->convert_modes = found;
	return false;
}

bool dlm_deadlock_pending(const struct dlm_resource *res, const struct dlm_lkb *lkb)
{
	const struct dlm_lkb *other;
	bool behind = false;

	list_for_each_entry(other, &res->convert_queue, queue_link) {
		if (other == lkb) {
			behind = true;
			continue;
		}
		if (dlm_mode_compatible(lkb->granted_mode, other->requested_mode))
			continue;
		if (!behind || !dlm_mode_compatible(other->granted_mode, lkb->requested_mode))
			return true;
	}
	return false;
}

/* From the tail: does a lock behind conflict in both directions? */
static void mark_from_behind(struct dlm_resource *res)
{
	/* What those behind ask for, by the mode they hold. */
	u8 behind[DLM_MODE_NR] = { 0 };
	struct dlm_lkb *lkb;
	u8 mask;
	int held;

	list_for_each_entry_reverse(lkb, &res->convert_queue, queue_link) {
		lkb->state &= ~DLM_LKB_PENDING_DEADLK;
		mask = conflicts(lkb->granted_mode);
		for (held = DLM_LOCK_CR; mask && held <= DLM_LOCK_EX; held++) {
			if (dlm_mode_compatible(held, lkb->requested_mode))
				continue;
			if (behind[held] & mask)
				lkb->state |= DLM_LKB_PENDING_DEADLK;
		}
		if (dlm_mode_valid(lkb->granted_mode))
			behind[lkb->granted_mode] |= requested_bit(lkb);
	}
}

/* From the head: does a lock ask for something that conflicts with what one behind it holds? */
static void mark_from_ahead(struct dlm_resource *res)
{
	struct dlm_lkb *lkb;
	u8 ahead = 0;

	list_for_each_entry(lkb, &res->convert_queue, queue_link) {
		if (ahead & conflicts(lkb->granted_mode))
			lkb->state |= DLM_LKB_PENDING_DEADLK;
		ahead |= requested_bit(lkb);
	}
}

void dlm_deadlock_mark(struct dlm_resource *res)
{
	if (!res->convert_held)
		return;
	mark_from_behind(res);
	mark_from_ahead(res);
}

void dlm_deadlock_demote(struct dlm_resource *res, struct dlm_lkb *lkb)
{
	dlm_engine_set_granted(res, lkb, DLM_LOCK_NL);
	lkb->state &= ~DLM_LKB_PENDING_DEADLK;
	lkb->state |= DLM_LKB_DEMOTED;
	lkb->sb_flags |= DLM_SBF_DEMOTED;
}

/* B-4: the lock itself is told, so that its owner can give way. */
static void tell_itself(struct dlm_lkb *lkb, struct dlm_sink *sink)
{
	if (!(lkb->exflags & DLM_LKF_NODLCKWT) || !(lkb->state & DLM_LKB_WANT_BAST))
		return;
	if (lkb->high_bast >= lkb->requested_mode)
		return;
	lkb->high_bast = lkb->requested_mode;
	sink->blocking(sink, lkb, lkb->requested_mode);
}

bool dlm_deadlock_resolve(struct dlm_resource *res, struct dlm_sink *sink)
{
	struct dlm_lkb *lkb;

	dlm_deadlock_mark(res);
	if (!res->convert_held)
		return false;
	list_for_each_entry(lkb, &res->convert_queue, queue_link) {
		if (!(lkb->state & DLM_LKB_PENDING_DEADLK))
			continue;
		if (lkb->exflags & DLM_LKF_CONVDEADLK) {
			dlm_deadlock_demote(res, lkb);
			return true;
		}
		tell_itself(lkb, sink);
	}
	return false;
}
