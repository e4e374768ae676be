/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The rules of lock modes as the client knows them, written by hand from the
 * OpenVMS tables and not generated: the second opinion on the module's own.
 * Modes are DLM_LOCK_NL .. DLM_LOCK_EX, and DLM_LOCK_IV for none.
 */
#ifndef DLM_CLIENT_MODES_H
#define DLM_CLIENT_MODES_H

#include <linux/types.h>

bool modes_compatible(int a, int b);

/* Going from @from to @to gives nothing that @from did not have (same, down). */
bool modes_down(int from, int to);

/* A conversion for which QUECVT is legal. */
bool modes_quecvt(int from, int to);

/* That conversion, or the unlock (@to DLM_LOCK_IV), writes the value block. */
bool modes_writes_value(int from, int to);

/* That request (@from DLM_LOCK_IV) or conversion reads it. */
bool modes_reads_value(int from, int to);

/* What is surely held while the conversion is under way. */
int modes_held_between(int from, int to);

#endif
