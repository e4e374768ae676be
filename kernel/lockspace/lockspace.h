/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One lockspace on one node: the object, its life, and what the control plane
 * does to it. Its tables have headers of their own (resource_table.h,
 * lock_table.h), its walks over resources too (visit.h, snapshot.h).
 *
 * Life: JOINING (dlm_lockspace_new waits for the control plane and for the first
 * recovery) -> LIVE -> LEAVING -> gone. References (refs) keep the memory;
 * calls (a percpu_ref) keep it usable, release kills them and waits.
 */
#ifndef DLM_LOCKSPACE_LOCKSPACE_H
#define DLM_LOCKSPACE_LOCKSPACE_H

#include <linux/completion.h>
#include <linux/dlm.h>
#include <linux/list.h>
#include <linux/llist.h>
#include <linux/mutex.h>
#include <linux/percpu-refcount.h>
#include <linux/rhashtable-types.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include "cluster/cluster.h"
#include "lockspace/lock_table.h"

struct dlm_node;
struct dlm_snapshot;

enum dlm_lockspace_state {
	DLM_LS_JOINING,
	DLM_LS_LIVE,
	DLM_LS_LEAVING,
};

/* Parts of the recovery work that the machine has asked for: ls->wanted. */
enum {
	DLM_WANT_VISIT,
	DLM_WANT_PURGE,
	DLM_WANT_OPEN,
};

/* What recover_done will be told; filled when a recovery completes. */
struct dlm_recovered {
	int result; /* 0 or the error of the recovery */
	int our_slot;
	u32 generation;
	int nr_slots;
	struct dlm_slot *slots; /* ascending node id */
};

#define DLM_LRU_SHARDS 16

/* Unused resources in order of age; a resource stays in the shard in which it was made. */
struct dlm_lru {
	spinlock_t lock;       /* lru_lock */
	struct list_head list; /* oldest first */
} ____cacheline_aligned_in_smp;

struct dlm_lockspace {
	struct dlm_cluster cl; /* the pure part; container_of() leads back */
	struct dlm_node *node;
	char name[DLM_LOCKSPACE_LEN + 1];
	unsigned int name_len;
	u32 flags; /* as given by the creator */
	u32 handle_id;
	u32 lvb_size;			     /* bytes of a value buffer: lvblen */
	const struct dlm_lockspace_ops *ops; /* NULL: none wanted, or callbacks disabled */
	void *ops_arg;
	void *control; /* control/'s own */
	void *user;    /* user/'s own: the device */

	/* node->spaces_mutex */
	struct list_head link;	 /* node->spaces */
	struct hlist_node by_id; /* node->by_id, RCU */
	enum dlm_lockspace_state state;
	int use_count;

	refcount_t refs;
	struct rcu_head rcu;
	struct percpu_ref calls; /* locking calls and messages that are under way */
	struct completion calls_done;
	struct percpu_ref deliveries; /* locks that have been handed to the callback drainers */
	struct completion deliveries_done;

	struct rhashtable resources;
	struct dlm_lru *lru; /* DLM_LRU_SHARDS */
	struct dlm_lock_table locks;
	long __percpu *nr_locks; /* see dlm_lockspace_nr_locks() */

	/* Sublocks: family.h */
	spinlock_t family_lock;
	struct xarray families;	       /* by lock id */
	struct list_head families_due; /* family_lock: forced unlocks to be carried out */
	struct work_struct family_work;
	bool sublocks; /* false: parent_lkid is ignored */

	/* Watched waits: watch.h, search.h */
	spinlock_t watch_lock;
	struct xarray watches;	/* by lock id */
	struct list_head waits; /* struct dlm_watch, oldest first; watch_lock */
	struct delayed_work watch_work;
	spinlock_t search_lock;	   /* searches, nr_searches */
	struct list_head searches; /* search_lock: steps to be done */
	u32 nr_searches;	   /* search_lock */
	u32 search_round;	   /* watch_work */
	struct work_struct search_work;

	struct mutex control_mutex;    /* stop, start */
	struct mutex view_mutex;       /* cl.view, cl.recover, snapshot, visit_* */
	struct dlm_snapshot *snapshot; /* of the run that is under way, or NULL */
	enum dlm_visit visit_step;
	u64 visit_epoch;
	unsigned long wanted; /* DLM_WANT_ bits, atomic */
	u64 open_epoch;
	u64 purge_epoch;
	struct work_struct recover_work;
	struct delayed_work recover_timer;
	struct delayed_work scan_work;
	struct work_struct release_work; /* when whoever releases it was killed */

	/* Recovery callbacks */
	struct mutex user_mutex; /* one of them at a time */
	struct work_struct user_work;
	struct list_head slot_calls; /* view_mutex: notify.c */
	struct dlm_recovered done;   /* view_mutex */
	bool done_due;		     /* view_mutex: done is to be reported */
	bool prep_due;		     /* view_mutex: has run since the last recover_prep */

	/* Waits of join and leave */
	struct completion joined;
	int join_result;
	wait_queue_head_t event_wait;
	bool event_answered; /* latched: answers the next wait */
	int event_result;

	/* Messages that came while the gate was not open */
	spinlock_t saved_lock;
	struct list_head saved;
	u32 nr_saved;

	/* Locks to be looked at again, lock_entry.h */
	struct llist_head deferred;
	struct delayed_work deferred_work;

	/* LOCK messages to be sent again, lock_again.h */
	struct list_head again; /* view_mutex */
	struct delayed_work again_work;

	u64 nr_strangers; /* messages of nodes that are no members */

	/* The clock that stands still while locking is stopped */
	spinlock_t clock_lock;
	u64 clock_lost_us;    /* clock_lock */
	u64 clock_stopped_us; /* clock_lock: monotonic time since which it stands, 0: it runs */

	/* Callbacks held back by recovery */
	spinlock_t hold_lock;
	struct list_head held;
	bool hold;	     /* written under hold_lock */
	bool drop_callbacks; /* being released: nothing is delivered any more */
};

static inline struct dlm_lockspace *dlm_lockspace_of(struct dlm_cluster *cl)
{
	return container_of(cl, struct dlm_lockspace, cl);
}

/* What a creator asks for; all of it is copied but @ops. */
struct dlm_lockspace_args {
	const char *name;
	const char *cluster; /* NULL: not checked */
	u32 flags;
	int lvblen;
	const struct dlm_lockspace_ops *ops;
	void *ops_arg;
	int *ops_result; /* NULL or where to say whether ops will be used */
};

/*
 * Create, join and wait until locking works; or one more use of an existing one. Errors in the
 * order of lock-semantics 14.1. On success *@ls holds a reference of the use.
 */
int dlm_lockspace_new(struct dlm_node *node, const struct dlm_lockspace_args *args,
		      struct dlm_lockspace **ls);
/* Give back one use: 0, or the positive number of uses that remain, -EBUSY (14.3). */
int dlm_lockspace_release(struct dlm_lockspace *ls, int force);
/* The same for user space. -EINTR: killed; the release goes on without the caller. */
int dlm_lockspace_release_killable(struct dlm_lockspace *ls, int force);

/* Memory. */
static inline void dlm_lockspace_get(struct dlm_lockspace *ls)
{
	refcount_inc(&ls->refs);
}

void dlm_lockspace_put(struct dlm_lockspace *ls);

/* The opaque handle of the exported API, and back. enter: NULL if it names no live lockspace. */
dlm_lockspace_t *dlm_lockspace_handle(const struct dlm_lockspace *ls);
struct dlm_lockspace *dlm_lockspace_enter(struct dlm_node *node, const dlm_lockspace_t *handle);
/* For who has a reference: entered, if it is alive. */
static inline bool dlm_lockspace_use(struct dlm_lockspace *ls)
{
	return percpu_ref_tryget_live(&ls->calls);
}

void dlm_lockspace_leave(struct dlm_lockspace *ls);

/* With a memory reference, or NULL. By name: any state. */
struct dlm_lockspace *dlm_lockspace_find(struct dlm_node *node, const char *name, size_t len);
/* For messages: entered like a call; dlm_lockspace_leave() ends it. */
struct dlm_lockspace *dlm_lockspace_enter_id(struct dlm_node *node, u32 global_id);

/* The control plane (control-plane.md 3, 4.4). Callers hold a reference of their own. */

/* Stop locking; returns when nothing is under way any more and recover_prep has returned. */
int dlm_lockspace_stop(struct dlm_lockspace *ls);
/*
 * Begin a recovery with these members: the whole list; weight and incarnation as configured,
 * renewed for one that left and came back. Returns at once. -EINVAL: not stopped, list
 * without this node or with duplicates. -ENOMEM.
 */
int dlm_lockspace_start(struct dlm_lockspace *ls, const struct dlm_member *members, int nr);
/* May dlm_lockspace_start() be called now (control reads the member list only then)? */
bool dlm_lockspace_stopped(struct dlm_lockspace *ls);
void dlm_lockspace_event_done(struct dlm_lockspace *ls, int result);
u32 dlm_lockspace_id(const struct dlm_lockspace *ls);
void dlm_lockspace_set_id(struct dlm_lockspace *ls, u32 id);
bool dlm_lockspace_nodir(const struct dlm_lockspace *ls);
void dlm_lockspace_set_nodir(struct dlm_lockspace *ls);
/* "stopped", "recovering", "running", "failed" (then the errno of the recovery, else 0). */
const char *dlm_lockspace_state_name(struct dlm_lockspace *ls);
int dlm_lockspace_recover_error(struct dlm_lockspace *ls);
u32 dlm_lockspace_recover_status(struct dlm_lockspace *ls);
int dlm_lockspace_recover_nodeid(struct dlm_lockspace *ls);
/* Microseconds; it stands still while locking is stopped. */
u64 dlm_lockspace_clock_us(struct dlm_lockspace *ls);
/* Do new locks with a parent become sublocks (lock-semantics 17.1, P-11)? */
bool dlm_lockspace_sublocks(const struct dlm_lockspace *ls);
void dlm_lockspace_set_sublocks(struct dlm_lockspace *ls, bool on);
/* Stop all lockspaces that run (the control daemon is gone). */
void dlm_lockspaces_stop_all(struct dlm_node *node);

/*
 * Locks whose ids are in use: own ones until their last completion is about to be
 * delivered, and master copies.
 */
long dlm_lockspace_nr_locks(struct dlm_lockspace *ls);

/* One line to the kernel log with the lockspace's name; rate limited. */
__printf(3, 4) void dlm_lockspace_log(struct dlm_lockspace *ls, int level, const char *fmt, ...);

#endif /* DLM_LOCKSPACE_LOCKSPACE_H */
