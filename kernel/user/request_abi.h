/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What all devices that take struct dlm_write_request share: the version and the
 * head of a request, checked (control-plane.md 5.2, 5.3).
 */
#ifndef DLM_USER_REQUEST_ABI_H
#define DLM_USER_REQUEST_ABI_H

#include <linux/fs.h>
#include <linux/types.h>

/* 12 bytes: the version of the interface. */
ssize_t dlm_abi_read_version(char __user *buf, size_t count);

/*
 * Copies a request; the buffer has one byte more, which is 0. -EINVAL: length; -EBADE: a version
 * that we do not speak; -EFAULT; -ENOMEM. The caller frees it with kfree().
 */
u8 *dlm_abi_read_request(const char __user *buf, size_t count);

#endif /* DLM_USER_REQUEST_ABI_H */
