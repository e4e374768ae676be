// SPDX-License-Identifier: GPL-2.0
/*
 * The owner's record of a lock that another node masters (wire spec 6.6, 6.7).
 * The granted mode is not taken from the message: it is the mode asked for,
 * altered by what the status flags say.
 */
#include "cluster/mirror.h"
#include "core/engine.h"
#include "gen/dlm_modes.h"

static void demote(struct dlm_lkb *lkb)
{
	if (lkb->queue != DLM_QUEUE_GRANT && lkb->queue != DLM_QUEUE_CONVERT)
		return;
	dlm_engine_set_granted(lkb->res, lkb, DLM_LOCK_NL);
	lkb->state |= DLM_LKB_DEMOTED;
}

void dlm_mirror_flags(struct dlm_lkb *lkb, const struct dlm_msg *m)
{
	lkb->sb_flags = m->sbflags & DLM_WIRE_SBFLAGS_MASK;
	if (!(lkb->exflags & DLM_LKF_VALBLK))
		lkb->sb_flags &= ~DLM_SBF_VALNOTVALID;
	if (lkb->sb_flags & DLM_SBF_DEMOTED)
		demote(lkb);
}

static void take_value(struct dlm_lkb *lkb, int mode, const struct dlm_msg *m, const void *lvb,
		       size_t len)
{
	if (!(lkb->exflags & DLM_LKF_VALBLK) || !lkb->lvb)
		return;
	if (dlm_lvb_op(lkb->granted_mode, mode) != DLM_LVB_READ)
		return;
	if (lvb)
		memcpy(lkb->lvb, lvb, min_t(size_t, len, lkb->res->lvblen));
	lkb->lvbseq = m->lvbseq;
}

void dlm_mirror_grant(struct dlm_lkb *lkb, const struct dlm_msg *m, const void *lvb, size_t len)
{
	int mode = lkb->requested_mode;
	int alternative = dlm_engine_alternative(lkb);

	if ((lkb->sb_flags & DLM_SBF_ALTMODE) && alternative != DLM_LOCK_IV)
		mode = alternative;
	take_value(lkb, mode, m, lvb, len);
	dlm_engine_set_granted(lkb->res, lkb, mode);
	if (lkb->queue != DLM_QUEUE_GRANT)
		dlm_engine_move(lkb->res, lkb, DLM_QUEUE_GRANT);
	lkb->requested_mode = DLM_LOCK_IV;
	lkb->state &= ~DLM_LKB_DEMOTED;
}

void dlm_mirror_queue(struct dlm_lkb *lkb)
{
	dlm_engine_move(lkb->res, lkb,
			lkb->queue == DLM_QUEUE_GRANT ? DLM_QUEUE_CONVERT : DLM_QUEUE_WAIT);
}

bool dlm_mirror_cancel(struct dlm_lkb *lkb)
{
	switch (lkb->queue) {
	case DLM_QUEUE_WAIT:
		dlm_engine_dequeue(lkb->res, lkb);
		break;
	case DLM_QUEUE_CONVERT:
		/* A stock master does not say that it took the mode away (X4). */
		if (lkb->state & DLM_LKB_DEMOTED)
			lkb->sb_flags |= DLM_SBF_DEMOTED;
		lkb->state &= ~DLM_LKB_DEMOTED;
		dlm_engine_move(lkb->res, lkb, DLM_QUEUE_GRANT);
		break;
	default:
		return false;
	}
	lkb->requested_mode = DLM_LOCK_IV;
	return true;
}
