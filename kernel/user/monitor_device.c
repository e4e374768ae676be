// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/dlm-monitor: held open by the control daemon. When the last descriptor is
 * closed, the daemon is gone and lockspaces stop (control-plane.md 5.8).
 */
#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>

#include "lockspace/node.h"
#include "user/control_device.h"

static struct dlm_node *monitor_node;

/*
 * The device may be open to all (udev makes it so). Only who may make lockspaces is taken for
 * the daemon: anybody else could stop them all by opening and closing it.
 */
static int monitor_open(struct inode *inode, struct file *file)
{
	bool counts = capable(CAP_SYS_ADMIN);

	file->private_data = counts ? monitor_node : NULL;
	if (counts)
		dlm_node_monitor_opened(monitor_node);
	return 0;
}

static int monitor_release(struct inode *inode, struct file *file)
{
	if (file->private_data)
		dlm_node_monitor_closed(monitor_node);
	return 0;
}

static const struct file_operations monitor_fops = {
	.owner = THIS_MODULE,
	.open = monitor_open,
	.release = monitor_release,
	.llseek = noop_llseek,
};

static struct miscdevice monitor_misc = {
	.name = "dlm-monitor",
	.fops = &monitor_fops,
	.minor = MISC_DYNAMIC_MINOR,
};

int dlm_monitor_device_init(struct dlm_node *node)
{
	monitor_node = node;
	return misc_register(&monitor_misc);
}

void dlm_monitor_device_exit(void)
{
	misc_deregister(&monitor_misc);
}
