// SPDX-License-Identifier: GPL-2.0
/* Two locks that hold what the other one needs for its conversion. */
#include "examples.h"

void example_deadlock(dlm_lockspace_t *ls)
{
	struct waiting_lock first, second;

	waiting_lock_init(&first, ls);
	waiting_lock_init(&second, ls);
	EXPECT(!waiting_lock_take(&first, DLM_LOCK_PR, 0, "deadlock"));
	EXPECT(!waiting_lock_take(&second, DLM_LOCK_PR, 0, "deadlock"));
	EXPECT(!waiting_lock_call(&first, DLM_LOCK_EX, DLM_LKF_CONVERT, NULL));

	/* The one that would close the circle is refused and keeps PR. */
	EXPECT(waiting_lock_convert(&second, DLM_LOCK_EX, 0) == -EDEADLK);
	EXPECT(!waiting_lock_drop(&second, 0));
	EXPECT(!waiting_lock_wait(&first));
	EXPECT(!waiting_lock_drop(&first, 0));
}

void example_giving_way(dlm_lockspace_t *ls)
{
	struct waiting_lock first, second;

	waiting_lock_init(&first, ls);
	waiting_lock_init(&second, ls);
	EXPECT(!waiting_lock_take(&first, DLM_LOCK_PR, 0, "giving way"));
	EXPECT(!waiting_lock_take(&second, DLM_LOCK_PR, 0, "giving way"));
	EXPECT(!waiting_lock_call(&first, DLM_LOCK_EX, DLM_LKF_CONVERT, NULL));

	/* CONVDEADLK: it holds NL until its turn comes, and learns that when it does. */
	EXPECT(!waiting_lock_call(&second, DLM_LOCK_EX, DLM_LKF_CONVERT | DLM_LKF_CONVDEADLK,
				  NULL));
	EXPECT(!waiting_lock_wait(&first));
	EXPECT(!waiting_lock_drop(&first, 0));
	EXPECT(!waiting_lock_wait(&second));
	EXPECT(second.lksb.sb_flags & DLM_SBF_DEMOTED);
	EXPECT(!waiting_lock_drop(&second, 0));
}

void example_standing_deadlock(dlm_lockspace_t *ls)
{
	struct waiting_lock first, second, passer_by;
	u32 flags = DLM_LKF_CONVERT | DLM_LKF_NODLCKWT;

	waiting_lock_init(&first, ls);
	waiting_lock_init(&second, ls);
	waiting_lock_init(&passer_by, ls);
	EXPECT(!waiting_lock_take(&first, DLM_LOCK_PR, 0, "standing"));
	EXPECT(!waiting_lock_take(&second, DLM_LOCK_PR, 0, "standing"));
	EXPECT(!waiting_lock_call(&first, DLM_LOCK_EX, flags, NULL));
	EXPECT(!waiting_lock_call(&second, DLM_LOCK_EX, flags, NULL));
	/*
	 * NODLCKWT: nobody is refused. Both hear of it, with the mode that they want themselves:
	 * the second when the first one's conversion stood in its way, the first now; on the
	 * kernel's own module when the resource is looked at the next time.
	 */
	EXPECT(!waiting_lock_take(&passer_by, DLM_LOCK_NL, DLM_LKF_EXPEDITE, "standing"));
	EXPECT(!waiting_lock_drop(&passer_by, 0));
	EXPECT(wait_for_completion_timeout(&first.blocked, 10 * HZ));
	EXPECT(wait_for_completion_timeout(&second.blocked, 10 * HZ));
	EXPECT(first.blocked_mode == DLM_LOCK_EX && second.blocked_mode == DLM_LOCK_EX);

	/* One of them takes it back and gives way. */
	EXPECT(!dlm_unlock(ls, second.lksb.sb_lkid, DLM_LKF_CANCEL, &second.lksb, &second));
	EXPECT(waiting_lock_wait(&second) == -DLM_ECANCEL);
	EXPECT(!waiting_lock_convert(&second, DLM_LOCK_NL, 0));
	EXPECT(!waiting_lock_wait(&first));
	EXPECT(!waiting_lock_drop(&second, 0));
	EXPECT(!waiting_lock_drop(&first, 0));
}
