/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The lock engine: decisions about one resource at its master. It knows no
 * other machine; a lock is local or a master copy and the rules are the same.
 *
 * Each operation comes in two calls under one hold of the resource's lock:
 * decide (returns the verdict, which the caller turns into the completion or
 * the reply) and effects (grants to others, blocking callbacks). So the answer
 * to an operation always leaves before anything that follows from it.
 *
 * What happens to *other* locks goes out through the sink, in the order of the
 * decisions. The sink queues; it must not block, free a lock, or call back in.
 */
#ifndef DLM_CORE_ENGINE_H
#define DLM_CORE_ENGINE_H

#include "core/resource.h"

struct dlm_sink {
	/* A waiting or converting lock was granted; its modes, flags and value are up to date. */
	void (*granted)(struct dlm_sink *sink, struct dlm_lkb *lkb);
	/* @lkb blocks somebody who wants @mode. */
	void (*blocking)(struct dlm_sink *sink, struct dlm_lkb *lkb, int mode);
};

/*
 * Verdicts: 0 granted, -EINPROGRESS queued, -EAGAIN refused (NOQUEUE), -EDEADLK
 * conversion deadlock. After a refused request the lock is on no queue.
 */

/*
 * A new lock: lkb->requested_mode, exflags and state (WANT_BAST) are set, it is on no queue.
 * May set DLM_SBF_ALTMODE, DLM_SBF_VALNOTVALID in lkb->sb_flags. Rules G-4 .. G-7.
 */
int dlm_engine_request(struct dlm_resource *res, struct dlm_lkb *lkb);
void dlm_engine_request_effects(struct dlm_resource *res, struct dlm_lkb *lkb, int verdict,
				struct dlm_sink *sink);

/*
 * Convert a granted lock to lkb->requested_mode under lkb->exflags. @lvb: lvblen bytes to write
 * where the value-block table says so, or NULL; one that waits and then goes down from PW to its
 * alternative writes what is in lkb->lvb. Rules G-8 .. G-13, section 9.
 */
int dlm_engine_convert(struct dlm_resource *res, struct dlm_lkb *lkb, const void *lvb,
		       struct dlm_sink *sink);
void dlm_engine_convert_effects(struct dlm_resource *res, struct dlm_lkb *lkb, int verdict,
				struct dlm_sink *sink);

/*
 * Take the lock off its queue (any), writing the value block as 12.4 says. Always succeeds;
 * afterwards lkb is on no queue, modes are IV.
 */
void dlm_engine_unlock(struct dlm_resource *res, struct dlm_lkb *lkb, const void *lvb);
void dlm_engine_unlock_effects(struct dlm_resource *res, struct dlm_sink *sink);

/*
 * Take back a queued request or conversion. 0: nothing to cancel (granted). -DLM_ECANCEL: done;
 * a waiting lock is then on no queue, a converting one granted in the mode it holds
 * (DLM_SBF_DEMOTED in sb_flags if it had been demoted).
 */
int dlm_engine_cancel(struct dlm_resource *res, struct dlm_lkb *lkb);
void dlm_engine_cancel_effects(struct dlm_resource *res, int verdict, struct dlm_sink *sink);

/* How a grant pass treats the convert queue. */
enum dlm_pass {
	DLM_PASS_NORMAL,
	DLM_PASS_RECOVERY, /* order is lost: grant conversions in any order (4.2 line 3) */
};

/* G-16 .. G-19: convert queue, wait queue, blocking callbacks. */
void dlm_engine_grant_pass(struct dlm_resource *res, enum dlm_pass pass, struct dlm_sink *sink);

/*
 * Recovery: conversions that have turned out to hold already what they ask for, whoever else waits.
 */
void dlm_engine_grant_held(struct dlm_resource *res, struct dlm_sink *sink);

/*
 * The owner's mirror and recovery: put a lock on a queue, or take it off, keeping counts right.
 * No rule is applied. dlm_engine_enqueue appends; granted_mode and requested_mode must be set
 * before. With the last lock the value goes (12.8), so what stays is moved, not put anew.
 */
void dlm_engine_enqueue(struct dlm_resource *res, struct dlm_lkb *lkb, enum dlm_queue queue);
void dlm_engine_dequeue(struct dlm_resource *res, struct dlm_lkb *lkb);
void dlm_engine_move(struct dlm_resource *res, struct dlm_lkb *lkb, enum dlm_queue queue);
/* Change the mode a queued lock holds, with the counts. */
void dlm_engine_set_granted(struct dlm_resource *res, struct dlm_lkb *lkb, int mode);

/* The mode that ALTPR, ALTCW name instead of requested_mode, DLM_LOCK_IV if none. */
int dlm_engine_alternative(const struct dlm_lkb *lkb);

/* The mode table and granted locks of @res are consistent; for WARN_ON_ONCE and tests. */
bool dlm_engine_consistent(const struct dlm_resource *res);

#endif /* DLM_CORE_ENGINE_H */
