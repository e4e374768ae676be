/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sublocks (lock-semantics 17.1): which own lock is the child of which, and what that
 * means for unlocks. All of it is known to the owner's node alone: to every other
 * node a sublock is a lock on a resource with an unusual name.
 *
 * A lock has a record here from the moment it becomes parent or child until its
 * last completion has been delivered. The shell finds the record of a lock; it
 * calls with the lock's resource locked where a lock is an argument, and keeps two
 * calls about one lockspace's records apart.
 */
#ifndef DLM_CLUSTER_FAMILY_H
#define DLM_CLUSTER_FAMILY_H

#include "platform/dlm_platform.h"
#include "core/lock.h"

#define DLM_FAMILY_DEPTH_MAX 16
#define DLM_FAMILY_NAME_LEN  64

struct dlm_family {
	struct dlm_family *parent; /* NULL: none, or gone before us */
	struct list_head children;
	struct list_head sibling;
	struct list_head due;  /* the shell's: its forced unlock is due */
	struct dlm_op *unlock; /* forced unlock, until the descendants are gone */
	u32 unlock_pid;	       /* its caller */
	u32 id;		       /* of the lock */
	u32 nr_alive;	       /* children whose last completion has not been decided */
	u8 depth;	       /* 1: a root */
	bool gone;	       /* our own last completion has been decided */
	bool told;	       /* to go, with the parent */
	bool all_told;	       /* all children are */
};

void dlm_family_init(struct dlm_family *family, u32 id);

/*
 * May a new lock with these flags become a child of @parent? P-2 to P-4: 0, -ENOENT, -EBUSY,
 * -EINVAL.
 */
int dlm_family_admit(const struct dlm_lkb *parent, const struct dlm_family *family, u32 exflags,
		     u16 flags);
void dlm_family_join(struct dlm_family *parent, struct dlm_family *child);

enum dlm_family_verdict {
	DLM_FAMILY_NOW = 0, /* as for any lock */
	DLM_FAMILY_LATER,   /* the record keeps @op; force the children, dlm_family_next_child() */
};

/*
 * An unlock or cancel of a lock with this record. Errors: -ENOTEMPTY: it has sublocks (P-6);
 * -EBUSY, -EINVAL: a forced unlock waits already (7.3, S10).
 */
int dlm_family_unlock(struct dlm_family *family, struct dlm_op *op, u32 flags, u32 ownpid);
/*
 * The next child that is still to be force-unlocked: its lock's id. 0: no more; then, and when a
 * child leaves, the unlock may be due.
 */
u32 dlm_family_next_child(struct dlm_family *family);
/* The forced unlock that waited may be carried out: exactly one caller finds it so, see above. */
bool dlm_family_due(const struct dlm_family *family);

/* The last completion of the lock has been decided: it does not count as a sublock any more. */
void dlm_family_gone(struct dlm_family *family);
/*
 * The last completion has been delivered, or the child was never asked for: the record is in no
 * tree any more. Returns the parent's record if its forced unlock is due now.
 */
struct dlm_family *dlm_family_leave(struct dlm_family *family);

/*
 * The name of a child's resource on the wire (P-9): a function of its parent resource's name and
 * its own, so that children given under different locks on one resource meet.
 */
void dlm_family_name(u8 out[DLM_FAMILY_NAME_LEN], const u8 *parent, size_t parent_len, u8 depth,
		     const u8 *name, size_t len);
/* What of the child's own name is in it, at most 24 bytes; *@whole: that is all of it. */
const u8 *dlm_family_own_name(const u8 wire_name[DLM_FAMILY_NAME_LEN], size_t *len, bool *whole);
/* A name that only sublocks may have. */
bool dlm_family_name_reserved(const u8 *name, size_t len);

#endif /* DLM_CLUSTER_FAMILY_H */
