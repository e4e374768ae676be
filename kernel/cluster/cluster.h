/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the cluster layer keeps for one lockspace on one node, and what it asks
 * of its shell. Everything hangs off struct dlm_cluster; a process may have as
 * many as it likes (the simulator does).
 *
 * The layer is handed objects that the shell has looked up and locked. It never
 * loops over resources: recovery asks for a visit, the shell walks.
 *
 * Guarding, by the shell:
 *   resource lock   a resource, its locks (but for their callback queues)
 *   view lock       view, recovery machine. The view changes only while the
 *                   gate is closed, so whoever found the gate open may read it.
 */
#ifndef DLM_CLUSTER_CLUSTER_H
#define DLM_CLUSTER_CLUSTER_H

#include "platform/dlm_platform.h"
#include "core/resource.h"
#include "cluster/recover.h"
#include "cluster/view.h"
#include "gen/dlm_wire.h"

struct dlm_chain;
struct dlm_cluster;

/* Creation flag: no directory (cl->nodir). Described in linux/dlm.h, defined in libdlm's only. */
#define DLM_LSFL_NODIR_BIT 0x1

/* May an operation on a resource be decided now? One answer per lockspace today. */
enum dlm_gate {
	DLM_GATE_NEVER,	   /* no round of this life has passed NODES: messages are not for us */
	DLM_GATE_CLOSED,   /* stopped or recovering: operations are recorded, messages saved */
	DLM_GATE_DRAINING, /* own operations are decided; saved messages go first */
	DLM_GATE_OPEN,
};

/* How a recovery ended, for the shell. */
enum dlm_recover_result {
	DLM_RECOVER_COMPLETE,
	DLM_RECOVER_FAILED, /* cl->recover.error says why; stopped until the next stop and start */
};

struct dlm_cluster_ops {
	/*
	 * Queue a message to @nodeid, behind all queued before. @m is complete but for the header.
	 * -ENOMEM: nothing was queued. The shell keeps one frame in reserve for the first message
	 * of a call, so that a reply or the caller's own operation never fails.
	 */
	int (*send_msg)(struct dlm_cluster *cl, int nodeid, const struct dlm_msg *m,
			const void *extra, size_t len);
	/* The same for recovery messages; sequenced or bare by type (wire spec 3.2). */
	int (*send_rcom)(struct dlm_cluster *cl, int nodeid, const struct dlm_rcom *rc,
			 const void *extra, size_t len);

	/* Own locks. @op->status, sb_flags, mode are set; the record is the shell's from now on. */
	void (*complete)(struct dlm_cluster *cl, struct dlm_lkb *lkb, struct dlm_op *op);
	/* A record that ends without a completion (void cancel, replaced request). */
	void (*discard)(struct dlm_cluster *cl, struct dlm_lkb *lkb, struct dlm_op *op);
	void (*blocking)(struct dlm_cluster *cl, struct dlm_lkb *lkb, int mode);
	/*
	 * The lock is on no queue any more and its id is dead. Called before the final complete().
	 * For a master copy nothing else follows: the shell drops it.
	 */
	void (*lock_gone)(struct dlm_cluster *cl, struct dlm_lkb *lkb);
	/*
	 * RESEND, GRANT_UNSENT or bast_unsent was set on the lock: hand it to
	 * dlm_owner_deferred() or dlm_master_deferred() once the gate is open (at the latest in
	 * VISIT_GRANT; soon, with a pause of @delay_ms, if the gate is open already).
	 */
	void (*defer)(struct dlm_cluster *cl, struct dlm_lkb *lkb, u32 delay_ms);
	/* The last lock has left: cache or free, as dlm_directory_toss() says later. */
	void (*resource_idle)(struct dlm_cluster *cl, struct dlm_resource *res);
	/* Monotonic time of this call, microseconds. */
	u64 (*now_us)(struct dlm_cluster *cl);

	/* Recovery, all called with the view lock held; none of them sleeps or calls back in. */
	void (*visit)(struct dlm_cluster *cl,
		      enum dlm_visit step);			 /* answer: dlm_recover_visited() */
	void (*arm_timer)(struct dlm_cluster *cl, u32 delay_ms); /* answer: dlm_recover_timer() */
	void (*member_added)(struct dlm_cluster *cl, int nodeid); /* session: users + 1, connect */
	void (*member_removed)(struct dlm_cluster *cl, int nodeid);
	/* The user's recover_slot for @nr gone members, in order; dlm_recover_slots_called() */
	void (*call_slots)(struct dlm_cluster *cl, const struct dlm_gone *gone, int nr);
	/* Deliver callbacks again (they are held back from the start of a recovery). */
	void (*hold_callbacks)(struct dlm_cluster *cl, bool hold);
	/* Drop saved messages that dlm_saved_stale() names; answer: dlm_recover_saved_purged() */
	void (*purge_saved)(struct dlm_cluster *cl);
	/*
	 * Open the gate (cl->gate = DLM_GATE_DRAINING, under whatever excludes readers), process
	 * the saved messages in order, then cl->gate = DLM_GATE_OPEN; answer: dlm_recover_drained()
	 */
	void (*open_gate)(struct dlm_cluster *cl);
	/* End of a run that was not interrupted; COMPLETE: call recover_done with the slots. */
	void (*recovered)(struct dlm_cluster *cl, enum dlm_recover_result result);
	/*
	 * The next step of a search for deadlocks is for @to, which may be this node: to be handed
	 * over later, not from inside. @chain is copied. May be dropped.
	 */
	void (*search)(struct dlm_cluster *cl, int to, const struct dlm_chain *chain);
	/* Something an administrator wants to know, one line, no newline. */
	void (*log)(struct dlm_cluster *cl, int level, const char *fmt, ...);
};

enum { DLM_LOG_ERROR, DLM_LOG_INFO, DLM_LOG_DEBUG };

struct dlm_cluster {
	const struct dlm_cluster_ops *ops;
	int our_nodeid;
	u32 global_id;
	u32 lvblen;
	u32 lsflags; /* as sent in rf_lsflags */
	bool nodir;  /* changes only while no round runs */
	enum dlm_gate gate;
	struct dlm_view *view; /* current; empty before the first start */
	struct dlm_recover recover;
	u64 nr_dropped; /* messages that passed the decoder and were refused by 4.7 */
};

static inline bool dlm_gate_open(const struct dlm_cluster *cl, const struct dlm_resource *res)
{
	(void)res;
	return cl->gate >= DLM_GATE_DRAINING;
}

/* What another member offers beyond the protocol, 0 if it is none of ours. */
static inline u64 dlm_features_of(const struct dlm_cluster *cl, int nodeid)
{
	const struct dlm_member *member = dlm_view_member(cl->view, nodeid);

	return member ? READ_ONCE(member->features) : 0;
}

static inline bool dlm_is_master(const struct dlm_cluster *cl, const struct dlm_resource *res)
{
	return res->master == cl->our_nodeid;
}

#endif /* DLM_CLUSTER_CLUSTER_H */
