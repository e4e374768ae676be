#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Without any tool: the events of locks for ten seconds, requests only where they are for EX.
cd /sys/kernel/tracing || exit
echo > trace
echo 'mode == 5' > events/dlm/dlm_lock_start/filter
for event in lock_start ast bast; do echo 1 > events/dlm/dlm_$event/enable; done
sleep 10
for event in lock_start ast bast; do echo 0 > events/dlm/dlm_$event/enable; done
echo 0 > events/dlm/dlm_lock_start/filter
cat trace
