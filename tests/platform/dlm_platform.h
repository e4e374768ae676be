/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The user-space side of kernel/platform/dlm_platform.h: the same names under
 * the same guard, so that the pure layers compile into unit tests and the
 * simulator unchanged.  Clean as C11 and as C++20 (GNU dialects).  What only
 * tests may use (hooks, counters) starts with dlm_platform_.
 */
#ifndef DLM_PLATFORM_H
#define DLM_PLATFORM_H

/* Tests include the C headers inside extern "C"; system headers must not notice. */
#ifdef __cplusplus
extern "C++" {
#endif
#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <limits.h>
#include <linux/dlm.h>
#include <linux/types.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#ifdef __cplusplus
}
#endif

#ifndef EUNATCH
#error "this C library lacks the Linux error numbers"
#endif

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s8 s8;
typedef __s16 s16;
typedef __s32 s32;
typedef __s64 s64;

#include "platform/attributes.h"
#include "platform/diagnose.h"
#include "platform/arith.h"
#include "platform/bits.h"
#include "platform/byteorder.h"
#include "platform/digest.h"
#include "platform/list.h"
#include "platform/memory.h"

#endif /* DLM_PLATFORM_H */
