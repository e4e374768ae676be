/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the shell asks of the character devices. Implemented in user/, handed over at
 * load by dlm_devices_init().
 */
#ifndef DLM_LOCKSPACE_DEVICE_H
#define DLM_LOCKSPACE_DEVICE_H

struct dlm_lockspace;

struct dlm_device_ops {
	/* The lockspace is being released: its device, if it has one, can be opened no more. */
	void (*withdraw)(struct dlm_lockspace *ls);
};

#endif /* DLM_LOCKSPACE_DEVICE_H */
