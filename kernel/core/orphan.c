// SPDX-License-Identifier: GPL-2.0
/*
 * Which locks become orphans, and which orphan is meant by an adoption.
 */
#include "core/orphan.h"

static bool busy(const struct dlm_lkb *lkb)
{
	return lkb->op || lkb->op_cancel || lkb->op_unlock || lkb->wait_type != DLM_WAIT_NONE;
}

enum dlm_fate dlm_orphan_fate(const struct dlm_lkb *lkb)
{
	if ((lkb->state & DLM_LKB_GONE) || lkb->op_unlock)
		return DLM_FATE_ENDING;
	if (!(lkb->exflags & DLM_LKF_PERSISTENT))
		return DLM_FATE_UNLOCK;
	return lkb->op && !lkb->op_cancel ? DLM_FATE_ORPHAN_BUSY : DLM_FATE_ORPHAN;
}

static bool is_orphan(const struct dlm_lkb *lkb)
{
	return (lkb->flags & DLM_IFL_ORPHAN) && !dlm_lkb_is_master_copy(lkb);
}

struct dlm_lkb *dlm_orphan_find(const struct dlm_resource *res, int mode, int *err)
{
	struct dlm_lkb *lkb;

	*err = -ENOENT;
	list_for_each_entry(lkb, &res->grant_queue, queue_link) {
		if (!is_orphan(lkb))
			continue;
		if (lkb->granted_mode == mode && !busy(lkb))
			return lkb;
		*err = -EAGAIN;
	}
	/* One whose conversion is just being cancelled. */
	list_for_each_entry(lkb, &res->convert_queue, queue_link)
		if (is_orphan(lkb))
			*err = -EAGAIN;
	return NULL;
}
