/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Telling the lockspace's user about recovery (struct dlm_lockspace_ops), and a
 * join that waits about its end.
 */
#ifndef DLM_LOCKSPACE_NOTIFY_H
#define DLM_LOCKSPACE_NOTIFY_H

#include "cluster/cluster.h"

struct dlm_lockspace;
struct work_struct;

/* struct dlm_cluster_ops; view_mutex held */
void dlm_notify_slots(struct dlm_cluster *cl, const struct dlm_gone *gone, int nr);
/* A failed one perhaps under a res_lock too. */
void dlm_notify_recovered(struct dlm_cluster *cl, enum dlm_recover_result result);

/* recover_prep, in the context of whoever stopped the lockspace. */
void dlm_notify_prep(struct dlm_lockspace *ls);
void dlm_notify_work(struct work_struct *work);
/* Forget what has not been reported (release). */
void dlm_notify_drop(struct dlm_lockspace *ls);

#endif /* DLM_LOCKSPACE_NOTIFY_H */
