/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where a new request goes (wire spec 6.3), and those that wait until another has
 * found that out.
 */
#ifndef DLM_CLUSTER_ROUTE_H
#define DLM_CLUSTER_ROUTE_H

#include "cluster/cluster.h"

/* Step 2 of 6.3: decide, send REQUEST or LOOKUP, or put on the lookup list. The gate is open. */
void dlm_route_request(struct dlm_cluster *cl, struct dlm_lkb *lkb);

/*
 * To be called last by everything that may have settled the master of @res or ended a lock: those
 * on the lookup list go on, an unused resource becomes idle.
 */
void dlm_route_finish(struct dlm_cluster *cl, struct dlm_resource *res);

#endif /* DLM_CLUSTER_ROUTE_H */
