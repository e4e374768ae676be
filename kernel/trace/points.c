// SPDX-License-Identifier: GPL-2.0
/*
 * The bodies of the tracepoints, once per module.
 */
#define CREATE_TRACE_POINTS
#include "trace/dlm_trace.h"
