/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An array of resources as of one moment, each with a reference: what a walk goes
 * over that stops and goes on (visits of recovery, lists for peers, debugfs).
 * A resource may have died since; its res_lock shows that.
 */
#ifndef DLM_LOCKSPACE_SNAPSHOT_H
#define DLM_LOCKSPACE_SNAPSHOT_H

#include <linux/types.h>

struct dlm_lockspace;
struct dlm_resource_entry;

struct dlm_snapshot {
	u32 nr;
	u32 size;
	struct dlm_resource_entry **entries;
};

/*
 * All resources that exist during the whole call; others perhaps. None twice.
 * May sleep. NULL: no memory.
 */
struct dlm_snapshot *dlm_snapshot_take(struct dlm_lockspace *ls);
void dlm_snapshot_free(struct dlm_snapshot *snap);
/* Place of @re in the round's snapshot, or -1. view_mutex held. */
int dlm_snapshot_find(const struct dlm_snapshot *snap, const struct dlm_resource_entry *re);

#endif /* DLM_LOCKSPACE_SNAPSHOT_H */
