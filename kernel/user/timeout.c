// SPDX-License-Identifier: GPL-2.0
/*
 * Operations that are cancelled when their time is over.
 *
 * An armed timeout has a reference of its lock and counts as a user of the device.
 * Whoever takes it from the lock, or its work when it has run, gives both back. That an
 * operation is over needs no notice: the cancel names its number.
 */
#include <linux/ktime.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "lockspace/lock_entry.h"
#include "lockspace/lockspace.h"
#include "lockspace/request.h"
#include "user/held.h"
#include "user/space_users.h"
#include "user/timeout.h"

#define US_PER_CS    (USEC_PER_SEC / 100)
#define CS_MOST	     (100ULL * 60 * 60 * 24 * 365) /* longer is for ever */
#define US_EXACT     (200 * USEC_PER_MSEC)	   /* so far timers are exact to one tick */
#define US_WHEN_SHUT (10 * USEC_PER_MSEC)

struct dlm_timeout {
	struct delayed_work work;
	struct dlm_lockspace *ls;
	struct dlm_space_users *users;
	struct dlm_held *held;
	u64 due_us; /* by the clock that stops with the lockspace */
	u32 op_nr;
};

static void release(struct dlm_timeout *timeout)
{
	struct dlm_space_users *users = timeout->users;

	dlm_lock_put(timeout->held->user.le);
	kfree(timeout);
	dlm_space_users_put(users);
}

static void cancel(struct dlm_timeout *timeout)
{
	struct dlm_unlock_args args = {
		.id = timeout->held->user.le->lkb.id,
		.flags = DLM_LKF_CANCEL,
		.user = &timeout->held->user,
		.status = -ETIMEDOUT,
		.op_nr = timeout->op_nr,
	};
	unsigned int noio = memalloc_noio_save();

	if (dlm_lockspace_use(timeout->ls)) {
		/* Refused: it was completed, or is being unlocked or cancelled. */
		dlm_request_unlock(timeout->ls, &args);
		dlm_lockspace_leave(timeout->ls);
	}
	memalloc_noio_restore(noio);
}

/* Timers that are far away come late by a part of their time: the last stretch is a short one. */
static unsigned long ticks_until(struct dlm_timeout *timeout, u64 now_us)
{
	u64 us = timeout->due_us - now_us;

	if (us > US_EXACT)
		us -= us / 8;
	if (dlm_lockspace_stopped(timeout->ls))
		us = max_t(u64, us, US_WHEN_SHUT);
	return usecs_to_jiffies(min_t(u64, us, USEC_PER_SEC * 1000));
}

/* True: it was ours to give back. */
static bool take_from(struct dlm_held *held, struct dlm_timeout *timeout)
{
	bool ours;

	spin_lock(&held->lock);
	ours = held->timeout == timeout;
	if (ours)
		held->timeout = NULL;
	spin_unlock(&held->lock);
	return ours;
}

/* While the lock has it, whoever takes it away waits for nothing: then we give it back. */
static bool wait_again(struct dlm_timeout *timeout, u64 now_us)
{
	struct dlm_held *held = timeout->held;
	bool again;

	spin_lock(&held->lock);
	again = held->timeout == timeout;
	if (again)
		queue_delayed_work(system_wq, &timeout->work, ticks_until(timeout, now_us));
	spin_unlock(&held->lock);
	return again;
}

static void run(struct work_struct *work)
{
	struct dlm_timeout *timeout = container_of(to_delayed_work(work), struct dlm_timeout, work);
	u64 now_us = dlm_lockspace_clock_us(timeout->ls);

	if (now_us < timeout->due_us) {
		if (wait_again(timeout, now_us))
			return;
	} else if (take_from(timeout->held, timeout)) {
		cancel(timeout);
	}
	release(timeout);
}

struct dlm_timeout *dlm_timeout_alloc(const struct dlm_abi_lock *request, struct dlm_lockspace *ls,
				      struct dlm_space_users *users)
{
	struct dlm_timeout *timeout;

	if (!(request->flags & DLM_LKF_TIMEOUT) || !request->timeout_cs ||
	    request->timeout_cs > CS_MOST)
		return NULL;
	timeout = kzalloc(sizeof(*timeout), GFP_KERNEL_ACCOUNT);
	if (!timeout)
		return ERR_PTR(-ENOMEM);
	INIT_DELAYED_WORK(&timeout->work, run);
	timeout->ls = ls;
	timeout->users = users;
	timeout->due_us = dlm_lockspace_clock_us(ls) + request->timeout_cs * US_PER_CS;
	return timeout;
}

void dlm_timeout_free(struct dlm_timeout *timeout)
{
	kfree(timeout);
}

/* Not running, so that it is the caller's; or its work finds that it is nobody's. */
static void discard(struct dlm_timeout *timeout)
{
	if (cancel_delayed_work(&timeout->work))
		release(timeout);
}

void dlm_timeout_arm(struct dlm_held *held, struct dlm_timeout *timeout, u32 op_nr)
{
	struct dlm_timeout *old;
	bool armed = false;

	spin_lock(&held->lock);
	old = held->timeout;
	held->timeout = NULL;
	/* Only while somebody owns the lock is there somebody to disarm it. */
	if (timeout && held->list && READ_ONCE(held->user.le->lkb.op)) {
		timeout->held = held;
		timeout->op_nr = op_nr;
		refcount_inc(&held->user.le->refs);
		dlm_space_users_get(timeout->users);
		held->timeout = timeout;
		queue_delayed_work(system_wq, &timeout->work,
				   ticks_until(timeout, dlm_lockspace_clock_us(timeout->ls)));
		armed = true;
	}
	spin_unlock(&held->lock);
	if (old)
		discard(old);
	if (timeout && !armed)
		dlm_timeout_free(timeout);
}

void dlm_timeout_disarm(struct dlm_held *held)
{
	struct dlm_timeout *old;

	spin_lock(&held->lock);
	old = held->timeout;
	held->timeout = NULL;
	spin_unlock(&held->lock);
	if (old)
		discard(old);
}
