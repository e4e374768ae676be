/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What members of this implementation tell each other beyond the protocol, in
 * fields of STATUS and its answer that the in-tree module sends as 0 and does not
 * read (wire spec 14). A word holds for the round in which it was said. Called by
 * the recovery machine only.
 */
#ifndef DLM_CLUSTER_FEATURES_H
#define DLM_CLUSTER_FEATURES_H

#include "cluster/cluster.h"

/* What this node offers. */
void dlm_features_ask(const struct dlm_cluster *cl, struct dlm_rcom_status *status);
/*
 * The same in an answer, and the flags of the lockspace as the asker is to see them: a node that
 * would not follow them must find a difference.
 */
void dlm_features_answer(const struct dlm_cluster *cl, const struct dlm_rcom_status *asker,
			 struct dlm_rcom_config *config);
/*
 * What @from offers is noted for dlm_features_of(). May this node share the lockspace with who
 * answered so? 0 or -EPROTO, with a line in the log.
 */
int dlm_features_check(struct dlm_cluster *cl, int from, const struct dlm_in *in);

#endif /* DLM_CLUSTER_FEATURES_H */
