/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Lock messages made from records (wire spec 4.4): form L from a lock, form E for
 * a message whose lock is not there, form S for the directory.
 */
#ifndef DLM_CLUSTER_MESSAGE_H
#define DLM_CLUSTER_MESSAGE_H

#include "cluster/cluster.h"

/* REQUEST, LOOKUP to @node, which is asked for the lock. */
int dlm_message_ask(struct dlm_cluster *cl, struct dlm_lkb *lkb, enum dlm_msg_type type, int node);
/* CONVERT, UNLOCK, CANCEL to the master; @lvb: lvblen bytes or NULL. */
int dlm_message_operation(struct dlm_cluster *cl, struct dlm_lkb *lkb, enum dlm_msg_type type,
			  const void *lvb);
/* Replies and GRANT to the owner of a master copy. */
int dlm_message_answer(struct dlm_cluster *cl, const struct dlm_lkb *lkb, enum dlm_msg_type type,
		       int result);
int dlm_message_bast(struct dlm_cluster *cl, const struct dlm_lkb *lkb, int mode);
/* Form E: the reply to @m, which asked for a lock that is not there. */
int dlm_message_refusal(struct dlm_cluster *cl, int node, const struct dlm_msg *m, int result);
int dlm_message_lookup_reply(struct dlm_cluster *cl, int node, const struct dlm_msg *m, int master,
			     int result);
int dlm_message_remove(struct dlm_cluster *cl, const struct dlm_resource *res);

#endif /* DLM_CLUSTER_MESSAGE_H */
