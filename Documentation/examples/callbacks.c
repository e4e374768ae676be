// SPDX-License-Identifier: GPL-2.0
/* What callbacks may do, what they are called with, and in which order they come. */
#include "examples.h"

/* Both run in a worker: they may call what they please, also on their own lock. */
static void granted_then_gone(void *arg)
{
	struct waiting_lock *w = arg;

	if (w->lksb.sb_status == -DLM_EUNLOCK)
		complete(&w->done);
	else
		EXPECT(!dlm_unlock(w->ls, w->lksb.sb_lkid, 0, &w->lksb, w));
}

void example_locking_in_a_callback(dlm_lockspace_t *ls)
{
	struct waiting_lock w;

	waiting_lock_init(&w, ls);
	EXPECT(!dlm_lock(ls, DLM_LOCK_EX, &w.lksb, 0, "in callback", 11, 0, granted_then_gone, &w,
			 NULL));
	EXPECT(waiting_lock_wait(&w) == -DLM_EUNLOCK);
}

/* A blocking callback gives way at once: the usual way to keep a lock for later. */
static void give_way(void *arg, int mode)
{
	struct waiting_lock *w = arg;

	EXPECT(!dlm_unlock(w->ls, w->lksb.sb_lkid, 0, &w->lksb, w));
}

static void note_completion(void *arg)
{
	complete(&((struct waiting_lock *)arg)->done);
}

void example_giving_up_when_told(dlm_lockspace_t *ls)
{
	struct waiting_lock cached, asker;

	waiting_lock_init(&cached, ls);
	waiting_lock_init(&asker, ls);
	EXPECT(!dlm_lock(ls, DLM_LOCK_EX, &cached.lksb, 0, "told", 4, 0, note_completion, &cached,
			 give_way));
	EXPECT(!waiting_lock_wait(&cached));
	EXPECT(!waiting_lock_take(&asker, DLM_LOCK_EX, 0, "told"));
	EXPECT(waiting_lock_wait(&cached) == -DLM_EUNLOCK);
	EXPECT(!waiting_lock_drop(&asker, 0));
}

struct diary {
	struct waiting_lock lock;
	int nr, what[4]; /* status of a completion, mode of a blocking callback + 100 */
};

static void note_cast(void *arg)
{
	struct diary *d = arg;

	if (d->nr < ARRAY_SIZE(d->what))
		d->what[d->nr++] = d->lock.lksb.sb_status;
	complete(&d->lock.done);
}

static void note_bast(void *arg, int mode)
{
	struct diary *d = arg;

	if (d->nr < ARRAY_SIZE(d->what))
		d->what[d->nr++] = 100 + mode;
	complete(&d->lock.blocked);
}

void example_order_of_callbacks(dlm_lockspace_t *ls)
{
	struct diary d = {};
	struct waiting_lock asker;

	waiting_lock_init(&d.lock, ls);
	waiting_lock_init(&asker, ls);
	EXPECT(!dlm_lock(ls, DLM_LOCK_PR, &d.lock.lksb, 0, "order", 5, 0, note_cast, &d,
			 note_bast));
	EXPECT(!waiting_lock_wait(&d.lock));
	EXPECT(!waiting_lock_call(&asker, DLM_LOCK_EX, 0, "order"));
	EXPECT(wait_for_completion_timeout(&d.lock.blocked, 10 * HZ));
	EXPECT(!dlm_unlock(ls, d.lock.lksb.sb_lkid, 0, &d.lock.lksb, &d));
	EXPECT(waiting_lock_wait(&d.lock) == -DLM_EUNLOCK);
	EXPECT(!waiting_lock_wait(&asker));

	/* One at a time, as things happened, and -DLM_EUNLOCK is the last. */
	EXPECT(d.nr == 3);
	EXPECT(d.what[0] == 0 && d.what[1] == 100 + DLM_LOCK_EX && d.what[2] == -DLM_EUNLOCK);
	EXPECT(!waiting_lock_drop(&asker, 0));
}

void example_replaced_functions(dlm_lockspace_t *ls)
{
	struct waiting_lock holder, other, w;

	waiting_lock_init(&holder, ls);
	waiting_lock_init(&other, ls);
	waiting_lock_init(&w, ls);
	EXPECT(!waiting_lock_take(&holder, DLM_LOCK_PR, 0, "replaced"));
	EXPECT(!waiting_lock_take(&w, DLM_LOCK_PR, 0, "replaced"));

	/*
	 * A conversion brings functions, argument and status block, also if it is refused: what
	 * comes from here on is told to @other, and there is no blocking function any more.
	 */
	other.lksb.sb_lkid = w.lksb.sb_lkid;
	EXPECT(!dlm_lock(ls, DLM_LOCK_EX, &other.lksb, DLM_LKF_CONVERT | DLM_LKF_NOQUEUE, NULL, 0,
			 0, note_completion, &other, NULL));
	EXPECT(waiting_lock_wait(&other) == -EAGAIN);
	EXPECT(!waiting_lock_drop(&other, 0));
	EXPECT(!waiting_lock_drop(&holder, 0));
}
