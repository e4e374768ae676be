/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One line of text is one command and gets one answer (lines of key=value, the
 * last one starting with "ret=" or "bad="). The table is the list of commands.
 */
#ifndef DLM_CLIENT_COMMAND_H
#define DLM_CLIENT_COMMAND_H

struct seq_buf;

/* Runs @line (cut up in place). May block as long as the lock manager does. */
void command_run(char *line, struct seq_buf *out);

#endif
