// SPDX-License-Identifier: GPL-2.0
/*
 * Delivery of callbacks by drainers: work items of a high-priority workqueue.
 *
 * Each processor has a list of locks with something to deliver. The list is never
 * left with locks in it and no drainer on its way: whoever makes it non-empty queues
 * one, and a drainer that takes a lock and leaves others queues the next. While
 * the first one runs, the workqueue does not start the second on that processor;
 * when the first sleeps inside a callback, it does. So a burst costs one wake-up,
 * and a sleeping callback delays only its own lock.
 *
 * Locks that have an owner who fetches their callbacks go to him (collect.h).
 *
 * Drainers are bound to no lockspace; a lockspace counts the locks that are in
 * their hands (ls->deliveries) and waits for that at its release.
 */
#include <linux/percpu.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "core/callback.h"
#include "lockspace/collect.h"
#include "lockspace/deliver.h"
#include "lockspace/family.h"
#include "lockspace/lock_entry.h"
#include "lockspace/locks.h"
#include "lockspace/lockspace.h"
#include "trace/dlm_trace.h"

#define AT_ONCE 8 /* callbacks of one lock before others have their turn */

struct drain_cpu;

struct drainer {
	struct work_struct work;
	struct list_head link; /* drain_cpu.idle */
	struct drain_cpu *dc;
};

struct drain_cpu {
	spinlock_t lock;	/* drain_lock */
	struct list_head locks; /* dlm_lock_entry.drain_link, each with a reference */
	struct list_head idle;	/* drainers that neither run nor are queued */
	bool on_the_way;	/* a drainer is queued and has not started */
	struct drainer first[2];
};

static struct workqueue_struct *drain_wq;
static struct drain_cpu __percpu *drain_cpus;

/* One more for the list; drain_lock held. NULL if one is on its way or none can be had. */
static struct drainer *next_drainer(struct drain_cpu *dc)
{
	struct drainer *d;

	if (dc->on_the_way)
		return NULL;
	d = list_first_entry_or_null(&dc->idle, struct drainer, link);
	if (d) {
		list_del_init(&d->link);
		dc->on_the_way = true;
	}
	return d;
}

/*
 * All drainers of this processor sleep in callbacks: get one more. Without memory
 * the locks wait until one of those comes back.
 */
static void add_drainer(struct drain_cpu *dc);

static void hand_over(struct dlm_lock_entry *le)
{
	struct drain_cpu *dc;
	struct drainer *d;
	bool none;

	if (le->is_user) {
		dlm_collect_add(le);
		return;
	}
	dc = get_cpu_ptr(drain_cpus);
	spin_lock(&dc->lock);
	list_add_tail(&le->drain_link, &dc->locks);
	none = list_empty(&dc->idle) && !dc->on_the_way;
	d = next_drainer(dc);
	spin_unlock(&dc->lock);
	if (d)
		queue_work(drain_wq, &d->work);
	else if (none)
		add_drainer(dc);
	put_cpu_ptr(drain_cpus);
}

/* Recovery holds callbacks back: the lock waits aside. cb_lock held. */
static bool set_aside(struct dlm_lockspace *ls, struct dlm_lock_entry *le)
{
	bool aside = false;

	if (!READ_ONCE(ls->hold))
		return false;
	spin_lock(&ls->hold_lock);
	if (ls->hold) {
		list_add_tail(&le->drain_link, &ls->held);
		aside = true;
	}
	spin_unlock(&ls->hold_lock);
	return aside;
}

enum turn {
	TURN_CALLBACK, /* there is one to deliver */
	TURN_EMPTY,    /* nothing left: the lock is out of our hands */
	TURN_ASIDE,    /* held back, with our reference */
};

static void drop_queued(struct dlm_lock_entry *le)
{
	struct dlm_op *op, *next;
	LIST_HEAD(released);

	spin_lock(&le->cb_lock);
	dlm_callback_flush(&le->lkb, &released);
	spin_unlock(&le->cb_lock);
	list_for_each_entry_safe(op, next, &released, link)
		dlm_op_free(le, op);
}

static enum turn take_turn(struct dlm_lockspace *ls, struct dlm_lock_entry *le,
			   struct dlm_callback *cb, bool *last)
{
	enum turn turn;

	spin_lock(&le->cb_lock);
	/*
	 * Whoever queued what we are about to take did so under cb_lock; had the hold begun
	 * before, set_aside() sees it.
	 */
	if (READ_ONCE(ls->drop_callbacks))
		turn = TURN_EMPTY;
	else if (dlm_callback_pending(&le->lkb) && set_aside(ls, le))
		turn = TURN_ASIDE;
	else if (dlm_callback_next(&le->lkb, cb))
		turn = TURN_CALLBACK;
	else
		turn = TURN_EMPTY;
	/* The caller may release the lockspace as soon as it knows that this was the last. */
	if (turn == TURN_CALLBACK && (le->cb_state & DLM_CB_LAST) &&
	    !dlm_callback_pending(&le->lkb))
		this_cpu_dec(*ls->nr_locks);
	if (turn == TURN_EMPTY) {
		le->cb_state &= ~DLM_CB_SCHEDULED;
		*last = (le->cb_state & (DLM_CB_LAST | DLM_CB_DONE)) == DLM_CB_LAST;
		if (*last)
			le->cb_state |= DLM_CB_DONE;
	}
	spin_unlock(&le->cb_lock);
	return turn;
}

static void call_user(struct dlm_lock_entry *le, const struct dlm_callback *cb)
{
	const struct dlm_resource *res = le->lkb.res;
	u32 ls_id = dlm_lock_lockspace(le)->cl.global_id;

	if (cb->ast) {
		trace_dlm_ast(ls_id, le->lkb.id, cb->sb_flags, cb->status, res->name,
			      res->name_len);
		cb->lksb->sb_status = cb->status;
		cb->lksb->sb_flags = cb->sb_flags;
		cb->ast(cb->astarg);
	} else if (cb->bast) {
		trace_dlm_bast(ls_id, le->lkb.id, cb->mode, res->name, res->name_len);
		cb->bast(cb->astarg, cb->mode);
	}
	if (cb->release)
		dlm_op_free(le, cb->release);
}

static void deliver(struct dlm_lock_entry *le)
{
	struct dlm_lockspace *ls = dlm_lock_lockspace(le);
	struct dlm_callback cb;
	bool last = false;
	int nr = 0;

	for (;;) {
		switch (take_turn(ls, le, &cb, &last)) {
		case TURN_CALLBACK:
			call_user(le, &cb);
			if (++nr < AT_ONCE)
				continue;
			hand_over(le);
			return;
		case TURN_ASIDE:
			return;
		case TURN_EMPTY:
			break;
		}
		break;
	}
	if (READ_ONCE(ls->drop_callbacks))
		drop_queued(le);
	if (last && (le->lkb.state & DLM_LKB_FAMILY))
		dlm_family_delivered(ls, le);
	if (last)
		dlm_lock_put(le);
	dlm_lock_put(le);
	/* The lockspace may go from here on. */
	percpu_ref_put(&ls->deliveries);
}

/* The next lock, or @self goes back to the idle. For what is left somebody else is on the way. */
static struct dlm_lock_entry *take_lock(struct drain_cpu *dc, struct drainer *self)
{
	struct drainer *next = NULL;
	struct dlm_lock_entry *le;
	bool none = false;

	spin_lock(&dc->lock);
	le = list_first_entry_or_null(&dc->locks, struct dlm_lock_entry, drain_link);
	if (le) {
		list_del_init(&le->drain_link);
		if (!list_empty(&dc->locks)) {
			none = list_empty(&dc->idle) && !dc->on_the_way;
			next = next_drainer(dc);
		}
	} else {
		list_add(&self->link, &dc->idle);
	}
	spin_unlock(&dc->lock);
	if (next)
		queue_work(drain_wq, &next->work);
	else if (none)
		add_drainer(dc);
	return le;
}

static void drain(struct work_struct *work)
{
	struct drainer *self = container_of(work, struct drainer, work);
	struct drain_cpu *dc = self->dc;
	unsigned int noio = memalloc_noio_save();
	struct dlm_lock_entry *le;

	spin_lock(&dc->lock);
	dc->on_the_way = false;
	spin_unlock(&dc->lock);
	while ((le = take_lock(dc, self))) {
		deliver(le);
		cond_resched();
	}
	memalloc_noio_restore(noio);
}

static void drainer_init(struct drainer *d, struct drain_cpu *dc)
{
	INIT_WORK(&d->work, drain);
	d->dc = dc;
}

static void add_drainer(struct drain_cpu *dc)
{
	struct drainer *d = kzalloc(sizeof(*d), GFP_NOWAIT);

	if (!d)
		return;
	drainer_init(d, dc);
	spin_lock(&dc->lock);
	list_add(&d->link, &dc->idle);
	d = next_drainer(dc);
	spin_unlock(&dc->lock);
	if (d)
		queue_work(drain_wq, &d->work);
}

int dlm_deliver_init(void)
{
	int cpu, i;

	drain_wq = alloc_workqueue("dlm_callback", WQ_HIGHPRI | WQ_MEM_RECLAIM, 0);
	if (!drain_wq)
		return -ENOMEM;
	drain_cpus = alloc_percpu(struct drain_cpu);
	if (!drain_cpus) {
		destroy_workqueue(drain_wq);
		return -ENOMEM;
	}
	for_each_possible_cpu(cpu) {
		struct drain_cpu *dc = per_cpu_ptr(drain_cpus, cpu);

		DLM_INIT_SPIN(&dc->lock, drain_lock);
		INIT_LIST_HEAD(&dc->locks);
		INIT_LIST_HEAD(&dc->idle);
		for (i = 0; i < ARRAY_SIZE(dc->first); i++) {
			drainer_init(&dc->first[i], dc);
			list_add(&dc->first[i].link, &dc->idle);
		}
	}
	return 0;
}

static bool embedded(const struct drain_cpu *dc, const struct drainer *d)
{
	return d >= dc->first && d < dc->first + ARRAY_SIZE(dc->first);
}

void dlm_deliver_exit(void)
{
	struct drainer *d, *next;
	int cpu;

	destroy_workqueue(drain_wq);
	for_each_possible_cpu(cpu) {
		struct drain_cpu *dc = per_cpu_ptr(drain_cpus, cpu);

		WARN_ON_ONCE(!list_empty(&dc->locks));
		list_for_each_entry_safe(d, next, &dc->idle, link)
			if (!embedded(dc, d))
				kfree(d);
	}
	free_percpu(drain_cpus);
}

/* Something new is queued; cb_lock held. true: the lock goes to a drainer, with a reference. */
static bool schedule_locked(struct dlm_lockspace *ls, struct dlm_lock_entry *le)
{
	if (le->cb_state & DLM_CB_SCHEDULED)
		return false;
	le->cb_state |= DLM_CB_SCHEDULED;
	refcount_inc(&le->refs);
	percpu_ref_get(&ls->deliveries);
	return !set_aside(ls, le);
}

void dlm_deliver_completion(struct dlm_lock_entry *le, struct dlm_op *op)
{
	struct dlm_lockspace *ls = dlm_lock_lockspace(le);
	struct dlm_op *old;
	bool go;

	spin_lock(&le->cb_lock);
	WARN_ON_ONCE(le->cb_state & DLM_CB_LAST);
	old = dlm_callback_complete(&le->lkb, op);
	if (le->lkb.state & DLM_LKB_GONE)
		le->cb_state |= DLM_CB_LAST;
	go = schedule_locked(ls, le);
	spin_unlock(&le->cb_lock);
	if (old)
		dlm_op_free(le, old);
	if (go)
		hand_over(le);
}

void dlm_deliver_blocking(struct dlm_lock_entry *le, int mode)
{
	struct dlm_lockspace *ls = dlm_lock_lockspace(le);
	bool go;

	spin_lock(&le->cb_lock);
	go = dlm_callback_blocking(&le->lkb, mode) && schedule_locked(ls, le);
	spin_unlock(&le->cb_lock);
	if (go)
		hand_over(le);
}

void dlm_deliver_hold(struct dlm_lockspace *ls, bool hold)
{
	struct dlm_lock_entry *le, *next;
	LIST_HEAD(go);

	spin_lock(&ls->hold_lock);
	WRITE_ONCE(ls->hold, hold);
	if (!hold)
		list_splice_init(&ls->held, &go);
	spin_unlock(&ls->hold_lock);
	list_for_each_entry_safe(le, next, &go, drain_link) {
		list_del_init(&le->drain_link);
		hand_over(le);
	}
}

void dlm_deliver_drop_all(struct dlm_lockspace *ls)
{
	WRITE_ONCE(ls->drop_callbacks, true);
	dlm_deliver_hold(ls, false);
	percpu_ref_kill(&ls->deliveries);
	wait_for_completion(&ls->deliveries_done);
}
