/* SPDX-License-Identifier: GPL-2.0 */
/* /sys/kernel/dlm/<lockspace> and the uevents (control-plane.md section 3). */
#ifndef DLM_CONTROL_SYSFS_H
#define DLM_CONTROL_SYSFS_H

struct dlm_lockspace;

int dlm_sysfs_init(void);
void dlm_sysfs_exit(void);

int dlm_sysfs_add(struct dlm_lockspace *ls);
void dlm_sysfs_remove(struct dlm_lockspace *ls);
void dlm_sysfs_online(struct dlm_lockspace *ls);
void dlm_sysfs_offline(struct dlm_lockspace *ls);

#endif /* DLM_CONTROL_SYSFS_H */
