// SPDX-License-Identifier: GPL-2.0
/*
 * LOCK messages to be repeated. Ids are kept, not locks: a lock may be gone when
 * its turn comes.
 */
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "cluster/rebuild.h"
#include "lockspace/lock_again.h"
#include "lockspace/lock_entry.h"
#include "lockspace/lockspace.h"
#include "lockspace/recovery.h"
#include "lockspace/resource_table.h"
#include "lockspace/send.h"
#include "lockspace/supply.h"

#define PAUSE_MS 10

struct again {
	struct list_head link;
	u64 epoch;
	u32 id;
};

void dlm_lock_again(struct dlm_lockspace *ls, u32 id)
{
	struct again *again = kmalloc(sizeof(*again), GFP_NOFS);

	lockdep_assert_held(&ls->view_mutex);
	if (!again) {
		dlm_recover_fail(&ls->cl, -ENOMEM);
		return;
	}
	again->epoch = ls->cl.recover.epoch;
	again->id = id;
	list_add_tail(&again->link, &ls->again);
	dlm_recovery_queue_delayed(&ls->again_work, PAUSE_MS);
}

static int send_again(struct dlm_lockspace *ls, u32 id)
{
	struct dlm_lock_entry *le = dlm_lock_find(&ls->locks, id);
	struct dlm_resource_entry *re;
	int err;

	if (!le)
		return 0;
	re = dlm_lock_resource(le);
	err = dlm_resource_lock_supplied(re, DLM_SUPPLY_FRAME);
	if (!err) {
		if (!(le->lkb.state & DLM_LKB_GONE))
			err = dlm_rebuild_lock_again(&ls->cl, &le->lkb);
		dlm_resource_unlock_sending(re);
	}
	dlm_lock_put(le);
	return err;
}

static void again_work(struct work_struct *work)
{
	struct dlm_lockspace *ls =
		container_of(to_delayed_work(work), struct dlm_lockspace, again_work);
	unsigned int noio = memalloc_noio_save();
	struct again *again, *next;
	LIST_HEAD(taken);

	mutex_lock(&ls->view_mutex);
	list_splice_init(&ls->again, &taken);
	list_for_each_entry_safe(again, next, &taken, link) {
		if (again->epoch == ls->cl.recover.epoch && send_again(ls, again->id)) {
			list_move_tail(&again->link, &ls->again);
			continue;
		}
		list_del(&again->link);
		kfree(again);
	}
	if (!list_empty(&ls->again))
		dlm_recovery_queue_delayed(&ls->again_work, PAUSE_MS);
	mutex_unlock(&ls->view_mutex);
	dlm_send_kick(ls);
	memalloc_noio_restore(noio);
}

void dlm_lock_again_setup(struct dlm_lockspace *ls)
{
	INIT_LIST_HEAD(&ls->again);
	INIT_DELAYED_WORK(&ls->again_work, again_work);
}

void dlm_lock_again_quiesce(struct dlm_lockspace *ls)
{
	struct again *again, *next;

	cancel_delayed_work_sync(&ls->again_work);
	list_for_each_entry_safe(again, next, &ls->again, link)
		kfree(again);
	INIT_LIST_HEAD(&ls->again);
}
