// SPDX-License-Identifier: GPL-2.0
/*
 * The value block of a resource at its master: who reads and who writes it when
 * a lock is granted or unlocked (lock-semantics section 12). Called by the
 * engine at each grant and unlock, before modes change.
 */
#include "core/value.h"
#include "gen/dlm_modes.h"

static void report_validity(const struct dlm_resource *res, struct dlm_lkb *lkb)
{
	if (res->state & DLM_RES_LVB_INVALID)
		lkb->sb_flags |= DLM_SBF_VALNOTVALID;
}

static void read_value(struct dlm_resource *res, struct dlm_lkb *lkb)
{
	if (!(lkb->exflags & DLM_LKF_VALBLK) || !lkb->lvb)
		return;
	if (res->state & DLM_RES_LVB_EXISTS) {
		memcpy(lkb->lvb, res->lvb, res->lvblen);
		lkb->lvbseq = res->lvbseq;
	} else if (lkb->granted_mode == DLM_LOCK_IV) {
		/* Never written: a new lock starts from zeroes, a conversion keeps what it has. */
		memset(lkb->lvb, 0, res->lvblen);
	}
	report_validity(res, lkb);
}

static void write_value(struct dlm_resource *res, struct dlm_lkb *lkb, const void *lvb)
{
	if (lkb->exflags & DLM_LKF_IVVALBLK) {
		res->state |= DLM_RES_LVB_INVALID;
		return;
	}
	if (!(lkb->exflags & DLM_LKF_VALBLK) || !lvb || !res->lvb)
		return;
	memcpy(res->lvb, lvb, res->lvblen);
	lkb->lvbseq = ++res->lvbseq;
	res->state |= DLM_RES_LVB_EXISTS;
	res->state &= ~DLM_RES_LVB_INVALID;
}

void dlm_value_granted(struct dlm_resource *res, struct dlm_lkb *lkb, const void *lvb)
{
	switch (dlm_lvb_op(lkb->granted_mode, lkb->requested_mode)) {
	case DLM_LVB_READ:
		read_value(res, lkb);
		break;
	case DLM_LVB_WRITE:
		write_value(res, lkb, lvb);
		break;
	case DLM_LVB_NONE:
		if (lkb->exflags & DLM_LKF_VALBLK)
			report_validity(res, lkb);
		break;
	}
}

void dlm_value_unlocked(struct dlm_resource *res, struct dlm_lkb *lkb, const void *lvb)
{
	if (dlm_lvb_op_unlock(lkb->granted_mode) == DLM_LVB_WRITE)
		write_value(res, lkb, lvb);
}

void dlm_value_forget(struct dlm_resource *res)
{
	res->state &= ~(DLM_RES_LVB_EXISTS | DLM_RES_LVB_INVALID);
	res->lvbseq = 0;
}
