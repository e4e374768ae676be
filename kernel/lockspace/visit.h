/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Walks over all resources for the recovery machine: in batches, each resource
 * under its res_lock, interrupted by a stop.
 */
#ifndef DLM_LOCKSPACE_VISIT_H
#define DLM_LOCKSPACE_VISIT_H

struct dlm_lockspace;

/* The step that the machine has asked for last; answers it. */
void dlm_visit_run(struct dlm_lockspace *ls);

#endif /* DLM_LOCKSPACE_VISIT_H */
