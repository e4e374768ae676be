// SPDX-License-Identifier: GPL-2.0
/*
 * Steps of searches for deadlocks. What a step leads to, here or elsewhere, is queued
 * under the res_lock and done later without it: a step never meets itself.
 */
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "cluster/detect.h"
#include "cluster/owner.h"
#include "lockspace/control.h"
#include "lockspace/lock_entry.h"
#include "lockspace/lockspace.h"
#include "lockspace/node.h"
#include "lockspace/patience.h"
#include "lockspace/recovery.h"
#include "lockspace/resource_table.h"
#include "lockspace/search.h"
#include "lockspace/send.h"
#include "lockspace/supply.h"
#include "lockspace/watch.h"

#define QUEUED_MAX 1024 /* steps; some 4 MiB */
#define WAITS_MAX  64	/* of one owner that one step follows */
#define TEXT_SIZE  960	/* what fits into one line of the kernel's log */

struct step {
	struct list_head link; /* search_lock */
	int to;
	struct dlm_chain chain;
};

void dlm_search_queue(struct dlm_cluster *cl, int to, const struct dlm_chain *chain)
{
	struct dlm_lockspace *ls = dlm_lockspace_of(cl);
	u32 nr = chain->head.nr_links;
	struct step *step;
	bool queued = false;

	step = kmalloc(sizeof(*step), GFP_NOWAIT | __GFP_NOWARN);
	if (!step)
		return;
	step->to = to;
	step->chain.head = chain->head;
	memcpy(step->chain.links, chain->links, nr * sizeof(chain->links[0]));
	spin_lock(&ls->search_lock);
	if (ls->nr_searches < QUEUED_MAX) {
		list_add_tail(&step->link, &ls->searches);
		ls->nr_searches++;
		queued = true;
	}
	spin_unlock(&ls->search_lock);
	if (queued)
		dlm_recovery_queue(&ls->search_work);
	else
		kfree(step);
}

static struct step *next_step(struct dlm_lockspace *ls)
{
	struct step *step;

	spin_lock(&ls->search_lock);
	step = list_first_entry_or_null(&ls->searches, struct step, link);
	if (step) {
		list_del(&step->link);
		ls->nr_searches--;
	}
	spin_unlock(&ls->search_lock);
	return step;
}

/* ---- to other nodes ---- */

static void send_step(struct dlm_lockspace *ls, const struct step *step)
{
	struct dlm_msg m = { .type = DLM_WIRE_SEARCH, .nodeid = step->to };
	struct dlm_cluster *cl = &ls->cl;
	u8 *payload = kmalloc(DLM_WIRE_CHAIN_MAX, GFP_NOFS);
	size_t len;

	if (!payload)
		return;
	len = dlm_wire_put_chain(payload, &step->chain);
	rcu_read_lock();
	if (READ_ONCE(cl->gate) >= DLM_GATE_DRAINING &&
	    (dlm_features_of(cl, step->to) & DLM_WIRE_FEATURE_SEARCH)) {
		dlm_sending_begin(NULL);
		dlm_send_msg(cl, step->to, &m, payload, len);
		dlm_sending_end();
	}
	rcu_read_unlock();
	kfree(payload);
}

/* ---- here ---- */

/* res_lock held. False: the lock is no more, or no step may be done now. */
static bool may_step(struct dlm_lockspace *ls, struct dlm_lock_entry *le)
{
	return !(le->lkb.state & DLM_LKB_GONE) &&
	       dlm_gate_open(&ls->cl, &dlm_lock_resource(le)->res);
}

static void do_wait(struct dlm_lockspace *ls, u32 id, struct dlm_chain *chain)
{
	struct dlm_lock_entry *le = dlm_lock_find(&ls->locks, id);
	struct dlm_watch *watch;

	if (!le)
		return;
	dlm_resource_lock(dlm_lock_resource(le));
	if (may_step(ls, le)) {
		watch = dlm_watch_find(ls, le);
		if (watch)
			dlm_detect_wait(&ls->cl, &le->lkb, watch, chain,
					dlm_lockspace_clock_us(ls));
	}
	dlm_resource_unlock(dlm_lock_resource(le));
	dlm_lock_put(le);
}

static void do_owner_key(struct dlm_lockspace *ls, u64 owner, struct dlm_chain *chain)
{
	struct dlm_search head = chain->head;
	u32 ids[WAITS_MAX];
	u32 nr, i;

	nr = dlm_watch_waits_of(ls, owner, ids, WAITS_MAX);
	for (i = 0; i < nr; i++) {
		chain->head = head;
		do_wait(ls, ids[i], chain);
	}
	chain->head = head;
}

/* Whose the lock is that blocks, 0: nobody's that is known, or it does not any more. */
static u64 owner_of(struct dlm_lockspace *ls, const struct dlm_chain *chain)
{
	struct dlm_lock_entry *le = dlm_lock_find(&ls->locks, chain->head.lkid);
	const struct dlm_watch *watch;
	u64 owner = 0;

	if (!le)
		return 0;
	dlm_resource_lock(dlm_lock_resource(le));
	if (may_step(ls, le)) {
		watch = dlm_watch_find(ls, le);
		if (watch && dlm_detect_holds(&le->lkb, chain))
			owner = watch->owner;
	}
	dlm_resource_unlock(dlm_lock_resource(le));
	dlm_lock_put(le);
	return owner;
}

static void do_owner(struct dlm_lockspace *ls, struct dlm_chain *chain)
{
	u64 owner = owner_of(ls, chain);

	if (!owner)
		return;
	do_owner_key(ls, owner, chain);
	rcu_read_lock();
	if (READ_ONCE(ls->cl.gate) >= DLM_GATE_DRAINING)
		dlm_detect_elsewhere(&ls->cl, chain, owner);
	rcu_read_unlock();
}

static void do_blockers(struct dlm_lockspace *ls, struct dlm_chain *chain)
{
	struct dlm_lock_entry *le = dlm_lock_find(&ls->locks, chain->head.lkid);

	if (!le)
		return;
	dlm_resource_lock(dlm_lock_resource(le));
	if (may_step(ls, le))
		dlm_detect_blockers(&ls->cl, &le->lkb, chain);
	dlm_resource_unlock(dlm_lock_resource(le));
	dlm_lock_put(le);
}

static void report(struct dlm_lockspace *ls, u32 id, const struct dlm_chain *chain)
{
	char *text = kmalloc(TEXT_SIZE, GFP_NOFS);

	if (text) {
		dlm_detect_print(chain, text, TEXT_SIZE);
		pr_warn("dlm: %s: deadlock, lock %x gives way: %s\n", ls->name, id, text);
	}
	kfree(text);
	ls->node->control->deadlock(ls, chain);
}

/* A cancel that nobody asked for; the functions of the wait that it ends hear of it. */
static int give_way(struct dlm_lockspace *ls, struct dlm_lock_entry *le, struct dlm_op *op)
{
	struct dlm_lkb *lkb = &le->lkb;

	op->kind = DLM_OP_CANCEL;
	op->astarg = lkb->op->astarg;
	op->exflags = DLM_LKF_CANCEL;
	op->status = -EDEADLK;
	return dlm_owner_unlock(&ls->cl, lkb, op, DLM_LKF_CANCEL, lkb->ownpid);
}

static void do_victim(struct dlm_lockspace *ls, const struct dlm_chain *chain)
{
	struct dlm_lock_entry *le = dlm_lock_find(&ls->locks, chain->head.lkid);
	struct dlm_resource_entry *re;
	struct dlm_watch *watch;
	struct dlm_op *op;
	int err = -ENOENT;

	if (!le)
		return;
	re = dlm_lock_resource(le);
	op = dlm_op_alloc(le, 0);
	if (op) {
		dlm_patient_lock(re, DLM_SUPPLY_FRAME);
		watch = dlm_watch_find(ls, le);
		if (watch && le->lkb.op && dlm_gate_open(&ls->cl, &re->res) &&
		    dlm_detect_is_victim(&ls->cl, &le->lkb, watch, chain))
			err = give_way(ls, le, op);
		if (!(le->lkb.state & DLM_LKB_GONE))
			dlm_lock_track(le);
		dlm_resource_unlock_sending(re);
		if (err)
			dlm_op_free(le, op);
		else
			report(ls, chain->head.lkid, chain);
	}
	dlm_lock_put(le);
}

static void do_step(struct dlm_lockspace *ls, struct dlm_chain *chain)
{
	switch (chain->head.step) {
	case DLM_SEARCH_BLOCKERS:
		do_blockers(ls, chain);
		break;
	case DLM_SEARCH_OWNER:
		do_owner(ls, chain);
		break;
	case DLM_SEARCH_OWNER_KEY:
		do_owner_key(ls, chain->head.owner, chain);
		break;
	case DLM_SEARCH_WAIT:
		do_wait(ls, chain->head.lkid, chain);
		break;
	case DLM_SEARCH_VICTIM:
		do_victim(ls, chain);
		break;
	}
}

static void search_work(struct work_struct *work)
{
	struct dlm_lockspace *ls = container_of(work, struct dlm_lockspace, search_work);
	unsigned int noio = memalloc_noio_save();
	struct step *step;

	while ((step = next_step(ls))) {
		if (step->to == ls->cl.our_nodeid)
			do_step(ls, &step->chain);
		else
			send_step(ls, step);
		kfree(step);
		cond_resched();
	}
	dlm_send_kick(ls);
	memalloc_noio_restore(noio);
}

void dlm_search_begin(struct dlm_lockspace *ls, struct dlm_lock_entry *le)
{
	struct dlm_chain *chain = kmalloc(sizeof(*chain), GFP_NOFS);
	struct dlm_watch *watch;

	if (!chain)
		return;
	dlm_resource_lock(dlm_lock_resource(le));
	if (may_step(ls, le)) {
		watch = dlm_watch_find(ls, le);
		if (watch)
			dlm_detect_start(&ls->cl, &le->lkb, watch, chain, ++ls->search_round,
					 dlm_lockspace_clock_us(ls));
	}
	dlm_resource_unlock(dlm_lock_resource(le));
	kfree(chain);
}

/* Checked by the decoder. Where no step can be done now, or nobody watches, it ends. */
void dlm_search_receive(struct dlm_lockspace *ls, int from, const struct dlm_in *in)
{
	struct dlm_chain *chain = kmalloc(sizeof(*chain), GFP_NOFS);
	bool member;

	if (!chain)
		return;
	rcu_read_lock();
	member = READ_ONCE(ls->cl.gate) >= DLM_GATE_DRAINING && dlm_view_has(ls->cl.view, from);
	rcu_read_unlock();
	if (member) {
		dlm_wire_get_chain(chain, in->lvb);
		dlm_search_queue(&ls->cl, ls->cl.our_nodeid, chain);
	}
	kfree(chain);
}

void dlm_search_setup(struct dlm_lockspace *ls)
{
	INIT_WORK(&ls->search_work, search_work);
	INIT_LIST_HEAD(&ls->searches);
}

void dlm_search_quiesce(struct dlm_lockspace *ls)
{
	struct step *step;

	cancel_work_sync(&ls->search_work);
	while ((step = next_step(ls)))
		kfree(step);
}
