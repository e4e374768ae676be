// SPDX-License-Identifier: GPL-2.0
/* Taking back what waits, and unlocking what is not granted. */
#include "examples.h"

void example_cancel(dlm_lockspace_t *ls)
{
	struct waiting_lock holder, w;

	waiting_lock_init(&holder, ls);
	waiting_lock_init(&w, ls);
	EXPECT(!waiting_lock_take(&holder, DLM_LOCK_PR, 0, "cancel"));

	/* A waiting request: -DLM_ECANCEL, and the lock is gone. */
	EXPECT(!waiting_lock_call(&w, DLM_LOCK_EX, 0, "cancel"));
	EXPECT(!dlm_unlock(ls, w.lksb.sb_lkid, DLM_LKF_CANCEL, &w.lksb, &w));
	EXPECT(waiting_lock_wait(&w) == -DLM_ECANCEL);

	/* A waiting conversion: -DLM_ECANCEL, and the lock is what it was before. */
	EXPECT(!waiting_lock_take(&w, DLM_LOCK_PR, 0, "cancel"));
	EXPECT(!waiting_lock_call(&w, DLM_LOCK_EX, DLM_LKF_CONVERT, NULL));
	EXPECT(!dlm_unlock(ls, w.lksb.sb_lkid, DLM_LKF_CANCEL, &w.lksb, &w));
	EXPECT(waiting_lock_wait(&w) == -DLM_ECANCEL);

	EXPECT(!waiting_lock_drop(&w, 0));
	/* What is granted cannot be taken back: 0, and no callback will ever come. */
	EXPECT(!dlm_unlock(ls, holder.lksb.sb_lkid, DLM_LKF_CANCEL, &holder.lksb, &holder));
	EXPECT(!waiting_lock_drop(&holder, 0));
}

void example_forced_unlock(dlm_lockspace_t *ls)
{
	struct waiting_lock holder, w;

	waiting_lock_init(&holder, ls);
	waiting_lock_init(&w, ls);
	EXPECT(!waiting_lock_take(&holder, DLM_LOCK_PR, 0, "forced"));
	EXPECT(!waiting_lock_call(&w, DLM_LOCK_EX, 0, "forced"));
	/*
	 * Also while the answer of another node is outstanding, where a plain unlock is
	 * -EBUSY. -DLM_EUNLOCK takes the place of the completion of the request.
	 */
	EXPECT(!waiting_lock_drop(&w, DLM_LKF_FORCEUNLOCK));
	EXPECT(!waiting_lock_drop(&holder, 0));
}
