/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The locks of this client: a label in a space, the memory that the lock
 * manager writes to (status blocks, value buffers), what its callbacks said.
 * A lock's memory lives until it is forgotten, also after its last callback,
 * so that a callback too many is seen and not a crash.
 */
#ifndef DLM_CLIENT_LOCK_H
#define DLM_CLIENT_LOCK_H

#include <linux/dlm.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/spinlock_types.h>

#include "space.h"

/* In sb_status between two completions: the lock manager has to overwrite it. */
#define STATUS_UNSET 0x5a5a5a5a
#define FLAGS_UNSET  0xee

enum { LKSB_OWN, LKSB_OTHER, LKSB_NR };

#define LOCK_NR_ARGS 4

/* What callbacks are called with: tells the lock and which argument was given. */
struct client_arg {
	struct client_lock *lock;
	char tag; /* 'a' to 'd' */
};

struct client_lock {
	struct list_head entry; /* client_space.locks; locks_mutex */
	struct kref ref;
	struct client_space *space; /* holds a reference */
	char label[LABEL_MAX];
	struct client_arg args[LOCK_NR_ARGS];

	/* The lock manager's while an operation is under way. */
	struct dlm_lksb lksb[LKSB_NR];
	char *lvb[LKSB_NR];
	int lvb_size;

	spinlock_t guard;   /* everything below */
	bool live;	    /* accepted, last callback not seen */
	bool granted;	    /* a completion 0 was seen in this life */
	bool in_callback;   /* one at a time for each lock */
	int new_lksb;	    /* the status block of the last call */
	unsigned int casts; /* since the label exists */
	unsigned int basts;
	int last_lksb; /* the one that the last completion was written to */
	int last_status;
	u8 last_flags;
	int last_bast;
	unsigned int cast_sleep_ms;
	unsigned int bast_sleep_ms;
	struct list_head on_cast; /* struct reaction (react.c), one per callback */
	struct list_head on_bast;
};

struct words;
struct seq_buf;

/* Callback functions to pass to the lock manager; two of each kind. */
extern void (*const client_casts[2])(void *arg);
extern void (*const client_basts[2])(void *arg, int mode);

/* The lock that a callback with a NULL argument is booked on. */
void lock_expect_null_arg(struct client_lock *lock);

struct client_lock *lock_get(struct client_space *space, const char *label);
struct client_lock *lock_get_or_new(struct client_space *space, const char *label);
void lock_put(struct client_lock *lock);

/* Both labels of a command (pos[0] space, pos[1] lock) looked up. */
struct client_lock *lock_of_words(struct words *w, bool create);

/* No callback comes any more from a released space. */
void locks_space_gone(struct client_space *space);
/* Frees all locks of a space that is not created. */
void locks_forget(struct client_space *space);

int lock_cmd_wait(struct words *w, struct seq_buf *out);
int lock_cmd_show(struct words *w, struct seq_buf *out);
int lock_cmd_set(struct words *w, struct seq_buf *out);
int lock_cmd_lvb(struct words *w, struct seq_buf *out);
int lock_cmd_forget(struct words *w, struct seq_buf *out);

#endif
