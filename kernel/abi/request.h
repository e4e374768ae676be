/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Requests that programs write to the character devices: bytes to a struct, all
 * lengths checked (control-plane.md 5.2, 5.3).
 *
 * There are three shapes: that of 64-bit programs, that of 32-bit programs, and
 * the latter with four bytes of padding behind the name (where 64-bit numbers
 * have to be aligned). The caller's word is_64bit tells the first from the others.
 */
#ifndef DLM_ABI_REQUEST_H
#define DLM_ABI_REQUEST_H

#include <linux/dlm_device.h>

#include "platform/dlm_platform.h"

#define DLM_ABI_REQUEST_MAX (120 + DLM_RESNAME_MAXLEN) /* the longest request */
#define DLM_ABI_BODY	    16 /* where the part that depends on the command starts */

/* The callers' addresses: never followed, only handed back. */
struct dlm_abi_callbacks {
	u64 castaddr;
	u64 castparam;
	u64 bastaddr;
	u64 bastparam;
	u64 lksb;
};

/* Pointers are into the request. */
struct dlm_abi_lock {
	struct dlm_abi_callbacks callbacks;
	u64 xid;
	u64 timeout_cs;
	u32 flags; /* DLM_LKF_ */
	u32 lkid;
	u32 parent;
	u8 mode;
	u8 name_len;
	const u8 *name;
	const u8 *lvb; /* DLM_USER_LVB_LEN bytes */
};

struct dlm_abi_purge {
	int nodeid;
	u32 pid;
};

struct dlm_abi_request {
	u8 cmd; /* DLM_USER_ */
	bool is64bit;
	union {
		struct dlm_abi_lock lock;   /* LOCK, UNLOCK, DEADLOCK */
		struct dlm_abi_purge purge; /* PURGE */
	};
};

/* Same major version, not a newer minor than ours; -EBADE. @bytes: DLM_ABI_BODY of them. */
int dlm_abi_check_version(const u8 *bytes);

/* What the device of a lockspace takes. -EBADE, -EINVAL. */
int dlm_abi_parse(const u8 *bytes, size_t count, struct dlm_abi_request *request);

#endif /* DLM_ABI_REQUEST_H */
