/* SPDX-License-Identifier: GPL-2.0 */
/*
 * DLM_LKF_TIMEOUT: a request or conversion that has not completed in time is
 * cancelled, with a status of its own (lock-semantics 17.4). Time during which the
 * lockspace was stopped does not count.
 */
#ifndef DLM_USER_TIMEOUT_H
#define DLM_USER_TIMEOUT_H

#include <linux/types.h>

struct dlm_abi_lock;
struct dlm_held;
struct dlm_lockspace;
struct dlm_space_users;
struct dlm_timeout;

/* For the request at hand: NULL if it has none, or an error pointer. */
struct dlm_timeout *dlm_timeout_alloc(const struct dlm_abi_lock *request, struct dlm_lockspace *ls,
				      struct dlm_space_users *users);
void dlm_timeout_free(struct dlm_timeout *timeout);

/*
 * The operation was accepted as number @op_nr of the lock, of which the caller has a
 * reference. Takes the timeout over; NULL: the operation has none.
 */
void dlm_timeout_arm(struct dlm_held *held, struct dlm_timeout *timeout, u32 op_nr);
/* What is armed has no effect any more. */
void dlm_timeout_disarm(struct dlm_held *held);

#endif /* DLM_USER_TIMEOUT_H */
