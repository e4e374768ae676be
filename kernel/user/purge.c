// SPDX-License-Identifier: GPL-2.0
/*
 * PURGE: locks that are dropped without a callback.
 */
#include <linux/sched/mm.h>

#include "lockspace/lock_entry.h"
#include "lockspace/lockspace.h"
#include "lockspace/node.h"
#include "lockspace/orphan.h"
#include "lockspace/send.h"
#include "user/purge.h"
#include "user/space_file.h"
#include "user/timeout.h"

#define LOOKS_MOST 64 /* under one hold of the list's lock */

static bool matches(const struct dlm_held *held, u32 pid)
{
	return !pid || READ_ONCE(held->user.le->lkb.ownpid) == pid ||
	       READ_ONCE(held->user.group) == pid;
}

/* Each look moves one to the end. With a reference, or NULL with *@budget 0 at the end. */
static struct dlm_held *look(struct dlm_held_list *orphans, u32 pid, unsigned long *budget)
{
	struct dlm_held *held, *found = NULL;
	int looks = LOOKS_MOST;

	spin_lock(&orphans->lock);
	for (; *budget && looks && !found; --*budget, looks--) {
		held = list_first_entry_or_null(&orphans->list, struct dlm_held, link);
		if (!held) {
			*budget = 0;
			break;
		}
		list_move_tail(&held->link, &orphans->list);
		if (!matches(held, pid))
			continue;
		refcount_inc(&held->user.le->refs);
		found = held;
	}
	spin_unlock(&orphans->lock);
	return found;
}

static void purge(struct dlm_lockspace *ls, struct dlm_held *held)
{
	dlm_timeout_disarm(held);
	dlm_collect_stop(held->user.le);
	dlm_orphan_unlock(ls, &held->user);
	dlm_lock_put(held->user.le);
}

void dlm_purge_orphans(struct dlm_lockspace *ls, struct dlm_held_list *orphans, u32 pid)
{
	unsigned long budget = READ_ONCE(orphans->nr);
	struct dlm_lock_entry *le;
	struct dlm_held *held;

	while (budget) {
		held = look(orphans, pid, &budget);
		if (held) {
			le = held->user.le;
			if (dlm_held_leave(held, orphans))
				purge(ls, held);
			dlm_lock_put(le);
		}
		cond_resched();
	}
}

static void purge_own(struct dlm_space_file *file)
{
	unsigned long budget = READ_ONCE(file->held.nr);
	struct dlm_held *held;

	for (; budget && (held = dlm_held_take(&file->held)); budget--) {
		purge(file->ls, held);
		cond_resched();
	}
}

static int purge_remote(struct dlm_lockspace *ls, int nodeid, u32 pid)
{
	struct dlm_msg m = {
		.type = DLM_MSG_PURGE,
		.nodeid = nodeid,
		.pid = pid,
	};
	struct dlm_frame *frame;
	int err;

	if (!dlm_peer_configured(&ls->node->peers, nodeid))
		return -ENOBUFS;
	frame = dlm_send_reserve_alloc(ls);
	if (!frame)
		return -ENOMEM;
	dlm_sending_begin(frame);
	err = dlm_send_msg(&ls->cl, nodeid, &m, NULL, 0);
	dlm_sending_end();
	dlm_send_kick(ls);
	return err;
}

static bool is_caller(u32 pid)
{
	return pid == task_pid_nr(current) || pid == task_tgid_nr(current);
}

int dlm_space_purge(struct dlm_space_file *file, const struct dlm_abi_purge *request)
{
	struct dlm_lockspace *ls = file->ls;
	unsigned int noio;
	int err = 0;

	if (!dlm_lockspace_use(ls))
		return -ENOENT;
	noio = memalloc_noio_save();
	if (request->nodeid && request->nodeid != ls->cl.our_nodeid)
		err = purge_remote(ls, request->nodeid, request->pid);
	else if (is_caller(request->pid))
		purge_own(file);
	else
		dlm_purge_orphans(ls, file->orphans, request->pid);
	memalloc_noio_restore(noio);
	dlm_lockspace_leave(ls);
	return err;
}
