// SPDX-License-Identifier: GPL-2.0
/*
 * Do not edit: made from Documentation/specs/modes.yaml.
 * Remake with: dlm_codegen --specs Documentation/specs --root . --write
 *
 * Lock modes: names, which may be held together, the kind of a conversion and
 * the direction in which the value block moves.
 */
/* clang-format off */
#include "gen/dlm_modes.h"

static_assert(DLM_LOCK_IV == -1);
static_assert(DLM_LOCK_NL == 0);
static_assert(DLM_LOCK_CR == 1);
static_assert(DLM_LOCK_CW == 2);
static_assert(DLM_LOCK_PR == 3);
static_assert(DLM_LOCK_PW == 4);
static_assert(DLM_LOCK_EX == 5);

static const char * const names[DLM_MODE_NR + 1] = {
	"IV",
	"NL",
	"CR",
	"CW",
	"PR",
	"PW",
	"EX",
};

/* [held + 1], bit wanted + 1; place 0 is no mode, which conflicts with nothing. */
static const u8 compatible[DLM_MODE_NR + 1] = {
	0x7f,	/* IV */
	0x7f,	/* NL */
	0x3f,	/* CR */
	0x0f,	/* CW */
	0x17,	/* PR */
	0x07,	/* PW */
	0x03,	/* EX */
};

static const u8 convert_kinds[DLM_MODE_NR][DLM_MODE_NR] = {
	[DLM_LOCK_NL] = {
		[DLM_LOCK_NL] = DLM_CONVERT_SAME,
		[DLM_LOCK_CR] = DLM_CONVERT_UP,
		[DLM_LOCK_CW] = DLM_CONVERT_UP,
		[DLM_LOCK_PR] = DLM_CONVERT_UP,
		[DLM_LOCK_PW] = DLM_CONVERT_UP,
		[DLM_LOCK_EX] = DLM_CONVERT_UP,
	},
	[DLM_LOCK_CR] = {
		[DLM_LOCK_NL] = DLM_CONVERT_DOWN,
		[DLM_LOCK_CR] = DLM_CONVERT_SAME,
		[DLM_LOCK_CW] = DLM_CONVERT_UP,
		[DLM_LOCK_PR] = DLM_CONVERT_UP,
		[DLM_LOCK_PW] = DLM_CONVERT_UP,
		[DLM_LOCK_EX] = DLM_CONVERT_UP,
	},
	[DLM_LOCK_CW] = {
		[DLM_LOCK_NL] = DLM_CONVERT_DOWN,
		[DLM_LOCK_CR] = DLM_CONVERT_DOWN,
		[DLM_LOCK_CW] = DLM_CONVERT_SAME,
		[DLM_LOCK_PR] = DLM_CONVERT_MIDDLE,
		[DLM_LOCK_PW] = DLM_CONVERT_UP,
		[DLM_LOCK_EX] = DLM_CONVERT_UP,
	},
	[DLM_LOCK_PR] = {
		[DLM_LOCK_NL] = DLM_CONVERT_DOWN,
		[DLM_LOCK_CR] = DLM_CONVERT_DOWN,
		[DLM_LOCK_CW] = DLM_CONVERT_MIDDLE,
		[DLM_LOCK_PR] = DLM_CONVERT_SAME,
		[DLM_LOCK_PW] = DLM_CONVERT_UP,
		[DLM_LOCK_EX] = DLM_CONVERT_UP,
	},
	[DLM_LOCK_PW] = {
		[DLM_LOCK_NL] = DLM_CONVERT_DOWN,
		[DLM_LOCK_CR] = DLM_CONVERT_DOWN,
		[DLM_LOCK_CW] = DLM_CONVERT_DOWN,
		[DLM_LOCK_PR] = DLM_CONVERT_DOWN,
		[DLM_LOCK_PW] = DLM_CONVERT_SAME,
		[DLM_LOCK_EX] = DLM_CONVERT_UP,
	},
	[DLM_LOCK_EX] = {
		[DLM_LOCK_NL] = DLM_CONVERT_DOWN,
		[DLM_LOCK_CR] = DLM_CONVERT_DOWN,
		[DLM_LOCK_CW] = DLM_CONVERT_DOWN,
		[DLM_LOCK_PR] = DLM_CONVERT_DOWN,
		[DLM_LOCK_PW] = DLM_CONVERT_DOWN,
		[DLM_LOCK_EX] = DLM_CONVERT_SAME,
	},
};

/* [from], bit to */
static const u8 quecvt[DLM_MODE_NR] = {
	[DLM_LOCK_NL] = 0x3e,
	[DLM_LOCK_CR] = 0x3c,
	[DLM_LOCK_CW] = 0x38,
	[DLM_LOCK_PR] = 0x34,
	[DLM_LOCK_PW] = 0x20,
	[DLM_LOCK_EX] = 0x00,
};

/* [granted + 1][requested]; row 0 is a new request. */
static const u8 lvb_ops[DLM_MODE_NR + 1][DLM_MODE_NR] = {
	[DLM_LOCK_IV + 1] = {
		[DLM_LOCK_NL] = DLM_LVB_READ,
		[DLM_LOCK_CR] = DLM_LVB_READ,
		[DLM_LOCK_CW] = DLM_LVB_READ,
		[DLM_LOCK_PR] = DLM_LVB_READ,
		[DLM_LOCK_PW] = DLM_LVB_READ,
		[DLM_LOCK_EX] = DLM_LVB_READ,
	},
	[DLM_LOCK_NL + 1] = {
		[DLM_LOCK_NL] = DLM_LVB_READ,
		[DLM_LOCK_CR] = DLM_LVB_READ,
		[DLM_LOCK_CW] = DLM_LVB_READ,
		[DLM_LOCK_PR] = DLM_LVB_READ,
		[DLM_LOCK_PW] = DLM_LVB_READ,
		[DLM_LOCK_EX] = DLM_LVB_READ,
	},
	[DLM_LOCK_CR + 1] = {
		[DLM_LOCK_NL] = DLM_LVB_NONE,
		[DLM_LOCK_CR] = DLM_LVB_READ,
		[DLM_LOCK_CW] = DLM_LVB_READ,
		[DLM_LOCK_PR] = DLM_LVB_READ,
		[DLM_LOCK_PW] = DLM_LVB_READ,
		[DLM_LOCK_EX] = DLM_LVB_READ,
	},
	[DLM_LOCK_CW + 1] = {
		[DLM_LOCK_NL] = DLM_LVB_NONE,
		[DLM_LOCK_CR] = DLM_LVB_NONE,
		[DLM_LOCK_CW] = DLM_LVB_READ,
		[DLM_LOCK_PR] = DLM_LVB_READ,
		[DLM_LOCK_PW] = DLM_LVB_READ,
		[DLM_LOCK_EX] = DLM_LVB_READ,
	},
	[DLM_LOCK_PR + 1] = {
		[DLM_LOCK_NL] = DLM_LVB_NONE,
		[DLM_LOCK_CR] = DLM_LVB_NONE,
		[DLM_LOCK_CW] = DLM_LVB_NONE,
		[DLM_LOCK_PR] = DLM_LVB_READ,
		[DLM_LOCK_PW] = DLM_LVB_READ,
		[DLM_LOCK_EX] = DLM_LVB_READ,
	},
	[DLM_LOCK_PW + 1] = {
		[DLM_LOCK_NL] = DLM_LVB_WRITE,
		[DLM_LOCK_CR] = DLM_LVB_WRITE,
		[DLM_LOCK_CW] = DLM_LVB_WRITE,
		[DLM_LOCK_PR] = DLM_LVB_WRITE,
		[DLM_LOCK_PW] = DLM_LVB_WRITE,
		[DLM_LOCK_EX] = DLM_LVB_READ,
	},
	[DLM_LOCK_EX + 1] = {
		[DLM_LOCK_NL] = DLM_LVB_WRITE,
		[DLM_LOCK_CR] = DLM_LVB_WRITE,
		[DLM_LOCK_CW] = DLM_LVB_WRITE,
		[DLM_LOCK_PR] = DLM_LVB_WRITE,
		[DLM_LOCK_PW] = DLM_LVB_WRITE,
		[DLM_LOCK_EX] = DLM_LVB_WRITE,
	},
};

static const u8 lvb_unlock_ops[DLM_MODE_NR + 1] = {
	[DLM_LOCK_IV + 1] = DLM_LVB_NONE,
	[DLM_LOCK_NL + 1] = DLM_LVB_NONE,
	[DLM_LOCK_CR + 1] = DLM_LVB_NONE,
	[DLM_LOCK_CW + 1] = DLM_LVB_NONE,
	[DLM_LOCK_PR + 1] = DLM_LVB_NONE,
	[DLM_LOCK_PW + 1] = DLM_LVB_WRITE,
	[DLM_LOCK_EX + 1] = DLM_LVB_WRITE,
};

/* A mode, or none. */
static bool known(int mode)
{
	return mode == DLM_LOCK_IV || dlm_mode_valid(mode);
}

const char *dlm_mode_name(int mode)
{
	return known(mode) ? names[mode + 1] : "??";
}

bool dlm_mode_compatible(int a, int b)
{
	if (!known(a) || !known(b))
		return false;
	return compatible[a + 1] & BIT(b + 1);
}

enum dlm_convert_kind dlm_convert_kind(int from, int to)
{
	if (!dlm_mode_valid(from) || !dlm_mode_valid(to))
		return DLM_CONVERT_UP;
	return (enum dlm_convert_kind)convert_kinds[from][to];
}

bool dlm_quecvt_allowed(int from, int to)
{
	if (!dlm_mode_valid(from) || !dlm_mode_valid(to))
		return false;
	return quecvt[from] & BIT(to);
}

enum dlm_lvb_op dlm_lvb_op(int granted, int requested)
{
	if (!known(granted) || !dlm_mode_valid(requested))
		return DLM_LVB_NONE;
	return (enum dlm_lvb_op)lvb_ops[granted + 1][requested];
}

enum dlm_lvb_op dlm_lvb_op_unlock(int granted)
{
	if (!known(granted))
		return DLM_LVB_NONE;
	return (enum dlm_lvb_op)lvb_unlock_ops[granted + 1];
}
