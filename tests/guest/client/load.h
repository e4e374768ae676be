/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The load generator: threads that lock, convert, cancel and unlock at random
 * and check what comes back. Started and stopped by command, one at a time on
 * a node; the same load on several nodes works on the same resources.
 *
 *   load.c         commands, start and stop, counters
 *   load_thread.c  what a thread does next, and what it makes of the result
 *   load_lock.c    one lock: the call, its callbacks, the count of what is owed
 */
#ifndef DLM_CLIENT_LOAD_H
#define DLM_CLIENT_LOAD_H

#include <linux/atomic.h>
#include <linux/fs.h>
#include <linux/prandom.h>
#include <linux/types.h>
#include <linux/wait.h>

#define LOAD_PREFIX_MAX 24

enum load_counter {
	LOAD_REQUESTS,
	LOAD_CONVERSIONS,
	LOAD_UNLOCKS,
	LOAD_CANCELS,
	LOAD_FORCED, /* FORCEUNLOCK over an operation */
	LOAD_GRANTED,
	LOAD_AGAIN,
	LOAD_DEADLOCK,
	LOAD_CANCELLED,
	LOAD_DEMOTED,
	LOAD_ALTMODE,
	LOAD_BASTS,
	LOAD_INCREMENTS, /* of the witnessed numbers */
	LOAD_VALUES_CHECKED,
	LOAD_VALUES_INVALID, /* VALNOTVALID: number taken from the disk */
	LOAD_BUSY,	     /* -EBUSY returned, repeated */
	LOAD_NOMEM,	     /* -ENOMEM returned, repeated */
	LOAD_REFUSED,	     /* a cancel or forced unlock that returned an error */
	LOAD_STALLS,	     /* a completion that took more than a minute */
	LOAD_DISK_ERRORS,
	LOAD_NR_COUNTERS
};

struct witness;
struct client_space;
struct load_lock;

struct load_thread {
	struct load *load;
	unsigned int index;
	struct rnd_state rnd;
	struct task_struct *task;
	struct load_lock *locks; /* one for each resource */
};

struct load {
	struct client_space *space; /* holds a reference */
	struct witness *witness;
	char prefix[LOAD_PREFIX_MAX];
	u32 nr_threads;
	u32 nr_resources;
	u32 hold_ms;		   /* longest time that a lock is just held */
	u32 patience_ms;	   /* longest wait before a cancel */
	u32 nr_ops;		   /* per thread, 0: until stopped */
	u32 alt;		   /* use ALTPR and ALTCW */
	u32 force;		   /* lay FORCEUNLOCK over operations, too */
	u32 nofs;		   /* call as from the file system's memory reclaim */
	u32 patience_min_ms;	   /* shortest, 0: also at once, over a call just made */
	struct load_lock *anchors; /* an NL lock on each resource keeps its value */
	atomic_t running;
	bool stop;
	wait_queue_head_t wait; /* stop set, running down */
	atomic64_t counters[LOAD_NR_COUNTERS];
	struct load_thread threads[];
};

static inline void load_count(struct load *load, enum load_counter which)
{
	atomic64_inc(&load->counters[which]);
}

/* Body of a thread. */
int load_thread_run(void *arg);

/* From recover_slot: what @node left on the disk counts no more. */
void load_member_failed(struct client_space *space, int node);

struct words;
struct seq_buf;

int load_cmd_start(struct words *w, struct seq_buf *out);
int load_cmd_stop(struct words *w, struct seq_buf *out);
int load_cmd_stats(struct words *w, struct seq_buf *out);
int load_cmd_heed(struct words *w, struct seq_buf *out);

extern const struct file_operations *const load_stats_file;

#endif
