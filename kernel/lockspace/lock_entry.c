// SPDX-License-Identifier: GPL-2.0
/*
 * Birth and death of a lock's memory, and of the records of its operations.
 */
#include "lockspace/lock_entry.h"
#include "lockspace/lockspace.h"
#include "lockspace/locks.h"
#include "lockspace/memory.h"
#include "lockspace/resource_table.h"
#include "lockspace/user_lock.h"
#include "lockspace/watch.h"

struct dlm_lock_entry *dlm_lock_alloc(void)
{
	struct dlm_lock_entry *le = dlm_object_alloc(DLM_OBJECT_LOCK, GFP_NOFS);

	if (!le)
		return NULL;
	dlm_lkb_init(&le->lkb, NULL);
	INIT_LIST_HEAD(&le->drain_link);
	INIT_LIST_HEAD(&le->tracked_link);
	refcount_set(&le->refs, 1);
	DLM_INIT_SPIN(&le->cb_lock, cb_lock);
	le->first_op.memory = DLM_OP_EMBEDDED;
	return le;
}

void dlm_lock_set_resource(struct dlm_lock_entry *le, struct dlm_resource_entry *re)
{
	le->lkb.res = &re->res;
}

struct dlm_resource_entry *dlm_lock_resource(const struct dlm_lock_entry *le)
{
	return dlm_resource_entry(le->lkb.res);
}

struct dlm_lockspace *dlm_lock_lockspace(const struct dlm_lock_entry *le)
{
	return dlm_lock_resource(le)->ls;
}

void dlm_lock_publish(struct dlm_lock_entry *le)
{
	struct dlm_lockspace *ls = dlm_lock_lockspace(le);

	this_cpu_inc(*ls->nr_locks);
	dlm_lock_table_publish(&ls->locks, le);
}

static void free_records(struct dlm_lock_entry *le)
{
	struct dlm_lkb *lkb = &le->lkb;
	struct dlm_op *mine[] = { lkb->last_op, lkb->op, lkb->op_cancel, lkb->op_unlock };
	int i;

	for (i = 0; i < ARRAY_SIZE(mine); i++)
		if (mine[i] && mine[i]->memory != DLM_OP_EMBEDDED)
			dlm_op_memory_free(mine[i]);
}

/* The lkb may still be read after its last reference is gone, by whoever holds the res_lock. */
static void free_after_grace(struct rcu_head *rcu)
{
	struct dlm_lock_entry *le = container_of(rcu, struct dlm_lock_entry, rcu);
	struct dlm_resource_entry *re = le->lkb.res ? dlm_lock_resource(le) : NULL;
	struct dlm_user_lock *user = dlm_user_lock(le);

	free_records(le);
	if (le->own_lvb)
		dlm_lvb_free(re->res.lvblen, le->lkb.lvb);
	if (re)
		dlm_resource_put(re);
	if (user)
		user->ops->free(user);
	dlm_object_free(DLM_OBJECT_LOCK, le);
}

void dlm_lock_put(struct dlm_lock_entry *le)
{
	if (!refcount_dec_and_test(&le->refs))
		return;
	WARN_ON_ONCE(!list_empty(&le->tracked_link));
	call_rcu(&le->rcu, free_after_grace);
}

static bool take_first_op(struct dlm_lock_entry *le)
{
	bool taken = false;

	spin_lock(&le->cb_lock);
	if (!(le->cb_state & DLM_CB_FIRST_OP)) {
		le->cb_state |= DLM_CB_FIRST_OP;
		taken = true;
	}
	spin_unlock(&le->cb_lock);
	return taken;
}

struct dlm_op *dlm_op_alloc(struct dlm_lock_entry *le, u32 lvblen)
{
	struct dlm_op *op;

	if (lvblen || !take_first_op(le)) {
		op = dlm_op_memory_alloc(lvblen, GFP_NOFS);
		if (!op)
			return NULL;
		op->has_lvb = lvblen ? DLM_OP_LVB_ROOM : 0;
	} else {
		op = &le->first_op;
		memset(op, 0, sizeof(*op));
		op->memory = DLM_OP_EMBEDDED;
	}
	INIT_LIST_HEAD(&op->link);
	return op;
}

void dlm_op_free(struct dlm_lock_entry *le, struct dlm_op *op)
{
	if (op->memory != DLM_OP_EMBEDDED) {
		dlm_op_memory_free(op);
		return;
	}
	spin_lock(&le->cb_lock);
	le->cb_state &= ~DLM_CB_FIRST_OP;
	spin_unlock(&le->cb_lock);
}

static bool has_something_in_flight(const struct dlm_lkb *lkb)
{
	if (lkb->state & DLM_LKB_GONE)
		return false;
	if (dlm_lkb_is_master_copy(lkb))
		return (lkb->state & DLM_LKB_GRANT_UNSENT) || lkb->bast_unsent;
	return lkb->wait_type || lkb->nr_expected || lkb->op || lkb->op_cancel || lkb->op_unlock ||
	       (lkb->state & (DLM_LKB_RESEND | DLM_LKB_LOOKUP_LISTED));
}

void dlm_lock_track(struct dlm_lock_entry *le)
{
	struct dlm_resource_entry *re = dlm_lock_resource(le);

	lockdep_assert_held(&re->lock);
	dlm_watch_update(re->ls, le);
	if (!has_something_in_flight(&le->lkb))
		list_del_init(&le->tracked_link);
	else if (list_empty(&le->tracked_link))
		list_add_tail(&le->tracked_link, &re->tracked);
}
