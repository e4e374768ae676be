// SPDX-License-Identifier: GPL-2.0
/* The mode tables of modes.h. Pure; used by the load generator and the witness. */
#include <linux/dlm.h>

#include "modes.h"

static bool valid(int mode)
{
	return mode >= DLM_LOCK_NL && mode <= DLM_LOCK_EX;
}

bool modes_compatible(int a, int b)
{
	/* Rows and columns NL CR CW PR PW EX. */
	static const char table[6][7] = {
		"yyyyyy", "yyyyyn", "yyynnn", "yynynn", "yynnnn", "ynnnnn",
	};

	return !valid(a) || !valid(b) || table[a][b] == 'y';
}

bool modes_down(int from, int to)
{
	if (from == to)
		return true;
	return to < from && !(from == DLM_LOCK_PR && to == DLM_LOCK_CW);
}

bool modes_quecvt(int from, int to)
{
	return !modes_down(from, to) || (from == DLM_LOCK_PR && to == DLM_LOCK_CW);
}

bool modes_writes_value(int from, int to)
{
	if (from == DLM_LOCK_EX)
		return true;
	return from == DLM_LOCK_PW && to != DLM_LOCK_EX;
}

bool modes_reads_value(int from, int to)
{
	if (from == DLM_LOCK_IV || from == DLM_LOCK_NL)
		return to != DLM_LOCK_IV;
	if (modes_writes_value(from, to))
		return false;
	return from <= to && to != DLM_LOCK_IV;
}

int modes_held_between(int from, int to)
{
	if (from < DLM_LOCK_NL)
		return DLM_LOCK_NL;
	/* After the loss of a master either of the two may be what is held. */
	if ((from == DLM_LOCK_PR && to == DLM_LOCK_CW) ||
	    (from == DLM_LOCK_CW && to == DLM_LOCK_PR))
		return DLM_LOCK_CR;
	return modes_down(from, to) ? to : from;
}
