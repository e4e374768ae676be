// SPDX-License-Identifier: GPL-2.0
/*
 * The loop "lock, look what is missing, drop, allocate, again".
 */
#include "lockspace/lock_entry.h"
#include "lockspace/lockspace.h"
#include "lockspace/memory.h"
#include "lockspace/peer.h"
#include "lockspace/patience.h"
#include "lockspace/send.h"
#include "lockspace/supply.h"

static bool uses_value(struct list_head *queue)
{
	struct dlm_lkb *lkb;

	list_for_each_entry(lkb, queue, queue_link)
		if (lkb->exflags & DLM_LKF_VALBLK)
			return true;
	return false;
}

static bool tracked_uses_value(struct dlm_resource_entry *re)
{
	struct dlm_lock_entry *le;

	list_for_each_entry(le, &re->tracked, tracked_link)
		if ((le->lkb.exflags | (le->lkb.op ? le->lkb.op->exflags : 0)) & DLM_LKF_VALBLK)
			return true;
	return false;
}

static bool may_be_master(const struct dlm_cluster *cl, const struct dlm_resource *res)
{
	return !res->master || dlm_is_master(cl, res);
}

static bool lacks_value(struct dlm_resource_entry *re, unsigned int supplies)
{
	struct dlm_resource *res = &re->res;

	if (!(supplies & (DLM_SUPPLY_VALUE | DLM_SUPPLY_VALUE_IF_USED)) || res->lvb ||
	    !res->lvblen || !may_be_master(&re->ls->cl, res))
		return false;
	return (supplies & DLM_SUPPLY_VALUE) || uses_value(&res->grant_queue) ||
	       uses_value(&res->convert_queue) || uses_value(&res->wait_queue) ||
	       tracked_uses_value(re);
}

static bool lacks_frame(struct dlm_resource_entry *re, unsigned int supplies,
			const struct dlm_frame *frame)
{
	if (frame)
		return false;
	return (supplies & DLM_SUPPLY_FRAME) || READ_ONCE(re->res.master) != re->ls->cl.our_nodeid;
}

int dlm_resource_lock_supplied(struct dlm_resource_entry *re, unsigned int supplies)
{
	struct dlm_lockspace *ls = re->ls;
	struct dlm_frame *frame = NULL;
	bool want_frame, want_value = false;
	u8 *lvb = NULL;

	want_frame = lacks_frame(re, supplies, NULL);
	for (;;) {
		if (want_frame) {
			frame = dlm_send_reserve_alloc(ls);
			if (!frame)
				break;
		}
		if (want_value) {
			lvb = dlm_lvb_alloc(re->res.lvblen, GFP_NOFS);
			if (!lvb)
				break;
		}
		dlm_resource_lock(re);
		if (lvb && !re->res.lvb && !(re->res.state & DLM_RES_DEAD)) {
			re->res.lvb = lvb;
			lvb = NULL;
		}
		want_frame = lacks_frame(re, supplies, frame);
		want_value = !lvb && lacks_value(re, supplies);
		if ((!want_frame && !want_value) || (re->res.state & DLM_RES_DEAD)) {
			dlm_sending_begin(frame);
			__release(&re->lock); /* see dlm_resource_unlock_sending() */
			dlm_lvb_free(re->res.lvblen, lvb);
			return 0;
		}
		dlm_resource_unlock(re);
	}
	dlm_lvb_free(re->res.lvblen, lvb);
	if (frame)
		dlm_frame_free(frame);
	return -ENOMEM;
}

struct dlm_resource_entry *dlm_resource_obtain_locked(struct dlm_lockspace *ls, const u8 *name,
						      size_t len, unsigned int supplies)
{
	struct dlm_resource_entry *re;

	for (;;) {
		re = dlm_resource_obtain(ls, name, len);
		if (IS_ERR(re))
			return ERR_PTR(-ENOMEM);
		dlm_patient_lock(re, supplies);
		if (!(re->res.state & DLM_RES_DEAD))
			return re;
		dlm_resource_unlock_sending(re);
		dlm_resource_put(re);
	}
}
