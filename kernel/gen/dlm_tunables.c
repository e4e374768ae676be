// SPDX-License-Identifier: GPL-2.0
/*
 * Do not edit: made from Documentation/specs/tunables.yaml.
 * Remake with: dlm_codegen --specs Documentation/specs --root . --write
 *
 * The attributes of a cluster directory in configfs: names, defaults, ranges.
 */
/* clang-format off */
#include "gen/dlm_tunables.h"

const struct dlm_tunable dlm_tunable_table[DLM_TUNABLE_NR] = {
	[DLM_TUNABLE_TCP_PORT] = {
		.name = "tcp_port",
		.type = DLM_TUNABLE_U32,
		.flags = DLM_TUNABLE_BUSY_RUNNING | DLM_TUNABLE_ADMIN,
		.def = 21064,
		.min = 1,
		.max = 65535U,
		.error = -EINVAL,
	},
	[DLM_TUNABLE_PROTOCOL] = {
		.name = "protocol",
		.type = DLM_TUNABLE_U32,
		.flags = DLM_TUNABLE_BUSY_RUNNING | DLM_TUNABLE_ADMIN,
		.def = 0,
		.min = 0,
		.max = 1U,
		.error = -EINVAL,
	},
	[DLM_TUNABLE_BUFFER_SIZE] = {
		.name = "buffer_size",
		.type = DLM_TUNABLE_U32,
		.flags = DLM_TUNABLE_ADMIN,
		.def = 4096,
		.min = 4096,
		.max = 4294967295U,
		.error = -EINVAL,
	},
	[DLM_TUNABLE_RSBTBL_SIZE] = {
		.name = "rsbtbl_size",
		.type = DLM_TUNABLE_U32,
		.flags = DLM_TUNABLE_ADMIN,
		.def = 1024,
		.min = 1,
		.max = 4294967295U,
		.error = -EINVAL,
	},
	[DLM_TUNABLE_RECOVER_TIMER] = {
		.name = "recover_timer",
		.type = DLM_TUNABLE_U32,
		.flags = DLM_TUNABLE_ADMIN,
		.def = 5,
		.min = 1,
		.max = 4294967295U,
		.error = -EINVAL,
	},
	[DLM_TUNABLE_TOSS_SECS] = {
		.name = "toss_secs",
		.type = DLM_TUNABLE_U32,
		.flags = DLM_TUNABLE_ADMIN,
		.def = 10,
		.min = 1,
		.max = 4294967295U,
		.error = -EINVAL,
	},
	[DLM_TUNABLE_SCAN_SECS] = {
		.name = "scan_secs",
		.type = DLM_TUNABLE_U32,
		.flags = DLM_TUNABLE_ADMIN,
		.def = 5,
		.min = 1,
		.max = 4294967295U,
		.error = -EINVAL,
	},
	[DLM_TUNABLE_LOG_DEBUG] = {
		.name = "log_debug",
		.type = DLM_TUNABLE_U32,
		.flags = DLM_TUNABLE_ADMIN,
		.def = 0,
		.min = 0,
		.max = 4294967295U,
		.error = -EINVAL,
	},
	[DLM_TUNABLE_LOG_INFO] = {
		.name = "log_info",
		.type = DLM_TUNABLE_U32,
		.flags = DLM_TUNABLE_ADMIN,
		.def = 1,
		.min = 0,
		.max = 4294967295U,
		.error = -EINVAL,
	},
	[DLM_TUNABLE_MARK] = {
		.name = "mark",
		.type = DLM_TUNABLE_U32,
		.flags = DLM_TUNABLE_ADMIN,
		.def = 0,
		.min = 0,
		.max = 4294967295U,
		.error = -EINVAL,
	},
	[DLM_TUNABLE_NEW_RSB_COUNT] = {
		.name = "new_rsb_count",
		.type = DLM_TUNABLE_U32,
		.flags = DLM_TUNABLE_ADMIN,
		.def = 128,
		.min = 0,
		.max = 4294967295U,
		.error = -EINVAL,
	},
	[DLM_TUNABLE_RECOVER_CALLBACKS] = {
		.name = "recover_callbacks",
		.type = DLM_TUNABLE_U32,
		.flags = DLM_TUNABLE_ADMIN,
		.def = 0,
		.min = 0,
		.max = 4294967295U,
		.error = -EINVAL,
	},
	[DLM_TUNABLE_CLUSTER_NAME] = {
		.name = "cluster_name",
		.type = DLM_TUNABLE_STRING,
		.flags = 0,
		.def = 0,
		.min = 0,
		.max = 63U,
		.error = -EINVAL,
	},
	[DLM_TUNABLE_TIMEWARN_CS] = {
		.name = "timewarn_cs",
		.type = DLM_TUNABLE_U32,
		.flags = DLM_TUNABLE_ADMIN,
		.def = 500,
		.min = 1,
		.max = 4294967295U,
		.error = -EINVAL,
	},
	[DLM_TUNABLE_DEADLOCK_CS] = {
		.name = "deadlock_cs",
		.type = DLM_TUNABLE_U32,
		.flags = DLM_TUNABLE_ADMIN,
		.def = 1000,
		.min = 0,
		.max = 4294967295U,
		.error = -EINVAL,
	},
};

int dlm_tunable_check(enum dlm_tunable_id id, u32 value, bool running)
{
	const struct dlm_tunable *tunable = &dlm_tunable_table[id];

	if (tunable->type == DLM_TUNABLE_U32 &&
	    (value < tunable->min || value > tunable->max))
		return tunable->error;
	if (running && tunable->flags & DLM_TUNABLE_BUSY_RUNNING)
		return -EBUSY;
	return 0;
}
