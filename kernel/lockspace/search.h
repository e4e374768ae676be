/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Searches for deadlocks in the kernel: the steps of cluster/detect.h are queued
 * and carried out by a work item, one resource locked at a time. Any of them may be
 * dropped for want of memory.
 */
#ifndef DLM_LOCKSPACE_SEARCH_H
#define DLM_LOCKSPACE_SEARCH_H

#include "cluster/cluster.h"

struct dlm_in;
struct dlm_lock_entry;
struct dlm_lockspace;

void dlm_search_setup(struct dlm_lockspace *ls);
void dlm_search_quiesce(struct dlm_lockspace *ls);

/* From this lock, which has waited long enough. */
void dlm_search_begin(struct dlm_lockspace *ls, struct dlm_lock_entry *le);
/* A step that another node asks for. */
void dlm_search_receive(struct dlm_lockspace *ls, int from, const struct dlm_in *in);
/* struct dlm_cluster_ops; res_lock held */
void dlm_search_queue(struct dlm_cluster *cl, int to, const struct dlm_chain *chain);

#endif /* DLM_LOCKSPACE_SEARCH_H */
