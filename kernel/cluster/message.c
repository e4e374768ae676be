// SPDX-License-Identifier: GPL-2.0
/*
 * Lock messages made from records (wire spec 4.4), handed to the shell to be
 * queued. Called under the resource's lock; all results are 0 or -ENOMEM, and
 * then nothing was queued.
 */
#include "cluster/message.h"

#define ASTS_COMPLETION 1
#define ASTS_BLOCKING	2

static void from_lock(const struct dlm_lkb *lkb, enum dlm_msg_type type, int other,
		      struct dlm_msg *m)
{
	*m = (struct dlm_msg){
		.type = type,
		.nodeid = other,
		.pid = lkb->ownpid,
		.lkid = lkb->id,
		.remid = lkb->remid,
		.exflags = lkb->exflags,
		.sbflags = lkb->sb_flags,
		.flags = lkb->flags,
		.lvbseq = lkb->lvbseq,
		.hash = lkb->res->hash,
		.status = lkb->queue,
		.grmode = lkb->granted_mode,
		.rqmode = lkb->requested_mode,
		.asts = ASTS_COMPLETION,
	};
	if (lkb->state & DLM_LKB_WANT_BAST)
		m->asts |= ASTS_BLOCKING;
}

/* Whoever waits for an answer has waited since now, and for this node. */
static void note_asked(struct dlm_cluster *cl, struct dlm_lkb *lkb, int node)
{
	lkb->holder = node;
	if (!lkb->nr_retries)
		lkb->since_us = cl->ops->now_us(cl);
}

int dlm_message_ask(struct dlm_cluster *cl, struct dlm_lkb *lkb, enum dlm_msg_type type, int node)
{
	const struct dlm_resource *res = lkb->res;
	struct dlm_msg m;

	note_asked(cl, lkb, node);
	from_lock(lkb, type, type == DLM_MSG_LOOKUP ? -1 : node, &m);
	return cl->ops->send_msg(cl, node, &m, res->name, res->name_len);
}

int dlm_message_operation(struct dlm_cluster *cl, struct dlm_lkb *lkb, enum dlm_msg_type type,
			  const void *lvb)
{
	int master = lkb->res->master;
	struct dlm_msg m;

	note_asked(cl, lkb, master);
	from_lock(lkb, type, master, &m);
	return cl->ops->send_msg(cl, master, &m, lvb, lvb ? cl->lvblen : 0);
}

static bool carries_value(const struct dlm_lkb *lkb, enum dlm_msg_type type)
{
	if (type != DLM_MSG_REQUEST_REPLY && type != DLM_MSG_CONVERT_REPLY && type != DLM_MSG_GRANT)
		return false;
	return lkb->lvb && (lkb->exflags & DLM_LKF_VALBLK);
}

int dlm_message_answer(struct dlm_cluster *cl, const struct dlm_lkb *lkb, enum dlm_msg_type type,
		       int result)
{
	bool value = carries_value(lkb, type);
	struct dlm_msg m;

	from_lock(lkb, type, lkb->holder, &m);
	m.result = result;
	return cl->ops->send_msg(cl, lkb->holder, &m, value ? lkb->lvb : NULL,
				 value ? cl->lvblen : 0);
}

int dlm_message_bast(struct dlm_cluster *cl, const struct dlm_lkb *lkb, int mode)
{
	struct dlm_msg m;

	from_lock(lkb, DLM_MSG_BAST, lkb->holder, &m);
	m.bastmode = mode;
	return cl->ops->send_msg(cl, lkb->holder, &m, NULL, 0);
}

static enum dlm_msg_type reply_type(u32 type)
{
	switch (type) {
	case DLM_MSG_CONVERT:
		return DLM_MSG_CONVERT_REPLY;
	case DLM_MSG_UNLOCK:
		return DLM_MSG_UNLOCK_REPLY;
	case DLM_MSG_CANCEL:
		return DLM_MSG_CANCEL_REPLY;
	default:
		return DLM_MSG_REQUEST_REPLY;
	}
}

int dlm_message_refusal(struct dlm_cluster *cl, int node, const struct dlm_msg *m, int result)
{
	struct dlm_msg reply = {
		.type = reply_type(m->type),
		.nodeid = node,
		.remid = m->lkid,
		.result = result,
	};

	return cl->ops->send_msg(cl, node, &reply, NULL, 0);
}

int dlm_message_lookup_reply(struct dlm_cluster *cl, int node, const struct dlm_msg *m, int master,
			     int result)
{
	struct dlm_msg reply = {
		.type = DLM_MSG_LOOKUP_REPLY,
		.nodeid = master,
		.lkid = m->lkid,
		.result = result,
	};

	return cl->ops->send_msg(cl, node, &reply, NULL, 0);
}

int dlm_message_remove(struct dlm_cluster *cl, const struct dlm_resource *res)
{
	struct dlm_msg m = {
		.type = DLM_MSG_REMOVE,
		.hash = res->hash,
	};

	return cl->ops->send_msg(cl, res->dir, &m, res->name, res->name_len);
}
