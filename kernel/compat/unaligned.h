/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Accesses at odd addresses: the header moved in Linux 6.12.
 * Included by platform/dlm_platform.h only.
 */
#ifndef DLM_COMPAT_UNALIGNED_H
#define DLM_COMPAT_UNALIGNED_H

#if __has_include(<linux/unaligned.h>)
#include <linux/unaligned.h>
#else
#include <asm/unaligned.h>
#endif

#endif /* DLM_COMPAT_UNALIGNED_H */
