#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# How often each event comes in ten seconds.
perf stat -a -e 'dlm:*' -- sleep 10
