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
struct dlm_user_lock;

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
	/*
	 * The lock's owner fetches callbacks (user_lock.h): ast and bast only say that they are
	 * wanted, lksb is the part's. A new lock gets this part, and the caller a reference of the
	 * lock; a conversion is one of the lock that has it.
	 */
	struct dlm_user_lock *user;
	/* The bytes with which a conversion comes, value_len of them; NULL: they are in lksb's. */
	const void *value;
	unsigned int value_len;
	u32 *op_nr; /* where to put the number of this operation of the lock, or NULL */
	/*
	 * Whose a new lock is, for the search for deadlocks (cluster/detect.h): all locks with one
	 * key wait for each other's sake. DLM_OWNER_EVERYWHERE: the key means the same everywhere.
	 * 0: cannot be told.
	 */
	u64 owner;
	u32 parent_id; /* of a new lock: it becomes a sublock of that one; 0: of none */
};

struct dlm_unlock_args {
	u32 id;
	u32 flags;	       /* DLM_LKF_ */
	struct dlm_lksb *lksb; /* for this completion; NULL: the lock's own */
	void *astarg;
	bool same_arg;		    /* not astarg, but that of the lock's last call */
	struct dlm_user_lock *user; /* as above */
	const void *value;
	unsigned int value_len;
	int status; /* of a cancel that succeeds; 0: -DLM_ECANCEL */
	u32 op_nr;  /* cancel this operation and no other; 0: any */
};

/* New lock or, with DLM_LKF_CONVERT, conversion of lksb->sb_lkid. 0: @ast runs exactly once. */
int dlm_request_lock(struct dlm_lockspace *ls, const struct dlm_request_args *args);

/* Unlock, or cancel by DLM_LKF_CANCEL. */
int dlm_request_unlock(struct dlm_lockspace *ls, const struct dlm_unlock_args *args);

/* The thread id as the kernel numbers it: what purge compares and debugfs shows. */
u32 dlm_request_pid(void);

#endif /* DLM_LOCKSPACE_REQUEST_H */
