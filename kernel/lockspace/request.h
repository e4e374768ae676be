/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Locking operations of this node's own callers: the doors come in here, with an
 * entered lockspace. Errors in the order of lock-semantics 6.1 and 7.2.
 */
#ifndef DLM_LOCKSPACE_REQUEST_H
#define DLM_LOCKSPACE_REQUEST_H

#include <linux/dlm.h>
#include <linux/types.h>

struct dlm_lockspace;

struct dlm_request_args {
	int mode;
	u32 flags;	       /* DLM_LKF_ */
	struct dlm_lksb *lksb; /* the caller's; in use until the last completion */
	const void *name;
	unsigned int name_len;
	void (*ast)(void *astarg);
	void (*bast)(void *astarg, int mode);
	void *astarg;
	u16 lock_flags; /* DLM_IFL_ */
};

/* New lock or, with DLM_LKF_CONVERT, conversion of lksb->sb_lkid. 0: @ast runs exactly once. */
int dlm_request_lock(struct dlm_lockspace *ls, const struct dlm_request_args *args);

/* Unlock, or cancel by DLM_LKF_CANCEL. @lksb: for this completion; NULL: the lock's own. */
int dlm_request_unlock(struct dlm_lockspace *ls, u32 id, u32 flags, struct dlm_lksb *lksb,
		       void *astarg);

#endif /* DLM_LOCKSPACE_REQUEST_H */
