// SPDX-License-Identifier: GPL-2.0
/*
 * Sublocks in the kernel. A lock with a record has DLM_LKB_FAMILY set from then on;
 * whoever has a reference of a lock that is not gone may use its record. The tree
 * is guarded by family_lock, a leaf, and what a record says about its own lock (unlock)
 * by that lock's res_lock.
 */
#include <linux/sched/mm.h>

#include "cluster/owner.h"
#include "lockspace/family.h"
#include "lockspace/lock_entry.h"
#include "lockspace/lockspace.h"
#include "lockspace/locks.h"
#include "lockspace/memory.h"
#include "lockspace/patience.h"
#include "lockspace/recovery.h"
#include "lockspace/request.h"
#include "lockspace/resource_table.h"
#include "lockspace/send.h"
#include "lockspace/supply.h"

static void family_work(struct work_struct *work);

void dlm_families_init(struct dlm_lockspace *ls)
{
	xa_init(&ls->families);
	DLM_INIT_SPIN(&ls->family_lock, family_lock);
	INIT_LIST_HEAD(&ls->families_due);
	INIT_WORK(&ls->family_work, family_work);
	ls->sublocks = true;
}

void dlm_families_exit(struct dlm_lockspace *ls)
{
	struct dlm_family *family;
	unsigned long id;

	xa_for_each(&ls->families, id, family) {
		/* The embedded one went with its lock. */
		if (family->unlock && family->unlock->memory != DLM_OP_EMBEDDED)
			dlm_op_memory_free(family->unlock);
		dlm_object_free(DLM_OBJECT_FAMILY, family);
	}
	xa_destroy(&ls->families);
}

/* The record of lock @id: a new one, or the one that was there. Error pointer: -ENOMEM. */
static struct dlm_family *make_record(struct dlm_lockspace *ls, u32 id, bool *fresh)
{
	struct dlm_family *family = dlm_object_alloc(DLM_OBJECT_FAMILY, GFP_NOFS);
	int err;

	*fresh = false;
	if (!family)
		return ERR_PTR(-ENOMEM);
	dlm_family_init(family, id);
	err = xa_insert(&ls->families, id, family, GFP_NOFS);
	if (!err) {
		*fresh = true;
		return family;
	}
	dlm_object_free(DLM_OBJECT_FAMILY, family);
	return err == -EBUSY ? NULL : ERR_PTR(err);
}

/* Whoever found it in the table under the lock has finished with it. */
static void free_record(struct dlm_lockspace *ls, struct dlm_family *family)
{
	spin_lock(&ls->family_lock);
	xa_erase(&ls->families, family->id);
	spin_unlock(&ls->family_lock);
	dlm_object_free(DLM_OBJECT_FAMILY, family);
}

struct dlm_family *dlm_family_find(struct dlm_lockspace *ls, const struct dlm_lock_entry *le)
{
	return le->lkb.state & DLM_LKB_FAMILY ? xa_load(&ls->families, le->lkb.id) : NULL;
}

/*
 * Both have records. While the parent is not gone nobody frees its record; that it has one is said
 * under its res_lock only, so one that was made for a parent that is gone is freed by its maker.
 */
static int join(struct dlm_lockspace *ls, struct dlm_lock_entry *parent, struct dlm_family *child,
		const struct dlm_request_args *args)
{
	struct dlm_resource_entry *re = dlm_lock_resource(parent);
	struct dlm_family *family, *made;
	int err = -ENOENT;
	bool fresh;

	made = make_record(ls, parent->lkb.id, &fresh);
	if (IS_ERR(made))
		return PTR_ERR(made);
	dlm_resource_lock(re);
	if (!(parent->lkb.state & DLM_LKB_GONE)) {
		parent->lkb.state |= DLM_LKB_FAMILY;
		family = dlm_family_find(ls, parent);
		fresh = false;
		err = dlm_family_admit(&parent->lkb, family, args->flags, args->lock_flags);
		if (!err) {
			spin_lock(&ls->family_lock);
			dlm_family_join(family, child);
			spin_unlock(&ls->family_lock);
		}
	}
	dlm_resource_unlock(re);
	if (fresh)
		free_record(ls, made);
	return err;
}

int dlm_family_attach(struct dlm_lockspace *ls, struct dlm_lock_entry *le,
		      const struct dlm_request_args *args, u8 name[DLM_FAMILY_NAME_LEN])
{
	struct dlm_lock_entry *parent = dlm_lock_find(&ls->locks, args->parent_id);
	const struct dlm_resource *res;
	struct dlm_family *child;
	bool fresh;
	int err;

	if (!parent)
		return -ENOENT;
	err = dlm_lkb_is_master_copy(&parent->lkb) ? -ENOENT : 0;
	if (err)
		goto out;
	child = make_record(ls, le->lkb.id, &fresh);
	err = IS_ERR(child) ? PTR_ERR(child) : join(ls, parent, child, args);
	if (!err) {
		res = parent->lkb.res;
		le->lkb.state |= DLM_LKB_FAMILY;
		dlm_family_name(name, res->name, res->name_len, child->depth, args->name,
				args->name_len);
	} else if (!IS_ERR(child)) {
		free_record(ls, child);
	}
out:
	dlm_lock_put(parent);
	return err;
}

/*
 * Out of the tree, and no more. With it a forced unlock of the parent may be due: not from here,
 * where a res_lock may be held.
 */
static void leave(struct dlm_lockspace *ls, struct dlm_lock_entry *le)
{
	struct dlm_family *family = dlm_family_find(ls, le);
	struct dlm_family *due;

	if (WARN_ON_ONCE(!family))
		return;
	spin_lock(&ls->family_lock);
	due = dlm_family_leave(family);
	if (due)
		list_add_tail(&due->due, &ls->families_due);
	spin_unlock(&ls->family_lock);
	free_record(ls, family);
	if (due)
		dlm_recovery_queue(&ls->family_work);
}

int dlm_family_decide(struct dlm_lockspace *ls, struct dlm_lock_entry *le, struct dlm_op *op,
		      u32 flags, u32 ownpid)
{
	struct dlm_family *family = dlm_family_find(ls, le);
	int verdict;

	if (!family)
		return DLM_FAMILY_NOW;
	spin_lock(&ls->family_lock);
	verdict = dlm_family_unlock(family, op, flags, ownpid);
	spin_unlock(&ls->family_lock);
	return verdict;
}

bool dlm_family_unlocking(struct dlm_lockspace *ls, const struct dlm_lock_entry *le)
{
	const struct dlm_family *family = dlm_family_find(ls, le);

	return family && family->unlock;
}

/* What waited for the children is carried out. Nothing else can have ended the lock meanwhile. */
static void unlock_now(struct dlm_lockspace *ls, struct dlm_lock_entry *le)
{
	struct dlm_family *family = dlm_family_find(ls, le);
	struct dlm_resource_entry *re = dlm_lock_resource(le);
	struct dlm_op *op;
	int err;

	dlm_patient_lock(re, DLM_SUPPLY_VALUE_IF_USED);
	op = family->unlock;
	family->unlock = NULL;
	err = dlm_owner_unlock(&ls->cl, &le->lkb, op, op->exflags, family->unlock_pid);
	if (!(le->lkb.state & DLM_LKB_GONE))
		dlm_lock_track(le);
	dlm_resource_unlock_sending(re);
	if (WARN_ON_ONCE(err))
		dlm_op_free(le, op);
}

/* 0: no more; @due: and the unlock that waits is the caller's to carry out. */
static u32 next_child(struct dlm_lockspace *ls, struct dlm_family *family, bool *due)
{
	u32 id;

	spin_lock(&ls->family_lock);
	id = dlm_family_next_child(family);
	*due = !id && dlm_family_due(family);
	spin_unlock(&ls->family_lock);
	return id;
}

void dlm_family_force(struct dlm_lockspace *ls, struct dlm_lock_entry *le,
		      void (*force)(struct dlm_lockspace *ls, struct dlm_lock_entry *child))
{
	/* Stays as long as not all children have been told. */
	struct dlm_family *family = dlm_family_find(ls, le);
	struct dlm_lock_entry *child;
	bool due;
	u32 id;

	while ((id = next_child(ls, family, &due))) {
		child = dlm_lock_find(&ls->locks, id);
		if (!child)
			continue;
		force(ls, child);
		dlm_lock_put(child);
	}
	if (due)
		unlock_now(ls, le);
}

void dlm_family_lock_gone(struct dlm_lockspace *ls, struct dlm_lock_entry *le)
{
	struct dlm_family *family = dlm_family_find(ls, le);

	if (!family)
		return;
	spin_lock(&ls->family_lock);
	dlm_family_gone(family);
	spin_unlock(&ls->family_lock);
}

void dlm_family_delivered(struct dlm_lockspace *ls, struct dlm_lock_entry *le)
{
	leave(ls, le);
}

void dlm_family_detach(struct dlm_lockspace *ls, struct dlm_lock_entry *le)
{
	leave(ls, le);
	le->lkb.state &= ~DLM_LKB_FAMILY;
}

static u32 next_due(struct dlm_lockspace *ls)
{
	struct dlm_family *family;
	u32 id = 0;

	spin_lock(&ls->family_lock);
	family = list_first_entry_or_null(&ls->families_due, struct dlm_family, due);
	if (family) {
		list_del_init(&family->due);
		id = family->id;
	}
	spin_unlock(&ls->family_lock);
	return id;
}

static void family_work(struct work_struct *work)
{
	struct dlm_lockspace *ls = container_of(work, struct dlm_lockspace, family_work);
	unsigned int noio = memalloc_noio_save();
	struct dlm_lock_entry *parent;
	u32 id;

	/* A lockspace that is being released lets them be. */
	if (percpu_ref_tryget_live(&ls->calls)) {
		while ((id = next_due(ls))) {
			parent = dlm_lock_find(&ls->locks, id);
			if (WARN_ON_ONCE(!parent))
				continue;
			unlock_now(ls, parent);
			dlm_lock_put(parent);
		}
		dlm_send_kick(ls);
		dlm_lockspace_leave(ls);
	}
	memalloc_noio_restore(noio);
}

static bool take_path(struct dlm_lockspace *ls, unsigned long id, struct dlm_family_path *path)
{
	const struct dlm_family *family;
	u32 at;

	spin_lock(&ls->family_lock);
	family = xa_load(&ls->families, id);
	path->depth = family && !family->gone && family->parent ? family->depth : 0;
	for (at = path->depth; at && family; family = family->parent)
		path->ids[--at] = family->id;
	spin_unlock(&ls->family_lock);
	return path->depth && !at;
}

void dlm_family_each(struct dlm_lockspace *ls,
		     void (*fn)(struct dlm_lockspace *ls, const struct dlm_family_path *path,
				void *arg),
		     void *arg)
{
	struct dlm_family_path path;
	struct dlm_family *unused;
	unsigned long id;

	xa_for_each(&ls->families, id, unused) {
		if (take_path(ls, id, &path))
			fn(ls, &path, arg);
		cond_resched();
	}
}
