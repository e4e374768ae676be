// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/dlm_plock: requests of POSIX locks are read by the control daemon, which
 * writes its answers (control-plane.md 6.3). All openers share one queue.
 */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/uaccess.h>

#include "abi/plock.h"
#include "lockspace/node.h"
#include "user/control_device.h"

static struct dlm_plocks *plocks;

static int plock_open(struct inode *inode, struct file *file)
{
	dlm_plocks_open(plocks);
	return 0;
}

static int plock_release(struct inode *inode, struct file *file)
{
	dlm_plocks_close(plocks);
	return 0;
}

/* Never waits, even where reading is to wait: programs poll. */
static ssize_t plock_read(struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	struct dlm_plock_info info;

	if (count < sizeof(info))
		return -EINVAL;
	/* What has been taken off cannot be put back. */
	if (dlm_plocks_readable(plocks) && clear_user(buf, sizeof(info)))
		return -EFAULT;
	if (!dlm_plocks_next(plocks, &info))
		return -EAGAIN;
	if (copy_to_user(buf, &info, sizeof(info)))
		return -EFAULT;
	return sizeof(info);
}

/* An answer to a question that nobody asks any more is taken without a word. */
static ssize_t plock_write(struct file *file, const char __user *buf, size_t count, loff_t *pos)
{
	struct dlm_plock_info info;
	int err;

	if (count != sizeof(info))
		return -EINVAL;
	if (copy_from_user(&info, buf, sizeof(info)))
		return -EFAULT;
	err = dlm_plock_check_version(&info);
	if (err)
		return err;
	if (!dlm_plocks_answer(plocks, &info))
		pr_debug("dlm: answer to no request: op %u fsid %x number %llx\n", info.optype,
			 info.fsid, info.number);
	return sizeof(info);
}

static __poll_t plock_poll(struct file *file, poll_table *wait)
{
	poll_wait(file, &plocks->readable, wait);
	return dlm_plocks_readable(plocks) ? EPOLLIN | EPOLLRDNORM : 0;
}

static const struct file_operations plock_fops = {
	.owner = THIS_MODULE,
	.open = plock_open,
	.release = plock_release,
	.read = plock_read,
	.write = plock_write,
	.poll = plock_poll,
	.llseek = noop_llseek,
};

static struct miscdevice plock_misc = {
	.name = DLM_PLOCK_MISC_NAME,
	.fops = &plock_fops,
	.minor = MISC_DYNAMIC_MINOR,
};

int dlm_plock_device_init(struct dlm_node *node)
{
	plocks = &node->plocks;
	return misc_register(&plock_misc);
}

void dlm_plock_device_exit(void)
{
	misc_deregister(&plock_misc);
}
