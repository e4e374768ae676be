// SPDX-License-Identifier: GPL-2.0
/*
 * The table of peers: making, finding, dropping.
 */
#include "lockspace/peer_object.h"

#include <linux/jiffies.h>
#include <linux/ratelimit.h>
#include <linux/slab.h>

#include "lockspace/locks.h"
#include "lockspace/peer_connect.h"
#include "lockspace/peer_work.h"

u64 dlm_peer_now_ms(void)
{
	return jiffies64_to_msecs(get_jiffies_64());
}

void dlm_peer_free_frames(struct list_head *done)
{
	struct dlm_frame *frame, *next;

	list_for_each_entry_safe(frame, next, done, link)
		dlm_frame_free(frame);
	INIT_LIST_HEAD(done);
}

static void free_peer(struct dlm_peer *peer)
{
	WARN_ON_ONCE(peer->session.tx.nr_frames || !list_empty(&peer->conns));
	dlm_frame_free(peer->session.ack_frame);
	dlm_frame_free(peer->session.fin_frame);
	kfree_rcu(peer, rcu);
}

void dlm_peer_put(struct dlm_peer *peer)
{
	if (refcount_dec_and_test(&peer->refs))
		free_peer(peer);
}

struct dlm_peer *dlm_peer_get(struct dlm_peers *peers, int nodeid)
{
	struct dlm_peer *peer;

	rcu_read_lock();
	peer = xa_load(&peers->table, nodeid);
	if (peer && !refcount_inc_not_zero(&peer->refs))
		peer = NULL;
	rcu_read_unlock();
	return peer;
}

struct dlm_peer *dlm_peer_get_next(struct dlm_peers *peers, int after)
{
	unsigned long index = after;
	struct dlm_peer *peer;

	rcu_read_lock();
	do {
		peer = xa_find_after(&peers->table, &index, INT_MAX, XA_PRESENT);
	} while (peer && !refcount_inc_not_zero(&peer->refs));
	rcu_read_unlock();
	return peer;
}

struct dlm_peer *dlm_peer_step(struct dlm_peers *peers, struct dlm_peer *peer)
{
	int nodeid = peer->nodeid;

	dlm_peer_put(peer);
	return dlm_peer_get_next(peers, nodeid);
}

static struct dlm_peer *make_peer(struct dlm_peers *peers, int nodeid)
{
	struct dlm_peer *peer = kzalloc(sizeof(*peer), GFP_NOIO);
	struct dlm_frame *ack = dlm_frame_alloc(DLM_WIRE_HEADER_SIZE, GFP_NOIO);
	struct dlm_frame *fin =
		dlm_frame_alloc(DLM_WIRE_OPTS_SIZE + DLM_WIRE_HEADER_SIZE, GFP_NOIO);

	if (!peer || !ack || !fin)
		goto err_free;
	refcount_set(&peer->refs, 1);
	peer->nodeid = nodeid;
	peer->peers = peers;
	DLM_INIT_MUTEX(&peer->conn_mutex, conn_mutex);
	DLM_INIT_SPIN(&peer->tx_lock, tx_lock);
	INIT_LIST_HEAD(&peer->conns);
	INIT_LIST_HEAD(&peer->writer.batch);
	dlm_peer_work_init(peer);
	dlm_session_init(&peer->session, ack, fin, peers->config.queue_limit);
	if (peers->running)
		dlm_session_open(&peer->session, peers->config.nodeid);
	return peer;

err_free:
	kfree(peer);
	if (ack)
		dlm_frame_free(ack);
	if (fin)
		dlm_frame_free(fin);
	return NULL;
}

struct dlm_peer *dlm_peer_get_or_make(struct dlm_peers *peers, int nodeid)
{
	struct dlm_peer *peer;

	lockdep_assert_held(&peers->config_mutex);
	peer = dlm_peer_get(peers, nodeid);
	if (peer)
		return peer;
	peer = make_peer(peers, nodeid);
	if (!peer)
		return NULL;
	/* The caller's; the first one is the table's. */
	refcount_inc(&peer->refs);
	if (!xa_err(xa_store(&peers->table, nodeid, peer, GFP_NOIO)))
		return peer;
	dlm_peer_put(peer);
	dlm_peer_put(peer);
	return NULL;
}

void dlm_peer_kill(struct dlm_peer *peer)
{
	LIST_HEAD(done);

	lockdep_assert_held(&peer->peers->config_mutex);
	xa_erase(&peer->peers->table, peer->nodeid);
	dlm_peer_lock(peer);
	peer->dead = true;
	dlm_session_forget(&peer->session, dlm_peer_now_ms(), &done);
	dlm_peer_unlock(peer);
	dlm_peer_free_frames(&done);
	dlm_peer_work_stop(peer);
	dlm_peer_disconnect(peer, true);
	dlm_peer_put(peer);
}

void dlm_peer_drop_unused(struct dlm_peer *peer)
{
	bool used;

	dlm_peer_lock(peer);
	used = peer->dead || peer->configured || peer->session.users;
	dlm_peer_unlock(peer);
	if (!used)
		dlm_peer_kill(peer);
}

void dlm_peer_log(struct dlm_peers *peers, const struct dlm_peer *peer, const char *fmt, ...)
{
	char text[160];
	va_list args;

	if (!__ratelimit(peer ? &peers->log_limit : &peers->stranger_log_limit))
		return;
	va_start(args, fmt);
	vscnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (peers->ops->log)
		peers->ops->log(peers->arg, peer ? peer->nodeid : 0, text);
	else if (peer)
		pr_info("dlm: node %d: %s\n", peer->nodeid, text);
	else
		pr_info("dlm: %s\n", text);
}
