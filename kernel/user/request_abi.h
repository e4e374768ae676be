/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What all devices that take struct dlm_write_request share: the version and the
 * head of a request, checked (control-plane.md 5.2, 5.3).
 */
#ifndef DLM_USER_REQUEST_ABI_H
#define DLM_USER_REQUEST_ABI_H

#include <linux/fs.h>
#include <linux/types.h>

/* Longest request: 120 bytes and a resource name. */
#define DLM_REQUEST_MAX	 (120 + 64)
#define DLM_REQUEST_BODY 16 /* where the part that depends on the command starts */

struct dlm_request_head {
	u8 cmd;
	bool is64bit;
};

/* 12 bytes: the version of the interface. */
ssize_t dlm_abi_read_version(char __user *buf, size_t count);

/*
 * Copies a request of at least @min bytes; the buffer has one byte more, which is 0. -EINVAL:
 * length; -EBADE: a version that we do not speak; -EFAULT; -ENOMEM. The caller frees it with
 * kfree().
 */
u8 *dlm_abi_read_request(const char __user *buf, size_t count, size_t min,
			 struct dlm_request_head *head);

#endif /* DLM_USER_REQUEST_ABI_H */
