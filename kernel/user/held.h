/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A lock that came through a device, and the list of whoever has it: an open
 * file, or the orphans of the lockspace.
 *
 * The list has a reference of the lock. A held lock is on one list or, while it
 * moves from one to another and once it has ended, on none.
 */
#ifndef DLM_USER_HELD_H
#define DLM_USER_HELD_H

#include <linux/dlm.h>
#include <linux/list.h>
#include <linux/spinlock.h>

#include "abi/request.h"
#include "lockspace/user_lock.h"

struct dlm_collected;
struct dlm_abi_result;
struct dlm_lockspace;
struct dlm_timeout;

struct dlm_held_list {
	spinlock_t lock; /* held_list_lock */
	struct list_head list;
	unsigned long nr;
};

struct dlm_held {
	struct dlm_user_lock user;
	spinlock_t lock;	    /* held_lock: what follows */
	struct dlm_held_list *list; /* where it is, or NULL */
	struct list_head link;	    /* list->lock too */
	bool ended;
	struct dlm_timeout *timeout;	    /* of the last operation, or NULL */
	struct dlm_abi_callbacks callbacks; /* those of the last call that gave some */
	atomic_t nr_due;		    /* completions accepted and not read */
	u8 lvb[];			    /* res_lock; at least DLM_USER_LVB_LEN bytes */
};

static inline struct dlm_held *dlm_held(struct dlm_user_lock *user)
{
	return container_of(user, struct dlm_held, user);
}

void dlm_held_list_init(struct dlm_held_list *list);

/* NULL: no memory. Freed by dlm_held_free() until the lock has been made, then by itself. */
struct dlm_held *dlm_held_alloc(struct dlm_lockspace *ls, const struct dlm_abi_lock *request);
void dlm_held_free(struct dlm_held *held);

/* With a reference of the lock, which goes to the list, or away if the lock has ended. */
void dlm_held_join(struct dlm_held *held, struct dlm_held_list *list);
/* True: it was there and has left; the list's reference is the caller's. */
bool dlm_held_leave(struct dlm_held *held, struct dlm_held_list *list);
/* The first one leaves; NULL: there is none. Its reference is the caller's. */
struct dlm_held *dlm_held_take(struct dlm_held_list *list);

/* Replace the callers' addresses, returning the old ones. */
void dlm_held_set_callbacks(struct dlm_held *held, const struct dlm_abi_callbacks *callbacks,
			    struct dlm_abi_callbacks *old);
/* What an unlock says: always the status block, and the argument unless it is 0. */
void dlm_held_set_lksb(struct dlm_held *held, u64 lksb, u64 castparam);
/* From now on the lock has a value block. */
void dlm_held_use_lvb(struct dlm_held *held);

/* What a program reads for this callback; false: nothing, since it gave no function. */
bool dlm_held_result(const struct dlm_collected *got, struct dlm_abi_result *result);

#endif /* DLM_USER_HELD_H */
