/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Every kernel facility that the pure layers (core, cluster, session, wire) and
 * the generated code may use, and no other: integers, lists, bit operations,
 * byte order, allocation, assertions, one digest.  tests/platform has the same names under
 * the same guard for user space; the include path picks one of the two.
 */
#ifndef DLM_PLATFORM_H
#define DLM_PLATFORM_H

#include <crypto/sha2.h>
#include <linux/atomic.h>
#include <linux/bitmap.h>
#include <linux/bitops.h>
#include <linux/bits.h>
#include <linux/bug.h>
#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/dlm.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/jhash.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/types.h>
#include "compat/unaligned.h"

/* Marks a rare branch: counted in user space, nothing here. */
/* clang-format off */
#define DLM_PROBE(name) do { } while (0)
/* clang-format on */

#endif /* DLM_PLATFORM_H */
