/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Messages of a lockspace to other nodes: encoding into frames, and the frame
 * that is held ready so that the first message of a call cannot fail.
 *
 * The frame belongs to the processor from dlm_resource_lock_sending() to
 * dlm_resource_unlock_sending(): a spinlock is held all the time, so nobody
 * else runs there.
 */
#ifndef DLM_LOCKSPACE_SEND_H
#define DLM_LOCKSPACE_SEND_H

#include "cluster/cluster.h"
#include "lockspace/resource_table.h"
#include "session/frame.h"

struct dlm_lockspace;
struct dlm_node;

/* Room for any lock message. GFP_NOFS, may sleep; NULL: no memory. */
struct dlm_frame *dlm_send_reserve_alloc(struct dlm_lockspace *ls);

/* @frame: held ready for the first message, or NULL. The other one frees it if nobody took it. */
void dlm_resource_lock_sending(struct dlm_resource_entry *re, struct dlm_frame *frame);
void dlm_resource_unlock_sending(struct dlm_resource_entry *re);

/* The same without a resource. */
void dlm_sending_begin(struct dlm_frame *frame);
void dlm_sending_end(void);

/* struct dlm_cluster_ops */
int dlm_send_msg(struct dlm_cluster *cl, int nodeid, const struct dlm_msg *m, const void *extra,
		 size_t len);
int dlm_send_rcom(struct dlm_cluster *cl, int nodeid, const struct dlm_rcom *rc, const void *extra,
		  size_t len);

/* The same for large ones, where sleeping is allowed. */
int dlm_send_rcom_sleeping(struct dlm_cluster *cl, int nodeid, const struct dlm_rcom *rc,
			   const void *extra, size_t len);
void dlm_send_not_ready(struct dlm_node *node, int nodeid, u32 global_id,
			const struct dlm_rcom *asked);

/* What was queued leaves; no spinlock is held. */
void dlm_send_kick(struct dlm_lockspace *ls);

#endif /* DLM_LOCKSPACE_SEND_H */
