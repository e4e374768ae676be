// SPDX-License-Identifier: GPL-2.0
/*
 * POSIX locks of cluster file systems: from the VFS's file_lock to a request to the
 * daemon, and from its answer to the VFS (control-plane.md 6.4).
 */
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/slab.h>

#include "api/posix_calls.h"
#include "lockspace/lockspace.h"
#include "lockspace/node.h"
#include "lockspace/plock.h"

/* A request; of an asynchronous one also what its answer is for. */
struct posix_request {
	struct dlm_plock plock; /* first */
	struct file *file;	/* with a reference */
	struct file_lock *fl;	/* the lock manager's */
	struct file_lock copy;
	int (*grant)(struct file_lock *fl, int result);
};

static struct dlm_plocks *plocks(void)
{
	return &dlm_initial_node->plocks;
}

static int global_id(dlm_lockspace_t *lockspace, u32 *id)
{
	struct dlm_lockspace *ls = dlm_lockspace_enter(dlm_initial_node, lockspace);

	if (!ls)
		return -EINVAL;
	*id = dlm_lockspace_id(ls);
	dlm_lockspace_leave(ls);
	return 0;
}

static struct posix_request *make_request(dlm_lockspace_t *lockspace, u64 number,
					  const struct file_lock *fl, u8 optype)
{
	struct posix_request *request;
	u32 fsid;
	int err;

	err = global_id(lockspace, &fsid);
	if (err)
		return ERR_PTR(err);
	request = kzalloc(sizeof(*request), GFP_NOFS);
	if (!request)
		return ERR_PTR(-ENOMEM);
	dlm_plock_init(&request->plock);
	request->plock.info = (struct dlm_plock_info){
		.optype = optype,
		.ex = fl->fl_type == F_WRLCK,
		.pid = fl->fl_pid,
		.fsid = fsid,
		.number = number,
		.start = fl->fl_start,
		.end = fl->fl_end,
		.owner = (unsigned long)fl->fl_owner,
	};
	return request;
}

/* Whoever locks gets 0 or an error: other numbers would mean something else to the VFS. */
static int result_of(const struct dlm_plock_info *info)
{
	if (info->rv > 0 || info->rv < -MAX_ERRNO)
		return -EIO;
	return info->rv;
}

/* 0: answered. -ERESTARTSYS: killed. The request is gone, its answer in @info. */
static int ask(struct posix_request *request, struct dlm_plock_info *info)
{
	int err = dlm_plock_ask(plocks(), &request->plock);

	if (err)
		return err;
	*info = request->plock.info;
	kfree(request);
	return 0;
}

/*
 * The cluster has granted it: what the VFS knows is for /proc/locks and for the close. If it
 * knows a lock in conflict, nobody is to wait for that one.
 */
static void record(struct file *file, struct file_lock *fl, u64 number)
{
	unsigned int flags = fl->fl_flags;
	int err;

	fl->fl_flags &= ~FL_SLEEP;
	err = posix_lock_file(file, fl, NULL);
	fl->fl_flags = flags;
	if (err)
		pr_err_ratelimited("dlm: lock of inode %llx not recorded: %d\n", number, err);
}

/* ---- lock ---- */

/* The cluster has it, nobody wants it: taken back everywhere. */
static void undo(struct posix_request *request)
{
	pr_err_ratelimited("dlm: lock of inode %llx granted to nobody\n",
			   request->plock.info.number);
	request->copy.fl_type = F_UNLCK;
	posix_lock_file(request->file, &request->copy, NULL);
	request->plock.info.optype = DLM_PLOCK_OP_UNLOCK;
	request->plock.info.flags = DLM_PLOCK_FL_CLOSE;
	request->plock.info.wait = 0;
	request->plock.done = NULL;
	dlm_plock_post(plocks(), &request->plock);
}

/* The answer to a lock manager. */
static void granted_or_not(struct dlm_plock *op)
{
	struct posix_request *request = container_of(op, struct posix_request, plock);
	struct file *file = request->file;
	int rv = result_of(&op->info);

	if (rv) {
		request->grant(request->fl, rv);
		kfree(request);
	} else {
		record(file, &request->copy, op->info.number);
		if (request->grant(request->fl, 0))
			undo(request);
		else
			kfree(request);
	}
	fput(file);
}

static int lock_deferred(struct posix_request *request, struct file *file, struct file_lock *fl)
{
	request->file = get_file(file);
	request->fl = fl;
	request->grant = fl->fl_lmops->lm_grant;
	locks_init_lock(&request->copy);
	locks_copy_conflock(&request->copy, fl);
	request->copy.fl_flags = fl->fl_flags & ~FL_SLEEP;
	request->copy.fl_file = file;
	/* Without the manager's functions: its own lock is @fl. */
	request->copy.fl_lmops = NULL;
	request->copy.fl_ops = NULL;
	request->plock.done = granted_or_not;
	dlm_plock_post(plocks(), &request->plock);
	return FILE_LOCK_DEFERRED;
}

int dlm_posix_do_lock(dlm_lockspace_t *lockspace, u64 number, struct file *file, int cmd,
		      struct file_lock *fl)
{
	struct posix_request *request;
	struct dlm_plock_info info;
	int rv;

	request = make_request(lockspace, number, fl, DLM_PLOCK_OP_LOCK);
	if (IS_ERR(request))
		return PTR_ERR(request);
	request->plock.info.wait = cmd == F_SETLKW;
	if (fl->fl_lmops && fl->fl_lmops->lm_grant)
		return lock_deferred(request, file, fl);
	rv = ask(request, &info);
	if (rv)
		return rv;
	rv = result_of(&info);
	if (!rv)
		record(file, fl, number);
	return rv;
}

/* ---- unlock ---- */

/* -ENOENT: there was none. */
static int forget(struct file *file, struct file_lock *fl, u64 number)
{
	unsigned int flags = fl->fl_flags;
	int err;

	fl->fl_flags |= FL_EXISTS;
	err = locks_lock_file_wait(file, fl);
	fl->fl_flags = flags;
	if (err && err != -ENOENT)
		pr_err_ratelimited("dlm: unlock of inode %llx in the VFS: %d\n", number, err);
	return err;
}

int dlm_posix_do_unlock(dlm_lockspace_t *lockspace, u64 number, struct file *file,
			struct file_lock *fl)
{
	struct posix_request *request;
	struct dlm_plock_info info;
	int rv;

	request = make_request(lockspace, number, fl, DLM_PLOCK_OP_UNLOCK);
	if (IS_ERR(request))
		return PTR_ERR(request);
	if (forget(file, fl, number) == -ENOENT) {
		kfree(request);
		return 0;
	}
	if (fl->fl_flags & FL_CLOSE) {
		request->plock.info.flags = DLM_PLOCK_FL_CLOSE;
		dlm_plock_post(plocks(), &request->plock);
		return 0;
	}
	rv = ask(request, &info);
	if (rv)
		return rv;
	rv = result_of(&info);
	return rv == -ENOENT ? 0 : rv;
}

/* ---- get ---- */

static void describe(struct file_lock *fl, const struct dlm_plock_info *info)
{
	locks_init_lock(fl);
	fl->fl_type = info->ex ? F_WRLCK : F_RDLCK;
	fl->fl_flags = FL_POSIX;
	fl->fl_pid = info->nodeid == dlm_initial_node->our_nodeid ? info->pid : -info->pid;
	fl->fl_start = info->start;
	fl->fl_end = info->end;
}

int dlm_posix_do_get(dlm_lockspace_t *lockspace, u64 number, struct file *file,
		     struct file_lock *fl)
{
	struct posix_request *request;
	struct dlm_plock_info info;
	int rv;

	request = make_request(lockspace, number, fl, DLM_PLOCK_OP_GET);
	if (IS_ERR(request))
		return PTR_ERR(request);
	rv = ask(request, &info);
	if (rv)
		return rv;
	if (info.rv > 0) {
		describe(fl, &info);
		return 0;
	}
	rv = result_of(&info);
	if (rv && rv != -ENOENT)
		return rv;
	fl->fl_type = F_UNLCK;
	return 0;
}
