// SPDX-License-Identifier: GPL-2.0
/*
 * Locking through a lockspace's device (control-plane.md 5.5, lock-semantics 16).
 *
 * A lock is found by its id alone, whoever has it: its callbacks go to the file
 * that owns it.
 */
#include <linux/sched/mm.h>

#include "cluster/detect.h"
#include "lockspace/lock_entry.h"
#include "lockspace/lockspace.h"
#include "lockspace/orphan.h"
#include "lockspace/request.h"
#include "user/space_file.h"
#include "user/timeout.h"

/*
 * Completions of one lock that nobody reads take memory. A program that does not
 * read any is told that its operations are outstanding.
 */
#define DUE_MOST 1024

/* Functions are a mark here: callbacks are fetched, never called. */
static void wanted_ast(void *astarg)
{
}

static void wanted_bast(void *astarg, int mode)
{
}

/*
 * Who would be stuck if this lock is not granted: whoever gives out the number, on whatever node,
 * or the process.
 */
static u64 owner_key(const struct dlm_abi_lock *request)
{
	if (request->xid)
		return request->xid | DLM_OWNER_EVERYWHERE;
	return task_tgid_nr(current);
}

static struct dlm_request_args args_of(const struct dlm_abi_lock *request)
{
	return (struct dlm_request_args){
		.mode = request->mode,
		.flags = request->flags,
		.name = request->name,
		.name_len = request->name_len,
		.ast = wanted_ast,
		.bast = request->callbacks.bastaddr ? wanted_bast : NULL,
		.lock_flags = DLM_IFL_USER,
		.owner = owner_key(request),
		.parent_id = request->parent,
	};
}

/* ---- new locks ---- */

static int lock_new(struct dlm_space_file *file, const struct dlm_abi_lock *request,
		    struct dlm_timeout *timeout)
{
	struct dlm_request_args args = args_of(request);
	struct dlm_held *held;
	u32 op_nr;
	int err, id;

	held = dlm_held_alloc(file->ls, request);
	if (!held)
		return -ENOMEM;
	held->user.collector = &file->collector;
	atomic_set(&held->nr_due, 1);
	if (request->flags & DLM_LKF_VALBLK)
		dlm_held_use_lvb(held);
	args.lksb = &held->user.lksb;
	args.user = &held->user;
	args.op_nr = &op_nr;
	err = dlm_request_lock(file->ls, &args);
	if (err) {
		dlm_held_free(held);
		return err;
	}
	id = held->user.lksb.sb_lkid;
	refcount_inc(&held->user.le->refs);
	dlm_held_join(held, &file->held);
	dlm_timeout_arm(held, timeout, op_nr);
	dlm_lock_put(held->user.le);
	return id;
}

/* ---- conversions ---- */

static struct dlm_held *find(struct dlm_space_file *file, u32 id)
{
	struct dlm_lock_entry *le = dlm_lock_find(&file->ls->locks, id);

	if (!le)
		return NULL;
	if (!le->is_user) {
		dlm_lock_put(le);
		return NULL;
	}
	return dlm_held(dlm_user_lock(le));
}

static void put(struct dlm_held *held)
{
	dlm_lock_put(held->user.le);
}

/* The new addresses have to be there when the completion comes, which may be at once. */
static int convert(struct dlm_space_file *file, struct dlm_held *held,
		   const struct dlm_abi_lock *request, struct dlm_timeout *timeout)
{
	struct dlm_request_args args = args_of(request);
	struct dlm_abi_callbacks old, mine;
	u32 op_nr;
	int err;

	args.lksb = &held->user.lksb;
	args.user = &held->user;
	args.op_nr = &op_nr;
	if (request->flags & DLM_LKF_VALBLK) {
		dlm_held_use_lvb(held);
		args.value = request->lvb;
		args.value_len = DLM_USER_LVB_LEN;
	}
	atomic_inc(&held->nr_due);
	dlm_held_set_callbacks(held, &request->callbacks, &old);
	err = dlm_request_lock(file->ls, &args);
	if (err) {
		dlm_held_set_callbacks(held, &old, &mine);
		atomic_dec(&held->nr_due);
	} else {
		WRITE_ONCE(held->user.xid, request->xid);
		WRITE_ONCE(held->user.group, task_tgid_nr(current));
		dlm_timeout_arm(held, timeout, op_nr);
	}
	return err;
}

static int lock_convert(struct dlm_space_file *file, const struct dlm_abi_lock *request,
			struct dlm_timeout *timeout)
{
	struct dlm_held *held = find(file, request->lkid);
	int err = -EBUSY;

	if (!held)
		return -ENOENT;
	if (atomic_read(&held->nr_due) < DUE_MOST)
		err = convert(file, held, request, timeout);
	put(held);
	return err;
}

/* ---- adoption ---- */

struct adoption {
	struct dlm_space_file *file;
	const struct dlm_abi_lock *request;
};

static struct dlm_lksb *take(struct dlm_user_lock *user, const void *arg)
{
	const struct adoption *adoption = arg;
	const struct dlm_abi_lock *request = adoption->request;
	struct dlm_held *held = dlm_held(user);
	struct dlm_abi_callbacks old;

	if (!dlm_held_leave(held, adoption->file->orphans))
		return NULL;
	dlm_held_set_callbacks(held, &request->callbacks, &old);
	if (request->flags & DLM_LKF_VALBLK)
		dlm_held_use_lvb(held);
	atomic_set(&held->nr_due, 0);
	WRITE_ONCE(user->xid, request->xid);
	WRITE_ONCE(user->group, task_tgid_nr(current));
	return &held->user.lksb;
}

static int lock_adopt(struct dlm_space_file *file, const struct dlm_abi_lock *request)
{
	struct adoption adoption = { .file = file, .request = request };
	struct dlm_request_args args = args_of(request);
	struct dlm_user_lock *user;
	int err, id;

	err = dlm_orphan_adopt(file->ls, &args, &file->collector, take, &adoption, &user);
	if (err)
		return err;
	id = user->le->lkb.id;
	dlm_held_join(dlm_held(user), &file->held);
	return id;
}

static int lock(struct dlm_space_file *file, const struct dlm_abi_lock *request)
{
	bool converts = request->flags & DLM_LKF_CONVERT;
	struct dlm_timeout *timeout;
	int result;

	if (!request->callbacks.castaddr || !request->callbacks.lksb)
		return -EINVAL;
	if (!converts && (request->flags & DLM_LKF_ORPHAN))
		return lock_adopt(file, request);
	timeout = dlm_timeout_alloc(request, file->ls, file->users);
	if (IS_ERR(timeout))
		return PTR_ERR(timeout);
	result = converts ? lock_convert(file, request, timeout) : lock_new(file, request, timeout);
	if (result < 0)
		dlm_timeout_free(timeout);
	return result;
}

/* ---- unlock and cancel ---- */

static int unlock(struct dlm_space_file *file, const struct dlm_abi_lock *request, u32 flags,
		  int status)
{
	struct dlm_unlock_args args = {
		.id = request->lkid,
		.flags = flags,
		.status = status,
	};
	struct dlm_held *held;
	int err;

	held = find(file, request->lkid);
	if (!held)
		return -ENOENT;
	args.user = &held->user;
	if (flags & DLM_LKF_VALBLK) {
		args.value = request->lvb;
		args.value_len = DLM_USER_LVB_LEN;
	}
	/* They replace the others even if the call fails. */
	dlm_held_set_lksb(held, request->callbacks.lksb, request->callbacks.castparam);
	err = dlm_request_unlock(file->ls, &args);
	put(held);
	return err;
}

/* ---- the calls ---- */

typedef int (*call_fn)(struct dlm_space_file *file, const struct dlm_abi_lock *request);

static int within_lockspace(struct dlm_space_file *file, const struct dlm_abi_lock *request,
			    call_fn call)
{
	unsigned int noio;
	int result;

	if (!dlm_lockspace_use(file->ls))
		return -ENOENT;
	noio = memalloc_noio_save();
	result = call(file, request);
	memalloc_noio_restore(noio);
	dlm_lockspace_leave(file->ls);
	return result;
}

static int plain_unlock(struct dlm_space_file *file, const struct dlm_abi_lock *request)
{
	return unlock(file, request, request->flags, 0);
}

static int deadlock(struct dlm_space_file *file, const struct dlm_abi_lock *request)
{
	return unlock(file, request, request->flags | DLM_LKF_CANCEL, -EDEADLK);
}

int dlm_space_lock(struct dlm_space_file *file, const struct dlm_abi_lock *request)
{
	return within_lockspace(file, request, lock);
}

int dlm_space_unlock(struct dlm_space_file *file, const struct dlm_abi_lock *request)
{
	return within_lockspace(file, request, plain_unlock);
}

int dlm_space_deadlock(struct dlm_space_file *file, const struct dlm_abi_lock *request)
{
	return within_lockspace(file, request, deadlock);
}
