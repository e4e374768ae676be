/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The directory: who knows who masters a name. Records are resources that may
 * be inactive; the shell owns the table.
 */
#ifndef DLM_CLUSTER_DIRECTORY_H
#define DLM_CLUSTER_DIRECTORY_H

#include "cluster/cluster.h"

/* What to do with a LOOKUP (wire spec 6.4). */
enum dlm_lookup_answer {
	DLM_LOOKUP_REPLY,   /* LOOKUP_REPLY was sent */
	DLM_LOOKUP_REQUEST, /* we are the master: treat the message as a REQUEST */
};

/* LOOKUP of a name that is not ours or from ourselves: sends the refusal, true. */
bool dlm_directory_refuses(struct dlm_cluster *cl, u32 hash, int from, const struct dlm_msg *m);
/* @res was found, or created by the shell as inactive with master 0. */
enum dlm_lookup_answer dlm_directory_lookup(struct dlm_cluster *cl, struct dlm_resource *res,
					    int from, const struct dlm_msg *m);
/* REMOVE: true = the shell deletes the record. */
bool dlm_directory_remove(struct dlm_cluster *cl, struct dlm_resource *res, int from);

/* An entry of a NAMES_REPLY from @from (7.6). -EINVAL: does not hash to us, the round fails. */
int dlm_directory_learn(struct dlm_cluster *cl, struct dlm_resource *res, int from);
/* Belongs @res in the names list for @asker? */
bool dlm_directory_lists(const struct dlm_cluster *cl, const struct dlm_resource *res, int asker);

/* An unused resource whose toss time has come. REMOVE: the message was queued. */
enum dlm_toss {
	DLM_TOSS_KEEP,
	DLM_TOSS_FREE,
};

enum dlm_toss dlm_directory_toss(struct dlm_cluster *cl, struct dlm_resource *res);

/*
 * A local request or a REQUEST uses the record (wire spec 6.3 step 1): marks it active, a cached
 * master as uncertain. New records: state 0, master 0. Nothing if it is active already.
 */
void dlm_directory_activate(struct dlm_cluster *cl, struct dlm_resource *res);
/* The opposite: if nobody uses an active record any more, ops->resource_idle hears of it. */
void dlm_directory_idle(struct dlm_cluster *cl, struct dlm_resource *res);

/* An answer to @from says who masters @res: if it is @from, that is so from now on. */
static inline void dlm_directory_tells(struct dlm_resource *res, int from)
{
	if (res->master == from)
		res->state &= ~DLM_RES_UNPROVEN;
}

#endif /* DLM_CLUSTER_DIRECTORY_H */
