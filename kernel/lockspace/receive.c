// SPDX-License-Identifier: GPL-2.0
/*
 * Lock messages. Each handler fetches what is named (resource, lock), has ready what
 * the decision may need, takes the res_lock, looks at the gate, and hands over
 * to the cluster layer. Only the receiving worker of one peer and the drain of
 * saved messages call in here, each in order.
 */
#include "cluster/directory.h"
#include "cluster/master.h"
#include "cluster/owner.h"
#include "lockspace/device.h"
#include "lockspace/lock_entry.h"
#include "lockspace/lockspace.h"
#include "lockspace/memory.h"
#include "lockspace/message_queue.h"
#include "lockspace/node.h"
#include "lockspace/patience.h"
#include "lockspace/receive.h"
#include "lockspace/resource_table.h"
#include "lockspace/search.h"
#include "lockspace/send.h"
#include "lockspace/supply.h"
#include "trace/dlm_trace.h"

enum door {
	DOOR_OPEN,
	DOOR_CLOSED,   /* the gate: keep the message */
	DOOR_STRANGER, /* the sender is no member: drop it */
};

/* Where nothing sleeps: the answer holds until the res_lock (or RCU) is left. */
static enum door door(struct dlm_lockspace *ls, int from)
{
	const struct dlm_cluster *cl = &ls->cl;

	if (READ_ONCE(cl->gate) < DLM_GATE_DRAINING)
		return DOOR_CLOSED;
	if (!dlm_view_has(cl->view, from)) {
		ls->nr_strangers++;
		dlm_lockspace_log(ls, DLM_LOG_DEBUG, "message of node %d, which is no member",
				  from);
		return DOOR_STRANGER;
	}
	return DOOR_OPEN;
}

static u32 name_hash(const struct dlm_in *in)
{
	return dlm_resource_hash(in->name, min_t(size_t, in->name_len, DLM_RESNAME_MAXLEN));
}

/* An answer that concerns no lock of ours. */
static bool answer(struct dlm_lockspace *ls, int from, const struct dlm_in *in, int result)
{
	struct dlm_frame *frame = dlm_patient_frame(ls);
	enum door d;

	rcu_read_lock();
	dlm_sending_begin(frame);
	d = door(ls, from);
	if (d == DOOR_OPEN)
		dlm_master_refuse(&ls->cl, from, &in->msg, result);
	dlm_sending_end();
	rcu_read_unlock();
	return d != DOOR_CLOSED;
}

/* ---- from holders: REQUEST, LOOKUP ---- */

/* A record that was made for this message only. */
static bool untouched(const struct dlm_resource *res)
{
	return !(res->state & DLM_RES_ACTIVE) && !res->master && !dlm_resource_has_locks(res);
}

/* 0: this node is master and decides. Wire spec 6.5. */
static int admit(struct dlm_cluster *cl, struct dlm_resource *res, int from)
{
	int err;

	if (!untouched(res))
		return dlm_master_admit(cl, res, from);
	err = dlm_master_admit_absent(cl, res->hash, from);
	if (err)
		return err;
	res->master = cl->our_nodeid;
	res->state |= DLM_RES_ACTIVE;
	return 0;
}

/* res_lock held. true: @le is taken. */
static bool decide_request(struct dlm_lockspace *ls, struct dlm_resource_entry *re,
			   struct dlm_lock_entry *le, int from, const struct dlm_in *in)
{
	struct dlm_cluster *cl = &ls->cl;
	int err;

	dlm_resource_set_directory(re);
	err = admit(cl, &re->res, from);
	if (err) {
		dlm_master_refuse(cl, from, &in->msg, err);
		if (untouched(&re->res))
			dlm_resource_kill(re);
		return false;
	}
	dlm_lock_set_resource(le, re);
	dlm_lock_publish(le);
	dlm_master_request(cl, &le->lkb, from, &in->msg);
	if (!(le->lkb.state & DLM_LKB_GONE))
		dlm_lock_track(le);
	return true;
}

static bool receive_request(struct dlm_lockspace *ls, int from, const struct dlm_in *in)
{
	unsigned int supplies = DLM_SUPPLY_FRAME;
	struct dlm_resource_entry *re;
	struct dlm_lock_entry *le;
	bool taken = false;
	enum door d;

	if (in->flags & DLM_IN_NAME_TOO_LONG)
		return answer(ls, from, in, -EINVAL);
	if (in->msg.exflags & DLM_LKF_VALBLK)
		supplies |= DLM_SUPPLY_VALUE;
	le = dlm_patient_copy(ls, in->msg.exflags & DLM_LKF_VALBLK);
	re = dlm_patient_obtain_locked(ls, in->name, in->name_len, supplies);
	d = door(ls, from);
	if (d == DOOR_OPEN)
		taken = decide_request(ls, re, le, from, in);
	dlm_resource_unlock_sending(re);
	if (!taken) {
		dlm_copy_discard(ls, le);
		dlm_resource_put(re);
	}
	return d != DOOR_CLOSED;
}

enum lookup {
	LOOKUP_ANSWERED,
	LOOKUP_REQUEST, /* this node is the master: the message is a request */
	LOOKUP_CLOSED,
};

/* A name that is not for us is refused before a record is made for it. */
static enum lookup refuse_lookup(struct dlm_lockspace *ls, int from, const struct dlm_in *in)
{
	struct dlm_frame *frame = dlm_patient_frame(ls);
	enum lookup result = LOOKUP_REQUEST;
	enum door d;

	rcu_read_lock();
	dlm_sending_begin(frame);
	d = door(ls, from);
	if (d == DOOR_CLOSED)
		result = LOOKUP_CLOSED;
	else if (d == DOOR_STRANGER)
		result = LOOKUP_ANSWERED;
	else if (in->flags & DLM_IN_NAME_TOO_LONG ||
		 dlm_directory_refuses(&ls->cl, name_hash(in), from, &in->msg))
		result = LOOKUP_ANSWERED;
	dlm_sending_end();
	rcu_read_unlock();
	return result;
}

static enum lookup look_up(struct dlm_lockspace *ls, int from, const struct dlm_in *in)
{
	enum lookup result = LOOKUP_ANSWERED;
	struct dlm_resource_entry *re;
	enum door d;

	re = dlm_patient_obtain_locked(ls, in->name, in->name_len, DLM_SUPPLY_FRAME);
	d = door(ls, from);
	dlm_resource_set_directory(re);
	if (d == DOOR_CLOSED)
		result = LOOKUP_CLOSED;
	else if (d == DOOR_OPEN &&
		 dlm_directory_lookup(&ls->cl, &re->res, from, &in->msg) == DLM_LOOKUP_REQUEST)
		result = LOOKUP_REQUEST;
	dlm_resource_unlock_sending(re);
	dlm_resource_put(re);
	return result;
}

static bool receive_lookup(struct dlm_lockspace *ls, int from, const struct dlm_in *in)
{
	enum lookup result = refuse_lookup(ls, from, in);

	if (result == LOOKUP_REQUEST)
		result = look_up(ls, from, in);
	if (result == LOOKUP_REQUEST)
		return receive_request(ls, from, in);
	return result != LOOKUP_CLOSED;
}

/* ---- from holders: CONVERT, UNLOCK, CANCEL ---- */

/* A conversion may bring the first value block of a lock. */
static int supply_copy(struct dlm_lockspace *ls, struct dlm_lock_entry *le, const struct dlm_in *in)
{
	struct dlm_resource_entry *re = dlm_lock_resource(le);
	u8 *lvb;

	if (!(in->msg.exflags & DLM_LKF_VALBLK) || !ls->cl.lvblen || READ_ONCE(le->lkb.lvb) ||
	    !dlm_lkb_is_master_copy(&le->lkb))
		return 0;
	lvb = dlm_lvb_alloc(ls->cl.lvblen, GFP_NOFS);
	if (!lvb)
		return -ENOMEM;
	dlm_resource_lock(re);
	if (!le->lkb.lvb) {
		le->lkb.lvb = lvb;
		le->own_lvb = true;
		lvb = NULL;
	}
	dlm_resource_unlock(re);
	dlm_lvb_free(ls->cl.lvblen, lvb);
	return 0;
}

static bool receive_operation(struct dlm_lockspace *ls, int from, const struct dlm_in *in)
{
	struct dlm_lock_entry *le = dlm_lock_find(&ls->locks, in->msg.remid);
	unsigned int supplies = DLM_SUPPLY_FRAME;
	struct dlm_resource_entry *re;
	enum door d;

	if (!le)
		return answer(ls, from, in, -ENOENT);
	re = dlm_lock_resource(le);
	if (in->msg.exflags & DLM_LKF_VALBLK)
		supplies |= DLM_SUPPLY_VALUE;
	while (supply_copy(ls, le, in))
		dlm_patience();
	dlm_patient_lock(re, supplies);
	d = door(ls, from);
	if (d == DOOR_OPEN && (le->lkb.state & DLM_LKB_GONE))
		dlm_master_refuse(&ls->cl, from, &in->msg, -ENOENT);
	else if (d == DOOR_OPEN)
		dlm_master_operation(&ls->cl, &le->lkb, from, &in->msg, in->lvb, in->lvb_len);
	if (!(le->lkb.state & DLM_LKB_GONE))
		dlm_lock_track(le);
	dlm_resource_unlock_sending(re);
	dlm_lock_put(le);
	return d != DOOR_CLOSED;
}

/* ---- from masters ---- */

static void apply(struct dlm_cluster *cl, struct dlm_lkb *lkb, int from, const struct dlm_in *in)
{
	switch (in->msg.type) {
	case DLM_MSG_GRANT:
		dlm_owner_grant(cl, lkb, from, &in->msg, in->lvb, in->lvb_len);
		break;
	case DLM_MSG_BAST:
		dlm_owner_bast(cl, lkb, from, &in->msg);
		break;
	case DLM_MSG_LOOKUP_REPLY:
		dlm_owner_lookup_reply(cl, lkb, from, &in->msg);
		break;
	default:
		dlm_owner_reply(cl, lkb, from, &in->msg, in->lvb, in->lvb_len);
		break;
	}
}

/* Answers, GRANT, BAST: for the lock of ours that they name, if there is one. */
static bool receive_answer(struct dlm_lockspace *ls, int from, const struct dlm_in *in, u32 id)
{
	struct dlm_lock_entry *le = dlm_lock_find(&ls->locks, id);
	struct dlm_resource_entry *re;
	enum door d;

	if (!le)
		return true;
	re = dlm_lock_resource(le);
	/* What cannot be had is done without: the master has decided already. */
	dlm_patient_lock(re, DLM_SUPPLY_FRAME | DLM_SUPPLY_VALUE_IF_USED);
	d = door(ls, from);
	if (d == DOOR_OPEN && !(le->lkb.state & DLM_LKB_GONE))
		apply(&ls->cl, &le->lkb, from, in);
	if (!(le->lkb.state & DLM_LKB_GONE))
		dlm_lock_track(le);
	dlm_resource_unlock_sending(re);
	dlm_lock_put(le);
	return d != DOOR_CLOSED;
}

static bool receive_remove(struct dlm_lockspace *ls, int from, const struct dlm_in *in)
{
	struct dlm_resource_entry *re;
	enum door d;

	if (in->flags & DLM_IN_NAME_TOO_LONG)
		return true;
	re = dlm_resource_find(ls, in->name, in->name_len);
	if (!re)
		return true;
	dlm_resource_lock(re);
	d = door(ls, from);
	if (d == DOOR_OPEN && !(re->res.state & DLM_RES_DEAD) &&
	    dlm_directory_remove(&ls->cl, &re->res, from))
		dlm_resource_kill(re);
	dlm_resource_unlock(re);
	dlm_resource_put(re);
	return d != DOOR_CLOSED;
}

/* Orphans are dropped later: a peer does not keep us from hearing the others. */
static bool receive_purge(struct dlm_lockspace *ls, int from, const struct dlm_in *in)
{
	enum door d;
	int err;

	rcu_read_lock();
	d = door(ls, from);
	rcu_read_unlock();
	if (d != DOOR_OPEN)
		return d != DOOR_CLOSED;
	err = ls->node->devices->purge(ls, in->msg.pid);
	if (err)
		dlm_lockspace_log(ls, DLM_LOG_ERROR, "purge asked for by %d failed: %d", from, err);
	return true;
}

bool dlm_receive_msg(struct dlm_lockspace *ls, int from, const struct dlm_in *in)
{
	switch (in->msg.type) {
	case DLM_MSG_REQUEST:
		return receive_request(ls, from, in);
	case DLM_MSG_LOOKUP:
		return receive_lookup(ls, from, in);
	case DLM_MSG_CONVERT:
	case DLM_MSG_UNLOCK:
	case DLM_MSG_CANCEL:
		return receive_operation(ls, from, in);
	case DLM_MSG_REQUEST_REPLY:
	case DLM_MSG_CONVERT_REPLY:
	case DLM_MSG_UNLOCK_REPLY:
	case DLM_MSG_CANCEL_REPLY:
	case DLM_MSG_GRANT:
	case DLM_MSG_BAST:
		return receive_answer(ls, from, in, in->msg.remid);
	case DLM_MSG_LOOKUP_REPLY:
		return receive_answer(ls, from, in, in->msg.lkid);
	case DLM_MSG_REMOVE:
		return receive_remove(ls, from, in);
	case DLM_MSG_PURGE:
		return receive_purge(ls, from, in);
	default:
		return true; /* refused by the decoder */
	}
}

/* ---- the door ---- */

static void receive_in(struct dlm_lockspace *ls, int from, const struct dlm_in *in)
{
	if (in->hdr.cmd == DLM_CMD_RCOM) {
		dlm_receive_rcom(ls, from, in);
		return;
	}
	if (in->msg.type == DLM_WIRE_SEARCH) {
		dlm_search_receive(ls, from, in);
		return;
	}
	/* The gate may move between the two looks at it. */
	while (!dlm_saved_keep(ls, from, in))
		if (dlm_receive_msg(ls, from, in))
			return;
}

static void trace_in(const struct dlm_in *in)
{
	if (in->hdr.cmd == DLM_CMD_RCOM)
		trace_dlm_recv_rcom(in->seq, &in->hdr, &in->rcom, in->name,
				    in->name ? in->name_len : 0);
	else if (in->name)
		trace_dlm_recv_message(in->seq, &in->hdr, &in->msg, in->name, in->name_len);
	else
		trace_dlm_recv_message(in->seq, &in->hdr, &in->msg, in->lvb,
				       in->lvb ? in->lvb_len : 0);
}

static void receive(void *arg, int from, const struct dlm_in *in)
{
	struct dlm_node *node = arg;
	struct dlm_lockspace *ls = dlm_lockspace_enter_id(node, in->hdr.lockspace);

	trace_in(in);
	if (ls) {
		receive_in(ls, from, in);
		dlm_lockspace_leave(ls);
	} else if (in->hdr.cmd == DLM_CMD_RCOM && in->rcom.type == DLM_RCOM_STATUS) {
		dlm_send_not_ready(node, from, in->hdr.lockspace, &in->rcom);
	} else {
		node->nr_unknown++;
	}
}

const struct dlm_peers_ops dlm_receive_ops = {
	.receive = receive,
};
