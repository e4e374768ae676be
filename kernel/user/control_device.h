/* SPDX-License-Identifier: GPL-2.0 */
/*
 * /dev/dlm-control, /dev/dlm-monitor and /dev/dlm_plock.
 */
#ifndef DLM_USER_CONTROL_DEVICE_H
#define DLM_USER_CONTROL_DEVICE_H

struct dlm_node;

int dlm_control_device_init(struct dlm_node *node);
void dlm_control_device_exit(void);

int dlm_monitor_device_init(struct dlm_node *node);
void dlm_monitor_device_exit(void);

int dlm_plock_device_init(struct dlm_node *node);
void dlm_plock_device_exit(void);

#endif /* DLM_USER_CONTROL_DEVICE_H */
