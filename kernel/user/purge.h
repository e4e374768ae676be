/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Dropping orphans: those of one process, or all (lock-semantics 16.7).
 */
#ifndef DLM_USER_PURGE_H
#define DLM_USER_PURGE_H

#include <linux/types.h>

struct dlm_held_list;
struct dlm_lockspace;

/* @pid: a thread or a thread group; 0: all. The lockspace is entered. May sleep. */
void dlm_purge_orphans(struct dlm_lockspace *ls, struct dlm_held_list *orphans, u32 pid);

#endif /* DLM_USER_PURGE_H */
