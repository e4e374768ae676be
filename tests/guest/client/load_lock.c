// SPDX-License-Identifier: GPL-2.0
/*
 * Calls and callbacks of one lock of the load generator (load_lock.h).
 */
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "event.h"
#include "load.h"
#include "load_lock.h"
#include "modes.h"
#include "space.h"

#define RETRY_MS 5
#define STALL_MS 60000

void load_lock_init(struct load_lock *lock, struct load *load, unsigned int resource)
{
	memset(lock, 0, sizeof(*lock));
	lock->load = load;
	lock->resource = resource;
	lock->mode = DLM_LOCK_IV;
	lock->lksb.sb_lvbptr = lock->lvb;
	spin_lock_init(&lock->guard);
	init_waitqueue_head(&lock->wait);
}

/* Books a completion; NULL or what is wrong with it. */
static const char *book(struct load_lock *lock, int status, u8 flags)
{
	const char *wrong = NULL;

	if (!lock->owed)
		wrong = "completion_unowed";
	else if (!lock->alive)
		wrong = "completion_after_last";
	else if (lock->nr_came - lock->nr_taken == LEDGER_SIZE)
		wrong = "completions_too_many";
	if (wrong)
		return wrong;
	lock->owed--;
	lock->status[lock->nr_came % LEDGER_SIZE] = status;
	lock->sb_flags[lock->nr_came % LEDGER_SIZE] = flags;
	lock->nr_came++;
	if (!status) {
		lock->granted = true;
		lock->blocked = false;
		lock->told_mode = lock->requested;
		lock->told_sure = !(lock->flags & (DLM_LKF_ALTPR | DLM_LKF_ALTCW));
	} else if (lock->flags & DLM_LKF_CONVDEADLK) {
		lock->told_sure = false;
	}
	if (status == -DLM_EUNLOCK || (status && !lock->granted))
		lock->alive = false;
	return NULL;
}

static void on_cast(void *arg)
{
	struct load_lock *lock = arg;
	int status = READ_ONCE(lock->lksb.sb_status);
	u8 flags = lock->lksb.sb_flags;
	const char *wrong;

	spin_lock(&lock->guard);
	wrong = book(lock, status, flags);
	wake_up_all(&lock->wait);
	spin_unlock(&lock->guard);
	if (wrong)
		event_violation("what=%s resource=%u status=%d flags=%#x", wrong, lock->resource,
				status, flags);
}

static void on_bast(void *arg, int mode)
{
	struct load_lock *lock = arg;
	const char *wrong = NULL;
	int told;

	load_count(lock->load, LOAD_BASTS);
	spin_lock(&lock->guard);
	told = lock->told_mode;
	if (!lock->alive)
		wrong = "bast_after_last";
	else if (mode <= DLM_LOCK_NL || mode > DLM_LOCK_EX)
		wrong = "bast_mode";
	else if (lock->granted && lock->told_sure && modes_compatible(mode, told))
		wrong = "bast_not_blocking";
	lock->blocked = true;
	wake_up_all(&lock->wait);
	spin_unlock(&lock->guard);
	if (wrong)
		event_violation("what=%s resource=%u mode=%d granted=%d", wrong, lock->resource,
				mode, told);
}

static void expect(struct load_lock *lock)
{
	spin_lock(&lock->guard);
	lock->owed++;
	spin_unlock(&lock->guard);
}

static void unexpect(struct load_lock *lock, int err)
{
	spin_lock(&lock->guard);
	lock->owed--;
	spin_unlock(&lock->guard);
	if (err == -EBUSY)
		load_count(lock->load, LOAD_BUSY);
	else if (err == -ENOMEM)
		load_count(lock->load, LOAD_NOMEM);
}

static int call_lock(struct load_lock *lock, int mode, u32 flags, const char *name)
{
	int old_requested = lock->requested;
	u32 old_flags = lock->flags;
	int err;

	lock->requested = mode;
	lock->flags = flags;
	expect(lock);
	err = dlm_lock(lock->load->space->handle, mode, &lock->lksb, flags, name,
		       name ? strlen(name) : 0, 0, on_cast, lock, on_bast);
	if (!err)
		return 0;
	unexpect(lock, err);
	lock->requested = old_requested;
	lock->flags = old_flags;
	if (err != -EBUSY && err != -ENOMEM)
		event_violation("what=lock_returned resource=%u ret=%d mode=%d flags=%#x from=%d",
				lock->resource, err, mode, flags, lock->mode);
	return err;
}

int load_lock_request(struct load_lock *lock, int mode, u32 flags)
{
	char name[LOAD_PREFIX_MAX + 12];
	int err;

	snprintf(name, sizeof(name), "%s%u", lock->load->prefix, lock->resource);
	lock->lksb.sb_lkid = 0;
	spin_lock(&lock->guard);
	lock->alive = true;
	lock->granted = false;
	lock->blocked = false;
	spin_unlock(&lock->guard);
	err = call_lock(lock, mode, flags, name);
	if (!err) {
		load_count(lock->load, LOAD_REQUESTS);
		return 0;
	}
	spin_lock(&lock->guard);
	lock->alive = false;
	spin_unlock(&lock->guard);
	return err;
}

int load_lock_convert(struct load_lock *lock, int mode, u32 flags)
{
	int err = call_lock(lock, mode, flags | DLM_LKF_CONVERT, NULL);

	if (!err)
		load_count(lock->load, LOAD_CONVERSIONS);
	return err;
}

int load_lock_convert_surely(struct load_lock *lock, int mode, u32 flags)
{
	int err;

	while ((err = load_lock_convert(lock, mode, flags)) == -EBUSY || err == -ENOMEM)
		msleep(RETRY_MS);
	return err;
}

int load_lock_unlock_surely(struct load_lock *lock, u32 flags)
{
	int err;

	for (;;) {
		expect(lock);
		err = dlm_unlock(lock->load->space->handle, lock->lksb.sb_lkid, flags, NULL, lock);
		if (!err)
			break;
		unexpect(lock, err);
		if (err != -EBUSY && err != -ENOMEM) {
			event_violation("what=unlock_returned resource=%u ret=%d mode=%d",
					lock->resource, err, lock->mode);
			return err;
		}
		msleep(RETRY_MS);
	}
	load_count(lock->load, LOAD_UNLOCKS);
	return 0;
}

/* A request that was refused in the meantime is gone, so its id may be unknown. */
static void count_overlay(struct load_lock *lock, int err, enum load_counter accepted)
{
	if (!err)
		load_count(lock->load, accepted);
	else if (err != -ENOENT || lock->mode != DLM_LOCK_IV || !(lock->flags & DLM_LKF_NOQUEUE))
		load_count(lock->load, LOAD_REFUSED);
}

int load_lock_cancel(struct load_lock *lock)
{
	int err = dlm_unlock(lock->load->space->handle, lock->lksb.sb_lkid, DLM_LKF_CANCEL, NULL,
			     lock);

	count_overlay(lock, err, LOAD_CANCELS);
	return err;
}

int load_lock_force(struct load_lock *lock)
{
	int err;

	expect(lock);
	err = dlm_unlock(lock->load->space->handle, lock->lksb.sb_lkid, DLM_LKF_FORCEUNLOCK, NULL,
			 lock);
	if (err)
		unexpect(lock, 0);
	count_overlay(lock, err, LOAD_FORCED);
	return err;
}

static bool came(struct load_lock *lock)
{
	bool yes;

	spin_lock(&lock->guard);
	yes = lock->nr_came != lock->nr_taken;
	spin_unlock(&lock->guard);
	return yes;
}

bool load_lock_wait(struct load_lock *lock, unsigned int timeout_ms, struct load_result *result)
{
	unsigned int i;

	if (!wait_event_idle_timeout(lock->wait, came(lock), msecs_to_jiffies(timeout_ms)))
		return false;
	spin_lock(&lock->guard);
	i = lock->nr_taken++ % LEDGER_SIZE;
	result->status = lock->status[i];
	result->flags = lock->sb_flags[i];
	spin_unlock(&lock->guard);
	return true;
}

void load_lock_wait_long(struct load_lock *lock, struct load_result *result)
{
	while (!load_lock_wait(lock, STALL_MS, result)) {
		load_count(lock->load, LOAD_STALLS);
		event_add("stall", "resource=%u mode=%d requested=%d flags=%#x", lock->resource,
			  lock->mode, lock->requested, lock->flags);
	}
}

void load_lock_settled(struct load_lock *lock)
{
	spin_lock(&lock->guard);
	lock->owed = 0;
	spin_unlock(&lock->guard);
}

bool load_lock_blocked(struct load_lock *lock)
{
	bool yes;

	spin_lock(&lock->guard);
	yes = lock->blocked;
	spin_unlock(&lock->guard);
	return yes;
}
