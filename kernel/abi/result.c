// SPDX-License-Identifier: GPL-2.0
/*
 * Results in the two shapes.
 */
#include "abi/result.h"

struct shape {
	u8 pointer_size;
	u8 astaddr;
	u8 astparam;
	u8 lksb;
	u8 status;
	u8 lkid;
	u8 sb_flags;
	u8 bast_mode;
	u8 lvb_offset;
	u8 size;
};

static const struct shape native = {
	.pointer_size = 8,
	.astaddr = 16,
	.astparam = 24,
	.lksb = 32,
	.status = 40,
	.lkid = 44,
	.sb_flags = 48,
	.bast_mode = 64,
	.lvb_offset = 68,
	.size = 72,
};

static const struct shape compat = {
	.pointer_size = 4,
	.astaddr = 16,
	.astparam = 20,
	.lksb = 24,
	.status = 28,
	.lkid = 32,
	.sb_flags = 36,
	.bast_mode = 44,
	.lvb_offset = 48,
	.size = 52,
};

enum {
	OFF_VERSION = 0,
	OFF_LENGTH = 12,
};

static void put_number(u8 *p, u32 value)
{
	memcpy(p, &value, sizeof(value));
}

static void put_pointer(const struct shape *shape, u8 *p, u64 value)
{
	if (shape->pointer_size == 8)
		memcpy(p, &value, sizeof(value));
	else
		put_number(p, (u32)value);
}

static const struct shape *shape_of(bool is64bit)
{
	return is64bit ? &native : &compat;
}

size_t dlm_abi_result_size(bool is64bit)
{
	return shape_of(is64bit)->size;
}

size_t dlm_abi_put_result(const struct dlm_abi_result *result, bool is64bit, size_t room,
			  u8 out[DLM_ABI_RESULT_MAX])
{
	const struct shape *shape = shape_of(is64bit);
	size_t length = shape->size;

	memset(out, 0, DLM_ABI_RESULT_MAX);
	put_number(out + OFF_VERSION, DLM_DEVICE_VERSION_MAJOR);
	put_number(out + OFF_VERSION + 4, DLM_DEVICE_VERSION_MINOR);
	put_number(out + OFF_VERSION + 8, DLM_DEVICE_VERSION_PATCH);
	put_pointer(shape, out + shape->astaddr, result->astaddr);
	put_pointer(shape, out + shape->astparam, result->astparam);
	put_pointer(shape, out + shape->lksb, result->lksb);
	put_number(out + shape->status, (u32)result->status);
	put_number(out + shape->lkid, result->lkid);
	out[shape->sb_flags] = result->sb_flags;
	out[shape->bast_mode] = result->bast_mode;
	if (result->has_lvb && room >= length + DLM_USER_LVB_LEN) {
		put_number(out + shape->lvb_offset, (u32)length);
		memcpy(out + length, result->lvb, DLM_USER_LVB_LEN);
		length += DLM_USER_LVB_LEN;
	}
	put_number(out + OFF_LENGTH, (u32)length);
	return length;
}
