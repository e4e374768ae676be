// SPDX-License-Identifier: GPL-2.0
/*
 * Locks that change their owner or lose him.
 */
#include <linux/dlm.h>

#include "gen/dlm_flags.h"
#include "lockspace/collect.h"
#include "lockspace/lock_entry.h"
#include "lockspace/lockspace.h"
#include "lockspace/orphan.h"
#include "lockspace/resource_table.h"
#include "lockspace/user_lock.h"

enum dlm_fate dlm_orphan_leave(struct dlm_user_lock *user)
{
	struct dlm_lock_entry *le = user->le;
	struct dlm_resource_entry *re = dlm_lock_resource(le);
	enum dlm_fate fate;

	dlm_resource_lock(re);
	fate = dlm_orphan_fate(&le->lkb);
	if (fate == DLM_FATE_ORPHAN || fate == DLM_FATE_ORPHAN_BUSY)
		le->lkb.flags |= DLM_IFL_ORPHAN;
	dlm_resource_unlock(re);
	return fate;
}

/* The functions are in the record of the last completion, from which blocking callbacks come. */
static void replace_functions(struct dlm_lkb *lkb, const struct dlm_request_args *args)
{
	struct dlm_op *last = lkb->last_op;

	if (!last)
		return;
	last->ast = args->ast;
	last->bast = args->bast;
	last->astarg = args->astarg;
	last->lksb = args->lksb;
}

static void adopt(struct dlm_lkb *lkb, const struct dlm_request_args *args,
		  struct dlm_collector *collector, u32 lvblen)
{
	struct dlm_lock_entry *le = dlm_lock_entry(lkb);

	lkb->flags &= ~DLM_IFL_ORPHAN;
	lkb->exflags = args->flags & ~DLM_LKF_FORCEUNLOCK;
	lkb->ownpid = dlm_request_pid();
	lkb->lvb = lvblen ? args->lksb->sb_lvbptr : NULL;
	lkb->lksb = args->lksb;
	lkb->state &= ~DLM_LKB_WANT_BAST;
	if (args->bast)
		lkb->state |= DLM_LKB_WANT_BAST;
	spin_lock(&le->cb_lock);
	replace_functions(lkb, args);
	dlm_user_lock(le)->collector = collector;
	spin_unlock(&le->cb_lock);
}

int dlm_orphan_adopt(struct dlm_lockspace *ls, const struct dlm_request_args *args,
		     struct dlm_collector *collector, dlm_orphan_take_fn take, const void *arg,
		     struct dlm_user_lock **user)
{
	struct dlm_request_args mine = *args;
	struct dlm_resource_entry *re;
	struct dlm_lkb *lkb;
	int err;

	if (args->name_len > DLM_RESNAME_MAXLEN)
		return -EINVAL;
	/* The value block, if one is wanted, has its buffer. */
	err = dlm_flags_check_lock(args->flags, args->mode, true);
	if (err)
		return err;
	re = dlm_resource_find(ls, args->name, args->name_len);
	if (!re)
		return -ENOENT;
	dlm_resource_lock(re);
	lkb = dlm_orphan_find(&re->res, args->mode, &err);
	if (lkb) {
		*user = dlm_user_lock(dlm_lock_entry(lkb));
		mine.lksb = take(*user, arg);
		err = mine.lksb ? 0 : -ENOENT;
	}
	if (!err)
		adopt(lkb, &mine, collector, ls->cl.lvblen);
	dlm_resource_unlock(re);
	dlm_resource_put(re);
	return err;
}

static void unlock(struct dlm_lockspace *ls, struct dlm_user_lock *user, u32 flags)
{
	struct dlm_unlock_args args = {
		.id = user->le->lkb.id,
		.flags = flags,
		.user = user,
	};

	/* Whatever refuses it ends the lock, or has found nothing to do. */
	dlm_request_unlock(ls, &args);
}

void dlm_orphan_unlock(struct dlm_lockspace *ls, struct dlm_user_lock *user)
{
	unlock(ls, user, DLM_LKF_FORCEUNLOCK | DLM_LKF_IVVALBLK);
}

void dlm_orphan_cancel(struct dlm_lockspace *ls, struct dlm_user_lock *user)
{
	unlock(ls, user, DLM_LKF_CANCEL);
}
