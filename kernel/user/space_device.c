// SPDX-License-Identifier: GPL-2.0
/*
 * The device of a lockspace. It exists so that user space finds the lockspace by its
 * minor number, and answers with its version; locks are not served through it.
 *
 * An open descriptor keeps the lockspace's memory, not the lockspace.
 */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "lockspace/lockspace.h"
#include "lockspace/node.h"
#include "user/request_abi.h"
#include "user/space_device.h"

struct space_device {
	struct miscdevice misc;
	struct dlm_lockspace *ls;
	refcount_t refs; /* the registration, and each open descriptor */
	char name[DLM_LOCKSPACE_LEN + 8];
};

/* ls->user of all lockspaces, and the moment of registration. */
static DEFINE_MUTEX(device_mutex);

static void device_put(struct space_device *dev)
{
	if (!refcount_dec_and_test(&dev->refs))
		return;
	dlm_lockspace_put(dev->ls);
	kfree(dev);
}

static int device_open(struct inode *inode, struct file *file)
{
	/* misc_open() has put the miscdevice here, and keeps it registered meanwhile. */
	struct space_device *dev = container_of(file->private_data, struct space_device, misc);

	refcount_inc(&dev->refs);
	file->private_data = dev;
	return 0;
}

static int device_release(struct inode *inode, struct file *file)
{
	device_put(file->private_data);
	return 0;
}

static ssize_t device_read(struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	return dlm_abi_read_version(buf, count);
}

static ssize_t device_write(struct file *file, const char __user *buf, size_t count, loff_t *pos)
{
	return -EOPNOTSUPP;
}

static const struct file_operations space_fops = {
	.owner = THIS_MODULE,
	.open = device_open,
	.release = device_release,
	.read = device_read,
	.write = device_write,
	.llseek = noop_llseek,
};

static int make_device(struct dlm_lockspace *ls)
{
	struct space_device *dev = kzalloc(sizeof(*dev), GFP_KERNEL);
	int err;

	if (!dev)
		return -ENOMEM;
	snprintf(dev->name, sizeof(dev->name), "dlm_%s", ls->name);
	dev->misc.name = dev->name;
	dev->misc.fops = &space_fops;
	dev->misc.minor = MISC_DYNAMIC_MINOR;
	dev->ls = ls;
	refcount_set(&dev->refs, 1);
	err = misc_register(&dev->misc);
	if (err) {
		kfree(dev);
		return err;
	}
	dlm_lockspace_get(ls);
	ls->user = dev;
	return 0;
}

int dlm_space_device_minor(struct dlm_lockspace *ls)
{
	struct space_device *dev;
	int result = 0;

	mutex_lock(&device_mutex);
	if (!ls->user)
		result = make_device(ls);
	dev = ls->user;
	if (!result)
		result = dev->misc.minor;
	mutex_unlock(&device_mutex);
	return result;
}

static void withdraw(struct dlm_lockspace *ls)
{
	struct space_device *dev;

	mutex_lock(&device_mutex);
	dev = ls->user;
	ls->user = NULL;
	if (dev)
		misc_deregister(&dev->misc);
	mutex_unlock(&device_mutex);
	if (dev)
		device_put(dev);
}

struct dlm_lockspace *dlm_space_device_find(struct dlm_node *node, int minor)
{
	struct dlm_lockspace *ls, *found = NULL;

	mutex_lock(&node->spaces_mutex);
	mutex_lock(&device_mutex);
	list_for_each_entry(ls, &node->spaces, link) {
		struct space_device *dev = ls->user;

		if (dev && dev->misc.minor == minor) {
			dlm_lockspace_get(ls);
			found = ls;
			break;
		}
	}
	mutex_unlock(&device_mutex);
	mutex_unlock(&node->spaces_mutex);
	return found;
}

const struct dlm_device_ops dlm_space_device_ops = {
	.withdraw = withdraw,
};
