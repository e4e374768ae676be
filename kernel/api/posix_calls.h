/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the exported calls for POSIX locks do. Names no type that its includer has
 * not made visible (see posix.c).
 */
#ifndef DLM_API_POSIX_CALLS_H
#define DLM_API_POSIX_CALLS_H

#include <linux/dlm.h>

struct file;
struct file_lock;

int dlm_posix_do_lock(dlm_lockspace_t *lockspace, u64 number, struct file *file, int cmd,
		      struct file_lock *fl);
int dlm_posix_do_unlock(dlm_lockspace_t *lockspace, u64 number, struct file *file,
			struct file_lock *fl);
int dlm_posix_do_get(dlm_lockspace_t *lockspace, u64 number, struct file *file,
		     struct file_lock *fl);

#endif /* DLM_API_POSIX_CALLS_H */
