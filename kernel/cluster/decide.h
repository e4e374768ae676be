/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Operations at the master: the engine decides, the answer leaves (completion of an
 * own lock, reply for a master copy), then what follows for other locks. The
 * same functions serve own callers and other nodes.
 */
#ifndef DLM_CLUSTER_DECIDE_H
#define DLM_CLUSTER_DECIDE_H

#include "cluster/cluster.h"
#include "core/engine.h"

void dlm_decide_request(struct dlm_cluster *cl, struct dlm_lkb *lkb);
/* @lvb: lvblen bytes to be written where the rules say so, or NULL. */
void dlm_decide_convert(struct dlm_cluster *cl, struct dlm_lkb *lkb, const void *lvb);
void dlm_decide_unlock(struct dlm_cluster *cl, struct dlm_lkb *lkb, const void *lvb);
/* A master copy stays valid; it is the caller's to drop if it was waiting. */
void dlm_decide_cancel(struct dlm_cluster *cl, struct dlm_lkb *lkb);

#endif /* DLM_CLUSTER_DECIDE_H */
