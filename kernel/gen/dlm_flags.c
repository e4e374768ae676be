// SPDX-License-Identifier: GPL-2.0
/*
 * Do not edit: made from Documentation/specs/flags.yaml.
 * Remake with: dlm_codegen --specs Documentation/specs --root . --write
 *
 * Request flags: names, where each is legal, and the argument checks that
 * depend on flags, mode and the presence of a value block only.
 */
/* clang-format off */
#include "gen/dlm_flags.h"
#include "gen/dlm_modes.h"

static_assert(DLM_LKF_NOQUEUE == 0x00000001);
static_assert(DLM_LKF_CANCEL == 0x00000002);
static_assert(DLM_LKF_CONVERT == 0x00000004);
static_assert(DLM_LKF_VALBLK == 0x00000008);
static_assert(DLM_LKF_QUECVT == 0x00000010);
static_assert(DLM_LKF_IVVALBLK == 0x00000020);
static_assert(DLM_LKF_CONVDEADLK == 0x00000040);
static_assert(DLM_LKF_PERSISTENT == 0x00000080);
static_assert(DLM_LKF_NODLCKWT == 0x00000100);
static_assert(DLM_LKF_NODLCKBLK == 0x00000200);
static_assert(DLM_LKF_EXPEDITE == 0x00000400);
static_assert(DLM_LKF_NOQUEUEBAST == 0x00000800);
static_assert(DLM_LKF_HEADQUE == 0x00001000);
static_assert(DLM_LKF_NOORDER == 0x00002000);
static_assert(DLM_LKF_ORPHAN == 0x00004000);
static_assert(DLM_LKF_ALTPR == 0x00008000);
static_assert(DLM_LKF_ALTCW == 0x00010000);
static_assert(DLM_LKF_FORCEUNLOCK == 0x00020000);
static_assert(DLM_LKF_TIMEOUT == 0x00040000);
static_assert(DLM_SBF_DEMOTED == 0x01);
static_assert(DLM_SBF_VALNOTVALID == 0x02);
static_assert(DLM_SBF_ALTMODE == 0x04);

/* Known flags that the operation may not have. */
#define NOT_IN_REQUEST \
	(DLM_LKF_CANCEL | \
	 DLM_LKF_CONVERT | \
	 DLM_LKF_QUECVT | \
	 DLM_LKF_CONVDEADLK)
#define NOT_IN_CONVERT \
	(DLM_LKF_CANCEL | \
	 DLM_LKF_EXPEDITE)

/* All that the operation may have. */
#define ONLY_IN_UNLOCK \
	(DLM_LKF_VALBLK | \
	 DLM_LKF_IVVALBLK | \
	 DLM_LKF_FORCEUNLOCK)
#define ONLY_IN_CANCEL \
	(DLM_LKF_CANCEL | \
	 DLM_LKF_VALBLK | \
	 DLM_LKF_IVVALBLK)

/* Not without a value block. */
#define NEEDS_LVB \
	(DLM_LKF_VALBLK)

/* Flags that exclude each other. */
static const u32 exclusive[] = {
	DLM_LKF_NOQUEUE | DLM_LKF_CONVDEADLK,
	DLM_LKF_NOQUEUE | DLM_LKF_EXPEDITE,
	DLM_LKF_QUECVT | DLM_LKF_EXPEDITE,
};

/* Flags that go with one mode only. */
static const struct {
	u32 flag;
	int mode;
} only_mode[] = {
	{ DLM_LKF_EXPEDITE, DLM_LOCK_NL },
};

const struct dlm_flag dlm_flag_table[DLM_FLAG_NR] = {
	{ "NOQUEUE", DLM_LKF_NOQUEUE,
	  DLM_USE_REQUEST | DLM_USE_CONVERT },
	{ "CANCEL", DLM_LKF_CANCEL,
	  DLM_USE_CANCEL },
	{ "CONVERT", DLM_LKF_CONVERT,
	  DLM_USE_CONVERT },
	{ "VALBLK", DLM_LKF_VALBLK,
	  DLM_USE_REQUEST | DLM_USE_CONVERT | DLM_USE_UNLOCK | DLM_USE_CANCEL },
	{ "QUECVT", DLM_LKF_QUECVT,
	  DLM_USE_CONVERT },
	{ "IVVALBLK", DLM_LKF_IVVALBLK,
	  DLM_USE_REQUEST | DLM_USE_CONVERT | DLM_USE_UNLOCK | DLM_USE_CANCEL },
	{ "CONVDEADLK", DLM_LKF_CONVDEADLK,
	  DLM_USE_CONVERT },
	{ "PERSISTENT", DLM_LKF_PERSISTENT,
	  DLM_USE_REQUEST | DLM_USE_CONVERT },
	{ "NODLCKWT", DLM_LKF_NODLCKWT,
	  DLM_USE_REQUEST | DLM_USE_CONVERT },
	{ "NODLCKBLK", DLM_LKF_NODLCKBLK,
	  DLM_USE_REQUEST | DLM_USE_CONVERT },
	{ "EXPEDITE", DLM_LKF_EXPEDITE,
	  DLM_USE_REQUEST },
	{ "NOQUEUEBAST", DLM_LKF_NOQUEUEBAST,
	  DLM_USE_REQUEST | DLM_USE_CONVERT },
	{ "HEADQUE", DLM_LKF_HEADQUE,
	  DLM_USE_REQUEST | DLM_USE_CONVERT },
	{ "NOORDER", DLM_LKF_NOORDER,
	  DLM_USE_REQUEST | DLM_USE_CONVERT },
	{ "ORPHAN", DLM_LKF_ORPHAN,
	  DLM_USE_REQUEST | DLM_USE_CONVERT },
	{ "ALTPR", DLM_LKF_ALTPR,
	  DLM_USE_REQUEST | DLM_USE_CONVERT },
	{ "ALTCW", DLM_LKF_ALTCW,
	  DLM_USE_REQUEST | DLM_USE_CONVERT },
	{ "FORCEUNLOCK", DLM_LKF_FORCEUNLOCK,
	  DLM_USE_REQUEST | DLM_USE_CONVERT | DLM_USE_UNLOCK },
	{ "TIMEOUT", DLM_LKF_TIMEOUT,
	  DLM_USE_REQUEST | DLM_USE_CONVERT },
};

const char *dlm_flag_name(u32 bit)
{
	size_t i;

	for (i = 0; i < DLM_FLAG_NR; i++) {
		if (dlm_flag_table[i].value == bit)
			return dlm_flag_table[i].name;
	}
	return NULL;
}

int dlm_flags_check_lock(u32 flags, int mode, bool has_lvb)
{
	u32 forbidden = NOT_IN_REQUEST;
	size_t i;

	if (flags & DLM_LKF_CONVERT)
		forbidden = NOT_IN_CONVERT;
	if (!dlm_mode_valid(mode) || flags & forbidden)
		goto refuse;
	if (flags & NEEDS_LVB && !has_lvb)
		goto refuse;
	for (i = 0; i < ARRAY_SIZE(exclusive); i++) {
		if ((flags & exclusive[i]) == exclusive[i])
			goto refuse;
	}
	for (i = 0; i < ARRAY_SIZE(only_mode); i++) {
		if (flags & only_mode[i].flag && mode != only_mode[i].mode)
			goto refuse;
	}
	return 0;

refuse:
	return -EINVAL;
}

int dlm_flags_check_unlock(u32 flags)
{
	u32 allowed = ONLY_IN_UNLOCK;

	if (flags & DLM_LKF_CANCEL)
		allowed = ONLY_IN_CANCEL;
	return flags & ~allowed ? -EINVAL : 0;
}
