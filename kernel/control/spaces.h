/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Between configfs.c, which finds a lockspace's directory, and spaces.c, which
 * knows what is in it. The subsystem's su_mutex is held in all of them.
 */
#ifndef DLM_CONTROL_SPACES_H
#define DLM_CONTROL_SPACES_H

#include "control/configfs.h"

/* The group "nodes" of a spaces/<lockspace> item. */
struct config_group *dlm_space_nodes(struct config_item *space);
int dlm_space_copy_nodes(struct config_group *nodes, struct dlm_member_list *list);
void dlm_space_consume_nodes(struct config_group *nodes, const struct dlm_member_list *list);

#endif /* DLM_CONTROL_SPACES_H */
