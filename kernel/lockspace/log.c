// SPDX-License-Identifier: GPL-2.0
/*
 * Lines for the kernel log. Which levels are wanted is configured (log_info,
 * log_debug); errors always are. Each level has its own limit, so that chatter does
 * not silence errors.
 */
#include <linux/printk.h>
#include <linux/ratelimit.h>

#include "lockspace/lockspace.h"
#include "lockspace/log.h"
#include "lockspace/node.h"

#define BURST 200 /* lines in an interval of 5 s */

static DEFINE_RATELIMIT_STATE(error_limit, DEFAULT_RATELIMIT_INTERVAL, BURST);
static DEFINE_RATELIMIT_STATE(info_limit, DEFAULT_RATELIMIT_INTERVAL, BURST);
static DEFINE_RATELIMIT_STATE(debug_limit, DEFAULT_RATELIMIT_INTERVAL, BURST);

static void log_line(struct dlm_lockspace *ls, int level, struct va_format *vaf)
{
	switch (level) {
	case DLM_LOG_ERROR:
		if (__ratelimit(&error_limit))
			pr_err("dlm: %s: %pV\n", ls->name, vaf);
		break;
	case DLM_LOG_INFO:
		if (dlm_node_tunable(ls->node, DLM_TUNABLE_LOG_INFO) && __ratelimit(&info_limit))
			pr_info("dlm: %s: %pV\n", ls->name, vaf);
		break;
	default:
		if (dlm_node_tunable(ls->node, DLM_TUNABLE_LOG_DEBUG) && __ratelimit(&debug_limit))
			pr_info("dlm: %s: %pV\n", ls->name, vaf);
		break;
	}
}

void dlm_lockspace_log(struct dlm_lockspace *ls, int level, const char *fmt, ...)
{
	struct va_format vaf = { .fmt = fmt };
	va_list args;

	va_start(args, fmt);
	vaf.va = &args;
	log_line(ls, level, &vaf);
	va_end(args);
}

void dlm_cluster_log(struct dlm_cluster *cl, int level, const char *fmt, ...)
{
	struct va_format vaf = { .fmt = fmt };
	va_list args;

	va_start(args, fmt);
	vaf.va = &args;
	log_line(dlm_lockspace_of(cl), level, &vaf);
	va_end(args);
}
