// SPDX-License-Identifier: GPL-2.0
/* Requests: a lock taken and given back, one that must not wait, one with a second choice. */
#include "examples.h"

void example_request(dlm_lockspace_t *ls)
{
	struct waiting_lock w;

	waiting_lock_init(&w, ls);
	EXPECT(!waiting_lock_call(&w, DLM_LOCK_EX, 0, "request"));
	/* The id is there at once; the lock is ours when the completion says 0. */
	EXPECT(w.lksb.sb_lkid);
	EXPECT(!waiting_lock_wait(&w));

	/* Unlocking is an operation too: -DLM_EUNLOCK is the last completion of the lock. */
	EXPECT(!dlm_unlock(ls, w.lksb.sb_lkid, 0, &w.lksb, &w));
	EXPECT(waiting_lock_wait(&w) == -DLM_EUNLOCK);
	EXPECT(dlm_unlock(ls, w.lksb.sb_lkid, 0, &w.lksb, &w) == -ENOENT);
}

void example_noqueue(dlm_lockspace_t *ls)
{
	struct waiting_lock holder, asker;

	waiting_lock_init(&holder, ls);
	waiting_lock_init(&asker, ls);
	EXPECT(!waiting_lock_take(&holder, DLM_LOCK_PR, 0, "noqueue"));

	/* The call returns 0, the refusal is the status: that lock is gone, nothing to unlock. */
	EXPECT(!waiting_lock_call(&asker, DLM_LOCK_EX, DLM_LKF_NOQUEUE, "noqueue"));
	EXPECT(waiting_lock_wait(&asker) == -EAGAIN);

	/* NOQUEUEBAST tells the holder, although nobody waits. */
	EXPECT(waiting_lock_take(&asker, DLM_LOCK_EX, DLM_LKF_NOQUEUE | DLM_LKF_NOQUEUEBAST,
				 "noqueue") == -EAGAIN);
	EXPECT(wait_for_completion_timeout(&holder.blocked, 10 * HZ));
	EXPECT(holder.blocked_mode == DLM_LOCK_EX);
	EXPECT(!waiting_lock_drop(&holder, 0));
}

void example_alternative(dlm_lockspace_t *ls)
{
	struct waiting_lock holder, asker;

	waiting_lock_init(&holder, ls);
	waiting_lock_init(&asker, ls);
	EXPECT(!waiting_lock_take(&holder, DLM_LOCK_PR, 0, "alternative"));

	/* EX cannot be had now, PR can: ALTMODE says which of them it is. */
	EXPECT(!waiting_lock_take(&asker, DLM_LOCK_EX, DLM_LKF_ALTPR, "alternative"));
	EXPECT(asker.lksb.sb_flags & DLM_SBF_ALTMODE);
	EXPECT(!waiting_lock_drop(&asker, 0));
	EXPECT(!waiting_lock_drop(&holder, 0));
}
