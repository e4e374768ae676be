/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The part of a lock that belongs to a door which keeps locks for others: who
 * fetches its callbacks, and what the door is told of its life. A lock without
 * this part has functions that are called instead (deliver.h).
 *
 * From dlm_request_lock() on the door has one reference of the lock, until it gives it back
 * with dlm_lock_put(). The part itself lives as long as the lock's memory.
 */
#ifndef DLM_LOCKSPACE_USER_LOCK_H
#define DLM_LOCKSPACE_USER_LOCK_H

#include <linux/dlm.h>
#include <linux/types.h>

#include "lockspace/lock_entry.h"

struct dlm_collector;
struct dlm_user_lock;

struct dlm_user_lock_ops {
	/*
	 * The last callback has been fetched or dropped: the lock is no more. Called once, may be
	 * under a res_lock.
	 */
	void (*ended)(struct dlm_user_lock *user);
	/* Nobody has the lock any more. */
	void (*free)(struct dlm_user_lock *user);
};

struct dlm_user_lock {
	const struct dlm_user_lock_ops *ops;
	struct dlm_lock_entry *le; /* set once, before the lock can be found */
	/* That of all its operations: by it the part is found. Status and flags stay unused. */
	struct dlm_lksb lksb;
	struct dlm_collector *collector; /* cb_lock; NULL: callbacks are dropped */
	/* Whose lock it is, for those who look for cycles: the number given, or the process. */
	u64 xid;   /* 0: none */
	u32 group; /* thread group of the process; lkb.ownpid is the thread */
	u32 op_nr; /* res_lock: requests and conversions accepted so far */
};

/* NULL: a lock of a kernel caller, or of another node. */
static inline struct dlm_user_lock *dlm_user_lock(const struct dlm_lock_entry *le)
{
	return le->is_user ? container_of(le->lkb.lksb, struct dlm_user_lock, lksb) : NULL;
}

#endif /* DLM_LOCKSPACE_USER_LOCK_H */
