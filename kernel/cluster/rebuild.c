// SPDX-License-Identifier: GPL-2.0
/*
 * What recovery does to one resource: drop what the gone held, find the new
 * master, send own locks to it, and put value block and modes right at the end
 * (wire spec 8.4 to 8.6). Called by the shell's visits, and for the recovery
 * messages that concern one resource.
 *
 * A round may be interrupted anywhere: marks (DLM_RES_NEW_MASTER ...) stay until
 * the step that needs them has been completed, and each step can be repeated.
 */
#include "cluster/rebuild.h"
#include "cluster/directory.h"
#include "cluster/master.h"
#include "cluster/owner.h"
#include "core/engine.h"
#include "gen/dlm_modes.h"

#define LVB_ON_STACK 64 /* all known users have 32 or 64 */

static struct list_head *queue_of(struct dlm_resource *res, enum dlm_queue queue)
{
	switch (queue) {
	case DLM_QUEUE_GRANT:
		return &res->grant_queue;
	case DLM_QUEUE_CONVERT:
		return &res->convert_queue;
	default:
		return &res->wait_queue;
	}
}

static const enum dlm_queue all_queues[] = {
	DLM_QUEUE_GRANT,
	DLM_QUEUE_CONVERT,
	DLM_QUEUE_WAIT,
};

static void clear_rebuilt(struct dlm_resource *res)
{
	struct dlm_lkb *lkb;
	int i;

	for (i = 0; i < ARRAY_SIZE(all_queues); i++)
		list_for_each_entry(lkb, queue_of(res, all_queues[i]), queue_link)
			lkb->state &= ~DLM_LKB_REBUILT;
}

/*
 * Used by nothing but recorded requests: its master may have been told to forget it, or have
 * dropped it now. Who still masters it says so in its names.
 *
 * So does the master of what is in use, unless the last answers to this node are on their way, and
 * it has nothing left; or it was named in a round that was interrupted, and has not heard of
 * it. The directory node must know, since it sends others there.
 */
static void doubt_master(struct dlm_cluster *cl, struct dlm_resource *res)
{
	res->state &= ~DLM_RES_UNPROVEN;
	if (dlm_is_master(cl, res))
		return;
	if (!res->nr_locks && !res->nr_asked)
		res->master = 0;
	else if (!cl->nodir && res->dir == cl->our_nodeid)
		res->state |= DLM_RES_UNPROVEN;
}

bool dlm_rebuild_prepare(struct dlm_cluster *cl, struct dlm_resource *res)
{
	if (!(res->state & DLM_RES_ACTIVE))
		return false;
	res->dir = dlm_view_directory_node(cl->view, res->hash);
	res->recover_id = 0;
	clear_rebuilt(res);
	doubt_master(cl, res);
	return true;
}

/* 8.4 step 9a. */
static void drop_gone_copies(struct dlm_cluster *cl, struct dlm_resource *res)
{
	struct dlm_lkb *lkb, *next;
	int i;

	for (i = 0; i < ARRAY_SIZE(all_queues); i++) {
		list_for_each_entry_safe(lkb, next, queue_of(res, all_queues[i]), queue_link) {
			if (!dlm_lkb_is_master_copy(lkb) || !dlm_recover_is_gone(cl, lkb->holder))
				continue;
			if ((lkb->exflags & DLM_LKF_VALBLK) && lkb->granted_mode >= DLM_LOCK_PW)
				res->state |= DLM_RES_LVB_LOST;
			res->state |= DLM_RES_TRY_GRANT;
			dlm_engine_dequeue(res, lkb);
			cl->ops->lock_gone(cl, lkb);
		}
	}
}

/*
 * NODIR: mastery goes by hash, so every copy is sent again by its owner. Those that a
 * faster peer has sent in this very round stay.
 */
static void drop_old_copies(struct dlm_cluster *cl, struct dlm_resource *res)
{
	/* The value stays although all locks may leave for a moment. */
	u32 value = res->state & (DLM_RES_LVB_EXISTS | DLM_RES_LVB_INVALID);
	u32 lvbseq = res->lvbseq;
	struct dlm_lkb *lkb, *next;
	int i;

	for (i = 0; i < ARRAY_SIZE(all_queues); i++) {
		list_for_each_entry_safe(lkb, next, queue_of(res, all_queues[i]), queue_link) {
			if (!dlm_lkb_is_master_copy(lkb) || (lkb->state & DLM_LKB_REBUILT))
				continue;
			if ((lkb->exflags & DLM_LKF_VALBLK) && lkb->granted_mode >= DLM_LOCK_PW &&
			    dlm_recover_is_gone(cl, lkb->holder))
				res->state |= DLM_RES_LVB_LOST;
			dlm_engine_dequeue(res, lkb);
			cl->ops->lock_gone(cl, lkb);
		}
	}
	res->lvbseq = lvbseq;
	res->state |= value | DLM_RES_TRY_GRANT;
}

/* The counterpart's id, and whom the old master has told that it blocks. */
static void forget_master(struct dlm_resource *res)
{
	struct dlm_lkb *lkb;
	int i;

	res->told = DLM_LOCK_NL;
	for (i = 0; i < ARRAY_SIZE(all_queues); i++) {
		list_for_each_entry(lkb, queue_of(res, all_queues[i]), queue_link) {
			if (dlm_lkb_is_master_copy(lkb))
				continue;
			lkb->remid = 0;
			lkb->high_bast = DLM_LOCK_NL;
		}
	}
}

static void set_master(struct dlm_cluster *cl, struct dlm_resource *res, int master)
{
	if (master == cl->our_nodeid && res->master != cl->our_nodeid)
		res->state |= DLM_RES_BECAME_MASTER;
	if (master != cl->our_nodeid)
		res->state &= ~DLM_RES_BECAME_MASTER;
	res->master = master;
	res->state &= ~DLM_RES_UNPROVEN;
	res->state |= DLM_RES_NEW_MASTER;
	forget_master(res);
}

static int ask_directory(struct dlm_cluster *cl, struct dlm_resource *res, u32 recover_id,
			 u32 *nr_sent)
{
	struct dlm_rcom rc = {
		.type = DLM_RCOM_LOOKUP,
		.id = recover_id,
		.seq = cl->recover.epoch,
	};
	int err;

	err = cl->ops->send_rcom(cl, res->dir, &rc, res->name, res->name_len);
	if (err)
		return err;
	res->recover_id = recover_id;
	++*nr_sent;
	return 0;
}

static void choose_by_hash(struct dlm_cluster *cl, struct dlm_resource *res)
{
	drop_old_copies(cl, res);
	set_master(cl, res, res->dir);
}

/* No member masters it, as far as the directory node knows. */
static bool is_orphan(const struct dlm_cluster *cl, const struct dlm_resource *res)
{
	const u32 not_confirmed = DLM_RES_UNPROVEN | DLM_RES_NEW_MASTER;

	return dlm_recover_is_gone(cl, res->master) ||
	       (res->state & not_confirmed) == not_confirmed;
}

static int choose_by_directory(struct dlm_cluster *cl, struct dlm_resource *res, u32 recover_id,
			       u32 *nr_sent)
{
	bool orphaned;

	if (dlm_is_master(cl, res) || !res->master)
		return 0;
	orphaned = is_orphan(cl, res);
	if (!orphaned && !(res->state & DLM_RES_NEW_MASTER))
		return 0;

	if (res->dir != cl->our_nodeid)
		return ask_directory(cl, res, recover_id, nr_sent);
	set_master(cl, res, orphaned ? cl->our_nodeid : res->master);
	return 0;
}

int dlm_rebuild_masters(struct dlm_cluster *cl, struct dlm_resource *res, u32 recover_id,
			u32 *nr_sent)
{
	if (!cl->recover.neg)
		return 0;
	if (cl->nodir) {
		choose_by_hash(cl, res);
		return 0;
	}
	/* Also where another is master: copies may be left from a round that was interrupted. */
	drop_gone_copies(cl, res);
	return choose_by_directory(cl, res, recover_id, nr_sent);
}

/* The wire has modes as signed bytes and what is awaited as a message type. */
static void fill_lock(const struct dlm_resource *res, const struct dlm_lkb *lkb,
		      struct dlm_rcom_lock *rl)
{
	memset(rl, 0, sizeof(*rl));
	rl->ownpid = lkb->ownpid;
	rl->lkid = lkb->id;
	rl->exflags = lkb->exflags;
	rl->flags = lkb->flags;
	rl->lvbseq = lkb->lvbseq;
	rl->rqmode = lkb->requested_mode;
	rl->grmode = lkb->granted_mode;
	rl->status = lkb->queue;
	rl->asts = 1 | (lkb->state & DLM_LKB_WANT_BAST ? 2 : 0);
	/*
	 * Never the operation in flight: a stock master would take a conversion between PR
	 * and CW for half done (8.6.4). It is granted in its old mode and sent again.
	 */
	rl->wait_type = 0;
	rl->namelen = res->name_len;
	memcpy(rl->name, res->name, res->name_len);
}

static int send_lock(struct dlm_cluster *cl, struct dlm_resource *res, struct dlm_lkb *lkb)
{
	struct dlm_rcom rc = {
		.type = DLM_RCOM_LOCK,
		.id = lkb->id,
		.seq = cl->recover.epoch,
	};
	u8 buf[DLM_WIRE_RCOM_LOCK_SIZE + LVB_ON_STACK];
	size_t len = DLM_WIRE_RCOM_LOCK_SIZE;
	struct dlm_rcom_lock rl;
	u8 *payload = buf;
	int err;

	fill_lock(res, lkb, &rl);
	if (lkb->lvb && cl->lvblen)
		len += cl->lvblen;
	if (len > sizeof(buf)) {
		payload = kmalloc(len, GFP_NOWAIT);
		if (!payload)
			return -ENOMEM;
	}
	dlm_wire_put_rcom_lock(payload, &rl);
	if (len > DLM_WIRE_RCOM_LOCK_SIZE)
		memcpy(payload + DLM_WIRE_RCOM_LOCK_SIZE, lkb->lvb, cl->lvblen);
	err = cl->ops->send_rcom(cl, res->master, &rc, payload, len);
	if (payload != buf)
		kfree(payload);
	return err;
}

/*
 * Whoever was asked is still there, and does not master the name any more: it has the lock no
 * longer, and its answer to the unlock is on the way.
 */
static bool is_ending(const struct dlm_resource *res, const struct dlm_lkb *lkb)
{
	return lkb->nr_expected && lkb->holder != res->master;
}

int dlm_rebuild_locks(struct dlm_cluster *cl, struct dlm_resource *res, u32 *nr_sent)
{
	struct dlm_lkb *lkb;
	int i, err;

	if (!(res->state & DLM_RES_NEW_MASTER))
		return 0;
	if (dlm_is_master(cl, res)) {
		res->state &= ~DLM_RES_NEW_MASTER;
		return 0;
	}
	for (i = 0; i < ARRAY_SIZE(all_queues); i++) {
		list_for_each_entry(lkb, queue_of(res, all_queues[i]), queue_link) {
			if (dlm_lkb_is_master_copy(lkb) || is_ending(res, lkb))
				continue;
			err = send_lock(cl, res, lkb);
			if (err)
				return err;
			++*nr_sent;
		}
	}
	return 0;
}

int dlm_rebuild_lock_again(struct dlm_cluster *cl, struct dlm_lkb *lkb)
{
	return send_lock(cl, lkb->res, lkb);
}

int dlm_rebuild_lock_reply(struct dlm_cluster *cl, struct dlm_lkb *lkb, int from,
			   const struct dlm_in *in)
{
	if (dlm_lkb_is_master_copy(lkb) || lkb->res->master != from) {
		cl->nr_dropped++;
		return 0;
	}
	switch (in->lock.result) {
	case 0:
	case -EEXIST:
		lkb->remid = in->lock.remid;
		return 0;
	case -EBADR:
		return -EAGAIN;
	default:
		return in->lock.result < 0 ? in->lock.result : -EPROTO;
	}
}

struct dlm_lkb *dlm_rebuild_find_copy(struct dlm_resource *res, int from, u32 remid)
{
	struct dlm_lkb *lkb;
	int i;

	for (i = 0; i < ARRAY_SIZE(all_queues); i++)
		list_for_each_entry(lkb, queue_of(res, all_queues[i]), queue_link)
			if (dlm_lkb_is_master_copy(lkb) && lkb->holder == from &&
			    lkb->remid == remid)
				return lkb;
	return NULL;
}

static bool is_middle(int a, int b)
{
	return (a == DLM_LOCK_PR && b == DLM_LOCK_CW) || (a == DLM_LOCK_CW && b == DLM_LOCK_PR);
}

/* The lock as its owner describes it becomes a master copy; fresh has its id already. */
static void take_copy(struct dlm_cluster *cl, struct dlm_resource *res, struct dlm_lkb *lkb,
		      int from, const struct dlm_in *in)
{
	const struct dlm_rcom_lock *rl = &in->lock;

	lkb->state |= DLM_LKB_MASTER_COPY | DLM_LKB_REBUILT;
	if (rl->asts & 2)
		lkb->state |= DLM_LKB_WANT_BAST;
	lkb->holder = from;
	lkb->remid = rl->lkid;
	lkb->ownpid = rl->ownpid;
	lkb->exflags = rl->exflags;
	lkb->flags = rl->flags & DLM_WIRE_FLAG_MASK;
	lkb->lvbseq = rl->lvbseq;
	lkb->granted_mode = rl->grmode;
	lkb->requested_mode = rl->rqmode;
	if (lkb->lvb && (lkb->exflags & DLM_LKF_VALBLK) && in->lvb)
		memcpy(lkb->lvb, in->lvb, min_t(size_t, in->lvb_len, cl->lvblen));

	if (rl->status == DLM_QUEUE_CONVERT &&
	    (rl->grmode == DLM_LOCK_IV || is_middle(rl->grmode, rl->rqmode))) {
		/* What it holds is known when all locks are here (8.6.4). */
		lkb->granted_mode = DLM_LOCK_IV;
		res->state |= DLM_RES_RESOLVE;
	}
	if (rl->status == DLM_QUEUE_GRANT)
		lkb->requested_mode = DLM_LOCK_IV;
	if (cl->nodir && !res->master) {
		/* Made by this message: no visit has found out who masters it. */
		res->master = cl->our_nodeid;
		res->state |= DLM_RES_BECAME_MASTER;
	}
	res->state |= DLM_RES_ACTIVE;
	dlm_engine_enqueue(res, lkb, rl->status);
	if (rl->status != DLM_QUEUE_GRANT)
		res->state |= DLM_RES_TRY_GRANT;
}

/*
 * NODIR: the owner has given up what was under way and will send it again, so a copy that this
 * round's visit has yet to drop must not go on waiting, and be granted behind the owner's back.
 */
static bool is_old_copy(const struct dlm_cluster *cl, const struct dlm_lkb *existing)
{
	return cl->nodir && !(existing->state & DLM_LKB_REBUILT);
}

static void drop_old_copy(struct dlm_cluster *cl, struct dlm_resource *res, struct dlm_lkb *lkb)
{
	dlm_engine_dequeue(res, lkb);
	cl->ops->lock_gone(cl, lkb);
	res->state |= DLM_RES_TRY_GRANT;
}

bool dlm_rebuild_lock(struct dlm_cluster *cl, struct dlm_resource *res, struct dlm_lkb *existing,
		      struct dlm_lkb *fresh, int from, const struct dlm_in *in)
{
	struct dlm_rcom rc = {
		.type = DLM_RCOM_LOCK_REPLY,
		.id = in->rcom.id,
		.seq = cl->recover.epoch,
		.seq_reply = in->rcom.seq,
	};
	struct dlm_rcom_lock rl = in->lock;
	u8 payload[DLM_WIRE_RCOM_LOCK_SIZE];
	bool taken = false;

	rl.remid = 0;
	if (res)
		res->dir = dlm_view_directory_node(cl->view, res->hash);
	if (in->flags & DLM_IN_PARENT) {
		rl.result = -EOPNOTSUPP;
	} else if (in->flags & (DLM_IN_NAME_TOO_LONG | DLM_IN_BAD_LOCK)) {
		rl.result = -EINVAL;
	} else if (!res || (cl->nodir && res->dir != cl->our_nodeid)) {
		rl.result = -EBADR;
	} else if (existing && !is_old_copy(cl, existing)) {
		existing->state |= DLM_LKB_REBUILT;
		rl.result = -EEXIST;
		rl.remid = existing->id;
	} else if (in->lvb_len > cl->lvblen) {
		rl.result = -EINVAL;
	} else {
		take_copy(cl, res, fresh, from, in);
		/* In this order: with the last lock the value would go. */
		if (existing)
			drop_old_copy(cl, res, existing);
		rl.result = 0;
		rl.remid = fresh->id;
		taken = true;
	}
	dlm_wire_put_rcom_lock(payload, &rl);
	/* Cannot fail: the shell holds a frame ready for the first message of a call. */
	cl->ops->send_rcom(cl, from, &rc, payload, sizeof(payload));
	return taken;
}

static void send_lookup_reply(struct dlm_cluster *cl, int to, const struct dlm_rcom *to_rc,
			      int result)
{
	struct dlm_rcom rc = {
		.type = DLM_RCOM_LOOKUP_REPLY,
		.result = result,
		.id = to_rc->id,
		.seq = cl->recover.epoch,
		.seq_reply = to_rc->seq,
	};

	cl->ops->send_rcom(cl, to, &rc, NULL, 0);
}

void dlm_rebuild_lookup_refuse(struct dlm_cluster *cl, int from, const struct dlm_rcom *rc)
{
	send_lookup_reply(cl, from, rc, -EINVAL);
}

/*
 * This node has asked the master that the directory names, which has not said that it is. Sent to a
 * node that has no record, the asker's locks would come back for ever. One of ours takes no
 * mastership from the request once it has been saved; the in-tree module does.
 */
static bool is_doubtful(const struct dlm_cluster *cl, const struct dlm_resource *res)
{
	return (res->state & DLM_RES_UNPROVEN) && !res->nr_locks &&
	       dlm_features_of(cl, res->master);
}

void dlm_rebuild_lookup(struct dlm_cluster *cl, struct dlm_resource *res, int from,
			const struct dlm_rcom *rc)
{
	if (!res->master)
		res->master = from;
	else if (is_orphan(cl, res) || is_doubtful(cl, res))
		set_master(cl, res, from);
	dlm_directory_tells(res, from);
	send_lookup_reply(cl, from, rc, res->master);
}

void dlm_rebuild_lookup_reply(struct dlm_cluster *cl, struct dlm_resource *res,
			      const struct dlm_rcom *rc)
{
	res->recover_id = 0;
	/* Neither 0 nor an error number names a member. */
	if (!dlm_view_has(cl->view, rc->result)) {
		dlm_recover_fail(cl, rc->result < 0 ? rc->result : -EPROTO);
		return;
	}
	set_master(cl, res, rc->result);
}

static bool is_pr_or_cw(int mode)
{
	return mode == DLM_LOCK_PR || mode == DLM_LOCK_CW;
}

/* An own lock knows the mode that it had when it asked, not what the old master made of it. */
static bool is_unresolved(const struct dlm_resource *res, const struct dlm_lkb *lkb)
{
	if (lkb->granted_mode == DLM_LOCK_IV)
		return true;
	return (res->state & DLM_RES_BECAME_MASTER) &&
	       is_middle(lkb->granted_mode, lkb->requested_mode);
}

/* 8.6.3 item 1. All who hold PR or CW hold the same. */
static void resolve_conversions(struct dlm_resource *res)
{
	struct dlm_lkb *lkb;
	int mode = DLM_LOCK_IV;

	list_for_each_entry(lkb, &res->grant_queue, queue_link) {
		if (is_pr_or_cw(lkb->granted_mode)) {
			mode = lkb->granted_mode;
			break;
		}
	}
	list_for_each_entry(lkb, &res->convert_queue, queue_link) {
		if (!is_unresolved(res, lkb))
			continue;
		dlm_engine_set_granted(res, lkb, mode == DLM_LOCK_IV ? lkb->requested_mode : mode);
		if (is_pr_or_cw(lkb->granted_mode))
			mode = lkb->granted_mode;
		res->state |= DLM_RES_TRY_GRANT;
	}
}

/*
 * Before anything else is decided: a cancel that finds such a lock waiting would leave its owner
 * with another mode than the one it holds here. The GRANTs leave when the gate is open, one each.
 */
static void grant_resolved(struct dlm_cluster *cl, struct dlm_resource *res)
{
	struct dlm_cluster_sink cs;
	struct dlm_lkb *lkb;

	dlm_cluster_sink_init(&cs, cl);
	cs.hold_grants = true;
	dlm_engine_grant_held(res, &cs.sink);
	list_for_each_entry(lkb, &res->grant_queue, queue_link)
		if (lkb->state & DLM_LKB_GRANT_UNSENT)
			cl->ops->defer(cl, lkb, 0);
}

static bool counts_for_value(const struct dlm_lkb *lkb)
{
	return (lkb->exflags & DLM_LKF_VALBLK) && lkb->lvb;
}

static struct dlm_lkb *writer_with_value(struct list_head *queue)
{
	struct dlm_lkb *lkb;

	list_for_each_entry(lkb, queue, queue_link)
		if (counts_for_value(lkb) && lkb->granted_mode > DLM_LOCK_CR)
			return lkb;
	return NULL;
}

static void newest_value(struct list_head *queue, struct dlm_lkb **best)
{
	struct dlm_lkb *lkb;

	list_for_each_entry(lkb, queue, queue_link) {
		if (!counts_for_value(lkb))
			continue;
		if (!*best || (s32)(lkb->lvbseq - (*best)->lvbseq) >= 0)
			*best = lkb;
	}
}

static void take_value(struct dlm_cluster *cl, struct dlm_resource *res, const struct dlm_lkb *lkb)
{
	if (!res->lvb)
		return;
	memcpy(res->lvb, lkb->lvb, cl->lvblen);
	res->lvbseq = lkb->lvbseq;
	res->state |= DLM_RES_LVB_EXISTS;
}

/* An own lock's last read said that the value was not valid (lock-semantics 12.9-b). */
static bool known_invalid(struct dlm_resource *res)
{
	struct dlm_lkb *lkb;

	list_for_each_entry(lkb, &res->grant_queue, queue_link)
		if (!dlm_lkb_is_master_copy(lkb) && counts_for_value(lkb) &&
		    (lkb->sb_flags & DLM_SBF_VALNOTVALID))
			return true;
	return false;
}

/* lock-semantics 12.9, master gone. */
static void rebuild_value(struct dlm_cluster *cl, struct dlm_resource *res)
{
	struct dlm_lkb *lkb;

	if (!cl->lvblen)
		return;
	lkb = writer_with_value(&res->grant_queue);
	if (!lkb)
		lkb = writer_with_value(&res->convert_queue);
	if (lkb) {
		take_value(cl, res, lkb);
		res->state &= ~DLM_RES_LVB_INVALID;
		if (known_invalid(res))
			res->state |= DLM_RES_LVB_INVALID;
		return;
	}
	newest_value(&res->grant_queue, &lkb);
	newest_value(&res->convert_queue, &lkb);
	if (lkb)
		take_value(cl, res, lkb);
	/* Nobody kept it, or only those who may not have seen the last write. */
	res->state |= DLM_RES_LVB_INVALID;
}

void dlm_rebuild_finish(struct dlm_cluster *cl, struct dlm_resource *res)
{
	bool resolve;

	if (!dlm_is_master(cl, res)) {
		res->state &= ~(DLM_RES_LVB_INVALID | DLM_RES_NEW_MASTER | DLM_RES_BECAME_MASTER |
				DLM_RES_LVB_LOST | DLM_RES_RESOLVE | DLM_RES_TRY_GRANT);
		return;
	}
	resolve = res->state & (DLM_RES_RESOLVE | DLM_RES_BECAME_MASTER);
	if (resolve)
		resolve_conversions(res);
	if (res->state & DLM_RES_BECAME_MASTER)
		rebuild_value(cl, res);
	else if (res->state & DLM_RES_LVB_LOST)
		res->state |= DLM_RES_LVB_INVALID;
	if ((res->state & DLM_RES_BECAME_MASTER) &&
	    !(list_empty(&res->convert_queue) && list_empty(&res->wait_queue)))
		res->state |= DLM_RES_TRY_GRANT;
	if (resolve)
		grant_resolved(cl, res);
	clear_rebuilt(res);
	res->state &=
		~(DLM_RES_NEW_MASTER | DLM_RES_BECAME_MASTER | DLM_RES_LVB_LOST | DLM_RES_RESOLVE);
}

static void grant_as_master(struct dlm_cluster *cl, struct dlm_resource *res)
{
	if (res->state & DLM_RES_TRY_GRANT) {
		res->state &= ~DLM_RES_TRY_GRANT;
		dlm_master_grant_pass(cl, res, DLM_PASS_RECOVERY);
	}
	if (!list_empty(&res->lookup_list))
		dlm_owner_settle(cl, res);
}

void dlm_rebuild_grant(struct dlm_cluster *cl, struct dlm_resource *res)
{
	if (dlm_is_master(cl, res))
		grant_as_master(cl, res);
	dlm_directory_idle(cl, res);
}
