/* SPDX-License-Identifier: GPL-2.0 */
/*
 * "ask": may this mode be had now? A request, its answer, and the lock given
 * back, in one command. For the questions after a recovery.
 */
#ifndef DLM_CLIENT_ASK_H
#define DLM_CLIENT_ASK_H

struct words;
struct seq_buf;

int ask_cmd(struct words *w, struct seq_buf *out);

#endif
