// SPDX-License-Identifier: GPL-2.0
/*
 * A thread of the load generator: picks what to do next, and judges each
 * result by the rules that hold whatever the other threads and nodes do.
 *
 * Claims on the witness never say more than what is surely held: they are
 * lowered before a call that may take something away and raised after a grant.
 * The value buffer is right whenever more than CR is held, for a new master
 * may take the value from it.
 */
#include <linux/dlm.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/string.h>

#include "event.h"
#include "load.h"
#include "load_lock.h"
#include "modes.h"
#include "space.h"
#include "witness.h"

#define VALUE_MAGIC 0x56414c5545ULL

struct value_block {
	__le64 magic;
	__le64 number;
};

enum overlay { OVERLAY_NONE, OVERLAY_CANCEL, OVERLAY_FORCE };

static u32 random_below(struct load_thread *t, u32 limit)
{
	return limit ? prandom_u32_state(&t->rnd) % limit : 0;
}

static bool chance(struct load_thread *t, u32 percent)
{
	return random_below(t, 100) < percent;
}

static void count_disk(struct load_thread *t, int ret)
{
	if (ret < 0)
		load_count(t->load, LOAD_DISK_ERRORS);
}

static void claim(struct load_thread *t, struct load_lock *lock, int mode)
{
	count_disk(t, witness_claim(t->load->witness, lock->resource, t->index, mode));
}

static void set_value(struct load_lock *lock, u64 number)
{
	struct value_block *value = (struct value_block *)lock->lvb;

	value->magic = cpu_to_le64(VALUE_MAGIC);
	value->number = cpu_to_le64(number);
}

/* After a read of the value under a mode that keeps writers away. */
static void check_value(struct load_thread *t, struct load_lock *lock, bool invalid)
{
	const struct value_block *value = (const struct value_block *)lock->lvb;
	bool known = value->magic == cpu_to_le64(VALUE_MAGIC);
	u64 number = le64_to_cpu(value->number);
	u64 truth;
	int err;

	err = witness_read(t->load->witness, lock->resource, &truth);
	if (err) {
		count_disk(t, err);
		return;
	}
	if (invalid)
		load_count(t->load, LOAD_VALUES_INVALID);
	else if (!known && truth)
		event_violation("what=value_lost resource=%u disk=%llu mode=%d", lock->resource,
				truth, lock->mode);
	else if (known && number != truth)
		event_violation("what=value_differs resource=%u value=%llu disk=%llu mode=%d",
				lock->resource, number, truth, lock->mode);
	else
		load_count(t->load, LOAD_VALUES_CHECKED);
	set_value(lock, truth);
}

/* Before an operation that writes the value: count up, here and on the disk. */
static void count_up(struct load_thread *t, struct load_lock *lock, int to)
{
	const struct value_block *value = (const struct value_block *)lock->lvb;
	u64 number = le64_to_cpu(value->number) + 1;
	int err;

	if (!witness_has_disk(t->load->witness) || !modes_writes_value(lock->mode, to))
		return;
	err = witness_write(t->load->witness, lock->resource, number);
	if (err) {
		count_disk(t, err);
		return;
	}
	set_value(lock, number);
	load_count(t->load, LOAD_INCREMENTS);
}

static bool status_allowed(const struct load_lock *lock, bool conversion, enum overlay over,
			   int status)
{
	switch (status) {
	case 0:
		return true;
	case -EAGAIN:
		return lock->flags & DLM_LKF_NOQUEUE;
	case -EDEADLK:
		return conversion &&
		       !(lock->flags & (DLM_LKF_NOQUEUE | DLM_LKF_NODLCKWT | DLM_LKF_CONVDEADLK));
	case -DLM_ECANCEL:
		return over == OVERLAY_CANCEL;
	case -DLM_EUNLOCK:
		return over == OVERLAY_FORCE;
	default:
		return false;
	}
}

static void judge(struct load_lock *lock, bool conversion, enum overlay over,
		  const struct load_result *result)
{
	u8 flags = 0;

	if (lock->flags & DLM_LKF_CONVDEADLK)
		flags |= DLM_SBF_DEMOTED;
	if (lock->flags & (DLM_LKF_ALTPR | DLM_LKF_ALTCW))
		flags |= DLM_SBF_ALTMODE;
	if (lock->flags & DLM_LKF_VALBLK)
		flags |= DLM_SBF_VALNOTVALID;
	if (status_allowed(lock, conversion, over, result->status) && !(result->flags & ~flags))
		return;
	event_violation("what=result resource=%u from=%d to=%d flags=%#x over=%d status=%d sb=%#x",
			lock->resource, lock->mode, lock->requested, lock->flags, over,
			result->status, result->flags);
}

static int granted_mode(const struct load_lock *lock, u8 sb_flags)
{
	if (!(sb_flags & DLM_SBF_ALTMODE))
		return lock->requested;
	if ((lock->flags & DLM_LKF_ALTPR) && lock->requested != DLM_LOCK_PR)
		return DLM_LOCK_PR;
	return DLM_LOCK_CW;
}

static void now_gone(struct load_thread *t, struct load_lock *lock)
{
	lock->mode = DLM_LOCK_IV;
	load_lock_settled(lock);
	claim(t, lock, DLM_LOCK_NL);
}

static void now_granted(struct load_thread *t, struct load_lock *lock,
			const struct load_result *result)
{
	bool demoted = result->flags & DLM_SBF_DEMOTED;
	int from = demoted ? DLM_LOCK_NL : lock->mode;
	int to = granted_mode(lock, result->flags);

	load_count(t->load, LOAD_GRANTED);
	if (demoted)
		load_count(t->load, LOAD_DEMOTED);
	if (result->flags & DLM_SBF_ALTMODE)
		load_count(t->load, LOAD_ALTMODE);
	lock->mode = to;
	claim(t, lock, to);
	if (to >= DLM_LOCK_CW && modes_reads_value(from, to) && witness_has_disk(t->load->witness))
		check_value(t, lock, result->flags & DLM_SBF_VALNOTVALID);
}

static void release(struct load_thread *t, struct load_lock *lock)
{
	struct load_result result;

	claim(t, lock, DLM_LOCK_NL);
	if (load_lock_unlock_surely(lock, chance(t, 50) ? DLM_LKF_VALBLK : 0))
		return;
	load_lock_wait_long(lock, &result);
	if (result.status != -DLM_EUNLOCK)
		event_violation("what=unlock_status resource=%u status=%d", lock->resource,
				result.status);
	now_gone(t, lock);
}

/* The lock is where it was, or a demoted one that was never told so. */
static void now_as_before(struct load_thread *t, struct load_lock *lock,
			  const struct load_result *result)
{
	bool unsure = lock->flags & DLM_LKF_CONVDEADLK;

	if (result->status == -EAGAIN)
		load_count(t->load, LOAD_AGAIN);
	else if (result->status == -EDEADLK)
		load_count(t->load, LOAD_DEADLOCK);
	else
		load_count(t->load, LOAD_CANCELLED);
	if (lock->mode == DLM_LOCK_IV) {
		now_gone(t, lock);
	} else if (unsure) {
		lock->mode = DLM_LOCK_NL;
		release(t, lock);
	} else {
		claim(t, lock, lock->mode);
	}
}

static enum overlay lay_over(struct load_thread *t, struct load_lock *lock)
{
	if (!t->load->force || chance(t, 70))
		return load_lock_cancel(lock) ? OVERLAY_NONE : OVERLAY_CANCEL;
	claim(t, lock, DLM_LOCK_NL);
	return load_lock_force(lock) ? OVERLAY_NONE : OVERLAY_FORCE;
}

/* A forced unlock ends the lock, unless a request was refused before it. */
static void finish_forced(struct load_thread *t, struct load_lock *lock, struct load_result *result)
{
	bool unlocked = result->status == -DLM_EUNLOCK;
	bool refused = lock->mode == DLM_LOCK_IV && result->status;

	if (!unlocked && !refused) {
		load_lock_wait_long(lock, result);
		if (result->status != -DLM_EUNLOCK)
			event_violation("what=forced_status resource=%u status=%d", lock->resource,
					result->status);
	}
	now_gone(t, lock);
}

/* How long to wait for a completion before laying something over the operation. */
static u32 patience(struct load_thread *t)
{
	if (t->load->patience_min_ms)
		return t->load->patience_min_ms + random_below(t, t->load->patience_ms);
	return chance(t, 15) ? 0 : 1 + random_below(t, t->load->patience_ms);
}

/* From the accepted call to a lock at rest. */
static void carry_through(struct load_thread *t, struct load_lock *lock, bool conversion)
{
	u32 patience_ms = patience(t);
	enum overlay over = OVERLAY_NONE;
	struct load_result result;

	if (!load_lock_wait(lock, patience_ms, &result)) {
		over = lay_over(t, lock);
		load_lock_wait_long(lock, &result);
	}
	judge(lock, conversion, over, &result);
	if (over == OVERLAY_FORCE) {
		finish_forced(t, lock, &result);
		return;
	}
	load_lock_settled(lock);
	if (result.status)
		now_as_before(t, lock, &result);
	else
		now_granted(t, lock, &result);
}

static u32 common_flags(struct load_thread *t)
{
	u32 flags = DLM_LKF_VALBLK;

	if (chance(t, 25))
		flags |= DLM_LKF_NOQUEUE | (chance(t, 50) ? DLM_LKF_NOQUEUEBAST : 0);
	if (chance(t, 10))
		flags |= DLM_LKF_HEADQUE;
	if (chance(t, 10))
		flags |= DLM_LKF_NOORDER;
	if (t->load->alt && chance(t, 10))
		flags |= chance(t, 50) ? DLM_LKF_ALTPR : DLM_LKF_ALTCW;
	return flags;
}

/* Many PR that want EX: that is where conversions deadlock. */
static int some_mode(struct load_thread *t, int favourite)
{
	return chance(t, 35) ? favourite : random_below(t, DLM_LOCK_EX + 1);
}

static void do_request(struct load_thread *t, struct load_lock *lock)
{
	u32 flags = common_flags(t);
	int mode = some_mode(t, DLM_LOCK_PR);

	if (mode == DLM_LOCK_NL && !(flags & DLM_LKF_NOQUEUE) && chance(t, 50))
		flags |= DLM_LKF_EXPEDITE;
	memset(lock->lvb, 0, sizeof(lock->lvb));
	if (!load_lock_request(lock, mode, flags))
		carry_through(t, lock, false);
}

static void do_convert(struct load_thread *t, struct load_lock *lock, int to)
{
	u32 flags = common_flags(t);

	if (!(flags & DLM_LKF_NOQUEUE) && chance(t, 15))
		flags |= DLM_LKF_CONVDEADLK;
	else if (chance(t, 10))
		flags |= DLM_LKF_NODLCKWT;
	if (modes_quecvt(lock->mode, to) && chance(t, 30))
		flags |= DLM_LKF_QUECVT;
	claim(t, lock,
	      flags & DLM_LKF_CONVDEADLK ? DLM_LOCK_NL : modes_held_between(lock->mode, to));
	count_up(t, lock, to);
	if (!load_lock_convert_surely(lock, to, flags))
		carry_through(t, lock, true);
	else
		claim(t, lock, lock->mode);
}

static void do_unlock(struct load_thread *t, struct load_lock *lock)
{
	count_up(t, lock, DLM_LOCK_IV);
	release(t, lock);
}

static void do_hold(struct load_thread *t, struct load_lock *lock)
{
	u32 time_ms = random_below(t, t->load->hold_ms + 1);

	wait_event_idle_timeout(lock->wait, load_lock_blocked(lock), msecs_to_jiffies(time_ms));
}

static void step(struct load_thread *t)
{
	struct load_lock *lock = &t->locks[random_below(t, t->load->nr_resources)];
	u32 dice = random_below(t, 100);

	if (lock->mode == DLM_LOCK_IV)
		do_request(t, lock);
	else if (load_lock_blocked(lock) && dice < 40)
		do_convert(t, lock, chance(t, 50) ? DLM_LOCK_NL : DLM_LOCK_CR);
	else if (dice < 55)
		do_convert(t, lock, some_mode(t, DLM_LOCK_EX));
	else if (dice < 80)
		do_unlock(t, lock);
	else
		do_hold(t, lock);
}

int load_thread_run(void *arg)
{
	struct load_thread *t = arg;
	struct load *load = t->load;
	unsigned int scope = 0;
	u32 i;

	if (load->nofs)
		scope = memalloc_nofs_save();
	for (i = 0; !READ_ONCE(load->stop) && (!load->nr_ops || i < load->nr_ops); i++) {
		step(t);
		cond_resched();
	}
	for (i = 0; i < load->nr_resources; i++)
		if (t->locks[i].mode != DLM_LOCK_IV)
			do_unlock(t, &t->locks[i]);
	if (load->nofs)
		memalloc_nofs_restore(scope);
	atomic_dec(&load->running);
	wake_up_all(&load->wait);
	wait_event_idle(load->wait, kthread_should_stop());
	return 0;
}
