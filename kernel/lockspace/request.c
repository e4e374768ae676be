// SPDX-License-Identifier: GPL-2.0
/*
 * From a caller's arguments to the cluster layer: check, make lock and record
 * ready, find or create the resource, take its lock, hand over.
 */
#include <linux/dlm.h>
#include <linux/sched.h>

#include "cluster/directory.h"
#include "cluster/family.h"
#include "cluster/owner.h"
#include "gen/dlm_flags.h"
#include "lockspace/family.h"
#include "lockspace/lock_entry.h"
#include "lockspace/lockspace.h"
#include "lockspace/memory.h"
#include "lockspace/patience.h"
#include "lockspace/request.h"
#include "lockspace/resource_table.h"
#include "lockspace/send.h"
#include "lockspace/supply.h"
#include "lockspace/user_lock.h"
#include "lockspace/watch.h"
#include "trace/dlm_trace.h"

static int check_args(const struct dlm_request_args *args)
{
	bool convert = args->flags & DLM_LKF_CONVERT;

	if (!convert && args->name_len > DLM_RESNAME_MAXLEN)
		return -EINVAL;
	if (!convert && args->name_len && !args->name)
		return -EINVAL;
	if (!convert && !args->parent_id && dlm_family_name_reserved(args->name, args->name_len))
		return -EINVAL;
	if (!args->ast || !args->lksb)
		return -EINVAL;
	return dlm_flags_check_lock(args->flags, args->mode, args->lksb->sb_lvbptr);
}

static void fill_op(struct dlm_op *op, const struct dlm_request_args *args, u8 kind)
{
	op->ast = args->ast;
	op->bast = args->bast;
	op->astarg = args->astarg;
	op->lksb = args->lksb;
	op->exflags = args->flags;
	op->mode = args->mode;
	op->kind = kind;
}

static void *value_buffer(struct dlm_lockspace *ls, const struct dlm_lksb *lksb)
{
	return ls->cl.lvblen ? lksb->sb_lvbptr : NULL;
}

u32 dlm_request_pid(void)
{
	return task_pid_nr(current);
}

/* ---- new locks ---- */

static void fill_lock(struct dlm_lockspace *ls, struct dlm_lkb *lkb,
		      const struct dlm_request_args *args)
{
	lkb->requested_mode = args->mode;
	lkb->exflags = args->flags;
	lkb->lvb = value_buffer(ls, args->lksb);
	lkb->ownpid = dlm_request_pid();
	lkb->flags = args->lock_flags;
	if (args->bast)
		lkb->state |= DLM_LKB_WANT_BAST;
}

static unsigned int supplies_for(const struct dlm_request_args *args)
{
	return args->flags & DLM_LKF_VALBLK ? DLM_SUPPLY_VALUE : 0;
}

static void attach(struct dlm_lock_entry *le, struct dlm_user_lock *user)
{
	if (!user)
		return;
	le->is_user = true;
	le->lkb.lksb = &user->lksb;
	user->le = le;
	refcount_inc(&le->refs);
}

/* An operation of a lock of user space was accepted. res_lock held. */
static void count_operation(const struct dlm_request_args *args)
{
	if (!args->user)
		return;
	args->user->op_nr++;
	if (args->op_nr)
		*args->op_nr = args->user->op_nr;
}

/* res_lock held; cannot fail. */
static void submit(struct dlm_lockspace *ls, struct dlm_resource_entry *re,
		   struct dlm_lock_entry *le, struct dlm_op *op)
{
	struct dlm_cluster *cl = &ls->cl;

	if (dlm_gate_open(cl, &re->res))
		dlm_resource_set_directory(re);
	dlm_lock_set_resource(le, re);
	dlm_lock_publish(le);
	dlm_owner_request(cl, &le->lkb, op);
	if (!(le->lkb.state & DLM_LKB_GONE))
		dlm_lock_track(le);
}

/* Find or make the resource of a sublock, below that of its parent. */
static struct dlm_resource_entry *obtain_below(struct dlm_lockspace *ls, struct dlm_lock_entry *le,
					       const struct dlm_request_args *args)
{
	u8 name[DLM_FAMILY_NAME_LEN];
	struct dlm_resource_entry *re;
	int err;

	err = dlm_family_attach(ls, le, args, name);
	if (err)
		return ERR_PTR(err);
	re = dlm_resource_obtain_locked(ls, name, sizeof(name), supplies_for(args));
	if (IS_ERR(re))
		dlm_family_detach(ls, le);
	return re;
}

static struct dlm_resource_entry *obtain(struct dlm_lockspace *ls, struct dlm_lock_entry *le,
					 const struct dlm_request_args *args)
{
	if (args->parent_id && dlm_lockspace_sublocks(ls))
		return obtain_below(ls, le, args);
	return dlm_resource_obtain_locked(ls, args->name, args->name_len, supplies_for(args));
}

static int request_new(struct dlm_lockspace *ls, const struct dlm_request_args *args)
{
	struct dlm_lock_entry *le = dlm_lock_alloc();
	struct dlm_resource_entry *re;
	struct dlm_op *op;
	int err;
	u32 id;

	if (!le)
		return -ENOMEM;
	err = dlm_lock_table_reserve(&ls->locks, le);
	if (err)
		goto err_free;
	err = dlm_watch_attach(ls, le, args->owner);
	if (err)
		goto err_table;
	trace_dlm_lock_start(ls->cl.global_id, le->lkb.id, args->mode, args->flags, args->name,
			     args->name_len);
	op = dlm_op_alloc(le, 0); /* the embedded one */
	fill_op(op, args, DLM_OP_REQUEST);
	fill_lock(ls, &le->lkb, args);
	re = obtain(ls, le, args);
	if (IS_ERR(re)) {
		err = PTR_ERR(re);
		goto err_id;
	}
	id = le->lkb.id;
	args->lksb->sb_lkid = id;
	attach(le, args->user);
	count_operation(args);
	submit(ls, re, le, op);
	dlm_resource_unlock_sending(re);
	trace_dlm_lock_end(ls->cl.global_id, id, args->mode, args->flags, 0, args->name,
			   args->name_len);
	return 0;

err_id:
	trace_dlm_lock_end(ls->cl.global_id, le->lkb.id, args->mode, args->flags, err, args->name,
			   args->name_len);
	dlm_watch_detach(ls, le);
err_table:
	dlm_lock_table_remove(&ls->locks, le);
err_free:
	dlm_object_free(DLM_OBJECT_LOCK, le);
	return err;
}

/* ---- conversions ---- */

/* A forced unlock that takes sublocks along waits for them. */
static bool waits_for_sublocks(const struct dlm_lkb *lkb, u32 flags)
{
	return (flags & DLM_LKF_FORCEUNLOCK) && (lkb->state & DLM_LKB_FAMILY);
}

/*
 * The caller may change its buffer once the call has returned. Its bytes are copied if
 * they will be written (it holds PW or EX) and the writing may happen later.
 */
static bool copies_value(struct dlm_lockspace *ls, const struct dlm_lkb *lkb, u32 flags,
			 const void *lvb)
{
	const struct dlm_cluster *cl = &ls->cl;

	return lvb && (flags & DLM_LKF_VALBLK) && lkb->granted_mode >= DLM_LOCK_PW &&
	       (!(dlm_is_master(cl, lkb->res) && dlm_gate_open(cl, lkb->res)) ||
		waits_for_sublocks(lkb, flags));
}

/* Of a lock that exists, room for the value only if it is needed. */
static struct dlm_op *patient_op(struct dlm_lockspace *ls, struct dlm_lock_entry *le, bool room)
{
	struct dlm_op *op;

	while (!(op = dlm_op_alloc(le, room ? ls->cl.lvblen : 0)))
		dlm_patience();
	return op;
}

/*
 * A record and the res_lock. Whether the record needs room for the value is certain only
 * under the lock: a second attempt after a wrong guess. Waits for memory: whoever holds a lock
 * counts on being able to convert it, to give it back and to take back what it waits for (gfs2
 * and ocfs2 stop the machine over an error).
 */
static struct dlm_op *op_and_lock(struct dlm_lockspace *ls, struct dlm_lock_entry *le, u32 flags,
				  const void *lvb, bool room, unsigned int supplies)
{
	struct dlm_resource_entry *re = dlm_lock_resource(le);
	struct dlm_op *op;

	room = room || copies_value(ls, &le->lkb, flags, lvb);
	for (;;) {
		op = patient_op(ls, le, room);
		dlm_patient_lock(re, supplies);
		if (room || !copies_value(ls, &le->lkb, flags | le->lkb.exflags, lvb))
			return op;
		dlm_resource_unlock_sending(re);
		dlm_op_free(le, op);
		room = true;
	}
}

static int convert(struct dlm_lockspace *ls, struct dlm_lock_entry *le,
		   const struct dlm_request_args *args)
{
	struct dlm_resource_entry *re = dlm_lock_resource(le);
	struct dlm_convert_args convert_args = {
		.mode = args->mode,
		.exflags = args->flags,
		.lvb = value_buffer(ls, args->lksb),
		.ownpid = dlm_request_pid(),
		.want_bast = args->bast,
		.value = args->value,
		.value_len = min(args->value_len, ls->cl.lvblen),
	};
	struct dlm_op *op;
	int err = -ENOENT;

	op = op_and_lock(ls, le, args->flags, convert_args.lvb, false, supplies_for(args));
	fill_op(op, args, DLM_OP_CONVERT);
	if (!(le->lkb.state & DLM_LKB_GONE)) {
		err = dlm_family_unlocking(ls, le) ? -EBUSY : 0;
		if (!err)
			err = dlm_owner_convert(&ls->cl, &le->lkb, op, &convert_args);
		if (!err)
			count_operation(args);
		dlm_lock_track(le);
	}
	dlm_resource_unlock_sending(re);
	if (err)
		dlm_op_free(le, op);
	return err;
}

/* With a reference. Neither kind of caller can touch a lock of the other kind. */
static struct dlm_lock_entry *find(struct dlm_lockspace *ls, u32 id,
				   const struct dlm_user_lock *user)
{
	struct dlm_lock_entry *le = dlm_lock_find(&ls->locks, id);

	if (le && dlm_user_lock(le) != user) {
		dlm_lock_put(le);
		le = NULL;
	}
	return le;
}

static int request_convert(struct dlm_lockspace *ls, const struct dlm_request_args *args)
{
	const struct dlm_resource *res;
	struct dlm_lock_entry *le;
	int err;

	if (!args->lksb)
		return -EINVAL;
	le = find(ls, args->lksb->sb_lkid, args->user);
	if (!le)
		return -ENOENT;
	res = le->lkb.res;
	trace_dlm_lock_start(ls->cl.global_id, le->lkb.id, args->mode, args->flags, res->name,
			     res->name_len);
	err = check_args(args);
	if (!err)
		err = convert(ls, le, args);
	trace_dlm_lock_end(ls->cl.global_id, le->lkb.id, args->mode, args->flags, err, res->name,
			   res->name_len);
	dlm_lock_put(le);
	return err;
}

int dlm_request_lock(struct dlm_lockspace *ls, const struct dlm_request_args *args)
{
	int err;

	if (args->flags & DLM_LKF_CONVERT) {
		err = request_convert(ls, args);
	} else {
		err = check_args(args);
		if (!err)
			err = request_new(ls, args);
	}
	dlm_send_kick(ls);
	return err;
}

/* ---- unlock and cancel ---- */

/* Functions, and the status block if none is given, are those of the last lock call. */
static void fill_unlock(struct dlm_lock_entry *le, struct dlm_op *op,
			const struct dlm_unlock_args *args)
{
	const struct dlm_op *last = le->lkb.op ? le->lkb.op : le->lkb.last_op;

	op->astarg = args->same_arg && last ? last->astarg : args->astarg;
	op->exflags = args->flags;
	op->kind = args->flags & DLM_LKF_CANCEL ? DLM_OP_CANCEL : DLM_OP_UNLOCK;
	op->status = args->status;
	op->lksb = args->lksb;
}

/* Does this unlock bring a value block of its own? */
static bool brings_value(struct dlm_lockspace *ls, const struct dlm_unlock_args *args)
{
	if (!ls->cl.lvblen || !(args->flags & DLM_LKF_VALBLK))
		return false;
	return args->value || (args->lksb && value_buffer(ls, args->lksb));
}

/* res_lock held. Beyond what was brought, the bytes are those of the lock's own buffer. */
static void fill_value(struct dlm_lockspace *ls, const struct dlm_lkb *lkb, struct dlm_op *op,
		       const struct dlm_unlock_args *args)
{
	u32 lvblen = ls->cl.lvblen;

	if (!args->value) {
		memcpy(op->lvb, args->lksb->sb_lvbptr, lvblen);
	} else {
		if (lkb->lvb)
			memcpy(op->lvb, lkb->lvb, lvblen);
		memcpy(op->lvb, args->value, min(args->value_len, lvblen));
	}
	op->has_lvb |= DLM_OP_LVB_KEPT;
}

/* res_lock held. The unlock is decided later, and the buffer may be another's by then. */
static void keep_value(struct dlm_lockspace *ls, const struct dlm_lkb *lkb, struct dlm_op *op)
{
	if (!lkb->lvb || (op->has_lvb & DLM_OP_LVB_KEPT) || !(op->has_lvb & DLM_OP_LVB_ROOM))
		return;
	memcpy(op->lvb, lkb->lvb, ls->cl.lvblen);
	op->has_lvb |= DLM_OP_LVB_KEPT;
}

/* res_lock held. */
static bool is_meant(const struct dlm_lock_entry *le, const struct dlm_unlock_args *args)
{
	if (le->lkb.state & DLM_LKB_GONE)
		return false;
	return !args->op_nr || args->op_nr == args->user->op_nr;
}

/* res_lock held, the lock is meant. Errors, or enum dlm_family_verdict: @op is taken. */
static int decide_unlock(struct dlm_lockspace *ls, struct dlm_lock_entry *le, struct dlm_op *op,
			 const struct dlm_unlock_args *args)
{
	struct dlm_lkb *lkb = &le->lkb;
	u32 old_id;
	int err;

	fill_unlock(le, op, args);
	if (brings_value(ls, args))
		fill_value(ls, lkb, op, args);
	/* Before the completion can run; a refused call leaves it as it was. */
	if (args->lksb) {
		old_id = args->lksb->sb_lkid;
		args->lksb->sb_lkid = lkb->id;
	}
	err = dlm_family_decide(ls, le, op, args->flags, dlm_request_pid());
	if (err == DLM_FAMILY_NOW)
		err = dlm_owner_unlock(&ls->cl, lkb, op, args->flags, dlm_request_pid());
	else if (err == DLM_FAMILY_LATER && lkb->granted_mode >= DLM_LOCK_PW)
		keep_value(ls, lkb, op);
	if (err < 0 && args->lksb)
		args->lksb->sb_lkid = old_id;
	if (!(lkb->state & DLM_LKB_GONE))
		dlm_lock_track(le);
	return err;
}

static int unlock(struct dlm_lockspace *ls, struct dlm_lock_entry *le,
		  const struct dlm_unlock_args *args);

/* A sublock goes with its parent; one that is being unlocked already goes by itself. */
static void force_sublock(struct dlm_lockspace *ls, struct dlm_lock_entry *le)
{
	const struct dlm_unlock_args args = { .flags = DLM_LKF_FORCEUNLOCK, .same_arg = true };

	unlock(ls, le, &args);
}

static int unlock(struct dlm_lockspace *ls, struct dlm_lock_entry *le,
		  const struct dlm_unlock_args *args)
{
	unsigned int supplies = args->flags & DLM_LKF_VALBLK ? DLM_SUPPLY_VALUE : 0;
	struct dlm_resource_entry *re = dlm_lock_resource(le);
	struct dlm_op *op;
	int err = -ENOENT;

	if (dlm_lkb_is_master_copy(&le->lkb))
		return -EINVAL;
	op = op_and_lock(ls, le, args->flags, READ_ONCE(le->lkb.lvb), brings_value(ls, args),
			 supplies);
	if (is_meant(le, args))
		err = decide_unlock(ls, le, op, args);
	dlm_resource_unlock_sending(re);
	if (err == DLM_FAMILY_LATER) {
		/* As deep as the tree is, DLM_FAMILY_DEPTH_MAX. */
		dlm_family_force(ls, le, force_sublock);
		return 0;
	}
	if (err)
		dlm_op_free(le, op);
	return err;
}

int dlm_request_unlock(struct dlm_lockspace *ls, const struct dlm_unlock_args *args)
{
	struct dlm_lock_entry *le = find(ls, args->id, args->user);
	const struct dlm_resource *res;
	int err;

	if (!le)
		return -ENOENT;
	res = le->lkb.res;
	trace_dlm_unlock_start(ls->cl.global_id, args->id, args->flags, res->name, res->name_len);
	err = dlm_flags_check_unlock(args->flags);
	if (!err)
		err = unlock(ls, le, args);
	trace_dlm_unlock_end(ls->cl.global_id, args->id, args->flags, err, res->name,
			     res->name_len);
	dlm_lock_put(le);
	dlm_send_kick(ls);
	return err;
}
