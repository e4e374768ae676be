/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The locks of one lockspace by id. One xarray for each group of processors, its
 * number in the low bits of the id; ids go round within 1 .. 0x7fffffff, so that
 * a late message or a caller's stale id does not hit a new lock.
 */
#ifndef DLM_LOCKSPACE_LOCK_TABLE_H
#define DLM_LOCKSPACE_LOCK_TABLE_H

#include <linux/types.h>
#include <linux/xarray.h>

struct dlm_lock_entry;
struct dlm_lockspace;

struct dlm_lock_shard {
	struct xarray ids;
	u32 next; /* under the xarray's lock */
} ____cacheline_aligned_in_smp;

struct dlm_lock_table {
	struct dlm_lock_shard *shards;
	unsigned int shard_bits;
};

int dlm_lock_table_init(struct dlm_lock_table *table);
void dlm_lock_table_exit(struct dlm_lock_table *table);

/* An id for @le, under which nobody finds it yet. May sleep. -ENOMEM, -ENOSPC. */
int dlm_lock_table_reserve(struct dlm_lock_table *table, struct dlm_lock_entry *le);
/* It can be found from here on. Does not sleep or fail. */
void dlm_lock_table_publish(struct dlm_lock_table *table, struct dlm_lock_entry *le);
/* The id is dead from here on. Does not sleep. */
void dlm_lock_table_remove(struct dlm_lock_table *table, struct dlm_lock_entry *le);
/* With a reference, or NULL. */
struct dlm_lock_entry *dlm_lock_find(struct dlm_lock_table *table, u32 id);

bool dlm_lock_table_empty(struct dlm_lock_table *table);
/* Calls @fn for each lock, with a reference, until it returns false. May sleep between. */
void dlm_lock_table_each(struct dlm_lock_table *table,
			 bool (*fn)(struct dlm_lock_entry *le, void *arg), void *arg);

#endif /* DLM_LOCKSPACE_LOCK_TABLE_H */
