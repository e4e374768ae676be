/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The record of one accepted operation.
 *
 * Each accepted request, conversion, unlock and cancel brings its record along,
 * so that no later decision needs memory. It travels: call -> lock (in flight)
 * -> callback queue of the lock (decided) -> delivered. The first record of a
 * lock is embedded in the lock; the shell allocates the others before any
 * spinlock is taken.
 */
#ifndef DLM_CORE_OP_H
#define DLM_CORE_OP_H

#include "platform/dlm_platform.h"

enum dlm_op_kind {
	DLM_OP_REQUEST,
	DLM_OP_CONVERT,
	DLM_OP_UNLOCK,
	DLM_OP_CANCEL,
};

/* Where a record came from; decides how the shell gives it back. */
enum dlm_op_memory {
	DLM_OP_ALLOCATED,
	DLM_OP_EMBEDDED,
};

#define DLM_OP_LVB_KEPT BIT(0) /* lvb[] holds the caller's bytes as of the call */
#define DLM_OP_LVB_ROOM BIT(1) /* there is room for lvblen bytes; set by who allocates */

struct dlm_op {
	struct list_head link;		      /* callback queue of the lock, once decided */
	void (*ast)(void *astarg);	      /* completion function */
	void (*bast)(void *astarg, int mode); /* blocking function, or NULL */
	void *astarg;
	struct dlm_lksb *lksb; /* where status and flags go */
	int status;	       /* sb_status; CANCEL: preset to report another */
	u32 exflags;	       /* DLM_LKF_ of the call */
	u16 basts;	       /* undelivered blocking modes behind this completion */
	s8 mode;	       /* wanted; once decided: held (C-7) */
	u8 kind;	       /* enum dlm_op_kind */
	u8 sb_flags;	       /* DLM_SBF_ to report */
	u8 memory;	       /* enum dlm_op_memory */
	u8 cast_pending;       /* completion not yet delivered */
	u8 has_lvb;	       /* DLM_OP_LVB_ bits */
	u8 lvb[];	       /* lvblen bytes if DLM_OP_LVB_ROOM */
};

#endif /* DLM_CORE_OP_H */
