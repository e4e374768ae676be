/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The character devices of this folder as one thing, for module init and exit.
 */
#ifndef DLM_USER_DEVICES_H
#define DLM_USER_DEVICES_H

struct dlm_node;

int dlm_devices_init(struct dlm_node *node);
void dlm_devices_exit(void);

#endif /* DLM_USER_DEVICES_H */
