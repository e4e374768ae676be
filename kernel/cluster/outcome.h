/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What an own operation came to: completions in the numbers and the order of
 * lock-semantics 8.2 and 8.3, whoever decided it. The lock stands on its new queue
 * and has its new modes already when these are called.
 */
#ifndef DLM_CLUSTER_OUTCOME_H
#define DLM_CLUSTER_OUTCOME_H

#include "cluster/cluster.h"

/* A request or conversion has come to a queue where it waits. */
void dlm_outcome_queued(struct dlm_cluster *cl, struct dlm_lkb *lkb);
/* A request or conversion was granted: completion 0; a cancel on top of it is void. */
void dlm_outcome_granted(struct dlm_cluster *cl, struct dlm_lkb *lkb);
/* ... was refused. A new lock is gone then, on no queue, with whatever lay on top. */
void dlm_outcome_refused(struct dlm_cluster *cl, struct dlm_lkb *lkb, int status);
/*
 * The cancel worked: a conversion is back on the grant queue; a request is on no queue, and gone.
 * An unlock on top of a request is done with it.
 */
void dlm_outcome_cancelled(struct dlm_cluster *cl, struct dlm_lkb *lkb);
/* The cancel came too late, or is given up. */
void dlm_outcome_cancel_void(struct dlm_cluster *cl, struct dlm_lkb *lkb);
/* The unlock is done; what it lay on gets no completion. The lock is gone. */
void dlm_outcome_unlocked(struct dlm_cluster *cl, struct dlm_lkb *lkb);
/* A conversion that was not decided is dropped without a completion: an unlock takes its place. */
void dlm_outcome_dropped(struct dlm_cluster *cl, struct dlm_lkb *lkb);

#endif /* DLM_CLUSTER_OUTCOME_H */
