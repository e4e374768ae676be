/* SPDX-License-Identifier: GPL-2.0 */
/*
 * struct dlm_peer: one node of the cluster as known here, and how long it lives.
 * For peer*.c only.
 *
 * A peer is in the table while it is configured or a member of a lockspace of ours. References
 * are held by: the table; the list of dlm_peers_kick(), while the peer is in it; its work,
 * while queued or running; its timer, while pending; and whoever looked it up with
 * dlm_peer_get(). Reading the table under RCU without a reference is enough to take
 * tx_lock and look at "dead". A peer that is taken out of the table is dead: its
 * connections are closed and nothing of it starts any more; the last reference frees it.
 */
#ifndef DLM_LOCKSPACE_PEER_OBJECT_H
#define DLM_LOCKSPACE_PEER_OBJECT_H

#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/timer.h>

#include "lockspace/peer.h"
#include "session/session.h"
#include "transport/conn.h"

#define DLM_PEER_BATCH	   32 /* frames of one write */
#define DLM_PEER_MAX_CONNS 8  /* of one peer at a time; a newer one replaces the oldest */

/* struct dlm_peer.flags */
#define DLM_PEER_KICKED 0 /* bit: in the list of dlm_peers_kick() */
#define DLM_PEER_SPACE	1 /* bit: there is room in the socket again */

/* What the writer needs. It is whoever has set busy; the others leave word in "again". */
struct dlm_peer_writer {
	bool busy;		/* tx_lock */
	bool again;		/* tx_lock: something came while it was busy */
	bool full;		/* tx_lock: wait for room in the socket */
	u32 nr_space;		/* tx_lock: how often there was room again */
	struct dlm_conn *conn;	/* the writer's; a reference: where the batch goes */
	struct list_head batch; /* the writer's: taken from the session, not yet reported */
	u32 offset;		/* the writer's: bytes of the first frame that are out */
	struct kvec vec[DLM_PEER_BATCH]; /* the writer's */
};

struct dlm_peer_stats {
	u64 rx_bytes;	      /* the worker */
	u64 rx_malformed;     /* the worker */
	u64 rx_wrong_version; /* the worker */
	u64 tx_writes;	      /* the writer */
	u64 connects;	      /* conn_mutex, as the rest */
	u64 accepts;
	u64 losses;
};

struct dlm_peer {
	refcount_t refs;
	int nodeid;		 /* set once */
	struct dlm_peers *peers; /* set once */
	unsigned long flags;	 /* DLM_PEER_ bits, atomic */
	struct llist_node kick_node;
	struct work_struct work;
	struct timer_list timer;
	struct rcu_head rcu;

	/* conn_mutex: the set of connections, and when to make one. */
	struct mutex conn_mutex;
	struct list_head conns;
	u32 nr_conns;
	u32 backoff_ms; /* wait before the next attempt */
	u64 retry_at_ms;
	bool greet; /* member without connection: connect, even with nothing to say */

	/* tx_lock: the session and the rest. */
	spinlock_t tx_lock;
	bool dead;	 /* out of the table */
	bool configured; /* has addresses; written under config_mutex too */
	int nr_addrs;
	struct sockaddr_storage addrs[DLM_PEER_MAX_ADDRS];
	u32 mark;
	struct dlm_conn *primary; /* in conns; written under conn_mutex too */
	struct dlm_session session;
	struct dlm_peer_writer writer;
	struct dlm_peer_stats stats;
};

static inline void dlm_peer_lock(struct dlm_peer *peer) __acquires(&peer->tx_lock)
{
	spin_lock(&peer->tx_lock);
}

static inline void dlm_peer_unlock(struct dlm_peer *peer) __releases(&peer->tx_lock)
{
	spin_unlock(&peer->tx_lock);
}

u64 dlm_peer_now_ms(void);

/* A reference to the peer, NULL if it is not in the table. */
struct dlm_peer *dlm_peer_get(struct dlm_peers *peers, int nodeid);
void dlm_peer_put(struct dlm_peer *peer);
/* The peer with the smallest nodeid after @after, with a reference; NULL at the end. */
struct dlm_peer *dlm_peer_get_next(struct dlm_peers *peers, int after);
/* Each peer in turn, with a reference that is the loop's: put it before leaving early. */
#define dlm_for_each_peer(peers, peer) \
	for (peer = dlm_peer_get_next(peers, 0); peer; peer = dlm_peer_step(peers, peer))
struct dlm_peer *dlm_peer_step(struct dlm_peers *peers, struct dlm_peer *peer);

/* config_mutex held. A reference; made if it is not there. NULL: no memory. */
struct dlm_peer *dlm_peer_get_or_make(struct dlm_peers *peers, int nodeid);
/* config_mutex held: take it out of the table if nothing keeps it there. */
void dlm_peer_drop_unused(struct dlm_peer *peer);
/* config_mutex held: take it out of the table. May sleep. */
void dlm_peer_kill(struct dlm_peer *peer);

void dlm_peer_free_frames(struct list_head *done);

/* A line about @peer, NULL: about none. */
__printf(3, 4) void dlm_peer_log(struct dlm_peers *peers, const struct dlm_peer *peer,
				 const char *fmt, ...);

#endif /* DLM_LOCKSPACE_PEER_OBJECT_H */
