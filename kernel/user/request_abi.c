// SPDX-License-Identifier: GPL-2.0
/*
 * The head of requests and the version of the device interface.
 */
#include <linux/dlm.h>
#include <linux/dlm_device.h>
#include <linux/err.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "user/request_abi.h"

static const u32 our_version[3] = {
	DLM_DEVICE_VERSION_MAJOR,
	DLM_DEVICE_VERSION_MINOR,
	DLM_DEVICE_VERSION_PATCH,
};

ssize_t dlm_abi_read_version(char __user *buf, size_t count)
{
	if (count != sizeof(our_version))
		return -EINVAL;
	if (copy_to_user(buf, our_version, sizeof(our_version)))
		return -EFAULT;
	return sizeof(our_version);
}

/* Same major, not a newer minor than ours; patches do not matter. */
static bool version_fits(const u8 *request)
{
	u32 version[3];

	memcpy(version, request, sizeof(version));
	return version[0] == our_version[0] && version[1] <= our_version[1];
}

u8 *dlm_abi_read_request(const char __user *buf, size_t count, size_t min,
			 struct dlm_request_head *head)
{
	u8 *request;

	if (count < max_t(size_t, min, DLM_REQUEST_BODY) || count > DLM_REQUEST_MAX)
		return ERR_PTR(-EINVAL);
	request = memdup_user_nul(buf, count);
	if (IS_ERR(request))
		return request;
	if (!version_fits(request)) {
		kfree(request);
		return ERR_PTR(-EBADE);
	}
	head->cmd = request[offsetof(struct dlm_write_request, cmd)];
	head->is64bit = request[offsetof(struct dlm_write_request, is64bit)];
	return request;
}
