// SPDX-License-Identifier: GPL-2.0
/* Cancel at the master of the resource: rule G-15. */
#include "core/engine.h"

static int cancel_conversion(struct dlm_resource *res, struct dlm_lkb *lkb)
{
	lkb->requested_mode = DLM_LOCK_IV;
	/* The caller must learn that it holds less than it had. */
	if (lkb->state & DLM_LKB_DEMOTED)
		lkb->sb_flags |= DLM_SBF_DEMOTED;
	lkb->state &= ~DLM_LKB_DEMOTED;
	dlm_engine_move(res, lkb, DLM_QUEUE_GRANT);
	return -DLM_ECANCEL;
}

int dlm_engine_cancel(struct dlm_resource *res, struct dlm_lkb *lkb)
{
	switch (lkb->queue) {
	case DLM_QUEUE_WAIT:
		dlm_engine_dequeue(res, lkb);
		lkb->requested_mode = DLM_LOCK_IV;
		return -DLM_ECANCEL;
	case DLM_QUEUE_CONVERT:
		return cancel_conversion(res, lkb);
	default:
		return 0;
	}
}

void dlm_engine_cancel_effects(struct dlm_resource *res, int verdict, struct dlm_sink *sink)
{
	if (verdict)
		dlm_engine_grant_pass(res, DLM_PASS_NORMAL, sink);
}
