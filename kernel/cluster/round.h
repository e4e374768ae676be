/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of the recovery machine share: steps (recover.c), questions to
 * members (poll.c), slots (slots.c). All under the view lock.
 */
#ifndef DLM_CLUSTER_ROUND_H
#define DLM_CLUSTER_ROUND_H

#include "cluster/cluster.h"

/* poll.c: the machine's questions of one step. */
/* Forget old questions, ask those that the step needs. */
void dlm_poll_step(struct dlm_cluster *cl);
void dlm_poll_cancel(struct dlm_cluster *cl);
bool dlm_poll_complete(const struct dlm_cluster *cl);
void dlm_poll_due(struct dlm_cluster *cl); /* ask again what is due, arm the timer */
/* The bit that members (own_bit) or the low node (own_bit << 1) must show in this state, 0 none. */
u32 dlm_barrier_bit(enum dlm_recover_state state);

/* slots.c */
void dlm_slots_assign(struct dlm_cluster *cl); /* low node, all answers are here */
void dlm_slots_learn(struct dlm_cluster *cl, const struct dlm_in *in); /* others, from NODES_ALL */
void dlm_slots_commit(struct dlm_cluster *cl); /* the round's slots become the members' */

/* recover.c: conditions of the current step may have become true. */
void dlm_round_advance(struct dlm_cluster *cl);

static inline bool dlm_is_low(const struct dlm_cluster *cl)
{
	return cl->view->low_nodeid == cl->our_nodeid;
}

#endif /* DLM_CLUSTER_ROUND_H */
