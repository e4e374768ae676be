/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Callbacks as programs read them from the device of a lockspace
 * (control-plane.md 5.4).
 */
#ifndef DLM_ABI_RESULT_H
#define DLM_ABI_RESULT_H

#include <linux/dlm_device.h>

#include "platform/dlm_platform.h"

#define DLM_ABI_RESULT_MAX (72 + DLM_USER_LVB_LEN)

struct dlm_abi_result {
	u64 astaddr; /* completion or blocking function, and its argument */
	u64 astparam;
	u64 lksb;
	int status;
	u32 lkid;
	u8 sb_flags;
	u8 bast_mode; /* 0: it is a completion */
	bool has_lvb;
	u8 lvb[DLM_USER_LVB_LEN];
};

/* Without a value block; the least that a reader must have room for. */
size_t dlm_abi_result_size(bool is64bit);

/* Returns the length. The value block goes along if it is there and fits into @room. */
size_t dlm_abi_put_result(const struct dlm_abi_result *result, bool is64bit, size_t room,
			  u8 out[DLM_ABI_RESULT_MAX]);

#endif /* DLM_ABI_RESULT_H */
