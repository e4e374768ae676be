// SPDX-License-Identifier: GPL-2.0
/* Calls that are refused, and flags that mean nothing: no completion follows an errno. */
#include <linux/string.h>

#include "examples.h"

static void never(void *arg)
{
	EXPECT(!"a completion of what was refused");
}

void example_refused_requests(dlm_lockspace_t *ls)
{
	static const char name[DLM_RESNAME_MAXLEN + 1] = "a name that is too long";
	struct dlm_lksb lksb = {};

	EXPECT(dlm_lock(NULL, DLM_LOCK_EX, &lksb, 0, name, 4, 0, never, NULL, NULL) == -EINVAL);
	EXPECT(dlm_lock(ls, DLM_LOCK_EX + 1, &lksb, 0, name, 4, 0, never, NULL, NULL) == -EINVAL);
	EXPECT(dlm_lock(ls, DLM_LOCK_EX, &lksb, 0, name, DLM_RESNAME_MAXLEN + 1, 0, never, NULL,
			NULL) == -EINVAL);
	/* Without a completion function, without a status block, without a buffer for VALBLK. */
	EXPECT(dlm_lock(ls, DLM_LOCK_EX, &lksb, 0, name, 4, 0, NULL, NULL, NULL) == -EINVAL);
	EXPECT(dlm_lock(ls, DLM_LOCK_EX, NULL, 0, name, 4, 0, never, NULL, NULL) == -EINVAL);
	EXPECT(dlm_lock(ls, DLM_LOCK_EX, &lksb, DLM_LKF_VALBLK, name, 4, 0, never, NULL, NULL) ==
	       -EINVAL);
	/* CANCEL is for dlm_unlock(); QUECVT and CONVDEADLK are for conversions. */
	EXPECT(dlm_lock(ls, DLM_LOCK_EX, &lksb, DLM_LKF_CANCEL, name, 4, 0, never, NULL, NULL) ==
	       -EINVAL);
	EXPECT(dlm_lock(ls, DLM_LOCK_EX, &lksb, DLM_LKF_QUECVT, name, 4, 0, never, NULL, NULL) ==
	       -EINVAL);
	EXPECT(dlm_lock(ls, DLM_LOCK_EX, &lksb, DLM_LKF_CONVDEADLK, name, 4, 0, never, NULL,
			NULL) == -EINVAL);
	EXPECT(!lksb.sb_lkid);
}

void example_no_such_lock(dlm_lockspace_t *ls)
{
	struct dlm_lksb lksb = { .sb_lkid = 0 };

	/* 0 is the id of no lock. It is looked up before anything else is looked at. */
	EXPECT(dlm_lock(ls, DLM_LOCK_EX, &lksb, DLM_LKF_CONVERT, NULL, 0, 0, never, NULL, NULL) ==
	       -ENOENT);
	EXPECT(dlm_unlock(ls, lksb.sb_lkid, 0, &lksb, NULL) == -ENOENT);
	EXPECT(dlm_unlock(ls, lksb.sb_lkid, DLM_LKF_NOQUEUE, &lksb, NULL) == -ENOENT);
}

void example_refused_unlocks(dlm_lockspace_t *ls)
{
	struct waiting_lock w;

	waiting_lock_init(&w, ls);
	EXPECT(!waiting_lock_take(&w, DLM_LOCK_EX, 0, "refused"));
	/* Of the flags of dlm_unlock() any may stand together but these two; others are refused. */
	EXPECT(dlm_unlock(ls, w.lksb.sb_lkid, DLM_LKF_CANCEL | DLM_LKF_FORCEUNLOCK, &w.lksb, &w) ==
	       -EINVAL);
	EXPECT(dlm_unlock(ls, w.lksb.sb_lkid, DLM_LKF_NOQUEUE, &w.lksb, &w) == -EINVAL);
	EXPECT(!waiting_lock_drop(&w, 0));
}

void example_flags_without_effect(dlm_lockspace_t *ls)
{
	struct waiting_lock w;

	waiting_lock_init(&w, ls);
	/* For locks of processes; for searches of deadlocks; and a bit that nobody knows. */
	EXPECT(!waiting_lock_take(&w, DLM_LOCK_EX,
				  DLM_LKF_PERSISTENT | DLM_LKF_ORPHAN | DLM_LKF_TIMEOUT |
					  DLM_LKF_NODLCKBLK | 0x00100000,
				  "without effect"));
	EXPECT(!waiting_lock_drop(&w, 0));
}
