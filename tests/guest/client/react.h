/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Commands that run inside a callback ("on_cast", "on_bast") or on a worker
 * ("async"): what they answer goes to the event log.
 */
#ifndef DLM_CLIENT_REACT_H
#define DLM_CLIENT_REACT_H

struct client_lock;
struct list_head;
struct seq_buf;
struct words;

/* Runs and frees the first reaction of @queue; true if there was one. */
bool react_run(struct client_lock *lock, struct list_head *queue);
void react_drop_all(struct client_lock *lock);

int react_cmd_on_cast(struct words *w, struct seq_buf *out);
int react_cmd_on_bast(struct words *w, struct seq_buf *out);
int react_cmd_async(struct words *w, struct seq_buf *out);

/* Waits for the workers. */
int react_init(void);
void react_exit(void);

#endif
