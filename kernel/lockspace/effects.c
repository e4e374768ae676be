// SPDX-License-Identifier: GPL-2.0
/*
 * What the cluster layer wants done. Those functions that concern locks run under
 * a res_lock and only queue; those of recovery run under the view_mutex and
 * start work items, whose results come back as events (recovery.c).
 */
#include <linux/ktime.h>
#include <linux/sched/mm.h>

#include "cluster/master.h"
#include "cluster/owner.h"
#include "lockspace/deliver.h"
#include "lockspace/effects.h"
#include "lockspace/family.h"
#include "lockspace/lock_entry.h"
#include "lockspace/lockspace.h"
#include "lockspace/log.h"
#include "lockspace/notify.h"
#include "lockspace/node.h"
#include "lockspace/recovery.h"
#include "lockspace/resource_table.h"
#include "lockspace/search.h"
#include "lockspace/send.h"
#include "lockspace/supply.h"
#include "lockspace/watch.h"

static void complete_op(struct dlm_cluster *cl, struct dlm_lkb *lkb, struct dlm_op *op)
{
	dlm_deliver_completion(dlm_lock_entry(lkb), op);
	dlm_watch_update(dlm_lockspace_of(cl), dlm_lock_entry(lkb));
}

static void discard_op(struct dlm_cluster *cl, struct dlm_lkb *lkb, struct dlm_op *op)
{
	dlm_op_free(dlm_lock_entry(lkb), op);
	dlm_watch_update(dlm_lockspace_of(cl), dlm_lock_entry(lkb));
}

static void blocking(struct dlm_cluster *cl, struct dlm_lkb *lkb, int mode)
{
	dlm_deliver_blocking(dlm_lock_entry(lkb), mode);
}

static void lock_gone(struct dlm_cluster *cl, struct dlm_lkb *lkb)
{
	struct dlm_lock_entry *le = dlm_lock_entry(lkb);

	lkb->state |= DLM_LKB_GONE;
	dlm_lock_table_remove(&dlm_lockspace_of(cl)->locks, le);
	list_del_init(&le->tracked_link);
	if (lkb->state & DLM_LKB_FAMILY)
		dlm_family_lock_gone(dlm_lockspace_of(cl), le);
	dlm_watch_detach(dlm_lockspace_of(cl), le);
	/* An own lock lives until its last completion has been delivered. */
	if (!dlm_lkb_is_master_copy(lkb))
		return;
	this_cpu_dec(*dlm_lockspace_of(cl)->nr_locks);
	dlm_lock_put(le);
}

static void defer(struct dlm_cluster *cl, struct dlm_lkb *lkb, u32 delay_ms)
{
	struct dlm_lockspace *ls = dlm_lockspace_of(cl);
	struct dlm_lock_entry *le = dlm_lock_entry(lkb);

	dlm_lock_track(le);
	/* While the gate is closed the visit that follows its opening finds it. */
	if (!dlm_gate_open(cl, lkb->res) || le->deferred)
		return;
	le->deferred = true;
	refcount_inc(&le->refs);
	llist_add(&le->deferred_link, &ls->deferred);
	dlm_recovery_queue_delayed(&ls->deferred_work, delay_ms);
}

static void resource_idle(struct dlm_cluster *cl, struct dlm_resource *res)
{
	dlm_resource_idle(dlm_resource_entry(res));
}

static u64 now_us(struct dlm_cluster *cl)
{
	return ktime_to_us(ktime_get());
}

static void member_added(struct dlm_cluster *cl, int nodeid)
{
	struct dlm_lockspace *ls = dlm_lockspace_of(cl);

	if (nodeid == cl->our_nodeid)
		return;
	if (!dlm_peer_configured(&ls->node->peers, nodeid))
		dlm_lockspace_log(ls, DLM_LOG_ERROR, "no address of member %d", nodeid);
	if (dlm_peer_member_added(&ls->node->peers, nodeid))
		dlm_lockspace_log(ls, DLM_LOG_ERROR, "no memory for member %d", nodeid);
}

static void member_removed(struct dlm_cluster *cl, int nodeid)
{
	if (nodeid != cl->our_nodeid)
		dlm_peer_member_removed(&dlm_lockspace_of(cl)->node->peers, nodeid);
}

static void hold_callbacks(struct dlm_cluster *cl, bool hold)
{
	dlm_deliver_hold(dlm_lockspace_of(cl), hold);
}

const struct dlm_cluster_ops dlm_shell_ops = {
	.send_msg = dlm_send_msg,
	.send_rcom = dlm_send_rcom,
	.complete = complete_op,
	.discard = discard_op,
	.blocking = blocking,
	.lock_gone = lock_gone,
	.defer = defer,
	.resource_idle = resource_idle,
	.now_us = now_us,
	.visit = dlm_recovery_visit,
	.arm_timer = dlm_recovery_arm_timer,
	.member_added = member_added,
	.member_removed = member_removed,
	.call_slots = dlm_notify_slots,
	.hold_callbacks = hold_callbacks,
	.purge_saved = dlm_recovery_purge_saved,
	.open_gate = dlm_recovery_open_gate,
	.recovered = dlm_notify_recovered,
	.search = dlm_search_queue,
	.log = dlm_cluster_log,
};

void dlm_lock_retry(struct dlm_lock_entry *le)
{
	struct dlm_cluster *cl = &dlm_lock_lockspace(le)->cl;
	struct dlm_lkb *lkb = &le->lkb;

	if (dlm_lkb_is_master_copy(lkb)) {
		if ((lkb->state & DLM_LKB_GRANT_UNSENT) || lkb->bast_unsent)
			dlm_master_deferred(cl, lkb);
	} else if (lkb->state & DLM_LKB_RESEND) {
		dlm_owner_deferred(cl, lkb);
	}
	dlm_lock_track(le);
}

static void retry(struct dlm_lock_entry *le)
{
	struct dlm_resource_entry *re = dlm_lock_resource(le);
	struct dlm_lockspace *ls = re->ls;
	struct dlm_cluster *cl = &ls->cl;

	if (dlm_resource_lock_supplied(re, DLM_SUPPLY_FRAME | DLM_SUPPLY_VALUE_IF_USED)) {
		llist_add(&le->deferred_link, &ls->deferred);
		dlm_recovery_queue_delayed(&ls->deferred_work, 10);
		return;
	}
	le->deferred = false;
	if (!(le->lkb.state & DLM_LKB_GONE) && dlm_gate_open(cl, &re->res))
		dlm_lock_retry(le);
	dlm_resource_unlock_sending(re);
	dlm_lock_put(le);
}

void dlm_deferred_work(struct work_struct *work)
{
	struct dlm_lockspace *ls =
		container_of(to_delayed_work(work), struct dlm_lockspace, deferred_work);
	unsigned int noio = memalloc_noio_save();
	struct dlm_lock_entry *le, *next;
	struct llist_node *list;

	list = llist_reverse_order(llist_del_all(&ls->deferred));
	llist_for_each_entry_safe(le, next, list, deferred_link) {
		retry(le);
		cond_resched();
	}
	dlm_send_kick(ls);
	memalloc_noio_restore(noio);
}

void dlm_deferred_drop(struct dlm_lockspace *ls)
{
	struct dlm_lock_entry *le, *next;

	cancel_delayed_work_sync(&ls->deferred_work);
	llist_for_each_entry_safe(le, next, llist_del_all(&ls->deferred), deferred_link)
		dlm_lock_put(le);
}
