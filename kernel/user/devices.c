// SPDX-License-Identifier: GPL-2.0
/*
 * Registration of the devices that are there from load to unload.
 */
#include "lockspace/node.h"
#include "user/control_device.h"
#include "user/devices.h"
#include "user/space_device.h"

int dlm_devices_init(struct dlm_node *node)
{
	int err;

	node->devices = &dlm_space_device_ops;
	err = dlm_control_device_init(node);
	if (err)
		return err;
	err = dlm_monitor_device_init(node);
	if (err)
		goto err_control;
	err = dlm_plock_device_init(node);
	if (err)
		goto err_monitor;
	return 0;

err_monitor:
	dlm_monitor_device_exit();
err_control:
	dlm_control_device_exit();
	return err;
}

void dlm_devices_exit(void)
{
	dlm_plock_device_exit();
	dlm_monitor_device_exit();
	dlm_control_device_exit();
}
