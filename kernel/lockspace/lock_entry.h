/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The shell's part of a lock: reference count, linkage, delivery of callbacks, the
 * first operation's record.
 *
 * References: one for the life of the lock, which for a master copy ends in
 * lock_gone(), for an own lock when its last completion has been delivered;
 * one while it stands in a drainer's list; and one for whoever looked it up.
 * The lock holds a reference of its resource. Freed after a grace period.
 */
#ifndef DLM_LOCKSPACE_LOCK_ENTRY_H
#define DLM_LOCKSPACE_LOCK_ENTRY_H

#include <linux/list.h>
#include <linux/llist.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>

#include "core/callback.h"
#include "core/lock.h"

struct dlm_lockspace;
struct dlm_resource_entry;

/* le->cb_state, cb_lock */
#define DLM_CB_SCHEDULED BIT(0) /* in a drainer's list, held back, or being delivered */
#define DLM_CB_LAST	 BIT(1) /* the last completion has been queued */
#define DLM_CB_DONE	 BIT(2) /* ... and delivered: the reference of life is given back */
#define DLM_CB_FIRST_OP	 BIT(3) /* the embedded record is taken */
#define DLM_CB_LISTED	 BIT(4) /* in the list of its collector */

struct dlm_lock_entry {
	struct dlm_lkb lkb;
	union {
		struct list_head drain_link; /* drain_lock, hold_lock or collect_lock */
		struct rcu_head rcu;	     /* once the last reference is gone */
	};
	struct list_head tracked_link;	 /* res_lock: re->tracked, or empty */
	struct llist_node deferred_link; /* in ls->deferred */
	refcount_t refs;
	spinlock_t cb_lock; /* callback queue, lkb.last_op, cb_state */
	u8 cb_state;
	bool own_lvb;		/* res_lock: lkb.lvb is ours to free */
	bool is_user;		/* set once: has a part of its own for its owner, user_lock.h */
	bool deferred;		/* res_lock: in ls->deferred, with a reference */
	struct dlm_op first_op; /* must be last */
};

static inline struct dlm_lock_entry *dlm_lock_entry(struct dlm_lkb *lkb)
{
	return container_of(lkb, struct dlm_lock_entry, lkb);
}

/* GFP_NOFS. With one reference, in no table. */
struct dlm_lock_entry *dlm_lock_alloc(void);
/* Set once, before the lock can be found: takes over the caller's reference of @re. */
void dlm_lock_set_resource(struct dlm_lock_entry *le, struct dlm_resource_entry *re);
static inline bool dlm_lock_get(struct dlm_lock_entry *le)
{
	return refcount_inc_not_zero(&le->refs);
}

void dlm_lock_put(struct dlm_lock_entry *le);

struct dlm_resource_entry *dlm_lock_resource(const struct dlm_lock_entry *le);
struct dlm_lockspace *dlm_lock_lockspace(const struct dlm_lock_entry *le);

/* Under its reserved id from here on, and counted. res_lock held. */
void dlm_lock_publish(struct dlm_lock_entry *le);

/*
 * A record for one operation: the embedded one if it is free and @lvblen is 0, else an
 * allocated one with room for lvblen bytes. May sleep. NULL: no memory.
 */
struct dlm_op *dlm_op_alloc(struct dlm_lock_entry *le, u32 lvblen);
void dlm_op_free(struct dlm_lock_entry *le, struct dlm_op *op);

/*
 * Keep @le in its resource's list of locks that recovery has to look at although they may
 * be on no queue, exactly while it has something in flight. res_lock held, after each call
 * into cluster/ that may have changed it.
 */
void dlm_lock_track(struct dlm_lock_entry *le);

#endif /* DLM_LOCKSPACE_LOCK_ENTRY_H */
