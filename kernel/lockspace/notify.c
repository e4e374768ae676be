// SPDX-License-Identifier: GPL-2.0
/*
 * Recovery callbacks. One at a time (user_mutex), none from inside the machine: a
 * work item calls recover_slot and recover_done, whoever stops calls
 * recover_prep after that work has finished. So the order is prep, slots, done.
 */
#include <linux/ktime.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "lockspace/effects.h"
#include "lockspace/lockspace.h"
#include "lockspace/log.h"
#include "lockspace/notify.h"
#include "lockspace/recovery.h"
#include "lockspace/send.h"

/* One call_slots effect; each is answered once, whatever has come since. */
struct slot_call {
	struct list_head link;
	u64 epoch;
	int nr;
	struct dlm_gone gone[];
};

void dlm_notify_slots(struct dlm_cluster *cl, const struct dlm_gone *gone, int nr)
{
	struct dlm_lockspace *ls = dlm_lockspace_of(cl);
	struct slot_call *call;

	/* A failed member of which nobody hears corrupts file systems: this may not fail. */
	call = kmalloc(struct_size(call, gone, nr), GFP_NOFS | __GFP_NOFAIL);
	call->epoch = cl->recover.epoch;
	call->nr = nr;
	memcpy(call->gone, gone, nr * sizeof(*gone));
	list_add_tail(&call->link, &ls->slot_calls);
	dlm_recovery_queue(&ls->user_work);
}

static void fill_slots(struct dlm_cluster *cl, struct dlm_recovered *done)
{
	const struct dlm_view *view = cl->view;
	int i;

	done->slots = kcalloc(view->nr_members, sizeof(*done->slots), GFP_NOFS | __GFP_NOFAIL);
	done->nr_slots = view->nr_members;
	for (i = 0; i < view->nr_members; i++) {
		done->slots[i].nodeid = view->members[i].nodeid;
		done->slots[i].slot = view->members[i].slot;
	}
}

void dlm_notify_recovered(struct dlm_cluster *cl, enum dlm_recover_result result)
{
	struct dlm_lockspace *ls = dlm_lockspace_of(cl);
	struct dlm_recovered *done = &ls->done;

	kfree(done->slots);
	memset(done, 0, sizeof(*done));
	if (result == DLM_RECOVER_COMPLETE) {
		done->our_slot = cl->recover.our_slot;
		done->generation = cl->recover.generation;
		fill_slots(cl, done);
	} else {
		done->result = cl->recover.error;
	}
	ls->done_due = true;
	dlm_recovery_queue(&ls->user_work);
}

static struct slot_call *next_slot_call(struct dlm_lockspace *ls)
{
	struct slot_call *call;

	mutex_lock(&ls->view_mutex);
	call = list_first_entry_or_null(&ls->slot_calls, struct slot_call, link);
	if (call)
		list_del(&call->link);
	mutex_unlock(&ls->view_mutex);
	return call;
}

static void tell_slots(struct dlm_lockspace *ls, const struct slot_call *call)
{
	int i;

	if (!ls->ops || !ls->ops->recover_slot)
		return;
	for (i = 0; i < call->nr; i++) {
		const struct dlm_gone *gone = &call->gone[i];
		struct dlm_slot slot = { .nodeid = gone->nodeid, .slot = gone->slot };

		/* Who left in order needs no recovery, who never was in one has no slot. */
		if (gone->failed && gone->slot && !gone->slot_called)
			ls->ops->recover_slot(ls->ops_arg, &slot);
	}
}

static void tell_all_slots(struct dlm_lockspace *ls)
{
	struct slot_call *call;

	while ((call = next_slot_call(ls))) {
		tell_slots(ls, call);
		mutex_lock(&ls->view_mutex);
		dlm_recover_slots_called(&ls->cl, call->epoch, dlm_now_ms());
		mutex_unlock(&ls->view_mutex);
		kfree(call);
	}
}

static bool take_done(struct dlm_lockspace *ls, struct dlm_recovered *done)
{
	bool due;

	mutex_lock(&ls->view_mutex);
	due = ls->done_due;
	ls->done_due = false;
	*done = ls->done;
	memset(&ls->done, 0, sizeof(ls->done));
	mutex_unlock(&ls->view_mutex);
	return due;
}

static void tell_done(struct dlm_lockspace *ls)
{
	struct dlm_recovered done;

	if (!take_done(ls, &done))
		return;
	if (!done.result) {
		dlm_lockspace_log(ls, DLM_LOG_INFO, "recovered: generation %u, slot %d, %d members",
				  done.generation, done.our_slot, done.nr_slots);
		if (ls->ops && ls->ops->recover_done)
			ls->ops->recover_done(ls->ops_arg, done.slots, done.nr_slots, done.our_slot,
					      done.generation);
	}
	kfree(done.slots);
	/* The join's callback comes before its caller goes on (lock-semantics 15.6). */
	if (!completion_done(&ls->joined)) {
		ls->join_result = done.result;
		complete_all(&ls->joined);
	}
}

void dlm_notify_work(struct work_struct *work)
{
	struct dlm_lockspace *ls = container_of(work, struct dlm_lockspace, user_work);
	unsigned int noio = memalloc_noio_save();

	mutex_lock(&ls->user_mutex);
	tell_all_slots(ls);
	tell_done(ls);
	mutex_unlock(&ls->user_mutex);
	dlm_send_kick(ls);
	memalloc_noio_restore(noio);
}

void dlm_notify_prep(struct dlm_lockspace *ls)
{
	mutex_lock(&ls->user_mutex);
	if (ls->ops && ls->ops->recover_prep)
		ls->ops->recover_prep(ls->ops_arg);
	mutex_unlock(&ls->user_mutex);
}

void dlm_notify_drop(struct dlm_lockspace *ls)
{
	struct slot_call *call;

	while ((call = next_slot_call(ls)))
		kfree(call);
	kfree(ls->done.slots);
	ls->done.slots = NULL;
}
