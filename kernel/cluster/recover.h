/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Recovery of one lockspace as a state machine over rounds (wire spec section 8).
 *
 * Each function is an event. The shell serialises them by the view lock. What
 * should happen next leaves through cl->ops. An answer that belongs to an older
 * round carries an older epoch and is dropped.
 *
 * Round: stop (epoch + 1) ... start (epoch + 1, members) -> slots of gone members
 * called -> PREPARE visit -> ping -> NODES barrier with slots -> NAMES -> DIR barrier
 * -> [MASTERS visit, lookups answered -> LOCKS visit, locks answered] -> LOCKS barrier ->
 * [FINISH visit] -> purge saved -> DONE barrier -> gate opens, saved messages -> GRANT visit ->
 * done.
 */
#ifndef DLM_CLUSTER_RECOVER_H
#define DLM_CLUSTER_RECOVER_H

#include "platform/dlm_platform.h"
#include "cluster/view.h"

struct dlm_cluster;
struct dlm_rcom;
struct dlm_rcom_status;

/* Own status bits, as in sysfs recover_status and STATUS replies (wire spec 8.3). */
#define DLM_RS_NODES	 0x01
#define DLM_RS_NODES_ALL 0x02
#define DLM_RS_DIR	 0x04
#define DLM_RS_DIR_ALL	 0x08
#define DLM_RS_LOCKS	 0x10
#define DLM_RS_LOCKS_ALL 0x20
#define DLM_RS_DONE	 0x40
#define DLM_RS_DONE_ALL	 0x80

/* A walk over all resources that the machine asks for; cluster/rebuild.h has the visitors. */
enum dlm_visit {
	DLM_VISIT_PREPARE, /* drop inactive resources, take the snapshot, set directory nodes */
	DLM_VISIT_MASTERS, /* operations in flight: first pass; purge of gone nodes, new masters */
	DLM_VISIT_LOCKS,   /* send own locks to new masters */
	DLM_VISIT_FINISH,  /* value blocks, middle conversions */
	DLM_VISIT_GRANT,   /* after enabling: resend, grant, settle lookup lists */
	DLM_VISIT_NR,
};

enum dlm_recover_state {
	DLM_RECOVER_STOPPED,
	DLM_RECOVER_SLOTS, /* recover_slot of gone members is running */
	DLM_RECOVER_PREPARE,
	DLM_RECOVER_PING,
	DLM_RECOVER_NODES, /* barrier */
	DLM_RECOVER_NAMES,
	DLM_RECOVER_DIR,     /* barrier */
	DLM_RECOVER_MASTERS, /* visit running, or LOOKUPs not all answered */
	DLM_RECOVER_LOCKS,   /* visit running, or LOCKs not all answered */
	DLM_RECOVER_LOCKS_BARRIER,
	DLM_RECOVER_FINISH,
	DLM_RECOVER_PURGE,
	DLM_RECOVER_DONE, /* barrier */
	DLM_RECOVER_DRAIN,
	DLM_RECOVER_GRANT,
	DLM_RECOVER_RUNNING,
	DLM_RECOVER_ERROR,
	DLM_RECOVER_STATE_NR,
};

/* What one member owes in the current step. */
struct dlm_poll {
	int nodeid;
	u64 rc_id;	   /* of the question that is out, 0 none */
	u64 due_ms;	   /* ask (again) at this time */
	u32 pause_ms;	   /* before the next question, grows */
	u32 nr_unanswered; /* questions in a row without an answer */
	u32 status;	   /* last answer's bits */
	u16 our_slot;	   /* rf_our_slot of its answers */
	u32 generation;
	bool done;	/* this step needs nothing more from it */
	u8 no_progress; /* NAMES: blocks that brought nothing new */
	u16 last_len;	/* NAMES: where to go on */
	u8 last_name[64];
};

struct dlm_recover {
	enum dlm_recover_state state;
	u64 epoch;	 /* raised by each stop and start */
	u32 status;	 /* DLM_RS_ bits */
	u32 generation;	 /* of the last completed recovery */
	u16 our_slot;	 /* kept over stop and start */
	u64 rc_id;	 /* last one given out */
	u64 now_ms;	 /* time of the event that is being handled */
	u32 timeout_ms;	 /* configfs recover_timer, in ms */
	int waiting_for; /* node asked last, sysfs recover_nodeid */
	int error;
	bool visiting;	   /* a visit runs in the shell */
	u32 slots_running; /* call_slots effects without answer, of this round or older ones */
	u32 nr_sent;	   /* LOOKUPs or LOCKs of this step; known when the visit has ended */
	u32 nr_answered;
	bool neg;	       /* this round removes members, or NODIR */
	struct dlm_gone *gone; /* grows until a recovery completes; read by visitors */
	int nr_gone;
	struct dlm_poll *polls; /* one per member, array of the view's size */
	int nr_polls;
	/* slots[i] is view->members[i]'s; assigned by the low node, learnt by the rest */
	u16 *slots;
	int nr_slots;
};

void dlm_recover_init(struct dlm_cluster *cl, u64 rc_id_seed);
void dlm_recover_exit(struct dlm_cluster *cl);

/*
 * Stop: the round is abandoned, status is 0, the epoch rises, the state is STOPPED.
 * The shell closes the gate before it calls this and waits for a running visit after it.
 */
void dlm_recover_stop(struct dlm_cluster *cl);

/*
 * Start with this member list (copied; weight and incarnation count only for those who are not
 * members yet). @failed(nodeid, incarnation) tells whether a member that is gone has failed.
 * -EBUSY: not stopped. -EINVAL: empty list, duplicate or this node not in it. -ENOMEM.
 */
int dlm_recover_start(struct dlm_cluster *cl, const struct dlm_member *members, int nr,
		      bool (*failed)(void *arg, int nodeid, u32 incarnation), void *arg,
		      u64 now_ms);

void dlm_recover_slots_called(struct dlm_cluster *cl, u64 epoch, u64 now_ms);
/* @nr_sent: questions that the visitors counted (MASTERS: LOOKUPs, LOCKS: LOCKs), else 0. */
void dlm_recover_visited(struct dlm_cluster *cl, u64 epoch, enum dlm_visit step, u32 nr_sent,
			 u64 now_ms);
void dlm_recover_saved_purged(struct dlm_cluster *cl, u64 epoch, u64 now_ms);
void dlm_recover_drained(struct dlm_cluster *cl, u64 epoch, u64 now_ms);
void dlm_recover_timer(struct dlm_cluster *cl, u64 now_ms);

/* The answer to one of them has been applied. */
void dlm_recover_answered(struct dlm_cluster *cl, u64 now_ms);
/* The round cannot go on (bad NAMES entry, refused LOCK ...). */
void dlm_recover_fail(struct dlm_cluster *cl, int error);

/* Acceptance filter of wire spec 7.3 for an incoming recovery message. */
bool dlm_recover_accepts(const struct dlm_cluster *cl, const struct dlm_rcom *rc);

/* STATUS: answers at once, in any state. @asker is the payload. */
void dlm_recover_status_request(struct dlm_cluster *cl, int from, const struct dlm_rcom *rc,
				const struct dlm_rcom_status *asker);
/* The whole message as decoded, for the two answers that are matched by rc_id. */
struct dlm_in;
void dlm_recover_status_reply(struct dlm_cluster *cl, int from, const struct dlm_in *in,
			      u64 now_ms);
/*
 * NAMES_REPLY: true if it is the awaited one; the shell then feeds each name to
 * dlm_directory_learn() and ends with dlm_recover_names_done().
 */
bool dlm_recover_names_wanted(struct dlm_cluster *cl, int from, const struct dlm_rcom *rc);
/* @last: last name of the block; @nr names were in it; @end: 0xFFFF was seen. */
void dlm_recover_names_done(struct dlm_cluster *cl, int from, const u8 *last, u16 last_len, int nr,
			    bool end, u64 now_ms);

/* A node of the gone list (its locks go, its messages are stale). */
bool dlm_recover_is_gone(const struct dlm_cluster *cl, int nodeid);

/* A message saved while stopped that must not be processed any more (8.8); @type is m_type. */
bool dlm_saved_stale(const struct dlm_cluster *cl, int from, u32 type);

#endif /* DLM_CLUSTER_RECOVER_H */
