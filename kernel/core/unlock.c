// SPDX-License-Identifier: GPL-2.0
/* Unlock at the master of the resource: rule G-14. */
#include "core/engine.h"
#include "core/value.h"

void dlm_engine_unlock(struct dlm_resource *res, struct dlm_lkb *lkb, const void *lvb)
{
	dlm_value_unlocked(res, lkb, lvb);
	dlm_engine_dequeue(res, lkb);
	lkb->granted_mode = DLM_LOCK_IV;
	lkb->requested_mode = DLM_LOCK_IV;
}

void dlm_engine_unlock_effects(struct dlm_resource *res, struct dlm_sink *sink)
{
	dlm_engine_grant_pass(res, DLM_PASS_NORMAL, sink);
}
