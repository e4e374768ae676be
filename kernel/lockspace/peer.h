/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The other nodes of the cluster as the shell sees them: one peer is one session
 * plus the connections that carry it.  All messages to other nodes leave through
 * dlm_peer_send(), all messages from them arrive in dlm_peers_ops.receive.
 *
 * Sending: allocate a frame where sleeping is allowed, encode the message into
 * frame->data, queue it with dlm_peer_send() (may be under a resource's lock, so
 * that the order of messages is the order of the decisions), and call
 * dlm_peers_kick() once that lock is dropped.
 *
 * Lock order: in the shell's (locks.h) below comm_mutex config_mutex, then conn_mutex (may sleep);
 * below res_lock tx_lock (spin). The network stack's own locks are taken below conn_mutex.
 */
#ifndef DLM_LOCKSPACE_PEER_H
#define DLM_LOCKSPACE_PEER_H

#include <linux/atomic.h>
#include <linux/llist.h>
#include <linux/mutex.h>
#include <linux/ratelimit_types.h>
#include <linux/socket.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include "gen/dlm_wire.h"
#include "session/frame.h"

#define DLM_PEER_MAX_ADDRS 8 /* per node; a stock node keeps 3 */

struct dlm_listener;
struct net;

struct dlm_peers_ops {
	/*
	 * A checked MSG or RCOM of node @from, which is also what its header says. Process
	 * context, may sleep, under memalloc_noio_save(). Messages of one peer come one at a time
	 * and in order, those of different peers at the same time. @in and what it points to are
	 * gone when this returns. Queue answers with dlm_peer_send() and do not kick: the caller
	 * does, once everything that has arrived is handled. May call dlm_peer_member_added()
	 * and _removed(), none of dlm_peers_stop(), _exit(), dlm_peer_configure(), _forget().
	 */
	void (*receive)(void *arg, int from, const struct dlm_in *in);
	/*
	 * Optional. A line of the log, @nodeid 0 if it is about no peer. Process context, no
	 * lock of this file held. Without it lines go to the kernel log.
	 */
	void (*log)(void *arg, int nodeid, const char *text);
};

/* What dlm_peers_start() needs to know; copied. Zero means the default, where there is one. */
struct dlm_peers_config {
	int nodeid;					   /* ours */
	struct sockaddr_storage addrs[DLM_PEER_MAX_ADDRS]; /* local; the first is used */
	int nr_addrs;
	u16 port;	     /* default 21064: listen on, and connect to */
	u32 protocol;	     /* 0 TCP; others -EPROTONOSUPPORT */
	u32 mark;	     /* of the listening socket */
	u32 buffer_size;     /* receive buffer of a connection; at least 4096 */
	u32 stop_timeout_ms; /* default 5000: FIN handshakes of dlm_peers_stop() */
	u32 queue_limit;     /* default 4194304: frames kept for one peer */
};

/* One node's peers: embedded in struct dlm_node. Private to kernel/lockspace/peer*.c. */
struct dlm_peers {
	struct net *net;
	const struct dlm_peers_ops *ops;
	void *arg;
	struct mutex config_mutex;   /* peers come and go, start, stop */
	struct xarray table;	     /* struct dlm_peer by nodeid; read under RCU */
	struct llist_head kick_list; /* peers with something queued; each holds a reference */
	struct workqueue_struct *wq;
	struct work_struct kick_work; /* dlm_peers_kick_later() */
	struct ratelimit_state log_limit;
	/* Of its own, so that strangers do not silence what is said of peers. */
	struct ratelimit_state stranger_log_limit;
	struct dlm_listener *listener;	/* of start and stop; NULL: not started */
	struct dlm_peers_config config; /* written by start only */
	bool running;			/* config_mutex; read without it: new frames are taken */
	wait_queue_head_t closed_wait;	/* some session became CLOSED */
	atomic64_t nr_unknown_address;	/* connections refused */
};

/* @net: of the sockets; not pinned: exit comes before the namespace goes. */
int dlm_peers_init(struct dlm_peers *peers, struct net *net, const struct dlm_peers_ops *ops,
		   void *arg);
/* After dlm_peers_stop(). Forgets all peers; waits for grace periods. */
void dlm_peers_exit(struct dlm_peers *peers);

/*
 * First lockspace: listen. -ENOTCONN without a local address, -EPROTONOSUPPORT, -EADDRINUSE ..
 * What was configured before counts. May sleep.
 */
int dlm_peers_start(struct dlm_peers *peers, const struct dlm_peers_config *config);
/*
 * Last lockspace, after its members were removed: FIN handshake with every peer, all at once, for
 * at most stop_timeout_ms; then everything is closed and every session CLOSED. Nothing is received
 * after this returns. May sleep; not from ops->receive.
 */
void dlm_peers_stop(struct dlm_peers *peers);
bool dlm_peers_running(const struct dlm_peers *peers);

/*
 * comm with an address: known from now on; replaces the addresses and mark known before. May sleep.
 * -EINVAL: nodeid < 1, no address; -ENOMEM.
 */
int dlm_peer_configure(struct dlm_peers *peers, int nodeid, const struct sockaddr_storage *addrs,
		       int nr_addrs, u32 mark);
/*
 * comm removed (the node was fenced): connections reset, queue emptied, session CLOSED. Its count
 * of lockspaces stays. -ENOENT if it was not configured. May sleep; not from ops->receive.
 */
int dlm_peer_forget(struct dlm_peers *peers, int nodeid);
/* Our first local address with the port we listen on; -ENOTCONN if not started. */
int dlm_peer_local_address(struct dlm_peers *peers, struct sockaddr_storage *addr);
bool dlm_peer_configured(struct dlm_peers *peers, int nodeid);

/*
 * The peer is, or is no longer, member of one more of our lockspaces. Adding connects. Also for
 * nodes that are not configured (they are counted). -ENOMEM. May sleep; also from ops->receive.
 */
int dlm_peer_member_added(struct dlm_peers *peers, int nodeid);
void dlm_peer_member_removed(struct dlm_peers *peers, int nodeid);

/*
 * Room for a message of @len bytes, len <= DLM_WIRE_MAX; frame->len is @len and may be lowered
 * before sending, as an encoder's result says. NULL: no memory.
 */
struct dlm_frame *dlm_frame_alloc(size_t len, gfp_t gfp);
void dlm_frame_free(struct dlm_frame *frame);

/*
 * Queue @frame, which is ours from now on whatever the result: in order, numbered here if its
 * message is inside OPTS. Takes no memory, callable under a spinlock. A
 * result other than 0 means freed, never sent:
 * -ENOTCONN: unknown, not configured, not started, or the session has ended
 * -ENOBUFS: queue_limit reached.
 * @seq: where the number goes, 0 for a message without one; may be NULL.
 */
int dlm_peer_send(struct dlm_peers *peers, int nodeid, struct dlm_frame *frame, u32 *seq);
/*
 * Write what has been queued by this thread, and what others have queued so far. Process context,
 * no spinlock held; does not wait for room in a socket. Not in ops->receive.
 */
void dlm_peers_kick(struct dlm_peers *peers);
/* The same from where nothing may sleep: a worker does it. */
void dlm_peers_kick_later(struct dlm_peers *peers);

/* Sequenced messages to the peer that it has not acknowledged, sent or not. 0 for unknown nodes. */
u32 dlm_peer_unacked(struct dlm_peers *peers, int nodeid);

/* For debugfs comms/<nodeid>/ and whoever else wants to look. */
struct dlm_peer_info {
	int nodeid;
	const char *state;    /* CLOSED, ESTABLISHED, FIN_WAIT1 .. */
	u32 flags;	      /* 4 we have sent FIN, 8 the peer has, 16 an ACK is owed */
	u32 send_queue_count; /* unacknowledged messages */
	u32 version;	      /* 0 before it is known */
	u32 users;	      /* lockspaces that have it as member */
	u32 rx_expected;
	u32 tx_next;
	u32 nr_connections;
	bool configured;
	bool connected; /* there is a connection to write to */
	int nr_addrs;
	struct sockaddr_storage addrs[DLM_PEER_MAX_ADDRS];
	u32 mark;
	u64 rx_messages;
	u64 rx_bytes;
	u64 rx_duplicates;
	u64 rx_gaps;
	u64 rx_malformed; /* refused by the decoder, or header names another node */
	u64 rx_wrong_version;
	u64 tx_messages; /* first transmissions */
	u64 tx_bytes;
	u64 tx_resent;
	u64 tx_acks;
	u64 tx_writes;	/* calls of the socket's send */
	u64 tx_refused; /* dlm_peer_send() said no */
	u64 bad_acks;
	u64 connects; /* attempts */
	u64 accepts;
	u64 losses;	/* connections lost */
	u64 gap_resets; /* connections reset to get a retransmission */
	u64 resets;	/* associations ended */
};

/* -ENOENT for unknown nodes. May sleep. */
int dlm_peer_info(struct dlm_peers *peers, int nodeid, struct dlm_peer_info *info);
/* The smallest known nodeid greater than @after, -ENOENT at the end. Start with 0. */
int dlm_peer_next(struct dlm_peers *peers, int after);

/* Slab caches of this file; once per module, before the first dlm_peers_init(). */
int dlm_peer_caches_init(void);
void dlm_peer_caches_exit(void);

#endif /* DLM_LOCKSPACE_PEER_H */
