/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the shell asks of the character devices. Implemented in user/, handed over at
 * load by dlm_devices_init().
 */
#ifndef DLM_LOCKSPACE_DEVICE_H
#define DLM_LOCKSPACE_DEVICE_H

#include <linux/types.h>

struct dlm_lockspace;

struct dlm_device_ops {
	/* The lockspace is being released: its device, if it has one, can be opened no more. */
	void (*withdraw)(struct dlm_lockspace *ls);
	/*
	 * Returns when nobody has it open any more; the locks that are left lose their owners.
	 * -EINTR: a TASK_ state that lets the caller be killed, and it was; to be called again.
	 */
	int (*wait_closed)(struct dlm_lockspace *ls, unsigned int task_state);
	/* Another node wants the orphans of a process dropped, 0: all. -ENOMEM, -EBUSY. */
	int (*purge)(struct dlm_lockspace *ls, u32 pid);
};

#endif /* DLM_LOCKSPACE_DEVICE_H */
