/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The resources of one lockspace by name, and their life.
 *
 * References: one of the table until the resource is dead (DLM_RES_DEAD, out of
 * the table), one of each lock on it, and of whoever looked it up. Unused ones
 * stay as cache or directory record, in order of age, until the scan takes them.
 */
#ifndef DLM_LOCKSPACE_RESOURCE_TABLE_H
#define DLM_LOCKSPACE_RESOURCE_TABLE_H

#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/rhashtable-types.h>
#include <linux/spinlock.h>

#include "core/resource.h"

struct dlm_lockspace;

struct dlm_resource_entry {
	struct dlm_resource res;
	struct rhash_head table_link;
	struct dlm_lockspace *ls;
	union {
		struct list_head lru_link; /* lru_lock of the shard */
		struct rcu_head rcu;	   /* once the last reference is gone */
	};
	struct list_head tracked; /* res_lock: locks with something in flight, lock_entry.h */
	spinlock_t lock;	  /* res_lock */
	refcount_t refs;
	u32 snapshot_pos; /* view_mutex: place in the snapshot + 1, if there */
	u16 idle_since;	  /* res_lock: seconds */
	u16 listed_since; /* lru_lock: seconds; the list is in this order */
	u8 name[];
};

static inline struct dlm_resource_entry *dlm_resource_entry(struct dlm_resource *res)
{
	return container_of(res, struct dlm_resource_entry, res);
}

int dlm_resource_table_init(struct dlm_lockspace *ls);
/* No resource is in use: free them all. */
void dlm_resource_table_exit(struct dlm_lockspace *ls);

/* Hash of a name as on the wire (wire spec 5.1). */
u32 dlm_resource_hash(const u8 *name, size_t len);

/* Looked up, with a reference, or NULL. */
struct dlm_resource_entry *dlm_resource_find(struct dlm_lockspace *ls, const u8 *name, size_t len);
/* A new one that is in no table; GFP_NOFS, may sleep. NULL: no memory. */
struct dlm_resource_entry *dlm_resource_alloc(struct dlm_lockspace *ls, const u8 *name, size_t len);
/*
 * Put @fresh into the table, or find who was first. Returns the one in the table, with a
 * reference; a @fresh that was not taken is freed. Error pointer: table full or no memory.
 */
struct dlm_resource_entry *dlm_resource_insert(struct dlm_lockspace *ls,
					       struct dlm_resource_entry *fresh);
/* The two together: find, or create. Never NULL. */
struct dlm_resource_entry *dlm_resource_obtain(struct dlm_lockspace *ls, const u8 *name,
					       size_t len);
void dlm_resource_put(struct dlm_resource_entry *re);
static inline bool dlm_resource_get(struct dlm_resource_entry *re)
{
	return refcount_inc_not_zero(&re->refs);
}

void dlm_resource_lock(struct dlm_resource_entry *re) __acquires(&re->lock);
void dlm_resource_unlock(struct dlm_resource_entry *re) __releases(&re->lock);

/* Directory node by the view in force, if it is not known. res_lock; gate open or view_mutex. */
void dlm_resource_set_directory(struct dlm_resource_entry *re);
/* Take it out of the table; it has no locks. The caller holds the res_lock and a reference. */
void dlm_resource_kill(struct dlm_resource_entry *re);
/* The last lock has left, or a record without locks was made: age begins. res_lock held. */
void dlm_resource_idle(struct dlm_resource_entry *re);

/* Free what has not been used for toss_secs; periodic. */
void dlm_resource_scan(struct dlm_lockspace *ls);

u32 dlm_resource_count(struct dlm_lockspace *ls);

#endif /* DLM_LOCKSPACE_RESOURCE_TABLE_H */
