/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What recovery does to one resource: the visitors of the recovery machine and
 * the handlers of the per-resource recovery messages. The resource's lock and the
 * view lock are not held together by the shell in visits; the view is stable
 * while a round runs.
 */
#ifndef DLM_CLUSTER_REBUILD_H
#define DLM_CLUSTER_REBUILD_H

#include "cluster/cluster.h"

/* PREPARE: sets the directory node; false = inactive, the shell drops it. */
bool dlm_rebuild_prepare(struct dlm_cluster *cl, struct dlm_resource *res);
/*
 * MASTERS: purge of gone nodes' locks, choice of the new master. May send a LOOKUP with rc_id =
 * @recover_id (>= 1, from the shell's snapshot), counted in @nr_sent. Own locks with an operation
 * in flight are not touched: the shell gives each to dlm_owner_first_pass() in the same visit.
 * -ENOMEM: nothing was lost, visit this resource again.
 */
int dlm_rebuild_masters(struct dlm_cluster *cl, struct dlm_resource *res, u32 recover_id,
			u32 *nr_sent);
/* LOCKS: sends own locks of a resource with a new master. -ENOMEM: as above. */
int dlm_rebuild_locks(struct dlm_cluster *cl, struct dlm_resource *res, u32 *nr_sent);
/* FINISH: 8.6.3. */
void dlm_rebuild_finish(struct dlm_cluster *cl, struct dlm_resource *res);
/*
 * GRANT: step 17. Deferred operations (step 16) come before: the shell gives each own lock with
 * RESEND to dlm_owner_deferred().
 */
void dlm_rebuild_grant(struct dlm_cluster *cl, struct dlm_resource *res);

/*
 * RCOM LOOKUP from @from; @res found or created inactive with master 0. Sends the reply. A name
 * that does not hash here: dlm_rebuild_lookup_refuse.
 */
void dlm_rebuild_lookup(struct dlm_cluster *cl, struct dlm_resource *res, int from,
			const struct dlm_rcom *rc);
void dlm_rebuild_lookup_refuse(struct dlm_cluster *cl, int from, const struct dlm_rcom *rc);
/* RCOM LOOKUP_REPLY for the resource of snapshot number rc_id. Caller: dlm_recover_answered(). */
void dlm_rebuild_lookup_reply(struct dlm_cluster *cl, struct dlm_resource *res,
			      const struct dlm_rcom *rc);

/*
 * RCOM LOCK: @res or NULL if the name is unknown, @existing = master copy of @from with that remid,
 * or NULL, @fresh = unused lock in the id table with an lvb buffer. Sends the reply. true = @fresh
 * was taken.
 */
bool dlm_rebuild_lock(struct dlm_cluster *cl, struct dlm_resource *res, struct dlm_lkb *existing,
		      struct dlm_lkb *fresh, int from, const struct dlm_in *in);
/*
 * LOCK_REPLY for own lock @lkb. Returns 0 = counted (caller: dlm_recover_answered()), -EAGAIN =
 * send again after a pause (caller: dlm_rebuild_lock_again() in 10 ms), other = the round fails.
 */
int dlm_rebuild_lock_reply(struct dlm_cluster *cl, struct dlm_lkb *lkb, int from,
			   const struct dlm_in *in);
int dlm_rebuild_lock_again(struct dlm_cluster *cl, struct dlm_lkb *lkb);
/* Master copy of @from on @res with its id @remid, for dlm_rebuild_lock(). */
struct dlm_lkb *dlm_rebuild_find_copy(struct dlm_resource *res, int from, u32 remid);

#endif /* DLM_CLUSTER_REBUILD_H */
