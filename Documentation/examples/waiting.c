// SPDX-License-Identifier: GPL-2.0
/* A lock whose caller waits: the smallest useful set of callbacks. */
#include <linux/jiffies.h>
#include <linux/string.h>

#include "examples.h"

/* The completion callback (AST): a worker's context, and the status is in the lksb. */
static void completed(void *arg)
{
	struct waiting_lock *w = arg;

	complete(&w->done);
}

/* The blocking callback (BAST): somebody waits for @mode and this lock is in the way. */
static void blocking(void *arg, int mode)
{
	struct waiting_lock *w = arg;

	w->blocked_mode = mode;
	complete(&w->blocked);
}

void waiting_lock_init(struct waiting_lock *w, dlm_lockspace_t *ls)
{
	memset(w, 0, sizeof(*w));
	w->ls = ls;
	w->lksb.sb_lvbptr = w->value;
	init_completion(&w->done);
	init_completion(&w->blocked);
}

int waiting_lock_call(struct waiting_lock *w, int mode, u32 flags, const char *name)
{
	return dlm_lock(w->ls, mode, &w->lksb, flags, (void *)name, name ? strlen(name) : 0, 0,
			completed, w, blocking);
}

int waiting_lock_wait(struct waiting_lock *w)
{
	if (!wait_for_completion_timeout(&w->done, 10 * HZ))
		return -ETIME;
	return w->lksb.sb_status;
}

bool waiting_lock_waits(struct waiting_lock *w)
{
	return !wait_for_completion_timeout(&w->done, HZ / 10);
}

int waiting_lock_take(struct waiting_lock *w, int mode, u32 flags, const char *name)
{
	int err = waiting_lock_call(w, mode, flags, name);

	return err ? err : waiting_lock_wait(w);
}

int waiting_lock_convert(struct waiting_lock *w, int mode, u32 flags)
{
	return waiting_lock_take(w, mode, flags | DLM_LKF_CONVERT, NULL);
}

int waiting_lock_drop(struct waiting_lock *w, u32 flags)
{
	int err = dlm_unlock(w->ls, w->lksb.sb_lkid, flags, &w->lksb, w);

	if (err)
		return err;
	err = waiting_lock_wait(w);
	return err == -DLM_EUNLOCK ? 0 : err;
}
