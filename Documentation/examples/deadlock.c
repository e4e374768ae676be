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
