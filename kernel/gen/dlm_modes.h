/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Do not edit: made from Documentation/specs/modes.yaml.
 * Remake with: dlm_codegen --specs Documentation/specs --root . --write
 *
 * Lock modes: names, which may be held together, the kind of a conversion and
 * the direction in which the value block moves.
 */
/* clang-format off */
#ifndef DLM_GEN_MODES_H
#define DLM_GEN_MODES_H

#include "platform/dlm_platform.h"

/* Modes that a lock can hold, DLM_LOCK_NL .. DLM_LOCK_EX. */
#define DLM_MODE_NR 6

enum dlm_convert_kind {
	DLM_CONVERT_SAME,
	DLM_CONVERT_UP,
	DLM_CONVERT_DOWN,
	DLM_CONVERT_MIDDLE,	/* neither of the two is above the other */
};

enum dlm_lvb_op {
	DLM_LVB_NONE,
	DLM_LVB_READ,		/* the resource's value goes to the caller */
	DLM_LVB_WRITE,		/* the caller's value goes to the resource */
};

/* A mode that a lock can hold; the mode that means none is not. */
static inline bool dlm_mode_valid(int mode)
{
	return mode >= DLM_LOCK_NL && mode <= DLM_LOCK_EX;
}

/* Two letters; "??" for a number that is no mode. Never NULL. */
const char *dlm_mode_name(int mode);

/* May be held together. No mode conflicts with nothing, a number that is none with all. */
bool dlm_mode_compatible(int a, int b);

/* From no mode everything is up. */
enum dlm_convert_kind dlm_convert_kind(int from, int to);
bool dlm_quecvt_allowed(int from, int to);

/* @granted: mode held at that moment, DLM_LOCK_IV for a new request. */
enum dlm_lvb_op dlm_lvb_op(int granted, int requested);
enum dlm_lvb_op dlm_lvb_op_unlock(int granted);

#endif /* DLM_GEN_MODES_H */
