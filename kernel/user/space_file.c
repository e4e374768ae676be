// SPDX-License-Identifier: GPL-2.0
/*
 * Open and close of a lockspace's device (control-plane.md 5.7).
 */
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "lockspace/lock_entry.h"
#include "lockspace/lockspace.h"
#include "lockspace/orphan.h"
#include "user/space_file.h"
#include "user/space_users.h"
#include "user/timeout.h"

struct dlm_space_file *dlm_space_file_open(struct dlm_lockspace *ls, struct dlm_held_list *orphans,
					   struct dlm_space_users *users)
{
	struct dlm_space_file *file = kzalloc(sizeof(*file), GFP_KERNEL_ACCOUNT);

	if (!file)
		return NULL;
	dlm_space_users_get(users);
	file->users = users;
	file->ls = ls;
	file->orphans = orphans;
	dlm_held_list_init(&file->held);
	dlm_collector_init(&file->collector);
	return file;
}

/* The lock has left the file's list, with that list's reference. */
static void part_with(struct dlm_space_file *file, struct dlm_held *held)
{
	struct dlm_lock_entry *le = held->user.le;
	enum dlm_fate fate;

	dlm_timeout_disarm(held);
	dlm_collect_stop(le);
	fate = dlm_orphan_leave(&held->user);
	switch (fate) {
	case DLM_FATE_ENDING:
		break;
	case DLM_FATE_UNLOCK:
		dlm_orphan_unlock(file->ls, &held->user);
		break;
	case DLM_FATE_ORPHAN:
	case DLM_FATE_ORPHAN_BUSY:
		refcount_inc(&le->refs);
		dlm_held_join(held, file->orphans);
		if (fate == DLM_FATE_ORPHAN_BUSY)
			dlm_orphan_cancel(file->ls, &held->user);
		break;
	}
	dlm_lock_put(le);
}

void dlm_space_file_close(struct dlm_space_file *file)
{
	struct dlm_space_users *users = file->users;
	unsigned int noio = memalloc_noio_save();
	struct dlm_held *held;

	while ((held = dlm_held_take(&file->held))) {
		part_with(file, held);
		cond_resched();
	}
	memalloc_noio_restore(noio);
	kfree(file);
	dlm_space_users_put(users);
}
