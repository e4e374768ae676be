/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Do not edit: made from Documentation/specs/flags.yaml.
 * Remake with: dlm_codegen --specs Documentation/specs --root . --write
 *
 * Request flags: names, where each is legal, and the argument checks that
 * depend on flags, mode and the presence of a value block only.
 */
/* clang-format off */
#ifndef DLM_GEN_FLAGS_H
#define DLM_GEN_FLAGS_H

#include "platform/dlm_platform.h"

/* Where a flag may be given: struct dlm_flag.uses */
#define DLM_USE_REQUEST	0x1
#define DLM_USE_CONVERT	0x2
#define DLM_USE_UNLOCK	0x4
#define DLM_USE_CANCEL	0x8

struct dlm_flag {
	const char *name;	/* without DLM_LKF_ */
	u32 value;
	u32 uses;		/* DLM_USE_ bits */
};

#define DLM_FLAG_NR 19
extern const struct dlm_flag dlm_flag_table[DLM_FLAG_NR];

/* Name of one bit, NULL for a bit that has none. */
const char *dlm_flag_name(u32 bit);

/*
 * Arguments of a new request, or of a conversion if @flags has DLM_LKF_CONVERT.
 * Unknown bits are accepted. 0 or a negative error.
 */
int dlm_flags_check_lock(u32 flags, int mode, bool has_lvb);

/* Arguments of an unlock, or of a cancel if @flags has DLM_LKF_CANCEL. 0 or a negative error. */
int dlm_flags_check_unlock(u32 flags);

#endif /* DLM_GEN_FLAGS_H */
