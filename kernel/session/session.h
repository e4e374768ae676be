/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One peer's stream, made reliable: the association state, the numbers of both
 * directions and the queues of what is to be sent.  It outlives connections.
 *
 * Pure: the caller holds the lock that guards the session (tx_lock in the
 * kernel), tells the time, and carries out what dlm_session_effects() says.
 * Frames that are no longer needed go to a list of the caller, who frees them.
 */
#ifndef DLM_SESSION_SESSION_H
#define DLM_SESSION_SESSION_H

#include "session/frame.h"
#include "session/state.h"

#define DLM_SESSION_ACK_MANY   256  /* delivered and not acknowledged: acknowledge now */
#define DLM_SESSION_ACK_SOME   32   /* the same, if a numbered message is sent anyway */
#define DLM_SESSION_ACK_MS     100  /* acknowledge at the latest after */
#define DLM_SESSION_GAP_MS     1000 /* a gap lasts: reset the connection; doubles each time */
#define DLM_SESSION_GAP_MAX_MS 30000
#define DLM_SESSION_DYING_MS   180000 /* LAST_ACK without an answer */
#define DLM_SESSION_CLASH_MS   2000   /* only duplicates for so long: numbers do not match */

/* dlm_session_effects() */
#define DLM_SESSION_FX_CLOSED		BIT(0) /* the association has ended */
#define DLM_SESSION_FX_RESET_CONNECTION BIT(1) /* abort it: the peer then sends again */
#define DLM_SESSION_FX_CLASH		BIT(2) /* the peer restarted without being fenced: tell */

enum dlm_session_fin {
	DLM_SESSION_FIN_NONE,
	DLM_SESSION_FIN_QUEUED,	 /* goes behind everything in the queue */
	DLM_SESSION_FIN_WRITING, /* in a batch */
	DLM_SESSION_FIN_WRITTEN, /* waits for its ACK */
};

struct dlm_session_stats {
	u64 rx_messages; /* MSG, RCOM, FIN accepted */
	u64 rx_duplicates;
	u64 rx_gaps;
	u64 rx_stale;	 /* numbered, of an association that is over */
	u64 bad_acks;	 /* of numbers never sent */
	u64 tx_messages; /* written for the first time */
	u64 tx_bytes;
	u64 tx_resent;
	u64 tx_acks;
	u64 tx_refused;
	u64 gap_resets;
	u64 resets;
};

/* What goes out. Numbers compare modulo 2^32. */
struct dlm_session_tx {
	struct list_head queue;	  /* to be written, in this order */
	struct list_head held;	  /* numbered ones, until something was heard */
	struct list_head unacked; /* numbered ones, written */
	u32 next;		  /* number of the next message */
	u32 sent;		  /* one past the highest number that was ever in a batch */
	u32 acked;		  /* all numbers before it are acknowledged */
	u32 nr_frames;		  /* of the shell: queued, held, in a batch, unacked */
	u32 limit;		  /* of nr_frames */
	u32 fin_seq;
	u8 fin;			/* enum dlm_session_fin */
	bool ack_writing;	/* ack_frame is in a batch */
	bool ack_writing_final; /* .. and must be repeated as ack_final if it is lost */
};

/* What comes in. */
struct dlm_session_rx {
	u32 expected;	     /* number of the next message */
	u32 nr_unacked;	     /* delivered since the last ACK was sent */
	u64 ack_deadline_ms; /* 0 none */
	bool ack_now;
	bool ack_final; /* acknowledge final_seq, of an association that is over */
	u32 final_seq;
	bool fin_received;   /* the peer's, in this association */
	u64 gap_deadline_ms; /* 0: no gap */
	u32 gap_wait_ms;     /* for the next gap; doubles while resets do not help */
	u32 gap_fruitless;   /* resets without a message in order after them */
	u32 nr_stuck;	     /* duplicates in a row that do not catch up */
	u64 stuck_since_ms;
	bool stuck_but_heard; /* unnumbered messages arrived meanwhile */
};

struct dlm_session {
	u8 state;		     /* enum dlm_session_state; written by session.c alone */
	bool heard;		     /* something valid came in this association */
	bool released;		     /* our last lockspace is gone: CLOSED stays CLOSED */
	bool clash_told;	     /* in this association */
	u32 association;	     /* counts resets, so that old frames are known as such */
	u32 users;		     /* our lockspaces that have the peer as member */
	u32 nodeid;		     /* ours, for the headers of ACK and FIN */
	u32 effects;		     /* DLM_SESSION_FX_ bits not yet taken */
	u64 dying_deadline_ms;	     /* LAST_ACK; 0 none */
	struct dlm_frame *ack_frame; /* the owner's, 16 and 40 bytes of data */
	struct dlm_frame *fin_frame;
	struct dlm_session_tx tx;
	struct dlm_session_rx rx;
	struct dlm_session_stats stats;
};

/* Is number @a earlier than @b? */
static inline bool dlm_seq_before(u32 a, u32 b)
{
	return (s32)(a - b) < 0;
}

/* The two frames stay the caller's and must outlive every batch. */
void dlm_session_init(struct dlm_session *s, struct dlm_frame *ack_frame,
		      struct dlm_frame *fin_frame, u32 limit);

/* Our first lockspace was made: associations may begin. @nodeid: ours. */
void dlm_session_open(struct dlm_session *s, u32 nodeid);
void dlm_session_member_added(struct dlm_session *s, u64 now_ms, struct list_head *done);
void dlm_session_member_removed(struct dlm_session *s, u64 now_ms, struct list_head *done);
/* Our last lockspace is gone: say FIN, or close at once if nothing was ever heard. */
void dlm_session_release(struct dlm_session *s, u64 now_ms, struct list_head *done);
/* The peer does not answer any more. */
void dlm_session_expire(struct dlm_session *s, u64 now_ms, struct list_head *done);
/* The peer was fenced. */
void dlm_session_forget(struct dlm_session *s, u64 now_ms, struct list_head *done);

/* Something valid came; receive.c calls it. */
void dlm_session_hear(struct dlm_session *s, u64 now_ms, struct list_head *done);
void dlm_session_fin_received(struct dlm_session *s, u64 now_ms, struct list_head *done);
void dlm_session_fin_acked(struct dlm_session *s, u64 now_ms, struct list_head *done);

/* When dlm_session_tick() is due, 0: not. */
u64 dlm_session_deadline(const struct dlm_session *s);
void dlm_session_tick(struct dlm_session *s, u64 now_ms, struct list_head *done);

/* DLM_SESSION_FX_ bits since the last call. */
u32 dlm_session_effects(struct dlm_session *s);

/* As debugfs shows it: 4 we send no more, 8 the peer sends no more, 16 an ACK is owed. */
u32 dlm_session_flags(const struct dlm_session *s);

#endif /* DLM_SESSION_SESSION_H */
