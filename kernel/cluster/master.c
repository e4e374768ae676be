// SPDX-License-Identifier: GPL-2.0
/*
 * The master's side of other nodes' locks (wire spec 6.5, 6.9, 6.10): who may
 * make us master, operations that arrive, grants and blocking callbacks that
 * leave. What is decided is never undone for want of memory: an unsent GRANT or
 * BAST stays with the lock until it can be sent.
 */
#include "cluster/master.h"
#include "cluster/decide.h"
#include "cluster/directory.h"
#include "cluster/issue.h"
#include "cluster/message.h"
#include "cluster/outcome.h"
#include "cluster/route.h"
#include "gen/dlm_modes.h"

#define ASTS_BLOCKING 2

/* ---- who decides ---- */

/*
 * We have told the directory node to forget the name, and that crossed its request. A request that
 * was saved may be of an older view, where the sender kept no directory and asked for it: the
 * master that it has found out meanwhile may be another. It asks again.
 */
static bool directory_says_so(const struct dlm_cluster *cl, u32 hash, int from)
{
	return dlm_view_directory_node(cl->view, hash) == from && cl->gate != DLM_GATE_DRAINING;
}

int dlm_master_admit_absent(const struct dlm_cluster *cl, u32 hash, int from)
{
	if (dlm_view_directory_node(cl->view, hash) == cl->our_nodeid)
		return 0;
	if (cl->nodir)
		return -ENOTBLK;
	return directory_says_so(cl, hash, from) ? 0 : -EBADR;
}

int dlm_master_admit(struct dlm_cluster *cl, struct dlm_resource *res, int from)
{
	if (cl->nodir && !res->master)
		res->master = dlm_view_directory_node(cl->view, res->hash);
	if (!dlm_is_master(cl, res)) {
		if (cl->nodir || !directory_says_so(cl, res->hash, from))
			return -ENOTBLK;
		DLM_PROBE("mastership_from_directory");
		res->master = cl->our_nodeid;
		res->state &= ~DLM_RES_UNCERTAIN;
	}
	dlm_directory_activate(cl, res);
	return 0;
}

/* ---- operations that arrive ---- */

static void note_wishes(struct dlm_lkb *lkb, const struct dlm_msg *m)
{
	lkb->exflags = m->exflags;
	lkb->flags = m->flags & DLM_WIRE_FLAG_MASK;
	lkb->sb_flags = 0;
	lkb->state &= ~DLM_LKB_WANT_BAST;
	if (m->asts & ASTS_BLOCKING)
		lkb->state |= DLM_LKB_WANT_BAST;
	lkb->requested_mode = m->rqmode;
}

static void drop_copy(struct dlm_cluster *cl, struct dlm_lkb *lkb)
{
	lkb->state &= ~DLM_LKB_GRANT_UNSENT;
	lkb->state |= DLM_LKB_GONE;
	lkb->bast_unsent = 0;
	cl->ops->lock_gone(cl, lkb);
}

void dlm_master_request(struct dlm_cluster *cl, struct dlm_lkb *lkb, int from,
			const struct dlm_msg *m)
{
	struct dlm_resource *res = lkb->res;

	lkb->state |= DLM_LKB_MASTER_COPY;
	lkb->holder = from;
	lkb->remid = m->lkid;
	lkb->ownpid = m->pid;
	note_wishes(lkb, m);
	if (dlm_mode_valid(m->rqmode))
		dlm_decide_request(cl, lkb);
	else
		dlm_master_refuse(cl, from, m, -EINVAL);
	if (lkb->queue == DLM_QUEUE_NONE)
		drop_copy(cl, lkb);
	dlm_route_finish(cl, res);
}

/* The bytes of the owner become those of the copy; what did not come stays as it was. */
static const void *take_value(struct dlm_lkb *lkb, const void *lvb, size_t len)
{
	if (!(lkb->exflags & DLM_LKF_VALBLK) || !lvb || !len || !lkb->lvb)
		return NULL;
	memcpy(lkb->lvb, lvb, min_t(size_t, len, lkb->res->lvblen));
	return lkb->lvb;
}

static void arrive_convert(struct dlm_cluster *cl, struct dlm_lkb *lkb, const struct dlm_msg *m,
			   const void *lvb, size_t len)
{
	if (lkb->queue != DLM_QUEUE_GRANT || !dlm_mode_valid(m->rqmode)) {
		dlm_message_answer(cl, lkb, DLM_MSG_CONVERT_REPLY, -EBUSY);
		return;
	}
	note_wishes(lkb, m);
	lkb->lvbseq = m->lvbseq;
	lvb = take_value(lkb, lvb, len);
	dlm_decide_convert(cl, lkb, lvb);
}

/*
 * The owner has not heard yet that its lock gave way in a conversion deadlock and was granted
 * again. What it offers is the value of the mode that it had before; others may have written since.
 */
static bool offers_old_value(const struct dlm_lkb *lkb, const struct dlm_msg *m)
{
	return (lkb->sb_flags & DLM_SBF_DEMOTED) && m->grmode != lkb->granted_mode;
}

static void arrive_unlock(struct dlm_cluster *cl, struct dlm_lkb *lkb, const struct dlm_msg *m,
			  const void *lvb, size_t len)
{
	lkb->exflags = m->exflags;
	lkb->flags = m->flags & DLM_WIRE_FLAG_MASK;
	lvb = offers_old_value(lkb, m) ? NULL : take_value(lkb, lvb, len);
	dlm_decide_unlock(cl, lkb, lvb);
	drop_copy(cl, lkb);
}

static void arrive_cancel(struct dlm_cluster *cl, struct dlm_lkb *lkb, const struct dlm_msg *m)
{
	bool granted = lkb->queue == DLM_QUEUE_GRANT;
	u8 of_grant = lkb->sb_flags;

	lkb->exflags = m->exflags;
	lkb->flags = m->flags & DLM_WIRE_FLAG_MASK;
	lkb->sb_flags = 0;
	dlm_decide_cancel(cl, lkb);
	/* The GRANT may not have left yet. */
	if (granted)
		lkb->sb_flags = of_grant;
	if (lkb->queue == DLM_QUEUE_NONE)
		drop_copy(cl, lkb);
}

/* 4.7: the record is that holder's, and of the same kind. */
static bool belongs_to(const struct dlm_lkb *lkb, int from, const struct dlm_msg *m)
{
	if (!dlm_lkb_is_master_copy(lkb) || lkb->holder != from)
		return false;
	if ((m->flags & DLM_IFL_USER) && !(lkb->flags & DLM_IFL_USER))
		return false;
	return !m->hash || m->hash == lkb->res->hash;
}

void dlm_master_operation(struct dlm_cluster *cl, struct dlm_lkb *lkb, int from,
			  const struct dlm_msg *m, const void *lvb, size_t len)
{
	struct dlm_resource *res = lkb->res;

	if (m->lkid != lkb->remid) {
		dlm_master_refuse(cl, from, m, -ENOENT);
		return;
	}
	if (!belongs_to(lkb, from, m)) {
		cl->nr_dropped++;
		cl->ops->log(cl, DLM_LOG_DEBUG, "%s from node %d for lock %x ignored",
			     dlm_msg_type_name(m->type), from, lkb->id);
		return;
	}
	switch (m->type) {
	case DLM_MSG_CONVERT:
		arrive_convert(cl, lkb, m, lvb, len);
		break;
	case DLM_MSG_UNLOCK:
		arrive_unlock(cl, lkb, m, lvb, len);
		break;
	case DLM_MSG_CANCEL:
		arrive_cancel(cl, lkb, m);
		break;
	}
	dlm_route_finish(cl, res);
}

void dlm_master_refuse(struct dlm_cluster *cl, int from, const struct dlm_msg *m, int result)
{
	if (dlm_message_refusal(cl, from, m, result))
		cl->ops->log(cl, DLM_LOG_ERROR, "no memory for the reply to node %d", from);
}

/* ---- grants and blocking callbacks that leave ---- */

static void send_grant(struct dlm_cluster *cl, struct dlm_lkb *lkb)
{
	if (!dlm_message_answer(cl, lkb, DLM_MSG_GRANT, 0)) {
		lkb->state &= ~DLM_LKB_GRANT_UNSENT;
		return;
	}
	DLM_PROBE("grant_unsent");
	lkb->state |= DLM_LKB_GRANT_UNSENT;
	cl->ops->defer(cl, lkb, DLM_RETRY_MS);
}

static void send_bast(struct dlm_cluster *cl, struct dlm_lkb *lkb, int mode)
{
	/* Not before the GRANT that it follows. */
	if (!(lkb->state & DLM_LKB_GRANT_UNSENT) && !dlm_message_bast(cl, lkb, mode)) {
		lkb->bast_unsent = 0;
		return;
	}
	DLM_PROBE("bast_unsent");
	lkb->bast_unsent = max_t(u8, lkb->bast_unsent, mode + 1);
	cl->ops->defer(cl, lkb, DLM_RETRY_MS);
}

void dlm_master_deferred(struct dlm_cluster *cl, struct dlm_lkb *lkb)
{
	if (lkb->state & DLM_LKB_GRANT_UNSENT)
		send_grant(cl, lkb);
	if (lkb->bast_unsent && !(lkb->state & DLM_LKB_GRANT_UNSENT))
		send_bast(cl, lkb, lkb->bast_unsent - 1);
}

static struct dlm_cluster_sink *sink_of(struct dlm_sink *sink)
{
	return container_of(sink, struct dlm_cluster_sink, sink);
}

static void lock_granted(struct dlm_sink *sink, struct dlm_lkb *lkb)
{
	struct dlm_cluster_sink *cs = sink_of(sink);

	if (!dlm_lkb_is_master_copy(lkb)) {
		dlm_outcome_granted(cs->cl, lkb);
		return;
	}
	lkb->since_us = cs->cl->ops->now_us(cs->cl);
	if (cs->hold_grants) {
		lkb->state |= DLM_LKB_GRANT_UNSENT;
		cs->nr_held++;
		return;
	}
	send_grant(cs->cl, lkb);
}

static void lock_blocks(struct dlm_sink *sink, struct dlm_lkb *lkb, int mode)
{
	struct dlm_cluster *cl = sink_of(sink)->cl;

	if (dlm_lkb_is_master_copy(lkb))
		send_bast(cl, lkb, mode);
	else
		cl->ops->blocking(cl, lkb, mode);
}

void dlm_cluster_sink_init(struct dlm_cluster_sink *cs, struct dlm_cluster *cl)
{
	*cs = (struct dlm_cluster_sink){
		.sink = { .granted = lock_granted, .blocking = lock_blocks },
		.cl = cl,
	};
}

void dlm_master_grant_pass(struct dlm_cluster *cl, struct dlm_resource *res, enum dlm_pass pass)
{
	struct dlm_cluster_sink cs;

	dlm_cluster_sink_init(&cs, cl);
	dlm_engine_grant_pass(res, pass, &cs.sink);
}
