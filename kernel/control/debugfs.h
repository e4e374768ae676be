/* SPDX-License-Identifier: GPL-2.0 */
/* /sys/kernel/debug/dlm (control-plane.md section 7). Nothing depends on its success. */
#ifndef DLM_CONTROL_DEBUGFS_H
#define DLM_CONTROL_DEBUGFS_H

struct dlm_lockspace;
struct dlm_node;

void dlm_debugfs_init(struct dlm_node *node);
void dlm_debugfs_exit(void);

/* <lockspace>, <lockspace>_locks, _all, _toss, _waiters, _sublocks */
void dlm_debugfs_show(struct dlm_lockspace *ls);
void dlm_debugfs_hide(struct dlm_lockspace *ls);

/* comms/<nodeid>/; adding what is there, removing what is not: no effect. */
void dlm_debugfs_comm_add(int nodeid);
void dlm_debugfs_comm_remove(int nodeid);

#endif /* DLM_CONTROL_DEBUGFS_H */
