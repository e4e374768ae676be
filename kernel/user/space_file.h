/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One open file of a lockspace's device: the owner of the locks that were taken
 * through it. What can be done with it is called from space_device.c.
 */
#ifndef DLM_USER_SPACE_FILE_H
#define DLM_USER_SPACE_FILE_H

#include <linux/fs.h>

#include "abi/request.h"
#include "lockspace/collect.h"
#include "user/held.h"

struct dlm_lockspace;
struct dlm_space_users;

struct dlm_space_file {
	struct dlm_lockspace *ls; /* stays until users has been put */
	struct dlm_space_users *users;
	struct dlm_held_list *orphans; /* of the lockspace */
	struct dlm_held_list held;
	struct dlm_collector collector;
	bool compat; /* has written a 32-bit request: gets 32-bit results */
};

/* NULL: no memory. */
struct dlm_space_file *dlm_space_file_open(struct dlm_lockspace *ls, struct dlm_held_list *orphans,
					   struct dlm_space_users *users);
/* Locks are given back or become orphans; nothing is waited for. */
void dlm_space_file_close(struct dlm_space_file *file);

/* LOCK, UNLOCK, DEADLOCK (space_lock.c): what write() returns. */
int dlm_space_lock(struct dlm_space_file *file, const struct dlm_abi_lock *request);
int dlm_space_unlock(struct dlm_space_file *file, const struct dlm_abi_lock *request);
int dlm_space_deadlock(struct dlm_space_file *file, const struct dlm_abi_lock *request);
/* PURGE (purge.c). */
int dlm_space_purge(struct dlm_space_file *file, const struct dlm_abi_purge *request);

/* One callback (space_read.c): the length of the record or an error. */
ssize_t dlm_space_read(struct dlm_space_file *file, char __user *buf, size_t count, bool wait);

#endif /* DLM_USER_SPACE_FILE_H */
