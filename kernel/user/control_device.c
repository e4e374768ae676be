// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/dlm-control: user space makes and removes lockspaces. The result of write() is
 * the answer, not a number of bytes (control-plane.md 5.5).
 */
#include <linux/capability.h>
#include <linux/dlm.h>
#include <linux/dlm_device.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "abi/plock.h"
#include "abi/request.h"
#include "lockspace/lockspace.h"
#include "lockspace/node.h"
#include "user/control_device.h"
#include "user/request_abi.h"
#include "user/space_device.h"

#define NAME_OFFSET (DLM_ABI_BODY + offsetof(struct dlm_lspace_params, name))

static struct dlm_node *control_node;

static const struct dlm_lspace_params *params_of(const u8 *request)
{
	return (const void *)(request + DLM_ABI_BODY);
}

/* The device of such a lockspace has the name of another one: refused before anybody joins. */
static bool device_is_taken(const char *name)
{
	char device[DLM_LOCKSPACE_LEN + 8];

	snprintf(device, sizeof(device), "dlm_%s", name);
	return !strcmp(device, DLM_PLOCK_MISC_NAME);
}

/* The name ends at its NUL or with the request, behind which there is one. */
static int create(const u8 *request, size_t count)
{
	const struct dlm_lspace_params *params = params_of(request);
	char cluster[DLM_CLUSTER_NAME_MAX + 1];
	struct dlm_lockspace_args args = {
		.name = params->name,
		.cluster = cluster,
		.flags = params->flags,
		.lvblen = DLM_USER_LVB_LEN,
	};
	struct dlm_lockspace *ls;
	int result;

	if (count <= NAME_OFFSET)
		return -EINVAL;
	if (device_is_taken(params->name))
		return -EEXIST;
	dlm_node_cluster_name(control_node, cluster);
	result = dlm_lockspace_new(control_node, &args, &ls);
	if (result)
		return result;
	result = dlm_space_device_minor(ls);
	if (result < 0)
		dlm_lockspace_release(ls, 0);
	return result;
}

static int remove(const u8 *request)
{
	const struct dlm_lspace_params *params = params_of(request);
	struct dlm_lockspace *ls;
	int result;

	ls = dlm_space_device_find(control_node, params->minor);
	if (!ls)
		return -ENOENT;
	result = dlm_lockspace_release_killable(ls,
						params->flags & DLM_USER_LSFLG_FORCEFREE ? 2 : 0);
	dlm_lockspace_put(ls);
	return min(result, 0);
}

static int carry_out(const u8 *request, size_t count)
{
	u8 cmd = request[offsetof(struct dlm_write_request, cmd)];

	if (cmd != DLM_USER_CREATE_LOCKSPACE && cmd != DLM_USER_REMOVE_LOCKSPACE)
		return -EINVAL;
	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (cmd == DLM_USER_CREATE_LOCKSPACE)
		return create(request, count);
	return remove(request);
}

static ssize_t control_write(struct file *file, const char __user *buf, size_t count, loff_t *pos)
{
	ssize_t result;
	u8 *request;

	if (count < NAME_OFFSET)
		return -EINVAL;
	request = dlm_abi_read_request(buf, count);
	if (IS_ERR(request))
		return PTR_ERR(request);
	result = carry_out(request, count);
	kfree(request);
	return result;
}

static ssize_t control_read(struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	return dlm_abi_read_version(buf, count);
}

static const struct file_operations control_fops = {
	.owner = THIS_MODULE,
	.read = control_read,
	.write = control_write,
	.llseek = noop_llseek,
};

static struct miscdevice control_misc = {
	.name = "dlm-control",
	.fops = &control_fops,
	.minor = MISC_DYNAMIC_MINOR,
};

int dlm_control_device_init(struct dlm_node *node)
{
	control_node = node;
	return misc_register(&control_misc);
}

void dlm_control_device_exit(void)
{
	misc_deregister(&control_misc);
}
