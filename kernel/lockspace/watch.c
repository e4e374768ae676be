// SPDX-License-Identifier: GPL-2.0
/*
 * Watched waits. A work item looks at the list of waits twice a second and acts on
 * those that are due, one at a time and with no lock held but the res_lock of
 * each; what is due is noted as done when it is picked.
 */
#include <linux/dlm_netlink.h>
#include <linux/sched/mm.h>

#include "cluster/detect.h"
#include "lockspace/control.h"
#include "lockspace/lock_entry.h"
#include "lockspace/lockspace.h"
#include "lockspace/locks.h"
#include "lockspace/memory.h"
#include "lockspace/node.h"
#include "lockspace/recovery.h"
#include "lockspace/resource_table.h"
#include "lockspace/search.h"
#include "lockspace/watch.h"

#define LOOK_MS 500
#define AT_ONCE 64 /* waits that one look picks before it acts on them */
#define CS_US	10000

static bool watching(const struct dlm_lockspace *ls)
{
	return ls->flags & DLM_LSFL_TIMEWARN;
}

/* ---- records ---- */

int dlm_watch_attach(struct dlm_lockspace *ls, struct dlm_lock_entry *le, u64 owner)
{
	struct dlm_watch *watch;
	int err;

	if (!watching(ls))
		return 0;
	watch = dlm_object_alloc(DLM_OBJECT_WATCH, GFP_NOFS);
	if (!watch)
		return -ENOMEM;
	dlm_watch_init(watch, le->lkb.id, owner);
	err = xa_insert(&ls->watches, watch->id, watch, GFP_NOFS);
	if (err) {
		dlm_object_free(DLM_OBJECT_WATCH, watch);
		return -ENOMEM;
	}
	le->lkb.state |= DLM_LKB_WATCHED;
	return 0;
}

struct dlm_watch *dlm_watch_find(struct dlm_lockspace *ls, const struct dlm_lock_entry *le)
{
	return le->lkb.state & DLM_LKB_WATCHED ? xa_load(&ls->watches, le->lkb.id) : NULL;
}

void dlm_watch_detach(struct dlm_lockspace *ls, struct dlm_lock_entry *le)
{
	struct dlm_watch *watch = dlm_watch_find(ls, le);

	if (!watch)
		return;
	spin_lock(&ls->watch_lock);
	list_del_init(&watch->link);
	spin_unlock(&ls->watch_lock);
	le->lkb.state &= ~DLM_LKB_WATCHED;
	xa_erase(&ls->watches, watch->id);
	dlm_object_free(DLM_OBJECT_WATCH, watch);
}

/* A request or conversion that is not decided, wherever the decision is made. */
static bool waits(const struct dlm_lkb *lkb)
{
	return lkb->op && !(lkb->state & DLM_LKB_GONE);
}

void dlm_watch_update(struct dlm_lockspace *ls, struct dlm_lock_entry *le)
{
	struct dlm_watch *watch = dlm_watch_find(ls, le);

	if (!watch || waits(&le->lkb) == !list_empty(&watch->link))
		return;
	spin_lock(&ls->watch_lock);
	if (list_empty(&watch->link)) {
		dlm_watch_begin(watch, dlm_lockspace_clock_us(ls));
		list_add_tail(&watch->link, &ls->waits);
	} else {
		list_del_init(&watch->link);
	}
	spin_unlock(&ls->watch_lock);
}

u32 dlm_watch_waits_of(struct dlm_lockspace *ls, u64 owner, u32 *ids, u32 max)
{
	struct dlm_watch *watch;
	u32 nr = 0;

	spin_lock(&ls->watch_lock);
	list_for_each_entry(watch, &ls->waits, link)
		if (watch->owner == owner && nr < max)
			ids[nr++] = watch->id;
	spin_unlock(&ls->watch_lock);
	return nr;
}

/* ---- what is due ---- */

struct due {
	u32 id;
	bool warn;
	bool search;
};

static u64 tunable_us(struct dlm_lockspace *ls, enum dlm_tunable_id id)
{
	return (u64)dlm_node_tunable(ls->node, id) * CS_US;
}

/* Picks at most AT_ONCE; returns how many. */
static u32 pick(struct dlm_lockspace *ls, struct due *due)
{
	u64 warn_us = tunable_us(ls, DLM_TUNABLE_TIMEWARN_CS);
	u64 search_us = tunable_us(ls, DLM_TUNABLE_DEADLOCK_CS);
	struct dlm_watch *watch;
	u64 now_us;
	u32 nr = 0;

	spin_lock(&ls->watch_lock);
	now_us = dlm_lockspace_clock_us(ls);
	list_for_each_entry(watch, &ls->waits, link) {
		bool warn = !watch->warned && now_us - watch->since_us >= warn_us;
		bool search = search_us && dlm_detect_due(watch, search_us, now_us);

		if (!warn && !search)
			continue;
		if (nr == AT_ONCE)
			break;
		watch->warned |= warn;
		if (search)
			watch->searched_us = now_us;
		due[nr++] = (struct due){ .id = watch->id, .warn = warn, .search = search };
	}
	spin_unlock(&ls->watch_lock);
	return nr;
}

/* As linux/dlm_netlink.h has it. res_lock held. */
static void describe(struct dlm_lockspace *ls, const struct dlm_lock_entry *le,
		     const struct dlm_watch *watch, struct dlm_lock_data *data)
{
	const struct dlm_lkb *lkb = &le->lkb;
	const struct dlm_resource *res = lkb->res;

	memset(data, 0, sizeof(*data));
	data->version = DLM_LOCK_DATA_VERSION;
	data->lockspace_id = ls->cl.global_id;
	data->nodeid = res->master;
	data->ownpid = lkb->ownpid;
	data->id = lkb->id;
	data->remid = lkb->remid;
	data->status = lkb->granted_mode == DLM_LOCK_IV ? DLM_STATUS_WAITING : DLM_STATUS_CONVERT;
	data->grmode = lkb->granted_mode;
	data->rqmode = lkb->op->mode;
	data->timestamp = dlm_lockspace_clock_us(ls) - watch->since_us;
	data->resource_namelen = res->name_len;
	memcpy(data->resource_name, res->name, res->name_len);
}

static bool take_warning(struct dlm_lockspace *ls, struct dlm_lock_entry *le,
			 struct dlm_lock_data *data)
{
	struct dlm_resource_entry *re = dlm_lock_resource(le);
	const struct dlm_watch *watch;
	bool warn;

	dlm_resource_lock(re);
	watch = dlm_watch_find(ls, le);
	warn = watch && watch->warned && waits(&le->lkb) &&
	       !(le->lkb.op->exflags & DLM_LKF_NODLCKWT);
	if (warn)
		describe(ls, le, watch, data);
	dlm_resource_unlock(re);
	return warn;
}

static void act(struct dlm_lockspace *ls, const struct due *due)
{
	struct dlm_lock_entry *le = dlm_lock_find(&ls->locks, due->id);
	struct dlm_lock_data data;

	if (!le)
		return;
	if (due->warn && take_warning(ls, le, &data))
		ls->node->control->late(ls, &data);
	if (due->search)
		dlm_search_begin(ls, le);
	dlm_lock_put(le);
}

static void watch_work(struct work_struct *work)
{
	struct dlm_lockspace *ls =
		container_of(to_delayed_work(work), struct dlm_lockspace, watch_work);
	unsigned int noio = memalloc_noio_save();
	struct due due[AT_ONCE];
	u32 nr = AT_ONCE, i;

	while (nr == AT_ONCE && !dlm_lockspace_stopped(ls)) {
		nr = pick(ls, due);
		for (i = 0; i < nr; i++)
			act(ls, &due[i]);
		cond_resched();
	}
	dlm_recovery_queue_delayed(&ls->watch_work, LOOK_MS);
	memalloc_noio_restore(noio);
}

void dlm_watch_setup(struct dlm_lockspace *ls)
{
	xa_init(&ls->watches);
	DLM_INIT_SPIN(&ls->watch_lock, watch_lock);
	DLM_INIT_SPIN(&ls->search_lock, search_lock);
	INIT_LIST_HEAD(&ls->waits);
	INIT_DELAYED_WORK(&ls->watch_work, watch_work);
	dlm_search_setup(ls);
	if (watching(ls))
		dlm_recovery_queue_delayed(&ls->watch_work, LOOK_MS);
}

void dlm_watch_quiesce(struct dlm_lockspace *ls)
{
	cancel_delayed_work_sync(&ls->watch_work);
	dlm_search_quiesce(ls);
}

void dlm_watches_exit(struct dlm_lockspace *ls)
{
	struct dlm_watch *watch;
	unsigned long id;

	xa_for_each(&ls->watches, id, watch)
		dlm_object_free(DLM_OBJECT_WATCH, watch);
	xa_destroy(&ls->watches);
}
