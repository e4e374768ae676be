// SPDX-License-Identifier: GPL-2.0
/*
 * Views: made by the recovery machine at each start, read by everybody who asks
 * for a member or a directory node. Immutable but for the slots.
 */
#include "cluster/view.h"

/* False: it is there already. */
static bool insert_ascending(struct dlm_member *members, int nr, const struct dlm_member *new)
{
	int i = nr;

	while (i > 0 && members[i - 1].nodeid > new->nodeid) {
		members[i] = members[i - 1];
		i--;
	}
	members[i] = *new;
	return i == 0 || members[i - 1].nodeid != new->nodeid;
}

/* A weight of 0 means no directory duty; if nobody has duty, everybody has (5.2). */
static int total_weight(const struct dlm_view *view)
{
	int i, total = 0;

	for (i = 0; i < view->nr_members; i++)
		total += view->members[i].weight;
	return total;
}

static int fill_array(struct dlm_view *view)
{
	int total = total_weight(view);
	bool level = !total;
	int i, k, n = 0;

	if (level)
		total = view->nr_members;
	view->array = kcalloc(total, sizeof(*view->array), GFP_NOFS);
	if (!view->array)
		return -ENOMEM;
	for (i = 0; i < view->nr_members; i++)
		for (k = 0; k < (level ? 1 : view->members[i].weight); k++)
			view->array[n++] = view->members[i].nodeid;
	view->nr_array = n;
	return 0;
}

struct dlm_view *dlm_view_alloc(const struct dlm_member *members, int nr, u64 number)
{
	struct dlm_view *view;
	int i, err;

	view = kzalloc(sizeof(*view), GFP_NOFS);
	if (!view)
		return ERR_PTR(-ENOMEM);
	view->number = number;
	if (!nr)
		return view;

	err = -ENOMEM;
	view->members = kcalloc(nr, sizeof(*view->members), GFP_NOFS);
	if (!view->members)
		goto err_view;

	err = -EINVAL;
	for (i = 0; i < nr; i++) {
		if (members[i].weight < 0 || members[i].weight > DLM_WEIGHT_MAX)
			goto err_view;
		if (!insert_ascending(view->members, i, &members[i]))
			goto err_view;
	}
	view->nr_members = nr;
	view->low_nodeid = view->members[0].nodeid;

	err = fill_array(view);
	if (err)
		goto err_view;
	return view;

err_view:
	dlm_view_free(view);
	return ERR_PTR(err);
}

void dlm_view_free(struct dlm_view *view)
{
	if (!view)
		return;
	kfree(view->array);
	kfree(view->members);
	kfree(view);
}

struct dlm_member *dlm_view_member(const struct dlm_view *view, int nodeid)
{
	int low = 0, high = view->nr_members;

	while (low < high) {
		int mid = low + (high - low) / 2;

		if (view->members[mid].nodeid == nodeid)
			return &view->members[mid];
		if (view->members[mid].nodeid < nodeid)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

int dlm_view_directory_node(const struct dlm_view *view, u32 hash)
{
	if (!view->nr_array)
		return 0;
	return view->array[(hash >> 16) % view->nr_array];
}
