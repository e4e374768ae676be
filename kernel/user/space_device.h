/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The device of one lockspace, /dev/dlm_<name>: made by CREATE on the control device,
 * removed when the lockspace is released.
 */
#ifndef DLM_USER_SPACE_DEVICE_H
#define DLM_USER_SPACE_DEVICE_H

#include "lockspace/device.h"

struct dlm_lockspace;
struct dlm_node;

/* The minor number of the lockspace's device, which is made if it is not there. */
int dlm_space_device_minor(struct dlm_lockspace *ls);
/* The lockspace whose device has this minor number, with a reference, or NULL. */
struct dlm_lockspace *dlm_space_device_find(struct dlm_node *node, int minor);

extern const struct dlm_device_ops dlm_space_device_ops;

#endif /* DLM_USER_SPACE_DEVICE_H */
