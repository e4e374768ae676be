// SPDX-License-Identifier: GPL-2.0
/*
 * Queue of POSIX lock requests.
 *
 * Nobody waits for ever: who is killed goes, and what he has asked is taken back;
 * when the daemon has been away for too long, requests end with -EIO. One that it
 * had read before it died is put to its successor again.
 */
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "abi/plock.h"
#include "lockspace/locks.h"
#include "lockspace/plock.h"

/* 0: they wait for ever. */
static unsigned int plock_patience_secs = 60;
module_param(plock_patience_secs, uint, 0644);
MODULE_PARM_DESC(plock_patience_secs, "POSIX lock requests fail after this time without a daemon");

#define PATIENCE_MOST 86400

void dlm_plock_init(struct dlm_plock *op)
{
	INIT_LIST_HEAD(&op->link);
	init_waitqueue_head(&op->answered);
}

static bool is_cleanup(const struct dlm_plock *op)
{
	return op->info.flags & DLM_PLOCK_FL_CLOSE;
}

/* plock_lock held. The time begins anew with each request that finds no daemon. */
static void begin_patience(struct dlm_plocks *plocks)
{
	unsigned int secs = min_t(unsigned int, READ_ONCE(plock_patience_secs), PATIENCE_MOST);

	if (!plocks->nr_open && secs)
		queue_delayed_work(system_unbound_wq, &plocks->give_up, secs * HZ);
}

/* plock_lock held. */
static void enqueue(struct dlm_plocks *plocks, struct dlm_plock *op)
{
	op->state = DLM_PLOCK_QUEUED;
	op->was_sent = false;
	list_add_tail(&op->link, &plocks->queued);
	begin_patience(plocks);
	wake_up(&plocks->readable);
}

/* What the owner has on the range is dropped by all nodes, and nobody answers. plock_lock held. */
static void enqueue_cleanup(struct dlm_plocks *plocks, struct dlm_plock *op, u64 start, u64 end)
{
	op->info.optype = DLM_PLOCK_OP_UNLOCK;
	op->info.flags |= DLM_PLOCK_FL_CLOSE;
	op->info.wait = 0;
	op->info.start = start;
	op->info.end = end;
	op->done = NULL;
	enqueue(plocks, op);
}

/* ---- who asks ---- */

void dlm_plock_post(struct dlm_plocks *plocks, struct dlm_plock *op)
{
	spin_lock(&plocks->lock);
	enqueue(plocks, op);
	spin_unlock(&plocks->lock);
}

/* The caller was killed before the daemon has read it. plock_lock held. */
static void take_back_queued(struct dlm_plock *op)
{
	if (op->info.optype == DLM_PLOCK_OP_UNLOCK) {
		op->info.flags |= DLM_PLOCK_FL_CLOSE;
		return;
	}
	list_del(&op->link);
	kfree(op);
}

/* ... and after that. What does not wait will be answered, in order. plock_lock held. */
static void take_back_sent(struct dlm_plocks *plocks, struct dlm_plock *op)
{
	if (op->info.wait) {
		list_del(&op->link);
		enqueue_cleanup(plocks, op, 0, OFFSET_MAX);
	} else {
		op->state = DLM_PLOCK_ABANDONED;
	}
}

/* False: the answer has come meanwhile. */
static bool take_back(struct dlm_plocks *plocks, struct dlm_plock *op)
{
	bool taken = true;

	spin_lock(&plocks->lock);
	if (op->state == DLM_PLOCK_QUEUED)
		take_back_queued(op);
	else if (op->state == DLM_PLOCK_SENT)
		take_back_sent(plocks, op);
	else
		taken = false;
	spin_unlock(&plocks->lock);
	return taken;
}

int dlm_plock_ask(struct dlm_plocks *plocks, struct dlm_plock *op)
{
	dlm_plock_post(plocks, op);
	/* Pairs with the answer's smp_store_release(): the record comes with the state. */
	if (!wait_event_killable(op->answered, smp_load_acquire(&op->state) == DLM_PLOCK_ANSWERED))
		goto answered;
	if (take_back(plocks, op))
		return -ERESTARTSYS;
answered:
	/* Whoever has answered holds the lock until he is done with the request. */
	spin_lock(&plocks->lock);
	spin_unlock(&plocks->lock);
	return 0;
}

/* ---- the daemon ---- */

bool dlm_plocks_readable(struct dlm_plocks *plocks)
{
	bool readable;

	spin_lock(&plocks->lock);
	readable = !list_empty(&plocks->queued);
	spin_unlock(&plocks->lock);
	return readable;
}

bool dlm_plocks_next(struct dlm_plocks *plocks, struct dlm_plock_info *info)
{
	struct dlm_plock *op;

	spin_lock(&plocks->lock);
	op = list_first_entry_or_null(&plocks->queued, struct dlm_plock, link);
	if (op) {
		*info = op->info;
		dlm_plock_set_version(info);
		if (is_cleanup(op)) {
			list_del(&op->link);
			kfree(op);
		} else {
			op->state = DLM_PLOCK_SENT;
			op->was_sent = true;
			list_move_tail(&op->link, &plocks->sent);
		}
	}
	spin_unlock(&plocks->lock);
	return op;
}

/*
 * plock_lock held. Off its list, with its answer; the one that is to be called goes to @ready.
 */
static void settle(struct dlm_plocks *plocks, struct dlm_plock *op, struct list_head *ready)
{
	bool abandoned = op->state == DLM_PLOCK_ABANDONED;

	list_del_init(&op->link);
	if (abandoned && op->info.optype == DLM_PLOCK_OP_LOCK && !op->info.rv) {
		enqueue_cleanup(plocks, op, op->info.start, op->info.end);
	} else if (abandoned) {
		kfree(op);
	} else if (op->done) {
		list_add_tail(&op->link, ready);
	} else {
		/* Pairs with dlm_plock_ask(), which goes on when we have dropped the lock. */
		smp_store_release(&op->state, DLM_PLOCK_ANSWERED);
		wake_up(&op->answered);
	}
}

static void call_done(struct list_head *ready)
{
	struct dlm_plock *op, *next;

	list_for_each_entry_safe(op, next, ready, link) {
		list_del_init(&op->link);
		op->done(op);
	}
}

/* The exact one, else the oldest that may be it. */
static struct dlm_plock *find(struct list_head *list, const struct dlm_plock_info *info)
{
	struct dlm_plock *op, *oldest = NULL;

	list_for_each_entry(op, list, link) {
		enum dlm_plock_match match = dlm_plock_match(&op->info, info);

		if (is_cleanup(op))
			continue;
		if (match == DLM_PLOCK_YES)
			return op;
		if (match == DLM_PLOCK_MAY && !oldest)
			oldest = op;
	}
	return oldest;
}

/* What a daemon had read before it was closed may be answered by whom it told. */
static struct dlm_plock *find_asked(struct dlm_plocks *plocks, const struct dlm_plock_info *info)
{
	struct dlm_plock *op = find(&plocks->sent, info);

	if (!op)
		op = find(&plocks->queued, info);
	return op && op->was_sent ? op : NULL;
}

static void take_answer(struct dlm_plock *op, const struct dlm_plock_info *info)
{
	op->info.rv = info->rv;
	if (op->info.optype != DLM_PLOCK_OP_GET)
		return;
	op->info.ex = info->ex;
	op->info.start = info->start;
	op->info.end = info->end;
	op->info.pid = info->pid;
	op->info.nodeid = info->nodeid;
}

bool dlm_plocks_answer(struct dlm_plocks *plocks, const struct dlm_plock_info *info)
{
	struct dlm_plock *op;
	LIST_HEAD(ready);

	spin_lock(&plocks->lock);
	op = find_asked(plocks, info);
	if (op) {
		take_answer(op, info);
		settle(plocks, op, &ready);
	}
	spin_unlock(&plocks->lock);
	call_done(&ready);
	return op;
}

/* ---- a daemon that goes away ---- */

void dlm_plocks_open(struct dlm_plocks *plocks)
{
	spin_lock(&plocks->lock);
	plocks->nr_open++;
	spin_unlock(&plocks->lock);
	cancel_delayed_work_sync(&plocks->give_up);
}

/* Its successor has to hear of what was not answered, before anything newer. */
void dlm_plocks_close(struct dlm_plocks *plocks)
{
	struct dlm_plock *op, *next;

	spin_lock(&plocks->lock);
	if (--plocks->nr_open) {
		spin_unlock(&plocks->lock);
		return;
	}
	list_for_each_entry_safe_reverse(op, next, &plocks->sent, link) {
		list_del(&op->link);
		if (op->state == DLM_PLOCK_ABANDONED) {
			kfree(op);
			continue;
		}
		op->state = DLM_PLOCK_QUEUED;
		list_add(&op->link, &plocks->queued);
	}
	if (!list_empty(&plocks->queued))
		begin_patience(plocks);
	spin_unlock(&plocks->lock);
}

static void give_up(struct work_struct *work)
{
	struct dlm_plocks *plocks = container_of(to_delayed_work(work), struct dlm_plocks, give_up);
	struct dlm_plock *op, *next;
	LIST_HEAD(ready);

	spin_lock(&plocks->lock);
	if (!plocks->nr_open) {
		list_for_each_entry_safe(op, next, &plocks->queued, link) {
			/* A cleanup is for the next daemon. */
			if (is_cleanup(op))
				continue;
			op->info.rv = -EIO;
			settle(plocks, op, &ready);
		}
	}
	spin_unlock(&plocks->lock);
	call_done(&ready);
}

void dlm_plocks_init(struct dlm_plocks *plocks)
{
	DLM_INIT_SPIN(&plocks->lock, plock_lock);
	INIT_LIST_HEAD(&plocks->queued);
	INIT_LIST_HEAD(&plocks->sent);
	init_waitqueue_head(&plocks->readable);
	INIT_DELAYED_WORK(&plocks->give_up, give_up);
}

/* No file system is left; of those that were there cleanups may be. */
void dlm_plocks_exit(struct dlm_plocks *plocks)
{
	struct dlm_plock *op, *next;

	cancel_delayed_work_sync(&plocks->give_up);
	WARN_ON_ONCE(!list_empty(&plocks->sent));
	list_for_each_entry_safe(op, next, &plocks->queued, link)
		kfree(op);
}
