/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Deadlocks across resources (lock-semantics 17.5).
 *
 * A lock may carry an owner key; locks of one key belong to one who waits for all of
 * them. When such a lock has waited long enough, a search goes out from it: to the
 * master of its resource, which knows what blocks it; from there to the nodes of those
 * locks, which know what their owners wait for; and so on. The search carries the
 * chain of waits that it has passed.
 *
 * If it comes back to where it began, the chain is a cycle, if all of it existed at one
 * time. So the same chain is walked once more: each wait and each lock in its way
 * must be the very same (they carry the time when they came to be). What was there on
 * both walks was there between them.
 *
 * Each wait begins a search of its own now and then, and of a cycle's locks only that
 * with the lowest (node, id) may find it; so each cycle is found once, within one interval
 * after it has formed. Nothing is kept for a search but a mark in the locks that it
 * passed; it may be lost anywhere, and the next one finds what it has missed.
 *
 * Called with the resource of the lock locked, gate open.
 */
#ifndef DLM_CLUSTER_DETECT_H
#define DLM_CLUSTER_DETECT_H

#include "cluster/cluster.h"
#include "wire/search.h"

/* Keys with this bit mean the same owner on all nodes, others one of their node. */
#define DLM_OWNER_EVERYWHERE BIT_ULL(63)

/* An own lock whose waits are watched. The shell finds it by the lock and guards it. */
struct dlm_watch {
	struct list_head link; /* the shell's list of those that wait, or empty */
	u64 owner;	       /* key, 0: its owner cannot be told apart, and no search sees it */
	u64 since_us;	       /* this wait began; time without recoveries */
	u64 searched_us;       /* last search of its own began */
	u64 seen_first;	       /* first link of the search that passed last */
	u32 seen_round;
	u32 seen_behind; /* how many locks waited in the queue behind this one, there */
	u32 id;		 /* of the lock */
	u64 victim;	 /* who was told to give way by a search of this wait, or 0 */
	bool warned;	 /* of this wait */
};

static inline void dlm_watch_init(struct dlm_watch *watch, u32 id, u64 owner)
{
	memset(watch, 0, sizeof(*watch));
	INIT_LIST_HEAD(&watch->link);
	watch->id = id;
	watch->owner = owner;
}

/* A wait begins at @now_us. */
static inline void dlm_watch_begin(struct dlm_watch *watch, u64 now_us)
{
	watch->since_us = now_us;
	watch->searched_us = now_us;
	watch->warned = false;
	watch->victim = 0;
}

/* Is a search due that has an interval of @wait_us? */
static inline bool dlm_detect_due(const struct dlm_watch *watch, u64 wait_us, u64 now_us)
{
	return watch->owner && now_us - watch->searched_us >= wait_us;
}

/* A search of this wait's own. @chain: room to work in. */
void dlm_detect_start(struct dlm_cluster *cl, struct dlm_lkb *lkb, struct dlm_watch *watch,
		      struct dlm_chain *chain, u32 round, u64 now_us);
/*
 * Step OWNER, OWNER_KEY or WAIT, for one of the waits in question: the lock blocked by what the
 * search asks for, or (WAIT) the very lock.
 */
void dlm_detect_wait(struct dlm_cluster *cl, struct dlm_lkb *lkb, struct dlm_watch *watch,
		     struct dlm_chain *chain, u64 now_us);
/*
 * Step OWNER: does this lock, whose owner's waits are asked for, still hold a mode that blocks the
 * last one of the chain? What its master sees may be about to end.
 */
bool dlm_detect_holds(const struct dlm_lkb *lkb, const struct dlm_chain *chain);
/* Step OWNER, beside the waits here: those of the same owner on other nodes. */
void dlm_detect_elsewhere(struct dlm_cluster *cl, struct dlm_chain *chain, u64 owner);
/* Step BLOCKERS: @lkb is the record of the waiting lock at its master. */
void dlm_detect_blockers(struct dlm_cluster *cl, struct dlm_lkb *lkb, struct dlm_chain *chain);
/* Step VICTIM: does the wait that was chosen still go on? */
bool dlm_detect_is_victim(const struct dlm_cluster *cl, const struct dlm_lkb *lkb,
			  const struct dlm_watch *watch, const struct dlm_chain *chain);

/* "1:2f waits 3 s for EX on "name", held by 2:3a; ..." into @buf; returns the length. */
int dlm_detect_print(const struct dlm_chain *chain, char *buf, size_t size);

#endif /* DLM_CLUSTER_DETECT_H */
