// SPDX-License-Identifier: GPL-2.0
/*
 * Reading callbacks (control-plane.md 5.6).
 */
#include <linux/compat.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#include "abi/result.h"
#include "lockspace/lock_entry.h"
#include "lockspace/lockspace.h"
#include "trace/dlm_trace.h"
#include "user/space_file.h"

static void trace(const struct dlm_space_file *file, const struct dlm_collected *got)
{
	const struct dlm_lkb *lkb = &got->le->lkb;
	const struct dlm_resource *res = lkb->res;
	const struct dlm_callback *cb = &got->cb;
	u32 ls_id = file->ls->cl.global_id;

	if (cb->ast)
		trace_dlm_ast(ls_id, lkb->id, cb->sb_flags, cb->status, res->name, res->name_len);
	else
		trace_dlm_bast(ls_id, lkb->id, cb->mode, res->name, res->name_len);
}

/* The next callback that is for the program; false: there is none. */
static bool next_result(struct dlm_space_file *file, struct dlm_abi_result *result)
{
	struct dlm_collected got;
	bool found = false;

	while (!found && dlm_collect_next(&file->collector, &got)) {
		found = dlm_held_result(&got, result);
		if (found)
			trace(file, &got);
		dlm_collect_done(&got);
	}
	return found;
}

static int wait_for_one(struct dlm_space_file *file, bool wait)
{
	if (!wait)
		return dlm_collector_empty(&file->collector) ? -EAGAIN : 0;
	return wait_event_interruptible(file->collector.wait,
					!dlm_collector_empty(&file->collector));
}

ssize_t dlm_space_read(struct dlm_space_file *file, char __user *buf, size_t count, bool wait)
{
	struct dlm_abi_result result;
	u8 record[DLM_ABI_RESULT_MAX];
	bool is64bit;
	size_t length;
	int err;

	/* Of a 32-bit program also before its first request, which another thread may make. */
	if (count < dlm_abi_result_size(!READ_ONCE(file->compat) && !in_compat_syscall()))
		return -EINVAL;
	do {
		err = wait_for_one(file, wait);
		if (err)
			return err;
		/* The request that is answered now came before: it has said what it is. */
		is64bit = !READ_ONCE(file->compat);
		if (count < dlm_abi_result_size(is64bit))
			return -EINVAL;
		/* A callback that has been fetched cannot be put back. */
		if (clear_user(buf, min_t(size_t, count, sizeof(record))))
			return -EFAULT;
	} while (!next_result(file, &result));

	length = dlm_abi_put_result(&result, is64bit, count, record);
	if (copy_to_user(buf, record, length))
		return -EFAULT;
	return length;
}
