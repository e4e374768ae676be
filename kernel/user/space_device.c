// SPDX-License-Identifier: GPL-2.0
/*
 * The device of a lockspace: registration, and what can be called on it.
 *
 * An open file keeps the device and the lockspace's memory. A release withdraws the
 * device, so that nobody can open it any more, and waits until the last file has been
 * closed: then all locks have been given back but for the orphans, which go here.
 */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/slab.h>

#include "lockspace/lock_entry.h"
#include "lockspace/lockspace.h"
#include "lockspace/node.h"
#include "user/purge.h"
#include "user/request_abi.h"
#include "user/space_device.h"
#include "user/space_file.h"
#include "user/space_users.h"

#define PURGES_MOST 64 /* asked for by other nodes and not done yet */

struct space_device {
	struct miscdevice misc;
	struct dlm_lockspace *ls;
	bool registered; /* device_mutex */
	struct dlm_space_users users;
	atomic_t purges;
	struct dlm_held_list orphans;
	char name[DLM_LOCKSPACE_LEN + 8];
};

/* ls->user of all lockspaces, and the moment of registration. */
static DEFINE_MUTEX(device_mutex);

/* ---- files ---- */

static int device_open(struct inode *inode, struct file *file)
{
	/* misc_open() has put the miscdevice here, and keeps it registered meanwhile. */
	struct space_device *dev = container_of(file->private_data, struct space_device, misc);

	file->private_data = dlm_space_file_open(dev->ls, &dev->orphans, &dev->users);
	return file->private_data ? 0 : -ENOMEM;
}

static int device_release(struct inode *inode, struct file *file)
{
	dlm_space_file_close(file->private_data);
	return 0;
}

static ssize_t device_read(struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	if (count == sizeof(struct dlm_device_version))
		return dlm_abi_read_version(buf, count);
	return dlm_space_read(file->private_data, buf, count, !(file->f_flags & O_NONBLOCK));
}

static __poll_t device_poll(struct file *file, poll_table *wait)
{
	struct dlm_space_file *opened = file->private_data;
	struct dlm_collector *collector = &opened->collector;

	poll_wait(file, &collector->wait, wait);
	return dlm_collector_empty(collector) ? 0 : EPOLLIN | EPOLLRDNORM;
}

static int carry_out(struct dlm_space_file *file, const struct dlm_abi_request *request)
{
	if (!request->is64bit)
		WRITE_ONCE(file->compat, true);
	switch (request->cmd) {
	case DLM_USER_LOCK:
		return dlm_space_lock(file, &request->lock);
	case DLM_USER_UNLOCK:
		return dlm_space_unlock(file, &request->lock);
	case DLM_USER_DEADLOCK:
		return dlm_space_deadlock(file, &request->lock);
	default:
		return dlm_space_purge(file, &request->purge);
	}
}

static ssize_t device_write(struct file *file, const char __user *buf, size_t count, loff_t *pos)
{
	struct dlm_abi_request request;
	ssize_t result;
	u8 *bytes;

	bytes = dlm_abi_read_request(buf, count);
	if (IS_ERR(bytes))
		return PTR_ERR(bytes);
	result = dlm_abi_parse(bytes, count, &request);
	if (!result)
		result = carry_out(file->private_data, &request);
	kfree(bytes);
	return result;
}

static const struct file_operations space_fops = {
	.owner = THIS_MODULE,
	.open = device_open,
	.release = device_release,
	.read = device_read,
	.write = device_write,
	.poll = device_poll,
	.llseek = noop_llseek,
};

/* ---- life ---- */

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
	dlm_space_users_init(&dev->users);
	dlm_held_list_init(&dev->orphans);
	err = misc_register(&dev->misc);
	if (err) {
		kfree(dev);
		return err;
	}
	dev->registered = true;
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
	if (dev) {
		dev->registered = false;
		misc_deregister(&dev->misc);
	}
	mutex_unlock(&device_mutex);
	/* From here on only those count who have it open. */
	if (dev)
		dlm_space_users_put(&dev->users);
}

/* Their memory goes with the lockspace. */
static void forget_orphans(struct space_device *dev)
{
	struct dlm_held *held;

	while ((held = dlm_held_take(&dev->orphans)))
		dlm_lock_put(held->user.le);
}

static int wait_closed(struct dlm_lockspace *ls, unsigned int task_state)
{
	struct space_device *dev = ls->user;

	if (!dev)
		return 0;
	if (wait_for_completion_state(&dev->users.none, task_state))
		return -EINTR;
	mutex_lock(&device_mutex);
	ls->user = NULL;
	mutex_unlock(&device_mutex);
	forget_orphans(dev);
	kfree(dev);
	return 0;
}

struct dlm_lockspace *dlm_space_device_find(struct dlm_node *node, int minor)
{
	struct dlm_lockspace *ls, *found = NULL;

	mutex_lock(&node->spaces_mutex);
	mutex_lock(&device_mutex);
	list_for_each_entry(ls, &node->spaces, link) {
		struct space_device *dev = ls->user;

		if (dev && dev->registered && dev->misc.minor == minor) {
			dlm_lockspace_get(ls);
			found = ls;
			break;
		}
	}
	mutex_unlock(&device_mutex);
	mutex_unlock(&node->spaces_mutex);
	return found;
}

/* ---- purges that other nodes ask for ---- */

struct purge {
	struct work_struct work;
	struct space_device *dev;
	u32 pid;
};

static void purge_work(struct work_struct *work)
{
	struct purge *purge = container_of(work, struct purge, work);
	struct space_device *dev = purge->dev;

	if (dlm_lockspace_use(dev->ls)) {
		dlm_purge_orphans(dev->ls, &dev->orphans, purge->pid);
		dlm_lockspace_leave(dev->ls);
	}
	kfree(purge);
	atomic_dec(&dev->purges);
	dlm_space_users_put(&dev->users);
}

static int start_purge(struct space_device *dev, u32 pid)
{
	struct purge *purge = kmalloc(sizeof(*purge), GFP_NOFS);

	if (!purge)
		return -ENOMEM;
	if (atomic_inc_return(&dev->purges) > PURGES_MOST) {
		atomic_dec(&dev->purges);
		kfree(purge);
		return -EBUSY;
	}
	dlm_space_users_get(&dev->users);
	purge->dev = dev;
	purge->pid = pid;
	INIT_WORK(&purge->work, purge_work);
	queue_work(system_unbound_wq, &purge->work);
	return 0;
}

static int purge(struct dlm_lockspace *ls, u32 pid)
{
	struct space_device *dev;
	int err = 0;

	mutex_lock(&device_mutex);
	dev = ls->user;
	if (dev && dev->registered)
		err = start_purge(dev, pid);
	mutex_unlock(&device_mutex);
	return err;
}

const struct dlm_device_ops dlm_space_device_ops = {
	.withdraw = withdraw,
	.wait_closed = wait_closed,
	.purge = purge,
};
