// SPDX-License-Identifier: GPL-2.0
/*
 * The visits of recovery.
 *
 * A batch holds the view_mutex, so the round cannot end in the middle of it and
 * questions and answers are counted one at a time; between batches whoever waits
 * for it (a stop, a message) has its turn.
 *
 * Locks with something in flight may stand on no queue of their resource. They are
 * on its list of tracked locks, and reached from there: cluster/rebuild.c walks
 * the queues only.
 */
#include <linux/delay.h>
#include <linux/ktime.h>

#include "cluster/owner.h"
#include "cluster/rebuild.h"
#include "lockspace/effects.h"
#include "lockspace/lock_entry.h"
#include "lockspace/lockspace.h"
#include "lockspace/resource_table.h"
#include "lockspace/send.h"
#include "lockspace/snapshot.h"
#include "lockspace/supply.h"
#include "lockspace/visit.h"

#define BATCH_MOST   256
#define BATCH_US     1000
#define NO_MEMORY_MS 20

struct visit {
	struct dlm_lockspace *ls;
	enum dlm_visit step;
	u64 epoch;
	struct dlm_snapshot *snap;
	u32 pos;
	u32 kept; /* PREPARE: entries that stay in the snapshot */
	u32 nr_sent;
};

/* Each tracked lock once, whatever @fn does to the list. res_lock held. */
static void each_tracked(struct dlm_resource_entry *re, void (*fn)(struct dlm_lock_entry *le))
{
	struct dlm_lock_entry *le;
	LIST_HEAD(visiting);

	list_splice_init(&re->tracked, &visiting);
	while (!list_empty(&visiting)) {
		le = list_first_entry(&visiting, struct dlm_lock_entry, tracked_link);
		list_move_tail(&le->tracked_link, &re->tracked);
		fn(le);
	}
}

static void first_pass(struct dlm_lock_entry *le)
{
	if (dlm_lkb_is_master_copy(&le->lkb))
		return;
	dlm_owner_first_pass(&dlm_lock_lockspace(le)->cl, &le->lkb);
	if (!(le->lkb.state & DLM_LKB_GONE))
		dlm_lock_track(le);
}

static void retry(struct dlm_lock_entry *le)
{
	if (!(le->lkb.state & DLM_LKB_GONE))
		dlm_lock_retry(le);
}

static void prepare(struct visit *v, struct dlm_resource_entry *re)
{
	if (!dlm_rebuild_prepare(&v->ls->cl, &re->res)) {
		dlm_resource_kill(re);
		return;
	}
	/* Swapped, not copied: each entry holds a reference. */
	swap(v->snap->entries[v->kept], v->snap->entries[v->pos]);
	v->kept++;
}

static void grant(struct visit *v, struct dlm_resource_entry *re)
{
	struct dlm_cluster *cl = &v->ls->cl;

	re->res.dir = dlm_view_directory_node(cl->view, re->res.hash);
	each_tracked(re, retry);
	dlm_rebuild_grant(cl, &re->res);
}

/* 0, or -ENOMEM: the same again after a pause. res_lock held. */
static int visit_one(struct visit *v, struct dlm_resource_entry *re)
{
	struct dlm_cluster *cl = &v->ls->cl;

	switch (v->step) {
	case DLM_VISIT_PREPARE:
		prepare(v, re);
		return 0;
	case DLM_VISIT_MASTERS:
		each_tracked(re, first_pass);
		return dlm_rebuild_masters(cl, &re->res, v->pos + 1, &v->nr_sent);
	case DLM_VISIT_LOCKS:
		return dlm_rebuild_locks(cl, &re->res, &v->nr_sent);
	case DLM_VISIT_FINISH:
		dlm_rebuild_finish(cl, &re->res);
		return 0;
	case DLM_VISIT_GRANT:
		grant(v, re);
		return 0;
	default:
		return 0;
	}
}

static unsigned int supplies_of(enum dlm_visit step)
{
	switch (step) {
	case DLM_VISIT_PREPARE:
		return 0;
	case DLM_VISIT_FINISH:
		return DLM_SUPPLY_VALUE_IF_USED;
	default:
		return DLM_SUPPLY_FRAME | DLM_SUPPLY_VALUE_IF_USED;
	}
}

static int visit_next(struct visit *v)
{
	struct dlm_resource_entry *re = v->snap->entries[v->pos];
	int err;

	err = dlm_resource_lock_supplied(re, supplies_of(v->step));
	if (err)
		return err;
	if (!(re->res.state & DLM_RES_DEAD))
		err = visit_one(v, re);
	dlm_resource_unlock_sending(re);
	if (!err)
		v->pos++;
	return err;
}

static bool overtaken(const struct visit *v)
{
	return v->ls->cl.recover.epoch != v->epoch || !v->ls->cl.recover.visiting;
}

/* -EINTR: the round has ended. view_mutex held, dropped now and then. */
static int walk(struct visit *v)
{
	u64 until = ktime_get_ns() + BATCH_US * NSEC_PER_USEC;
	u32 nr = 0;
	int err;

	while (v->pos < v->snap->nr) {
		err = visit_next(v);
		if (!err && ++nr < BATCH_MOST && ktime_get_ns() < until)
			continue;
		mutex_unlock(&v->ls->view_mutex);
		dlm_send_kick(v->ls);
		if (err)
			msleep(NO_MEMORY_MS);
		else
			cond_resched();
		mutex_lock(&v->ls->view_mutex);
		if (overtaken(v))
			return -EINTR;
		nr = 0;
		until = ktime_get_ns() + BATCH_US * NSEC_PER_USEC;
	}
	return 0;
}

/* What stays becomes the round's snapshot: its order is that of names lists and LOOKUP numbers. */
static void keep_snapshot(struct visit *v)
{
	struct dlm_snapshot *snap = v->snap;
	u32 i;

	for (i = v->kept; i < snap->nr; i++)
		dlm_resource_put(snap->entries[i]);
	snap->nr = v->kept;
	for (i = 0; i < snap->nr; i++)
		snap->entries[i]->snapshot_pos = i + 1;
	v->ls->snapshot = snap;
}

static void drop_snapshot(struct dlm_lockspace *ls)
{
	dlm_snapshot_free(ls->snapshot);
	ls->snapshot = NULL;
}

/*
 * The round's snapshot is made by PREPARE. FINISH and GRANT look at what exists now: without a
 * directory, other nodes' locks may have brought resources since.
 */
static bool takes_its_own(enum dlm_visit step)
{
	return step == DLM_VISIT_PREPARE || step == DLM_VISIT_FINISH || step == DLM_VISIT_GRANT;
}

/* Waits for memory; -EINTR: the round has ended meanwhile. */
static int take_snapshot(struct visit *v)
{
	struct dlm_lockspace *ls = v->ls;

	drop_snapshot(ls);
	while (!(v->snap = dlm_snapshot_take(ls))) {
		mutex_unlock(&ls->view_mutex);
		msleep(NO_MEMORY_MS);
		mutex_lock(&ls->view_mutex);
		if (overtaken(v))
			return -EINTR;
	}
	return 0;
}

static void run(struct visit *v)
{
	struct dlm_lockspace *ls = v->ls;
	int err;

	if (!takes_its_own(v->step))
		v->snap = ls->snapshot;
	else if (take_snapshot(v))
		return;
	if (WARN_ON_ONCE(!v->snap)) {
		dlm_recover_fail(&ls->cl, -EINVAL);
		return;
	}
	err = walk(v);
	if (!err && v->step == DLM_VISIT_PREPARE)
		keep_snapshot(v);
	else if (takes_its_own(v->step))
		dlm_snapshot_free(v->snap);
	if (!err)
		dlm_recover_visited(&ls->cl, v->epoch, v->step, v->nr_sent, dlm_now_ms());
}

void dlm_visit_run(struct dlm_lockspace *ls)
{
	struct visit v = { .ls = ls };

	mutex_lock(&ls->view_mutex);
	v.step = ls->visit_step;
	v.epoch = ls->visit_epoch;
	if (!overtaken(&v))
		run(&v);
	mutex_unlock(&ls->view_mutex);
}
