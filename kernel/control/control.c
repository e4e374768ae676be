// SPDX-License-Identifier: GPL-2.0
/*
 * The control plane's doors as one thing: registered when the module is loaded,
 * handed to the shell as a table of operations.
 */
#include "control/configfs.h"
#include "control/debugfs.h"
#include "control/netlink.h"
#include "control/sysfs.h"
#include "lockspace/control.h"
#include "lockspace/node.h"

static const struct dlm_control_ops control_ops = {
	.add = dlm_sysfs_add,
	.remove = dlm_sysfs_remove,
	.online = dlm_sysfs_online,
	.offline = dlm_sysfs_offline,
	.show = dlm_debugfs_show,
	.hide = dlm_debugfs_hide,
	.late = dlm_netlink_late,
	.deadlock = dlm_netlink_deadlock,
};

int dlm_control_init(struct dlm_node *node)
{
	int err;

	dlm_debugfs_init(node);
	err = dlm_sysfs_init();
	if (err)
		goto err_debugfs;
	err = dlm_netlink_init();
	if (err)
		goto err_sysfs;
	err = dlm_configfs_init(node);
	if (err)
		goto err_netlink;
	node->control = &control_ops;
	return 0;

err_netlink:
	dlm_netlink_exit();
err_sysfs:
	dlm_sysfs_exit();
err_debugfs:
	dlm_debugfs_exit();
	return err;
}

void dlm_control_exit(struct dlm_node *node)
{
	dlm_configfs_exit();
	dlm_netlink_exit();
	dlm_sysfs_exit();
	dlm_debugfs_exit();
	node->control = NULL;
}
