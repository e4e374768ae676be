/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Locks that change their owner or lose him: those that came through a device
 * (user_lock.h). Which locks are orphans the door knows and the lock itself
 * (DLM_IFL_ORPHAN).
 */
#ifndef DLM_LOCKSPACE_ORPHAN_H
#define DLM_LOCKSPACE_ORPHAN_H

#include "core/orphan.h"
#include "lockspace/request.h"

struct dlm_collector;

/*
 * The owner of @user goes away, and has stopped collecting. The lock is marked if it becomes an
 * orphan; the caller does what the fate says.
 */
enum dlm_fate dlm_orphan_leave(struct dlm_user_lock *user);

/*
 * Adopt the orphan that @args name, which is a request with DLM_LKF_ORPHAN. @take is called under
 * the res_lock with the lock found, and makes its lksb and the rest of the part ready, or says
 * NULL: it is being purged. Callbacks go to @collector from then on. 0: *@user is the lock.
 * -EINVAL, -ENOENT, -EAGAIN.
 */
typedef struct dlm_lksb *(*dlm_orphan_take_fn)(struct dlm_user_lock *user, const void *arg);
int dlm_orphan_adopt(struct dlm_lockspace *ls, const struct dlm_request_args *args,
		     struct dlm_collector *collector, dlm_orphan_take_fn take, const void *arg,
		     struct dlm_user_lock **user);

/* Unlock without asking, value block invalidated where the mode could have changed it. */
void dlm_orphan_unlock(struct dlm_lockspace *ls, struct dlm_user_lock *user);
/* Cancel what the lock waits for. */
void dlm_orphan_cancel(struct dlm_lockspace *ls, struct dlm_user_lock *user);

#endif /* DLM_LOCKSPACE_ORPHAN_H */
