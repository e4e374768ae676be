/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Stop, start, and the work items that carry out what the recovery machine of
 * cluster/ asks for: visits, purge of saved messages, opening of the gate, timer.
 */
#ifndef DLM_LOCKSPACE_RECOVERY_H
#define DLM_LOCKSPACE_RECOVERY_H

#include <linux/workqueue.h>

#include "cluster/cluster.h"

struct dlm_lockspace;

/* The workqueue of recovery and housekeeping; once per module. */
int dlm_recovery_init(void);
void dlm_recovery_exit(void);
void dlm_recovery_queue(struct work_struct *work);
void dlm_recovery_queue_delayed(struct delayed_work *work, u32 delay_ms);

void dlm_recovery_setup(struct dlm_lockspace *ls);
/* Stop for good, without telling the user. */
void dlm_recovery_halt(struct dlm_lockspace *ls);
/* Nothing of the lockspace runs or will run when it returns; it has been stopped. */
void dlm_recovery_quiesce(struct dlm_lockspace *ls);

/* struct dlm_cluster_ops; view_mutex held */
void dlm_recovery_visit(struct dlm_cluster *cl, enum dlm_visit step);
void dlm_recovery_arm_timer(struct dlm_cluster *cl, u32 delay_ms);
void dlm_recovery_purge_saved(struct dlm_cluster *cl);
void dlm_recovery_open_gate(struct dlm_cluster *cl);

#endif /* DLM_LOCKSPACE_RECOVERY_H */
