/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Records of POSIX locks between the kernel and the daemon: which answer
 * belongs to which request (control-plane.md 6.2, 6.3).
 */
#ifndef DLM_ABI_PLOCK_H
#define DLM_ABI_PLOCK_H

#include "platform/dlm_platform.h"

/* The header takes them for granted. */
struct file;
struct file_lock;
#include <linux/dlm_plock.h>

enum dlm_plock_match {
	DLM_PLOCK_NO,
	DLM_PLOCK_MAY, /* a daemon answers what does not wait in order: the oldest of these */
	DLM_PLOCK_YES,
};

void dlm_plock_set_version(struct dlm_plock_info *info);
/* -EINVAL: a version that we do not speak. */
int dlm_plock_check_version(const struct dlm_plock_info *info);

enum dlm_plock_match dlm_plock_match(const struct dlm_plock_info *asked,
				     const struct dlm_plock_info *answer);

#endif /* DLM_ABI_PLOCK_H */
