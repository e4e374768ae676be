/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Watched waits: in lockspaces made with DLM_LSFL_TIMEWARN, which own locks wait, since
 * when, and for whom (their owner key). Those that have waited for timewarn_cs are
 * reported; those whose owner can be told apart take part in searches for deadlocks
 * (search.h). Time in which the lockspace stands still does not count.
 *
 * Locks of such lockspaces have DLM_LKB_WATCHED and a record, from before they are
 * asked for until they are gone. A record is read and written under its lock's
 * res_lock; its place in the list of waits also under watch_lock.
 */
#ifndef DLM_LOCKSPACE_WATCH_H
#define DLM_LOCKSPACE_WATCH_H

#include <linux/types.h>

struct dlm_lock_entry;
struct dlm_lockspace;
struct dlm_watch;

void dlm_watch_setup(struct dlm_lockspace *ls);
void dlm_watch_quiesce(struct dlm_lockspace *ls);
/* No lock is left. */
void dlm_watches_exit(struct dlm_lockspace *ls);

/* @le, a new lock with an id that nobody knows yet. 0 or -ENOMEM; nothing where nobody watches. */
int dlm_watch_attach(struct dlm_lockspace *ls, struct dlm_lock_entry *le, u64 owner);
/* The lock is gone, or was never asked for. res_lock held, or nobody knows it. */
void dlm_watch_detach(struct dlm_lockspace *ls, struct dlm_lock_entry *le);
/* It may have begun or ended to wait. res_lock held. */
void dlm_watch_update(struct dlm_lockspace *ls, struct dlm_lock_entry *le);
/* The record of @le or NULL. res_lock held. */
struct dlm_watch *dlm_watch_find(struct dlm_lockspace *ls, const struct dlm_lock_entry *le);

/* Ids of locks of this owner that wait, at most @max; returns how many. */
u32 dlm_watch_waits_of(struct dlm_lockspace *ls, u64 owner, u32 *ids, u32 max);

#endif /* DLM_LOCKSPACE_WATCH_H */
