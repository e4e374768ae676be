/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One lock of the load generator. Its ledger says how many completions are
 * still owed: one for an accepted operation, one more for a forced unlock laid
 * over it. What comes unowed, or after the end, is a violation.
 * One thread makes the calls; the lock manager's workers call back.
 */
#ifndef DLM_CLIENT_LOAD_LOCK_H
#define DLM_CLIENT_LOAD_LOCK_H

#include <linux/dlm.h>
#include <linux/spinlock_types.h>
#include <linux/wait.h>

#define LOAD_LVB_MAX 256
#define LEDGER_SIZE  4

struct load;

struct load_lock {
	/* Set once. */
	struct load *load;
	unsigned int resource;

	/* The calling thread's. */
	int mode;      /* granted, DLM_LOCK_IV for none */
	int requested; /* of the operation under way */
	u32 flags;     /* of the same */

	struct dlm_lksb lksb;
	char lvb[LOAD_LVB_MAX];

	spinlock_t guard; /* everything below */
	unsigned int owed;
	bool alive;	/* from an accepted request to its last completion */
	bool granted;	/* since then a completion 0 came */
	int told_mode;	/* what the last completion left granted */
	bool told_sure; /* false: ALTPR/ALTCW or a demotion may have changed it */
	bool blocked;	/* a blocking callback came since the grant */
	unsigned int nr_came, nr_taken;
	int status[LEDGER_SIZE];
	u8 sb_flags[LEDGER_SIZE];
	wait_queue_head_t wait;
};

struct load_result {
	int status;
	u8 flags;
};

void load_lock_init(struct load_lock *lock, struct load *load, unsigned int resource);

/*
 * The calls. 0: a completion is owed. Anything else: nothing happened.
 * -EBUSY and -ENOMEM are counted, and repeated by the *_surely forms.
 */
int load_lock_request(struct load_lock *lock, int mode, u32 flags);
int load_lock_convert(struct load_lock *lock, int mode, u32 flags);
int load_lock_convert_surely(struct load_lock *lock, int mode, u32 flags);
int load_lock_unlock_surely(struct load_lock *lock, u32 flags);

/* Laid over an operation. */
int load_lock_cancel(struct load_lock *lock);
int load_lock_force(struct load_lock *lock);

/* The next completion; false after @timeout_ms. */
bool load_lock_wait(struct load_lock *lock, unsigned int timeout_ms, struct load_result *result);

/* The same without end, telling of each minute. */
void load_lock_wait_long(struct load_lock *lock, struct load_result *result);

/* Nothing more may come for what was called so far. */
void load_lock_settled(struct load_lock *lock);

bool load_lock_blocked(struct load_lock *lock);

#endif
