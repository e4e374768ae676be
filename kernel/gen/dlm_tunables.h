/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Do not edit: made from Documentation/specs/tunables.yaml.
 * Remake with: dlm_codegen --specs Documentation/specs --root . --write
 *
 * The attributes of a cluster directory in configfs: names, defaults, ranges.
 */
/* clang-format off */
#ifndef DLM_GEN_TUNABLES_H
#define DLM_GEN_TUNABLES_H

#include "platform/dlm_platform.h"

enum dlm_tunable_id {
	DLM_TUNABLE_TCP_PORT,
	DLM_TUNABLE_PROTOCOL,
	DLM_TUNABLE_BUFFER_SIZE,
	DLM_TUNABLE_RSBTBL_SIZE,
	DLM_TUNABLE_RECOVER_TIMER,
	DLM_TUNABLE_TOSS_SECS,
	DLM_TUNABLE_SCAN_SECS,
	DLM_TUNABLE_LOG_DEBUG,
	DLM_TUNABLE_LOG_INFO,
	DLM_TUNABLE_MARK,
	DLM_TUNABLE_NEW_RSB_COUNT,
	DLM_TUNABLE_RECOVER_CALLBACKS,
	DLM_TUNABLE_CLUSTER_NAME,
	DLM_TUNABLE_TIMEWARN_CS,
	DLM_TUNABLE_DEADLOCK_CS,
	DLM_TUNABLE_NR,
};

enum dlm_tunable_type {
	DLM_TUNABLE_U32,
	DLM_TUNABLE_STRING,	/* bytes as written; max is the longest length kept */
};

/* struct dlm_tunable.flags */
#define DLM_TUNABLE_BUSY_RUNNING	0x1	/* -EBUSY from the first lockspace to the last */
#define DLM_TUNABLE_ADMIN		0x2	/* writing needs CAP_SYS_ADMIN, else -EPERM */

struct dlm_tunable {
	const char *name;
	u32 type;		/* enum dlm_tunable_type */
	u32 flags;
	u32 def;		/* numbers; a string starts empty */
	u32 min;
	u32 max;
	int error;		/* answer to a number outside min .. max, negative */
};

extern const struct dlm_tunable dlm_tunable_table[DLM_TUNABLE_NR];

/*
 * May @value be written now? A number out of range is refused before a busy one.
 * 0, the table's error, -EBUSY.
 */
int dlm_tunable_check(enum dlm_tunable_id id, u32 value, bool running);

#endif /* DLM_GEN_TUNABLES_H */
