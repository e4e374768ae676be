/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Operations that were accepted, on their way: decided here if this node is the
 * master, sent to the master if it is another, recorded if it cannot be done now.
 * The records are in the lock (op, op_unlock, op_cancel).
 */
#ifndef DLM_CLUSTER_ISSUE_H
#define DLM_CLUSTER_ISSUE_H

#include "cluster/cluster.h"

#define DLM_RETRY_MS 10 /* pause after a message found no memory */

/* Record what @wait names; dlm_owner_deferred() will take it up. */
void dlm_issue_later(struct dlm_cluster *cl, struct dlm_lkb *lkb, enum dlm_wait wait, u32 delay_ms);

/* The gate is open; the master of the resource is known. */
void dlm_issue_convert(struct dlm_cluster *cl, struct dlm_lkb *lkb);
void dlm_issue_unlock(struct dlm_cluster *cl, struct dlm_lkb *lkb);
void dlm_issue_cancel(struct dlm_cluster *cl, struct dlm_lkb *lkb);

/*
 * Nothing decides the lock any more: now for the cancel and the unlock that were accepted on top
 * and have not been sent. May end the lock.
 */
void dlm_issue_overlaid(struct dlm_cluster *cl, struct dlm_lkb *lkb);

/* Recorded, and nothing was sent that could still be answered. */
bool dlm_issue_is_recorded(const struct dlm_lkb *lkb);

#endif /* DLM_CLUSTER_ISSUE_H */
