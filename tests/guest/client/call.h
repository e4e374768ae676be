/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The commands that call the lock manager: lock, convert, unlock, cancel.
 */
#ifndef DLM_CLIENT_CALL_H
#define DLM_CLIENT_CALL_H

struct words;
struct seq_buf;

int call_cmd_lock(struct words *w, struct seq_buf *out);
int call_cmd_convert(struct words *w, struct seq_buf *out);
int call_cmd_unlock(struct words *w, struct seq_buf *out);
int call_cmd_drop(struct words *w, struct seq_buf *out);
int call_cmd_cancel(struct words *w, struct seq_buf *out);

#endif
