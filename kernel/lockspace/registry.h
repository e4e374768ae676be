/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What join.c needs of lockspace.c: memory of a lockspace, and its place among
 * the others of the node.
 */
#ifndef DLM_LOCKSPACE_REGISTRY_H
#define DLM_LOCKSPACE_REGISTRY_H

#include <linux/types.h>

struct dlm_lockspace;
struct dlm_lockspace_args;
struct dlm_node;

#define DLM_LSFL_FS_BIT 0x4 /* the exported API's own mark; no user sees it */

/* With one reference and one use; in no list. */
struct dlm_lockspace *dlm_lockspace_alloc(struct dlm_node *node,
					  const struct dlm_lockspace_args *args);
/* Drop all locks and resources: nothing runs in it any more. */
void dlm_lockspace_clear(struct dlm_lockspace *ls);

/* spaces_mutex held. by_name: without a reference. */
int dlm_registry_add(struct dlm_lockspace *ls);
void dlm_registry_remove(struct dlm_lockspace *ls);
struct dlm_lockspace *dlm_registry_by_name(struct dlm_node *node, const char *name, size_t len);

#endif /* DLM_LOCKSPACE_REGISTRY_H */
