// SPDX-License-Identifier: GPL-2.0
/*
 * Requests of programs, checked.
 */
#include "abi/request.h"

/* Offsets in a request about a lock; what is not here is at the same place in all. */
struct shape {
	u8 pointer_size;
	u8 castparam;
	u8 castaddr;
	u8 bastparam;
	u8 bastaddr;
	u8 lksb;
	u8 lvb;
	u8 name;
};

static const struct shape native = {
	.pointer_size = 8,
	.castparam = 48,
	.castaddr = 56,
	.bastparam = 64,
	.bastaddr = 72,
	.lksb = 80,
	.lvb = 88,
	.name = 120,
};

static const struct shape compat = {
	.pointer_size = 4,
	.castparam = 48,
	.castaddr = 52,
	.bastparam = 56,
	.bastaddr = 60,
	.lksb = 64,
	.lvb = 68,
	.name = 100,
};

enum {
	OFF_CMD = 12,
	OFF_IS64BIT = 13,
	OFF_MODE = 16,
	OFF_NAME_LEN = 17,
	OFF_FLAGS = 20,
	OFF_LKID = 24,
	OFF_PARENT = 28,
	OFF_XID = 32,
	OFF_TIMEOUT = 40,
	OFF_PURGE_NODEID = 16,
	OFF_PURGE_PID = 20,
	PURGE_SIZE = 24,
};

static u32 number(const u8 *p)
{
	u32 value;

	memcpy(&value, p, sizeof(value));
	return value;
}

static u64 long_number(const u8 *p)
{
	u64 value;

	memcpy(&value, p, sizeof(value));
	return value;
}

static u64 pointer(const struct shape *shape, const u8 *p)
{
	return shape->pointer_size == 8 ? long_number(p) : number(p);
}

int dlm_abi_check_version(const u8 *bytes)
{
	if (number(bytes) != DLM_DEVICE_VERSION_MAJOR ||
	    number(bytes + 4) > DLM_DEVICE_VERSION_MINOR)
		return -EBADE;
	return 0;
}

static int parse_lock(const u8 *bytes, size_t count, const struct shape *shape,
		      struct dlm_abi_lock *lock)
{
	if (count < shape->name || count - shape->name < bytes[OFF_NAME_LEN])
		return -EINVAL;
	*lock = (struct dlm_abi_lock){
		.callbacks = {
			.castaddr = pointer(shape, bytes + shape->castaddr),
			.castparam = pointer(shape, bytes + shape->castparam),
			.bastaddr = pointer(shape, bytes + shape->bastaddr),
			.bastparam = pointer(shape, bytes + shape->bastparam),
			.lksb = pointer(shape, bytes + shape->lksb),
		},
		.xid = long_number(bytes + OFF_XID),
		.timeout_cs = long_number(bytes + OFF_TIMEOUT),
		.flags = number(bytes + OFF_FLAGS),
		.lkid = number(bytes + OFF_LKID),
		.parent = number(bytes + OFF_PARENT),
		.mode = bytes[OFF_MODE],
		.name_len = bytes[OFF_NAME_LEN],
		.name = bytes + shape->name,
		.lvb = bytes + shape->lvb,
	};
	return 0;
}

static int parse_purge(const u8 *bytes, size_t count, struct dlm_abi_purge *purge)
{
	if (count < PURGE_SIZE)
		return -EINVAL;
	purge->nodeid = (int)number(bytes + OFF_PURGE_NODEID);
	purge->pid = number(bytes + OFF_PURGE_PID);
	return 0;
}

int dlm_abi_parse(const u8 *bytes, size_t count, struct dlm_abi_request *request)
{
	int err;

	if (count < DLM_ABI_BODY || count > DLM_ABI_REQUEST_MAX)
		return -EINVAL;
	err = dlm_abi_check_version(bytes);
	if (err)
		return err;
	request->cmd = bytes[OFF_CMD];
	request->is64bit = bytes[OFF_IS64BIT];
	switch (request->cmd) {
	case DLM_USER_LOCK:
	case DLM_USER_UNLOCK:
	case DLM_USER_DEADLOCK:
		return parse_lock(bytes, count, request->is64bit ? &native : &compat,
				  &request->lock);
	case DLM_USER_PURGE:
		return parse_purge(bytes, count, &request->purge);
	default:
		return -EINVAL;
	}
}
