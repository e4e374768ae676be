/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Lockspaces as this client knows them: a label, the handle that the lock
 * manager gave (or a made-up one, to ask about garbage), the recovery callbacks
 * that arrived. A created space pins the module until it is released.
 */
#ifndef DLM_CLIENT_SPACE_H
#define DLM_CLIENT_SPACE_H

#include <linux/dlm.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/wait.h>

#define LABEL_MAX 40

struct client_space {
	struct list_head entry; /* on the list of spaces; spaces_mutex */
	struct kref ref;	/* the list has one, each user of a look-up one */
	char label[LABEL_MAX];
	dlm_lockspace_t *handle; /* written once by create; stale after release */
	int lvblen;
	bool created;		      /* holds a module reference; spaces_mutex */
	struct dlm_lockspace_ops ops; /* the chosen ones, others NULL */
	struct list_head locks;	      /* struct client_lock; locks_mutex of lock.c */

	/* Written by the recovery callbacks, which never run at the same time. */
	unsigned int preps;
	unsigned int slots;
	unsigned int dones;
	unsigned int prep_sleep_ms;
	unsigned int slot_sleep_ms;
	wait_queue_head_t wait; /* woken after each of them */
};

struct words;
struct seq_buf;

struct client_space *space_get(const char *label); /* or NULL */
void space_put(struct client_space *space);

int space_cmd_create(struct words *w, struct seq_buf *out);
int space_cmd_fake(struct words *w, struct seq_buf *out);
int space_cmd_release(struct words *w, struct seq_buf *out);
int space_cmd_forget(struct words *w, struct seq_buf *out);
int space_cmd_set(struct words *w, struct seq_buf *out);
int space_cmd_wait(struct words *w, struct seq_buf *out);
int space_cmd_show(struct words *w, struct seq_buf *out);

void space_exit(void);

#endif
