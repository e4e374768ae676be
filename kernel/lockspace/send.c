// SPDX-License-Identifier: GPL-2.0
/*
 * From typed messages to frames in the peers' queues. Called by the cluster layer
 * while it decides, under a res_lock or the view_mutex; takes memory without
 * sleeping, and the frame held ready when there is none.
 */
#include <linux/percpu.h>

#include "lockspace/lockspace.h"
#include "lockspace/node.h"
#include "lockspace/send.h"
#include "trace/dlm_trace.h"
#include "wire/encode.h"

static DEFINE_PER_CPU(struct dlm_frame *, reserve);

static size_t largest_msg(const struct dlm_lockspace *ls)
{
	size_t msg = dlm_wire_msg_size(max_t(size_t, DLM_WIRE_NAME_MAX, ls->cl.lvblen));
	size_t lock = dlm_wire_rcom_size(DLM_RCOM_LOCK, DLM_WIRE_RCOM_LOCK_SIZE + ls->cl.lvblen);

	return max(msg, lock);
}

struct dlm_frame *dlm_send_reserve_alloc(struct dlm_lockspace *ls)
{
	return dlm_frame_alloc(largest_msg(ls), GFP_NOFS);
}

void dlm_sending_begin(struct dlm_frame *frame)
{
	preempt_disable();
	WARN_ON_ONCE(__this_cpu_read(reserve));
	__this_cpu_write(reserve, frame);
}

void dlm_sending_end(void)
{
	struct dlm_frame *frame = __this_cpu_read(reserve);

	__this_cpu_write(reserve, NULL);
	preempt_enable();
	if (frame)
		dlm_frame_free(frame);
}

/*
 * Taken by functions that may fail and dropped here: the checker cannot follow that, so for it
 * each of them is balanced.
 */
void dlm_resource_lock_sending(struct dlm_resource_entry *re, struct dlm_frame *frame)
{
	dlm_resource_lock(re);
	dlm_sending_begin(frame);
	__release(&re->lock);
}

void dlm_resource_unlock_sending(struct dlm_resource_entry *re)
{
	__acquire(&re->lock);
	dlm_sending_end();
	dlm_resource_unlock(re);
}

/*
 * The frame held ready goes first: its owner has it for exactly this. Where preemption is possible
 * there is none on this processor: whoever has one keeps preemption off.
 */
static struct dlm_frame *take_frame(size_t size)
{
	struct dlm_frame *frame = this_cpu_xchg(reserve, NULL);

	if (!frame)
		return dlm_frame_alloc(size, GFP_NOWAIT);
	if (frame->size >= size) {
		frame->len = size;
		return frame;
	}
	dlm_frame_free(frame);
	return dlm_frame_alloc(size, GFP_NOWAIT);
}

static struct dlm_frame *take_or_sleep(size_t size, bool may_sleep)
{
	return may_sleep ? dlm_frame_alloc(size, GFP_NOFS) : take_frame(size);
}

static struct dlm_wire_from whoami(const struct dlm_cluster *cl)
{
	return (struct dlm_wire_from){
		.lockspace = cl->global_id,
		.nodeid = cl->our_nodeid,
	};
}

/* What the message's own header will say. */
static struct dlm_hdr traced_header(const struct dlm_cluster *cl, enum dlm_cmd cmd, size_t len)
{
	return (struct dlm_hdr){
		.version = DLM_WIRE_VERSION,
		.lockspace = cl->global_id,
		.nodeid = cl->our_nodeid,
		.length = len,
		.cmd = cmd,
	};
}

static void trace_msg(const struct dlm_cluster *cl, u32 seq, const struct dlm_msg *m,
		      const void *extra, size_t len)
{
	struct dlm_hdr hdr;
	bool named = m->type == DLM_MSG_REQUEST || m->type == DLM_MSG_LOOKUP ||
		     m->type == DLM_MSG_REMOVE;

	if (!trace_dlm_send_message_enabled())
		return;
	hdr = traced_header(cl, DLM_CMD_MSG, DLM_WIRE_MSG_SIZE + len);
	trace_dlm_send_message(seq, &hdr, m, extra, len, extra, named ? len : 0);
}

static void trace_rcom(const struct dlm_cluster *cl, u32 seq, const struct dlm_rcom *rc,
		       const void *extra, size_t len)
{
	struct dlm_hdr hdr;

	if (!trace_dlm_send_rcom_enabled())
		return;
	hdr = traced_header(cl, DLM_CMD_RCOM, DLM_WIRE_RCOM_SIZE + len);
	trace_dlm_send_rcom(seq, &hdr, rc, extra, len);
}

/*
 * A peer that is not there (removed from the configuration, session ended) does not get
 * the message; what depends on it is settled by the recovery that removes the peer.
 */
static int queue(struct dlm_cluster *cl, int nodeid, struct dlm_frame *frame, u32 *seq)
{
	int err = dlm_peer_send(&dlm_lockspace_of(cl)->node->peers, nodeid, frame, seq);

	return err == -ENOBUFS ? -ENOMEM : 0;
}

int dlm_send_msg(struct dlm_cluster *cl, int nodeid, const struct dlm_msg *m, const void *extra,
		 size_t len)
{
	struct dlm_wire_from from = whoami(cl);
	size_t size = dlm_wire_msg_size(len);
	struct dlm_frame *frame = take_frame(size);
	u32 seq = 0;
	int err;

	if (!frame)
		return -ENOMEM;
	frame->len = dlm_wire_encode_msg(frame->data, frame->size, &from, m, extra, len);
	if (WARN_ON_ONCE(!frame->len)) {
		dlm_frame_free(frame);
		return -EINVAL;
	}
	err = queue(cl, nodeid, frame, &seq);
	trace_msg(cl, seq, m, extra, len);
	return err;
}

static int send_rcom(struct dlm_cluster *cl, int nodeid, const struct dlm_rcom *rc,
		     const void *extra, size_t len, bool may_sleep)
{
	struct dlm_wire_from from = whoami(cl);
	struct dlm_frame *frame = take_or_sleep(dlm_wire_rcom_size(rc->type, len), may_sleep);
	u32 seq = 0;
	int err;

	if (!frame)
		return -ENOMEM;
	frame->len = dlm_wire_encode_rcom(frame->data, frame->size, &from, rc, extra, len);
	if (WARN_ON_ONCE(!frame->len)) {
		dlm_frame_free(frame);
		return -EINVAL;
	}
	err = queue(cl, nodeid, frame, &seq);
	trace_rcom(cl, seq, rc, extra, len);
	return err;
}

int dlm_send_rcom(struct dlm_cluster *cl, int nodeid, const struct dlm_rcom *rc, const void *extra,
		  size_t len)
{
	return send_rcom(cl, nodeid, rc, extra, len, false);
}

int dlm_send_rcom_sleeping(struct dlm_cluster *cl, int nodeid, const struct dlm_rcom *rc,
			   const void *extra, size_t len)
{
	return send_rcom(cl, nodeid, rc, extra, len, true);
}

/* "Not ready": this node has no lockspace with that id (wire spec 7.5). */
void dlm_send_not_ready(struct dlm_node *node, int nodeid, u32 global_id,
			const struct dlm_rcom *asked)
{
	struct dlm_rcom_config config = { .lvblen = U32_MAX };
	struct dlm_wire_from from = { .lockspace = global_id, .nodeid = node->our_nodeid };
	u8 payload[DLM_WIRE_RCOM_CONFIG_SIZE];
	struct dlm_rcom rc = {
		.type = DLM_RCOM_STATUS_REPLY,
		.result = -ESRCH,
		.id = asked->id,
		.seq_reply = asked->seq,
	};
	struct dlm_frame *frame;

	frame = dlm_frame_alloc(dlm_wire_rcom_size(rc.type, sizeof(payload)), GFP_NOFS);
	if (!frame)
		return; /* the asker asks again */
	dlm_wire_put_rcom_config(payload, &config);
	frame->len = dlm_wire_encode_rcom(frame->data, frame->size, &from, &rc, payload,
					  sizeof(payload));
	dlm_peer_send(&node->peers, nodeid, frame, NULL);
}

void dlm_send_kick(struct dlm_lockspace *ls)
{
	dlm_peers_kick(&ls->node->peers);
}
