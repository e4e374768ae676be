// SPDX-License-Identifier: GPL-2.0
/*
 * Locks that came through a device.
 */
#include <linux/slab.h>

#include "abi/result.h"
#include "gen/dlm_modes.h"
#include "lockspace/collect.h"
#include "lockspace/lock_entry.h"
#include "lockspace/lockspace.h"
#include "lockspace/locks.h"
#include "lockspace/resource_table.h"
#include "user/held.h"
#include "user/timeout.h"

void dlm_held_list_init(struct dlm_held_list *list)
{
	DLM_INIT_SPIN(&list->lock, held_list_lock);
	INIT_LIST_HEAD(&list->list);
}

/* ---- lists ---- */

/* held_lock held. */
static void unlist(struct dlm_held *held)
{
	spin_lock(&held->list->lock);
	list_del_init(&held->link);
	held->list->nr--;
	spin_unlock(&held->list->lock);
	held->list = NULL;
}

void dlm_held_join(struct dlm_held *held, struct dlm_held_list *list)
{
	bool ended;

	spin_lock(&held->lock);
	ended = held->ended;
	if (!ended) {
		held->list = list;
		spin_lock(&list->lock);
		list_add_tail(&held->link, &list->list);
		list->nr++;
		spin_unlock(&list->lock);
	}
	spin_unlock(&held->lock);
	if (ended)
		dlm_lock_put(held->user.le);
}

bool dlm_held_leave(struct dlm_held *held, struct dlm_held_list *list)
{
	bool there;

	spin_lock(&held->lock);
	there = held->list == list;
	if (there)
		unlist(held);
	spin_unlock(&held->lock);
	return there;
}

static struct dlm_held *first(struct dlm_held_list *list)
{
	struct dlm_held *held;

	spin_lock(&list->lock);
	held = list_first_entry_or_null(&list->list, struct dlm_held, link);
	/* The list's own reference cannot go meanwhile. */
	if (held)
		refcount_inc(&held->user.le->refs);
	spin_unlock(&list->lock);
	return held;
}

struct dlm_held *dlm_held_take(struct dlm_held_list *list)
{
	struct dlm_held *held;
	bool left;

	while ((held = first(list))) {
		left = dlm_held_leave(held, list);
		dlm_lock_put(held->user.le);
		if (left)
			return held;
	}
	return NULL;
}

static void ended(struct dlm_user_lock *user)
{
	struct dlm_held *held = dlm_held(user);
	bool listed;

	spin_lock(&held->lock);
	held->ended = true;
	listed = held->list;
	if (listed)
		unlist(held);
	spin_unlock(&held->lock);
	dlm_timeout_disarm(held);
	if (listed)
		dlm_lock_put(user->le);
}

/* ---- life ---- */

void dlm_held_free(struct dlm_held *held)
{
	kfree(held);
}

static void free_user(struct dlm_user_lock *user)
{
	dlm_held_free(dlm_held(user));
}

static const struct dlm_user_lock_ops held_ops = {
	.ended = ended,
	.free = free_user,
};

struct dlm_held *dlm_held_alloc(struct dlm_lockspace *ls, const struct dlm_abi_lock *request)
{
	size_t lvblen = max_t(size_t, ls->cl.lvblen, DLM_USER_LVB_LEN);
	struct dlm_held *held;

	held = kzalloc(struct_size(held, lvb, lvblen), GFP_KERNEL_ACCOUNT);
	if (!held)
		return NULL;
	DLM_INIT_SPIN(&held->lock, held_lock);
	INIT_LIST_HEAD(&held->link);
	held->user.ops = &held_ops;
	held->user.xid = request->xid;
	held->user.group = task_tgid_nr(current);
	held->callbacks = request->callbacks;
	return held;
}

/* ---- the callers' addresses ---- */

void dlm_held_set_callbacks(struct dlm_held *held, const struct dlm_abi_callbacks *callbacks,
			    struct dlm_abi_callbacks *old)
{
	spin_lock(&held->lock);
	*old = held->callbacks;
	held->callbacks = *callbacks;
	spin_unlock(&held->lock);
}

void dlm_held_set_lksb(struct dlm_held *held, u64 lksb, u64 castparam)
{
	spin_lock(&held->lock);
	held->callbacks.lksb = lksb;
	if (castparam)
		held->callbacks.castparam = castparam;
	spin_unlock(&held->lock);
}

void dlm_held_use_lvb(struct dlm_held *held)
{
	WRITE_ONCE(held->user.lksb.sb_lvbptr, (char *)held->lvb);
}

/* ---- results ---- */

static bool has_value(const struct dlm_held *held, const struct dlm_callback *cb)
{
	return !cb->status && READ_ONCE(held->user.lksb.sb_lvbptr) &&
	       dlm_lvb_op(cb->prev_mode, cb->mode) != DLM_LVB_WRITE;
}

static void copy_value(struct dlm_held *held, u8 *lvb)
{
	struct dlm_resource_entry *re = dlm_lock_resource(held->user.le);

	dlm_resource_lock(re);
	memcpy(lvb, held->lvb, DLM_USER_LVB_LEN);
	dlm_resource_unlock(re);
}

bool dlm_held_result(const struct dlm_collected *got, struct dlm_abi_result *result)
{
	struct dlm_held *held = dlm_held(dlm_user_lock(got->le));
	const struct dlm_callback *cb = &got->cb;
	struct dlm_abi_callbacks callbacks;

	spin_lock(&held->lock);
	callbacks = held->callbacks;
	spin_unlock(&held->lock);

	memset(result, 0, sizeof(*result));
	result->lkid = got->le->lkb.id;
	result->lksb = callbacks.lksb;
	if (!cb->ast) {
		result->astaddr = callbacks.bastaddr;
		result->astparam = callbacks.bastparam;
		result->bast_mode = cb->mode;
		return callbacks.bastaddr;
	}
	atomic_dec(&held->nr_due);
	result->astaddr = callbacks.castaddr;
	result->astparam = callbacks.castparam;
	result->status = cb->status;
	result->sb_flags = cb->sb_flags;
	result->has_lvb = has_value(held, cb);
	if (result->has_lvb)
		copy_value(held, result->lvb);
	return true;
}
