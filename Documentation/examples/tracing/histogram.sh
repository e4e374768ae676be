#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Without any tool: how long requests and conversions took in ten seconds, by lockspace, in powers of
# two of microseconds. The kernel itself measures from dlm_lock_start to dlm_ast.
cd /sys/kernel/tracing || exit
start='hist:keys=ls_id,lkb_id:start=common_timestamp.usecs'
end="hist:keys=ls_id,lkb_id:us=common_timestamp.usecs-\$start"
end="$end:onmatch(dlm.dlm_lock_start).dlm_wait(ls_id,\$us)"
echo 'dlm_wait u32 ls_id; u64 us' >> synthetic_events
echo 'hist:keys=ls_id,us.log2' >> events/synthetic/dlm_wait/trigger
echo "$start" >> events/dlm/dlm_lock_start/trigger
echo "$end" >> events/dlm/dlm_ast/trigger
sleep 10
cat events/synthetic/dlm_wait/hist
echo "!$end" >> events/dlm/dlm_ast/trigger
echo "!$start" >> events/dlm/dlm_lock_start/trigger
echo '!hist:keys=ls_id,us.log2' >> events/synthetic/dlm_wait/trigger
echo '!dlm_wait' >> synthetic_events
