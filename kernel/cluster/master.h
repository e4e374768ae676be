/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The master's side of other nodes' locks: requests, conversions, unlocks and
 * cancels that arrive, and grants and blocking callbacks that leave.
 */
#ifndef DLM_CLUSTER_MASTER_H
#define DLM_CLUSTER_MASTER_H

#include "cluster/cluster.h"
#include "core/engine.h"

/*
 * REQUEST for a name that has no record here: 0 = create one that is active and mastered here;
 * -EBADR, -ENOTBLK = answer that (dlm_master_refuse). Wire spec 6.5.
 */
int dlm_master_admit_absent(const struct dlm_cluster *cl, u32 hash, int from);
/* The same for a known resource; may take mastership. 0, -EBADR, -ENOTBLK. */
int dlm_master_admit(struct dlm_cluster *cl, struct dlm_resource *res, int from);

/*
 * Handle a REQUEST (or a LOOKUP that is one): @lkb is fresh, in the id table, not on a queue, its
 * lvb buffer of lvblen bytes is there if exflags has VALBLK; res->lvb is there. After a
 * refusal the lock has been given to ops->lock_gone.
 */
void dlm_master_request(struct dlm_cluster *cl, struct dlm_lkb *lkb, int from,
			const struct dlm_msg *m);
/*
 * CONVERT, UNLOCK, CANCEL for a lock found by m_remid. Checks holder and m_lkid itself. If
 * m_exflags has VALBLK, lkb->lvb and res->lvb are there. A lock that ends has been given to
 * ops->lock_gone.
 */
void dlm_master_operation(struct dlm_cluster *cl, struct dlm_lkb *lkb, int from,
			  const struct dlm_msg *m, const void *lvb, size_t len);
/* Error reply (form E) to the message @m: unknown lock, refused request. */
void dlm_master_refuse(struct dlm_cluster *cl, int from, const struct dlm_msg *m, int result);

/* GRANT_UNSENT or bast_unsent is set: try again. */
void dlm_master_deferred(struct dlm_cluster *cl, struct dlm_lkb *lkb);

/*
 * The sink that turns the engine's effects into completions of own locks and into GRANT and BAST
 * for master copies. Lives on the caller's stack.
 */
struct dlm_cluster_sink {
	struct dlm_sink sink;
	struct dlm_cluster *cl;
	bool hold_grants; /* GRANTs are marked unsent: a reply has to go first */
	u32 nr_held;
};

void dlm_cluster_sink_init(struct dlm_cluster_sink *cs, struct dlm_cluster *cl);

/* Grant what is grantable after recovery (DLM_RES_TRY_GRANT) on a resource mastered here. */
void dlm_master_grant_pass(struct dlm_cluster *cl, struct dlm_resource *res, enum dlm_pass pass);

#endif /* DLM_CLUSTER_MASTER_H */
