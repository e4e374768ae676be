/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Lines for the kernel log, with the lockspace's name in front; rate limited.
 */
#ifndef DLM_LOCKSPACE_LOG_H
#define DLM_LOCKSPACE_LOG_H

#include "cluster/cluster.h"

/* struct dlm_cluster_ops, whose members carry no format attributes */
void dlm_cluster_log(struct dlm_cluster *cl, int level, const char *fmt, ...);

#endif /* DLM_LOCKSPACE_LOG_H */
