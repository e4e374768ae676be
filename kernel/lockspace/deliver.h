/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Delivery of completions and blocking callbacks: which thread calls the users'
 * functions, and when. One lock is in the hands of one drainer at a time.
 */
#ifndef DLM_LOCKSPACE_DELIVER_H
#define DLM_LOCKSPACE_DELIVER_H

#include <linux/types.h>

struct dlm_lock_entry;
struct dlm_lockspace;
struct dlm_op;

int dlm_deliver_init(void);
void dlm_deliver_exit(void);

/* Queue what was decided, in this order; delivered soon. res_lock held. */
void dlm_deliver_completion(struct dlm_lock_entry *le, struct dlm_op *op);
void dlm_deliver_blocking(struct dlm_lock_entry *le, int mode);

/* Recovery: nothing that is queued from now on is delivered before it is let go again. */
void dlm_deliver_hold(struct dlm_lockspace *ls, bool hold);
/* Release: drop what is not delivered yet; returns when no callback of the lockspace runs. */
void dlm_deliver_drop_all(struct dlm_lockspace *ls);

#endif /* DLM_LOCKSPACE_DELIVER_H */
