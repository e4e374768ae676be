// SPDX-License-Identifier: GPL-2.0
/*
 * dlm_lock() and dlm_unlock(): the exported locking calls. They speak to the
 * initial node; a handle of nothing is found out by its look-up.
 */
#include <linux/dlm.h>
#include <linux/export.h>
#include <linux/sched/mm.h>

#include "lockspace/lockspace.h"
#include "lockspace/node.h"
#include "lockspace/request.h"

/**
 * dlm_lock() - ask for a new lock, or convert a granted one
 * @lockspace: handle from dlm_new_lockspace()
 * @mode: wanted mode, DLM_LOCK_NL .. DLM_LOCK_EX
 * @lksb: status block, the caller's memory, in use until the lock's last completion has run. A new
 *	lock's id is in sb_lkid before the call returns and before any callback runs; a
 *	conversion finds its lock by it. sb_lvbptr, if not NULL, points to the value block
 *	buffer of lvblen bytes
 * @flags: DLM_LKF_ bits; unknown ones are kept with the lock
 * @name: name of the resource, any bytes, copied; ignored by conversions
 * @namelen: length of @name in bytes, 0 .. DLM_RESNAME_MAXLEN
 * @parent_lkid: 0, or the id of a granted lock of this node: the new lock becomes its sublock, on a
 *	resource that is named below the parent's resource; ignored by conversions
 * @ast: completion function. Process context, no lock of ours held, may sleep (which delays
 *	callbacks of this lock only) and make any locking call
 * @astarg: argument of @ast and @bast
 * @bast: blocking function, called with the mode that this lock blocks, or NULL. A conversion
 *	replaces all of @lksb, @ast, @astarg and @bast
 *
 * Context: process context; may sleep for memory. Hold no lock that @ast takes.
 * Return: 0 means that @ast runs exactly once, unless the lock is unlocked before; anything else
 * means that nothing was done. %-EINVAL: bad handle or argument. %-ENOENT: no lock with the id
 * in @lksb, or no parent. %-EBUSY: the lock to be converted is not granted, or has an operation in
 * flight; the parent holds no mode, or is being unlocked. %-ENOMEM; %-ENOSPC: no free lock id;
 * neither for conversions. A request that is refused (NOQUEUE, deadlock) says so in the status
 * block.
 * Note: source: in-tree dlm 6.1 (signature, errors), OpenVMS $ENQ (queue order).
 */
int dlm_lock(dlm_lockspace_t *lockspace, int mode, struct dlm_lksb *lksb, u32 flags,
	     const void *name, unsigned int namelen, u32 parent_lkid, void (*ast)(void *astarg),
	     void *astarg, void (*bast)(void *astarg, int mode))
{
	struct dlm_lockspace *ls = dlm_lockspace_enter(dlm_initial_node, lockspace);
	struct dlm_request_args args = {
		.mode = mode,
		.flags = flags,
		.lksb = lksb,
		.name = name,
		.name_len = namelen,
		.ast = ast,
		.astarg = astarg,
		.bast = bast,
		.parent_id = parent_lkid,
	};
	unsigned int noio;
	int err;

	if (!ls)
		return -EINVAL;
	noio = memalloc_noio_save();
	err = dlm_request_lock(ls, &args);
	memalloc_noio_restore(noio);
	dlm_lockspace_leave(ls);
	return err;
}
EXPORT_SYMBOL_GPL(dlm_lock);

/**
 * dlm_unlock() - give a lock back, or cancel what it waits for
 * @lockspace: handle from dlm_new_lockspace()
 * @lkid: id of the lock
 * @flags: DLM_LKF_VALBLK, IVVALBLK, FORCEUNLOCK; or CANCEL with the first two. They are added to
 *	those of the lock's last dlm_lock()
 * @lksb: status block of this completion; NULL for the one of the last dlm_lock()
 * @astarg: argument of the completion, also when NULL
 *
 * The completion function is that of the last dlm_lock(). An unlock completes with -DLM_EUNLOCK,
 * which is the last callback of the lock; a cancel with -DLM_ECANCEL if it came in time, else
 * not at all.
 *
 * Context: process context; may sleep for memory.
 * Return: 0: accepted. %-EINVAL: bad handle, flags, or state. %-ENOENT: no such lock. %-EBUSY:
 * an operation is in flight, and neither CANCEL nor FORCEUNLOCK was given. %-ENOTEMPTY: it has
 * sublocks; FORCEUNLOCK unlocks them first, each with its own completion.
 * Note: source: in-tree dlm 6.1 (signature, errors), OpenVMS $DEQ.
 */
int dlm_unlock(dlm_lockspace_t *lockspace, u32 lkid, u32 flags, struct dlm_lksb *lksb, void *astarg)
{
	struct dlm_lockspace *ls = dlm_lockspace_enter(dlm_initial_node, lockspace);
	struct dlm_unlock_args args = {
		.id = lkid,
		.flags = flags,
		.lksb = lksb,
		.astarg = astarg,
	};
	unsigned int noio;
	int err;

	if (!ls)
		return -EINVAL;
	noio = memalloc_noio_save();
	err = dlm_request_unlock(ls, &args);
	memalloc_noio_restore(noio);
	dlm_lockspace_leave(ls);
	return err;
}
EXPORT_SYMBOL_GPL(dlm_unlock);
