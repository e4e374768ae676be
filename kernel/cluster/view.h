/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A view: a numbered list of members with weights and slots, and the array
 * that maps a name's hash to its directory node (wire spec 5.2).
 */
#ifndef DLM_CLUSTER_VIEW_H
#define DLM_CLUSTER_VIEW_H

#include "platform/dlm_platform.h"

#define DLM_WEIGHT_MAX 1024 /* bounds the directory array */

struct dlm_member {
	int nodeid;
	int weight;	 /* as read when it became a member */
	u32 incarnation; /* sequence number of its comm entry at that time, 0 none */
	u16 slot;	 /* of the last completed recovery, 0 none */
	bool renewed;	 /* input only: left and came back between two starts */
	u64 features;	 /* DLM_WIRE_FEATURE_ bits that it offered in this round */
};

/* A member that was removed and whose removal no recovery has completed yet. */
struct dlm_gone {
	int nodeid;
	u16 slot;	  /* 0: never completed a recovery */
	bool failed;	  /* else it left in order: no recover_slot */
	bool slot_called; /* recover_slot has been called for it */
};

struct dlm_view {
	u64 number; /* recovery epoch that installed it */
	int nr_members;
	int low_nodeid;
	int nr_array;
	struct dlm_member *members; /* ascending node id */
	int *array;		    /* directory nodes, each member repeated weight times */
};

/* Allocates with GFP_NOFS; members may come in any order, duplicates give -EINVAL. */
struct dlm_view *dlm_view_alloc(const struct dlm_member *members, int nr, u64 number);
void dlm_view_free(struct dlm_view *view);
struct dlm_member *dlm_view_member(const struct dlm_view *view, int nodeid);
static inline bool dlm_view_has(const struct dlm_view *view, int nodeid)
{
	return dlm_view_member(view, nodeid);
}

/* Directory node of a name with this hash; 0 in an empty view. */
int dlm_view_directory_node(const struct dlm_view *view, u32 hash);

#endif /* DLM_CLUSTER_VIEW_H */
