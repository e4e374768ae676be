// SPDX-License-Identifier: GPL-2.0
/*
 * What the shell calls: start and stop, who is configured, who is a member, and
 * the way of a frame into a peer's queue.
 */
#include "lockspace/peer.h"

#include <linux/err.h>
#include <linux/ratelimit.h>
#include <linux/sched/mm.h>

#include "lockspace/locks.h"
#include "lockspace/peer_connect.h"
#include "lockspace/peer_object.h"
#include "lockspace/peer_work.h"
#include "lockspace/peer_write.h"
#include "session/send.h"
#include "transport/address.h"

#define DEFAULT_PORT		21064
#define DEFAULT_STOP_TIMEOUT_MS 5000
#define DEFAULT_QUEUE_LIMIT	(4 * 1024 * 1024)
#define PROTOCOL_TCP		0

static void kick_work(struct work_struct *work)
{
	struct dlm_peers *peers = container_of(work, struct dlm_peers, kick_work);
	unsigned int noio = memalloc_noio_save();

	dlm_peers_kick(peers);
	memalloc_noio_restore(noio);
}

int dlm_peers_init(struct dlm_peers *peers, struct net *net, const struct dlm_peers_ops *ops,
		   void *arg)
{
	memset(peers, 0, sizeof(*peers));
	peers->net = net;
	peers->ops = ops;
	peers->arg = arg;
	peers->config.queue_limit = DEFAULT_QUEUE_LIMIT;
	DLM_INIT_MUTEX(&peers->config_mutex, config_mutex);
	xa_init(&peers->table);
	init_llist_head(&peers->kick_list);
	init_waitqueue_head(&peers->closed_wait);
	INIT_WORK(&peers->kick_work, kick_work);
	ratelimit_state_init(&peers->log_limit, DEFAULT_RATELIMIT_INTERVAL,
			     DEFAULT_RATELIMIT_BURST);
	ratelimit_set_flags(&peers->log_limit, RATELIMIT_MSG_ON_RELEASE);
	ratelimit_state_init(&peers->stranger_log_limit, DEFAULT_RATELIMIT_INTERVAL, 1);
	ratelimit_set_flags(&peers->stranger_log_limit, RATELIMIT_MSG_ON_RELEASE);
	peers->wq = alloc_workqueue("dlm_peers", WQ_MEM_RECLAIM | WQ_HIGHPRI, 0);
	return peers->wq ? 0 : -ENOMEM;
}

void dlm_peers_exit(struct dlm_peers *peers)
{
	struct dlm_peer *peer;

	mutex_lock(&peers->config_mutex);
	dlm_for_each_peer(peers, peer)
		dlm_peer_kill(peer);
	mutex_unlock(&peers->config_mutex);
	cancel_work_sync(&peers->kick_work);
	/* Gives back the references of the list. */
	dlm_peers_kick(peers);
	destroy_workqueue(peers->wq);
	xa_destroy(&peers->table);
}

static void fill_defaults(struct dlm_peers_config *config)
{
	if (!config->port)
		config->port = DEFAULT_PORT;
	if (!config->stop_timeout_ms)
		config->stop_timeout_ms = DEFAULT_STOP_TIMEOUT_MS;
	if (!config->queue_limit)
		config->queue_limit = DEFAULT_QUEUE_LIMIT;
	dlm_address_set_port(&config->addrs[0], config->port);
}

/* config_mutex keeps new peers out until they find everything set. */
static void open_sessions(struct dlm_peers *peers)
{
	struct dlm_peer *peer;

	dlm_for_each_peer(peers, peer) {
		dlm_peer_lock(peer);
		peer->session.tx.limit = peers->config.queue_limit;
		dlm_session_open(&peer->session, peers->config.nodeid);
		dlm_peer_unlock(peer);
	}
}

int dlm_peers_start(struct dlm_peers *peers, const struct dlm_peers_config *config)
{
	struct dlm_listener *listener;

	if (config->nr_addrs < 1)
		return -ENOTCONN;
	if (config->protocol != PROTOCOL_TCP)
		return -EPROTONOSUPPORT;
	peers->config = *config;
	fill_defaults(&peers->config);
	/* Refuses everybody until we are running, so that a failure has nothing to undo. */
	listener = dlm_listener_start(peers->net, &peers->config.addrs[0], peers->config.mark,
				      peers->wq, &dlm_peer_listener_ops, peers);
	if (IS_ERR(listener))
		return PTR_ERR(listener);
	peers->listener = listener;
	mutex_lock(&peers->config_mutex);
	open_sessions(peers);
	WRITE_ONCE(peers->running, true);
	mutex_unlock(&peers->config_mutex);
	return 0;
}

bool dlm_peers_running(const struct dlm_peers *peers)
{
	return READ_ONCE(peers->running);
}

static void say_goodbye(struct dlm_peer *peer)
{
	LIST_HEAD(done);

	dlm_peer_lock(peer);
	dlm_session_release(&peer->session, dlm_peer_now_ms(), &done);
	dlm_peer_unlock(peer);
	dlm_peer_free_frames(&done);
	dlm_peer_queue_work(peer);
}

static bool is_quiet(struct dlm_peer *peer)
{
	bool quiet;

	dlm_peer_lock(peer);
	quiet = dlm_session_quiet(&peer->session);
	dlm_peer_unlock(peer);
	return quiet;
}

static bool all_quiet(struct dlm_peers *peers)
{
	struct dlm_peer *peer;

	dlm_for_each_peer(peers, peer) {
		if (is_quiet(peer))
			continue;
		dlm_peer_put(peer);
		return false;
	}
	return true;
}

/* One that has said goodbye gets all that was written, then the end; another one a reset. */
static void hang_up(struct dlm_peer *peer)
{
	bool quiet = is_quiet(peer);
	LIST_HEAD(done);

	if (!quiet)
		dlm_peer_log(peer->peers, peer, "has not answered FIN in time, state %s",
			     dlm_session_state_name(peer->session.state));
	dlm_peer_lock(peer);
	dlm_session_expire(&peer->session, dlm_peer_now_ms(), &done);
	dlm_peer_unlock(peer);
	dlm_peer_free_frames(&done);
	dlm_peer_disconnect(peer, !quiet);
}

void dlm_peers_stop(struct dlm_peers *peers)
{
	struct dlm_peer *peer;

	if (!peers->listener)
		return;
	dlm_for_each_peer(peers, peer)
		say_goodbye(peer);
	wait_event_timeout(peers->closed_wait, all_quiet(peers),
			   msecs_to_jiffies(peers->config.stop_timeout_ms));
	mutex_lock(&peers->config_mutex);
	WRITE_ONCE(peers->running, false);
	mutex_unlock(&peers->config_mutex);
	dlm_for_each_peer(peers, peer)
		hang_up(peer);
	flush_workqueue(peers->wq);
	dlm_listener_stop(peers->listener);
	peers->listener = NULL;
}

/* config_mutex held. */
static void set_addresses(struct dlm_peer *peer, const struct sockaddr_storage *addrs, int nr_addrs,
			  u32 mark)
{
	dlm_peer_lock(peer);
	memcpy(peer->addrs, addrs, nr_addrs * sizeof(*addrs));
	peer->nr_addrs = nr_addrs;
	peer->mark = mark;
	peer->configured = true;
	dlm_peer_unlock(peer);
}

int dlm_peer_configure(struct dlm_peers *peers, int nodeid, const struct sockaddr_storage *addrs,
		       int nr_addrs, u32 mark)
{
	struct dlm_peer *peer;

	if (nodeid < 1 || nr_addrs < 1 || nr_addrs > DLM_PEER_MAX_ADDRS)
		return -EINVAL;
	mutex_lock(&peers->config_mutex);
	peer = dlm_peer_get_or_make(peers, nodeid);
	if (peer)
		set_addresses(peer, addrs, nr_addrs, mark);
	mutex_unlock(&peers->config_mutex);
	if (!peer)
		return -ENOMEM;
	/* It may have been waited for. */
	dlm_peer_queue_work(peer);
	dlm_peer_put(peer);
	return 0;
}

static bool take_addresses(struct dlm_peer *peer, struct list_head *done)
{
	bool was;

	dlm_peer_lock(peer);
	was = peer->configured;
	peer->configured = false;
	peer->nr_addrs = 0;
	dlm_session_forget(&peer->session, dlm_peer_now_ms(), done);
	dlm_peer_unlock(peer);
	return was;
}

int dlm_peer_forget(struct dlm_peers *peers, int nodeid)
{
	struct dlm_peer *peer;
	LIST_HEAD(done);
	int err = -ENOENT;

	mutex_lock(&peers->config_mutex);
	peer = dlm_peer_get(peers, nodeid);
	if (peer) {
		if (take_addresses(peer, &done))
			err = 0;
		dlm_peer_disconnect(peer, true);
		/* It may be the one that a stop waits for. */
		wake_up(&peers->closed_wait);
		dlm_peer_drop_unused(peer);
		dlm_peer_put(peer);
	}
	mutex_unlock(&peers->config_mutex);
	dlm_peer_free_frames(&done);
	return err;
}

int dlm_peer_local_address(struct dlm_peers *peers, struct sockaddr_storage *addr)
{
	if (!dlm_peers_running(peers))
		return -ENOTCONN;
	*addr = peers->config.addrs[0];
	return 0;
}

bool dlm_peer_configured(struct dlm_peers *peers, int nodeid)
{
	struct dlm_peer *peer;
	bool configured;

	rcu_read_lock();
	peer = xa_load(&peers->table, nodeid);
	configured = peer && READ_ONCE(peer->configured);
	rcu_read_unlock();
	return configured;
}

int dlm_peer_member_added(struct dlm_peers *peers, int nodeid)
{
	struct dlm_peer *peer;
	LIST_HEAD(done);

	mutex_lock(&peers->config_mutex);
	peer = dlm_peer_get_or_make(peers, nodeid);
	if (peer) {
		dlm_peer_lock(peer);
		dlm_session_member_added(&peer->session, dlm_peer_now_ms(), &done);
		dlm_peer_unlock(peer);
	}
	mutex_unlock(&peers->config_mutex);
	if (!peer)
		return -ENOMEM;
	dlm_peer_free_frames(&done);
	dlm_peer_greet(peer);
	dlm_peer_put(peer);
	return 0;
}

void dlm_peer_member_removed(struct dlm_peers *peers, int nodeid)
{
	struct dlm_peer *peer;
	LIST_HEAD(done);

	mutex_lock(&peers->config_mutex);
	peer = dlm_peer_get(peers, nodeid);
	if (peer) {
		dlm_peer_lock(peer);
		dlm_session_member_removed(&peer->session, dlm_peer_now_ms(), &done);
		dlm_peer_unlock(peer);
		/* A FIN may be due. */
		dlm_peer_queue_work(peer);
		dlm_peer_drop_unused(peer);
		dlm_peer_put(peer);
	}
	mutex_unlock(&peers->config_mutex);
	dlm_peer_free_frames(&done);
}

/* tx_lock held, so the table still has its reference to @peer. */
static void note_kick(struct dlm_peer *peer)
{
	if (test_and_set_bit(DLM_PEER_KICKED, &peer->flags))
		return;
	refcount_inc(&peer->refs);
	llist_add(&peer->kick_node, &peer->peers->kick_list);
}

static int queue_frame(struct dlm_peer *peer, struct dlm_frame *frame, u32 *seq)
{
	int err = -ENOTCONN;

	dlm_peer_lock(peer);
	if (!peer->dead && peer->configured && READ_ONCE(peer->peers->running))
		err = dlm_session_queue(&peer->session, frame);
	if (!err) {
		if (seq)
			*seq = frame->flags & DLM_FRAME_SEQUENCED ? frame->seq : 0;
		note_kick(peer);
	}
	dlm_peer_unlock(peer);
	return err;
}

int dlm_peer_send(struct dlm_peers *peers, int nodeid, struct dlm_frame *frame, u32 *seq)
{
	struct dlm_peer *peer;
	int err = -ENOTCONN;

	rcu_read_lock();
	peer = xa_load(&peers->table, nodeid);
	if (peer)
		err = queue_frame(peer, frame, seq);
	rcu_read_unlock();
	if (err)
		dlm_frame_free(frame);
	return err;
}

void dlm_peers_kick(struct dlm_peers *peers)
{
	struct dlm_peer *peer, *next;
	struct llist_node *list;

	if (llist_empty(&peers->kick_list))
		return;
	list = llist_del_all(&peers->kick_list);
	llist_for_each_entry_safe(peer, next, list, kick_node) {
		/*
		 * Before the look at the queue, under tx_lock: who has queued and found the
		 * bit set relies on that look; who finds it cleared puts the peer in again.
		 */
		clear_bit(DLM_PEER_KICKED, &peer->flags);
		if (dlm_peer_write(peer))
			dlm_peer_queue_work(peer);
		dlm_peer_put(peer);
	}
}

void dlm_peers_kick_later(struct dlm_peers *peers)
{
	queue_work(peers->wq, &peers->kick_work);
}

u32 dlm_peer_unacked(struct dlm_peers *peers, int nodeid)
{
	struct dlm_peer *peer;
	u32 nr = 0;

	rcu_read_lock();
	peer = xa_load(&peers->table, nodeid);
	if (peer) {
		dlm_peer_lock(peer);
		nr = dlm_session_unacked(&peer->session);
		dlm_peer_unlock(peer);
	}
	rcu_read_unlock();
	return nr;
}
