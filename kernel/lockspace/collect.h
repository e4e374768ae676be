/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Callbacks that are fetched by whoever owns the locks, instead of being
 * delivered by functions. They stay in the locks' own callback queues until then,
 * so that they merge by the same rules.
 *
 * Locks come in the order in which each got its first callback that is still
 * unfetched, and each is emptied before the next.
 */
#ifndef DLM_LOCKSPACE_COLLECT_H
#define DLM_LOCKSPACE_COLLECT_H

#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/wait.h>

#include "core/callback.h"

struct dlm_lock_entry;

struct dlm_collector {
	spinlock_t lock;	/* collect_lock */
	struct list_head locks; /* dlm_lock_entry.drain_link, each with a reference */
	wait_queue_head_t wait; /* woken when a lock comes */
};

/* One callback that was fetched; the lock stays until dlm_collect_done(). */
struct dlm_collected {
	struct dlm_lock_entry *le;
	struct dlm_callback cb;
	bool emptied;
	bool last;
};

void dlm_collector_init(struct dlm_collector *collector);
static inline bool dlm_collector_empty(const struct dlm_collector *collector)
{
	return list_empty_careful(&collector->locks);
}

/* False: there is none. */
bool dlm_collect_next(struct dlm_collector *collector, struct dlm_collected *got);
void dlm_collect_done(struct dlm_collected *got);

/* Nobody fetches the callbacks of @le any more: what is there and what comes is dropped. */
void dlm_collect_stop(struct dlm_lock_entry *le);

/* deliver.c: something is queued in @le, which has become DLM_CB_SCHEDULED with a reference. */
void dlm_collect_add(struct dlm_lock_entry *le);

#endif /* DLM_LOCKSPACE_COLLECT_H */
