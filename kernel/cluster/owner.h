/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Operations of this node's own callers: admission by the state of the lock,
 * the way to the master, and the answers that come back.
 *
 * All functions: the resource's lock is held, lkb->res is that resource. An
 * accepted operation owns its record; after an error the record is the caller's.
 */
#ifndef DLM_CLUSTER_OWNER_H
#define DLM_CLUSTER_OWNER_H

#include "cluster/cluster.h"

/*
 * A new lock. Arguments are checked; lkb->requested_mode, exflags, lvb, ownpid, state WANT_BAST
 * are set, the lock is in no queue. Always accepted. Gate closed: recorded (15.2).
 */
void dlm_owner_request(struct dlm_cluster *cl, struct dlm_lkb *lkb, struct dlm_op *op);

/* What a conversion brings along and replaces in the lock when accepted (I-5). */
struct dlm_convert_args {
	int mode;
	u32 exflags;
	void *lvb; /* sb_lvbptr at the call, or NULL */
	u32 ownpid;
	bool want_bast;
	/* The caller cannot put its bytes into lvb beforehand: value_len of them, or NULL. */
	const void *value;
	u32 value_len;
};

/* -EBUSY, -EINVAL (QUECVT on a conversion that may not have it, master copy). */
int dlm_owner_convert(struct dlm_cluster *cl, struct dlm_lkb *lkb, struct dlm_op *op,
		      const struct dlm_convert_args *args);

/*
 * Unlock or cancel, by op->kind; @flags were checked. lock-semantics 7.3, wire spec 6.8.
 * -EBUSY, -EINVAL. 0 with the record discarded when there is nothing to cancel.
 */
int dlm_owner_unlock(struct dlm_cluster *cl, struct dlm_lkb *lkb, struct dlm_op *op, u32 flags,
		     u32 ownpid);

/* Messages to the owner of a lock; @from was the sender. Validation 4.7 is done here. */
void dlm_owner_reply(struct dlm_cluster *cl, struct dlm_lkb *lkb, int from, const struct dlm_msg *m,
		     const void *lvb, size_t len); /* types 5 .. 8 */
void dlm_owner_grant(struct dlm_cluster *cl, struct dlm_lkb *lkb, int from, const struct dlm_msg *m,
		     const void *lvb, size_t len);
void dlm_owner_bast(struct dlm_cluster *cl, struct dlm_lkb *lkb, int from, const struct dlm_msg *m);
void dlm_owner_lookup_reply(struct dlm_cluster *cl, struct dlm_lkb *lkb, int from,
			    const struct dlm_msg *m);

/*
 * The directory, which this node keeps, names a master that may not know of it (UNPROVEN): the
 * request of @lkb, which was sent back, is sent again even if it was cancelled or unlocked.
 */
bool dlm_owner_proves(const struct dlm_cluster *cl, const struct dlm_lkb *lkb);

/* The gate is open and RESEND is set: decide or send what was recorded (8.7 second pass, 15.2). */
void dlm_owner_deferred(struct dlm_cluster *cl, struct dlm_lkb *lkb);

/* First pass of 8.7 for one own lock: is its answer lost with a gone master? */
void dlm_owner_first_pass(struct dlm_cluster *cl, struct dlm_lkb *lkb);

/* The master of @res is settled: send or decide what waits on its lookup list. */
void dlm_owner_settle(struct dlm_cluster *cl, struct dlm_resource *res);

#endif /* DLM_CLUSTER_OWNER_H */
