/* SPDX-License-Identifier: GPL-2.0 */
/*
 * /sys/kernel/config/dlm: the configuration tree (control-plane.md section 2).
 * configfs.c has the cluster directory, comms.c the nodes with their
 * addresses, spaces.c the members of each lockspace.
 */
#ifndef DLM_CONTROL_CONFIGFS_H
#define DLM_CONTROL_CONFIGFS_H

#include <linux/configfs.h>

#include "cluster/view.h"

struct dlm_node;

int dlm_configfs_init(struct dlm_node *node);
void dlm_configfs_exit(void);

/* The node that the tree speaks to. */
struct dlm_node *dlm_configfs_node(void);

extern const struct config_item_type dlm_comms_type;
extern const struct config_item_type dlm_spaces_type;

/* A list of members as configured, and what is needed to mark it as used. */
struct dlm_member_list {
	struct dlm_member *members;
	u32 *serials; /* of the node directories */
	int nr;
};

/*
 * Read the members of a lockspace; free with dlm_member_list_free(). -ENOENT: no such
 * space. -EINVAL: a node without node id. An empty list is none of its errors.
 */
int dlm_configfs_members(const char *space, struct dlm_member_list *list);
/* A start has taken the list: the directories in it are not new any more. */
void dlm_configfs_members_used(const char *space, const struct dlm_member_list *list);
void dlm_member_list_free(struct dlm_member_list *list);

#endif /* DLM_CONTROL_CONFIGFS_H */
