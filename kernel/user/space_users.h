/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who keeps a release of the lockspace waiting: open files of its device, and
 * work of the device that is under way.
 */
#ifndef DLM_USER_SPACE_USERS_H
#define DLM_USER_SPACE_USERS_H

#include <linux/completion.h>
#include <linux/refcount.h>

struct dlm_space_users {
	refcount_t nr; /* one more for the lockspace itself */
	struct completion none;
};

static inline void dlm_space_users_init(struct dlm_space_users *users)
{
	refcount_set(&users->nr, 1);
	init_completion(&users->none);
}

static inline void dlm_space_users_get(struct dlm_space_users *users)
{
	refcount_inc(&users->nr);
}

static inline void dlm_space_users_put(struct dlm_space_users *users)
{
	if (refcount_dec_and_test(&users->nr))
		complete(&users->none);
}

#endif /* DLM_USER_SPACE_USERS_H */
