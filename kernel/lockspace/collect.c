// SPDX-License-Identifier: GPL-2.0
/*
 * Collectors: locks whose callbacks wait to be fetched.
 *
 * A lock that is DLM_CB_SCHEDULED is in exactly one place: set aside by a
 * recovery, on its way to its collector, in the collector's list (DLM_CB_LISTED), or being
 * dropped. Who takes it out of there gives back its reference and its share of
 * ls->deliveries.
 */
#include "lockspace/collect.h"
#include "lockspace/family.h"
#include "lockspace/lock_entry.h"
#include "lockspace/locks.h"
#include "lockspace/lockspace.h"
#include "lockspace/user_lock.h"

void dlm_collector_init(struct dlm_collector *collector)
{
	DLM_INIT_SPIN(&collector->lock, collect_lock);
	INIT_LIST_HEAD(&collector->locks);
	init_waitqueue_head(&collector->wait);
}

/* Was that the last callback there will be? cb_lock held. */
static bool ends(struct dlm_lockspace *ls, struct dlm_lock_entry *le)
{
	if ((le->cb_state & (DLM_CB_LAST | DLM_CB_DONE)) != DLM_CB_LAST)
		return false;
	le->cb_state |= DLM_CB_DONE;
	this_cpu_dec(*ls->nr_locks);
	return true;
}

static void end(struct dlm_lock_entry *le)
{
	struct dlm_user_lock *user = dlm_user_lock(le);

	user->ops->ended(user);
	if (le->lkb.state & DLM_LKB_FAMILY)
		dlm_family_delivered(dlm_lock_lockspace(le), le);
	dlm_lock_put(le);
}

/* cb_lock held. */
static void unlist(struct dlm_lock_entry *le, struct dlm_collector *collector)
{
	spin_lock(&collector->lock);
	list_del_init(&le->drain_link);
	spin_unlock(&collector->lock);
	le->cb_state &= ~DLM_CB_LISTED;
}

/* Everything that is queued in a lock that nobody can fetch from. */
static void drop(struct dlm_lock_entry *le)
{
	struct dlm_lockspace *ls = dlm_lock_lockspace(le);
	struct dlm_callback cb;
	struct dlm_op *op, *next;
	LIST_HEAD(released);
	bool last;

	spin_lock(&le->cb_lock);
	while (dlm_callback_next(&le->lkb, &cb))
		if (cb.release)
			list_add_tail(&cb.release->link, &released);
	le->cb_state &= ~DLM_CB_SCHEDULED;
	last = ends(ls, le);
	spin_unlock(&le->cb_lock);
	list_for_each_entry_safe(op, next, &released, link)
		dlm_op_free(le, op);
	if (last)
		end(le);
	dlm_lock_put(le);
	percpu_ref_put(&ls->deliveries);
}

void dlm_collect_add(struct dlm_lock_entry *le)
{
	struct dlm_collector *collector;

	spin_lock(&le->cb_lock);
	collector = dlm_user_lock(le)->collector;
	if (collector) {
		spin_lock(&collector->lock);
		list_add_tail(&le->drain_link, &collector->locks);
		spin_unlock(&collector->lock);
		le->cb_state |= DLM_CB_LISTED;
		/* Under cb_lock: the collector goes once it has been taken from its locks. */
		wake_up_interruptible(&collector->wait);
	}
	spin_unlock(&le->cb_lock);
	if (!collector)
		drop(le);
}

void dlm_collect_stop(struct dlm_lock_entry *le)
{
	bool listed;

	spin_lock(&le->cb_lock);
	listed = le->cb_state & DLM_CB_LISTED;
	if (listed)
		unlist(le, dlm_user_lock(le)->collector);
	dlm_user_lock(le)->collector = NULL;
	spin_unlock(&le->cb_lock);
	if (listed)
		drop(le);
}

static struct dlm_lock_entry *first_lock(struct dlm_collector *collector)
{
	struct dlm_lock_entry *le;

	spin_lock(&collector->lock);
	le = list_first_entry_or_null(&collector->locks, struct dlm_lock_entry, drain_link);
	if (le)
		refcount_inc(&le->refs);
	spin_unlock(&collector->lock);
	return le;
}

/* False: the lock has left the list meanwhile. */
static bool take(struct dlm_collector *collector, struct dlm_lock_entry *le,
		 struct dlm_collected *got)
{
	bool taken = false;

	spin_lock(&le->cb_lock);
	if ((le->cb_state & DLM_CB_LISTED) && dlm_user_lock(le)->collector == collector) {
		taken = dlm_callback_next(&le->lkb, &got->cb);
		got->emptied = !dlm_callback_pending(&le->lkb);
		got->last = got->emptied && ends(dlm_lock_lockspace(le), le);
		if (got->emptied) {
			unlist(le, collector);
			le->cb_state &= ~DLM_CB_SCHEDULED;
		}
	}
	spin_unlock(&le->cb_lock);
	return taken;
}

bool dlm_collect_next(struct dlm_collector *collector, struct dlm_collected *got)
{
	while ((got->le = first_lock(collector))) {
		if (take(collector, got->le, got))
			return true;
		dlm_lock_put(got->le);
	}
	return false;
}

void dlm_collect_done(struct dlm_collected *got)
{
	struct dlm_lock_entry *le = got->le;
	struct dlm_lockspace *ls = dlm_lock_lockspace(le);

	if (got->cb.release)
		dlm_op_free(le, got->cb.release);
	if (got->last)
		end(le);
	if (got->emptied) {
		dlm_lock_put(le);
		percpu_ref_put(&ls->deliveries);
	}
	dlm_lock_put(le);
}
