/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The log of what happened on this node: calls, returns, callbacks, each one
 * line of text with a sequence number, in the one order in which they took
 * place here. Filled by the call and callback paths, read through the "events"
 * file and the "events" command.
 */
#ifndef DLM_CLIENT_EVENT_H
#define DLM_CLIENT_EVENT_H

#include <linux/fs.h>
#include <linux/types.h>

struct seq_buf;

/* Bytes of a value block that an event shows. */
#define EVENT_LVB_MAX 128

/*
 * Adds "seq=N t=NANOSECONDS kind=@kind " and the formatted rest. May sleep,
 * cannot fail: a lost line would make a false result.
 */
__printf(2, 3) void event_add(const char *kind, const char *fmt, ...);

/* Something the lock manager must never do: an event and a count. */
__printf(1, 2) void event_violation(const char *fmt, ...);

/* @out (2 * EVENT_LVB_MAX + 5 bytes) becomes hex digits, or "none" for NULL. */
void event_hex(const void *bytes, int len, char *out);

/* Lines from sequence number @from on, as many as fit; then "next=N more=0|1". */
void event_print(u64 from, struct seq_buf *out);

/* Number the next event will have. */
u64 event_next(void);

/* Waits until nothing was logged for @quiet_ms. 0, -ETIMEDOUT or -EINTR. */
int event_settle(unsigned int quiet_ms, unsigned int timeout_ms);

unsigned int event_violations(void);
void event_exit(void);

extern const struct file_operations event_file;

#endif
