// SPDX-License-Identifier: GPL-2.0
/*
 * A list of all resources as of one moment.
 *
 * The table may be growing meanwhile: entries move from the old to the new array
 * under the table's own mutex, which is held here, so each is met exactly once.
 */
#include <linux/mm.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>

#include "lockspace/lockspace.h"
#include "lockspace/resource_table.h"
#include "lockspace/snapshot.h"

#define SPARE 64

static bool make_room(struct dlm_snapshot *snap, u32 more)
{
	struct dlm_resource_entry **entries;
	u32 size = snap->nr + more + SPARE;

	if (snap->nr + more <= snap->size)
		return true;
	size = max(size, snap->size + snap->size / 2);
	entries = kvmalloc_array(size, sizeof(*entries), GFP_NOFS);
	if (!entries)
		return false;
	if (snap->nr)
		memcpy(entries, snap->entries, snap->nr * sizeof(*entries));
	kvfree(snap->entries);
	snap->entries = entries;
	snap->size = size;
	return true;
}

/* One bucket; stops where there is no more room and returns how much is needed. */
static u32 take_bucket(struct dlm_snapshot *snap, const struct bucket_table *tbl, unsigned int nr)
{
	struct dlm_resource_entry *re;
	struct rhash_head *pos;
	u32 start = snap->nr, missing = 0;

	rcu_read_lock();
	rht_for_each_entry_rcu(re, pos, tbl, nr, table_link) {
		if (snap->nr >= snap->size)
			missing++;
		else if (dlm_resource_get(re))
			snap->entries[snap->nr++] = re;
	}
	rcu_read_unlock();
	if (!missing)
		return 0;
	missing += snap->nr - start;
	while (snap->nr > start)
		dlm_resource_put(snap->entries[--snap->nr]);
	return missing;
}

static bool take_table(struct dlm_snapshot *snap, const struct bucket_table *tbl)
{
	unsigned int i;
	u32 missing;

	for (i = 0; i < tbl->size; i++) {
		while ((missing = take_bucket(snap, tbl, i)))
			if (!make_room(snap, missing))
				return false;
		if (i % 256 == 0)
			cond_resched();
	}
	return true;
}

struct dlm_snapshot *dlm_snapshot_take(struct dlm_lockspace *ls)
{
	struct dlm_snapshot *snap = kzalloc(sizeof(*snap), GFP_NOFS);
	const struct bucket_table *tbl;
	bool whole;

	if (!snap)
		return NULL;
	whole = make_room(snap, dlm_resource_count(ls));
	mutex_lock(&ls->resources.mutex);
	for (tbl = rht_dereference(ls->resources.tbl, &ls->resources); tbl && whole;
	     tbl = rht_dereference(tbl->future_tbl, &ls->resources))
		whole = take_table(snap, tbl);
	mutex_unlock(&ls->resources.mutex);
	if (!whole) {
		dlm_snapshot_free(snap);
		return NULL;
	}
	return snap;
}

void dlm_snapshot_free(struct dlm_snapshot *snap)
{
	u32 i;

	if (!snap)
		return;
	for (i = 0; i < snap->nr; i++) {
		dlm_resource_put(snap->entries[i]);
		if (i % 256 == 0)
			cond_resched();
	}
	kvfree(snap->entries);
	kfree(snap);
}

int dlm_snapshot_find(const struct dlm_snapshot *snap, const struct dlm_resource_entry *re)
{
	u32 pos = re->snapshot_pos;

	if (!pos || pos > snap->nr || snap->entries[pos - 1] != re)
		return -1;
	return pos - 1;
}
