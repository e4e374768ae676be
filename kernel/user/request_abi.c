// SPDX-License-Identifier: GPL-2.0
/*
 * Requests copied from programs, and the version of the device interface.
 */
#include <linux/dlm.h>
#include <linux/dlm_device.h>
#include <linux/err.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "abi/request.h"
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

u8 *dlm_abi_read_request(const char __user *buf, size_t count)
{
	u8 *request;
	int err;

	if (count < DLM_ABI_BODY || count > DLM_ABI_REQUEST_MAX)
		return ERR_PTR(-EINVAL);
	request = memdup_user_nul(buf, count);
	if (IS_ERR(request))
		return request;
	err = dlm_abi_check_version(request);
	if (err) {
		kfree(request);
		return ERR_PTR(err);
	}
	return request;
}
