/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Accesses at odd addresses: the header moved in Linux 6.12.
 * Included by platform/dlm_platform.h only.
 */
#ifndef DLM_COMPAT_UNALIGNED_H
#define DLM_COMPAT_UNALIGNED_H

#include <linux/version.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
#include <linux/unaligned.h>
#else
#include <asm/unaligned.h>
#endif

#endif /* DLM_COMPAT_UNALIGNED_H */
