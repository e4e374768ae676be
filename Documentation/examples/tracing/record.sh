#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Every message and every completion of ten seconds, kept in a file and shown.
perf record -q -a -e dlm:dlm_ast,dlm:dlm_send_message,dlm:dlm_recv_message -o /tmp/dlm.perf -- sleep 10
perf script -i /tmp/dlm.perf
