// SPDX-License-Identifier: GPL-2.0
/* What <linux/dlm.h> describes and the kernel's own module does not do. */
#include "examples.h"

static void note_completion(void *arg)
{
	complete(&((struct waiting_lock *)arg)->done);
}

static int take_below(struct waiting_lock *w, u32 parent, int mode, u32 flags)
{
	int err = dlm_lock(w->ls, mode, &w->lksb, flags, "x", 1, parent, note_completion, w, NULL);

	return err ? err : waiting_lock_wait(w);
}

void example_sublocks(dlm_lockspace_t *ls)
{
	struct waiting_lock one, two, child, other;

	waiting_lock_init(&one, ls);
	waiting_lock_init(&two, ls);
	waiting_lock_init(&child, ls);
	waiting_lock_init(&other, ls);
	EXPECT(!waiting_lock_take(&one, DLM_LOCK_CR, 0, "parent"));
	EXPECT(!waiting_lock_take(&two, DLM_LOCK_CR, 0, "parent"));

	/* "x" below "parent", whichever lock on it is the parent; "x" itself is another name. */
	EXPECT(!take_below(&child, one.lksb.sb_lkid, DLM_LOCK_EX, 0));
	EXPECT(take_below(&other, two.lksb.sb_lkid, DLM_LOCK_EX, DLM_LKF_NOQUEUE) == -EAGAIN);
	EXPECT(!take_below(&other, 0, DLM_LOCK_EX, DLM_LKF_NOQUEUE));

	/* The parent of a lock cannot go before it, unless by force: then it takes it along. */
	EXPECT(dlm_unlock(ls, one.lksb.sb_lkid, 0, &one.lksb, &one) == -ENOTEMPTY);
	EXPECT(!waiting_lock_drop(&one, DLM_LKF_FORCEUNLOCK));
	EXPECT(waiting_lock_wait(&child) == -DLM_EUNLOCK);

	EXPECT(take_below(&child, one.lksb.sb_lkid, DLM_LOCK_EX, 0) == -ENOENT);
	EXPECT(!waiting_lock_drop(&other, 0));
	EXPECT(!waiting_lock_drop(&two, 0));
}

void example_status_block_of_an_unlock(dlm_lockspace_t *ls)
{
	struct dlm_lksb other = {};
	struct waiting_lock w;

	waiting_lock_init(&w, ls);
	EXPECT(!waiting_lock_take(&w, DLM_LOCK_EX, 0, "own block"));
	EXPECT(!dlm_unlock(ls, w.lksb.sb_lkid, 0, &other, &w));
	EXPECT(wait_for_completion_timeout(&w.done, 10 * HZ));
	EXPECT(other.sb_status == -DLM_EUNLOCK && other.sb_lkid == w.lksb.sb_lkid);
	EXPECT(w.lksb.sb_status == 0);
}
