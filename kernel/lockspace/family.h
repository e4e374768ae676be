/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sublocks in the kernel: the records of cluster/family.h by lock id, their lock, and
 * the unlocks that one lock's unlock means for others.
 *
 * Only locks with DLM_LKB_FAMILY have a record. It is freed when the lock's last
 * completion has been delivered.
 */
#ifndef DLM_LOCKSPACE_FAMILY_H
#define DLM_LOCKSPACE_FAMILY_H

#include <linux/types.h>

#include "cluster/family.h"

struct dlm_lock_entry;
struct dlm_lockspace;
struct dlm_request_args;

/* A sublock and its ancestors as of one moment, the root first. */
struct dlm_family_path {
	u32 depth;
	u32 ids[DLM_FAMILY_DEPTH_MAX];
};

void dlm_families_init(struct dlm_lockspace *ls);
/* No lock is left. */
void dlm_families_exit(struct dlm_lockspace *ls);

/*
 * @le, a new lock with an id that nobody knows yet, becomes a child of args->parent_id. @name: that
 * of its resource. Errors of lock-semantics 17.1, -ENOMEM. May sleep.
 */
int dlm_family_attach(struct dlm_lockspace *ls, struct dlm_lock_entry *le,
		      const struct dlm_request_args *args, u8 name[DLM_FAMILY_NAME_LEN]);
/* The request failed after all. */
void dlm_family_detach(struct dlm_lockspace *ls, struct dlm_lock_entry *le);

/* The record of @le or NULL; stays while @le has a reference and is not gone. */
struct dlm_family *dlm_family_find(struct dlm_lockspace *ls, const struct dlm_lock_entry *le);
/* A forced unlock of @le waits for its sublocks. res_lock held. */
bool dlm_family_unlocking(struct dlm_lockspace *ls, const struct dlm_lock_entry *le);
/* dlm_family_unlock() for @le; DLM_FAMILY_NOW if it has no record. res_lock held. */
int dlm_family_decide(struct dlm_lockspace *ls, struct dlm_lock_entry *le, struct dlm_op *op,
		      u32 flags, u32 ownpid);
/* After DLM_FAMILY_LATER: force the children, each with @force; may sleep, no lock held. */
void dlm_family_force(struct dlm_lockspace *ls, struct dlm_lock_entry *le,
		      void (*force)(struct dlm_lockspace *ls, struct dlm_lock_entry *child));

/* The last completion has been decided. res_lock held. */
void dlm_family_lock_gone(struct dlm_lockspace *ls, struct dlm_lock_entry *le);
/* The last completion has been delivered: perhaps it is the parent's turn. Any context. */
void dlm_family_delivered(struct dlm_lockspace *ls, struct dlm_lock_entry *le);

/* Calls @fn for each sublock; may sleep. */
void dlm_family_each(struct dlm_lockspace *ls,
		     void (*fn)(struct dlm_lockspace *ls, const struct dlm_family_path *path,
				void *arg),
		     void *arg);

#endif /* DLM_LOCKSPACE_FAMILY_H */
