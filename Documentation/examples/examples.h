/* SPDX-License-Identifier: GPL-2.0 */
/* What the examples share: a lock whose caller waits for each completion. */
#ifndef DLM_EXAMPLES_H
#define DLM_EXAMPLES_H

#include <linux/completion.h>
#include <linux/dlm.h>

#define EXAMPLE_LVB_LEN 32

/* Lives until the last completion of the lock has been called. */
struct waiting_lock {
	dlm_lockspace_t *ls;
	struct dlm_lksb lksb;
	char value[EXAMPLE_LVB_LEN];
	struct completion done;
	struct completion blocked;
	int blocked_mode; /* of the last blocking callback */
};

void waiting_lock_init(struct waiting_lock *w, dlm_lockspace_t *ls);

/* Only the call: 0, or the errno with which nothing was done. */
int waiting_lock_call(struct waiting_lock *w, int mode, u32 flags, const char *name);
/* The call and its completion: the status, or the errno of the call. */
int waiting_lock_take(struct waiting_lock *w, int mode, u32 flags, const char *name);
int waiting_lock_convert(struct waiting_lock *w, int mode, u32 flags);
/* The status of what was called before; -ETIME if it has not come in 10 s. */
int waiting_lock_wait(struct waiting_lock *w);
/* For a moment at least, the completion does not come. */
bool waiting_lock_waits(struct waiting_lock *w);
/* 0 when the lock is gone. */
int waiting_lock_drop(struct waiting_lock *w, u32 flags);

void example_shared_lockspace(dlm_lockspace_t *ls);
void example_refused_lockspaces(dlm_lockspace_t *ls);
void example_request(dlm_lockspace_t *ls);
void example_noqueue(dlm_lockspace_t *ls);
void example_alternative(dlm_lockspace_t *ls);
void example_refused_requests(dlm_lockspace_t *ls);
void example_no_such_lock(dlm_lockspace_t *ls);
void example_refused_unlocks(dlm_lockspace_t *ls);
void example_flags_without_effect(dlm_lockspace_t *ls);
void example_expedite(dlm_lockspace_t *ls);
void example_head_of_queue(dlm_lockspace_t *ls);
void example_no_order(dlm_lockspace_t *ls);
void example_queued_conversion(dlm_lockspace_t *ls);
void example_convert(dlm_lockspace_t *ls);
void example_busy(dlm_lockspace_t *ls);
void example_values(dlm_lockspace_t *ls);
void example_invalid_value(dlm_lockspace_t *ls);
void example_blocking(dlm_lockspace_t *ls);
void example_locking_in_a_callback(dlm_lockspace_t *ls);
void example_giving_up_when_told(dlm_lockspace_t *ls);
void example_order_of_callbacks(dlm_lockspace_t *ls);
void example_replaced_functions(dlm_lockspace_t *ls);
void example_cancel(dlm_lockspace_t *ls);
void example_forced_unlock(dlm_lockspace_t *ls);
void example_deadlock(dlm_lockspace_t *ls);
void example_giving_way(dlm_lockspace_t *ls);
void example_standing_deadlock(dlm_lockspace_t *ls);
void example_sublocks(dlm_lockspace_t *ls);
void example_status_block_of_an_unlock(dlm_lockspace_t *ls);

/* Into the log, and the module will not load, if @what is not so. */
#define EXPECT(what) example_expect(what, #what, __func__)
void example_expect(bool so, const char *what, const char *example);

#endif /* DLM_EXAMPLES_H */
