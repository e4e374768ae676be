/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The callback queue of one lock: which completions and blocking callbacks are
 * still to be delivered, in which order, merged and suppressed as
 * lock-semantics section 11 says. Bounded: blocking callbacks between two
 * completions are kept as modes in the record before them.
 *
 * The caller holds the lock of the callback queue (core/lock.h).
 */
#ifndef DLM_CORE_CALLBACK_H
#define DLM_CORE_CALLBACK_H

#include "core/lock.h"

#define DLM_CB_HAD_CAST	  BIT(0) /* a completion was delivered: last_cast_mode counts */
#define DLM_CB_FINAL_CAST BIT(1) /* the last completion of this lock has been queued */

/* One callback, ready to be called with no lock held. */
struct dlm_callback {
	void (*ast)(void *astarg);	      /* set for a completion */
	void (*bast)(void *astarg, int mode); /* set for a blocking callback */
	void *astarg;
	struct dlm_lksb *lksb;
	int status;
	int mode;      /* bast: blocked mode; ast: mode held after it */
	int prev_mode; /* ast: mode held before, NL at the first */
	u8 sb_flags;
	struct dlm_op *release; /* record to give back after the call, or NULL */
};

/*
 * Queue the completion of @op; the last one if the lock is DLM_LKB_GONE. Returns the record that
 * has become superfluous (delivered and no longer the last one), to be given back by the
 * caller, or NULL.
 */
struct dlm_op *dlm_callback_complete(struct dlm_lkb *lkb, struct dlm_op *op);

/* Queue a blocking callback; false if merged away, or nobody wants it. */
bool dlm_callback_blocking(struct dlm_lkb *lkb, int mode);

/*
 * Take the next callback off; false: nothing to deliver. With the last completion of the lock
 * the last record is released too.
 */
bool dlm_callback_next(struct dlm_lkb *lkb, struct dlm_callback *cb);

bool dlm_callback_pending(const struct dlm_lkb *lkb);

/*
 * Drop everything undelivered (release of the lockspace), and the last record. The records go
 * to @released through op->link; the embedded one is not among them.
 */
void dlm_callback_flush(struct dlm_lkb *lkb, struct list_head *released);

#endif /* DLM_CORE_CALLBACK_H */
