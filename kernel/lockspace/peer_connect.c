// SPDX-License-Identifier: GPL-2.0
/*
 * Both nodes may connect, also at once.  All connections of a peer are read; one,
 * the primary, is written: the first there was.  A connection accepted while the
 * primary is still being made becomes a second one, since the peer writes there.
 *
 * A connection is given up with a reset, since a stock peer takes an orderly end
 * for a reason to drop what it has not sent.  As long as the peer is a member, or
 * something is to be sent or may have been lost, a new one is tried, at growing
 * distances.
 */
#include "lockspace/peer_connect.h"

#include <linux/net.h>
#include <linux/random.h>

#include "lockspace/peer_object.h"
#include "lockspace/peer_work.h"
#include "lockspace/peer_write.h"
#include "session/send.h"
#include "transport/address.h"
#include "transport/tcp.h"

#define BACKOFF_MIN_MS	   50
#define BACKOFF_MAX_MS	   1000
#define CONNECT_TIMEOUT_MS 5000
#define RX_SIZE_MIN	   16384
#define RX_SIZE_MAX	   65536

/* Softirq, sk_callback_lock held: the peer lives as long as the connection is attached. */
static void conn_event(struct dlm_conn *conn, enum dlm_conn_event event)
{
	struct dlm_peer *peer = conn->owner;

	if (event == DLM_CONN_EV_WRITABLE)
		set_bit(DLM_PEER_SPACE, &peer->flags);
	dlm_peer_queue_work(peer);
}

static const struct dlm_conn_ops peer_conn_ops = {
	.event = conn_event,
};

u32 dlm_peer_get_conns(struct dlm_peer *peer, struct dlm_conn **conns)
{
	struct dlm_conn *conn;
	u32 nr = 0;

	mutex_lock(&peer->conn_mutex);
	list_for_each_entry(conn, &peer->conns, link) {
		if (WARN_ON_ONCE(nr == DLM_PEER_MAX_CONNS))
			break;
		dlm_conn_get(conn);
		conns[nr++] = conn;
	}
	mutex_unlock(&peer->conn_mutex);
	return nr;
}

static struct dlm_conn *make_conn(struct dlm_peer *peer, struct socket *sock,
				  const struct dlm_conn_callbacks *saved)
{
	u32 size = clamp_t(u32, peer->peers->config.buffer_size, RX_SIZE_MIN, RX_SIZE_MAX);
	struct dlm_conn *conn;

	conn = dlm_conn_alloc(sock, saved, size, &peer_conn_ops, peer);
	if (conn)
		conn->since_ms = dlm_peer_now_ms();
	return conn;
}

/* The list takes over the caller's reference. */
static void attach(struct dlm_peer *peer, struct dlm_conn *conn)
{
	lockdep_assert_held(&peer->conn_mutex);
	list_add_tail(&conn->link, &peer->conns);
	peer->nr_conns++;
	dlm_peer_lock(peer);
	conn->attached = true;
	if (!peer->primary)
		peer->primary = conn;
	dlm_peer_unlock(peer);
}

static struct dlm_conn *another_up(struct dlm_peer *peer)
{
	struct dlm_conn *conn;

	list_for_each_entry(conn, &peer->conns, link)
		if (dlm_conn_state(conn) == DLM_CONN_UP)
			return conn;
	return NULL;
}

/* The writer notices by itself that the primary has changed: somebody must call it after this. */
static void detach(struct dlm_peer *peer, struct dlm_conn *conn, bool abort)
{
	lockdep_assert_held(&peer->conn_mutex);
	list_del_init(&conn->link);
	peer->nr_conns--;
	dlm_peer_lock(peer);
	conn->attached = false;
	if (peer->primary == conn)
		peer->primary = another_up(peer);
	dlm_peer_unlock(peer);
	dlm_conn_close(conn, abort);
	dlm_conn_put(conn);
}

/* Between half and all of the distance, so that two nodes do not meet for ever. */
static void pace(struct dlm_peer *peer, u64 now_ms, bool was_good)
{
	u32 wait = was_good ? BACKOFF_MIN_MS : peer->backoff_ms * 2;

	peer->backoff_ms = clamp_t(u32, wait, BACKOFF_MIN_MS, BACKOFF_MAX_MS);
	wait = peer->backoff_ms / 2;
	peer->retry_at_ms = now_ms + wait + get_random_u32() % (wait + 1);
}

static bool is_member(struct dlm_peer *peer)
{
	bool member;

	dlm_peer_lock(peer);
	member = peer->session.users;
	dlm_peer_unlock(peer);
	return member;
}

/* A member is connected again even with nothing to say, so that the next message finds it so. */
static void lose(struct dlm_peer *peer, struct dlm_conn *conn, u64 now_ms)
{
	peer->stats.losses++;
	peer->greet |= is_member(peer);
	pace(peer, now_ms, conn->heard);
	detach(peer, conn, true);
}

static bool is_lost(const struct dlm_conn *conn, u64 now_ms)
{
	switch (dlm_conn_state(conn)) {
	case DLM_CONN_UP:
		return false;
	case DLM_CONN_CONNECTING:
		return now_ms - conn->since_ms > CONNECT_TIMEOUT_MS;
	default:
		return true;
	}
}

static void lose_lost(struct dlm_peer *peer, u64 now_ms, bool reset)
{
	struct dlm_conn *conn, *next;

	list_for_each_entry_safe(conn, next, &peer->conns, link)
		if (reset || is_lost(conn, now_ms))
			lose(peer, conn, now_ms);
}

/* Does somebody have to connect, and may we? */
static bool wants_conn(struct dlm_peer *peer)
{
	bool wants;

	dlm_peer_lock(peer);
	wants = peer->greet || dlm_session_needs_connection(&peer->session);
	if (peer->dead || !peer->configured || peer->primary)
		wants = false;
	dlm_peer_unlock(peer);
	return wants && READ_ONCE(peer->peers->running);
}

static int connect_socket(struct dlm_peer *peer, struct socket **sock)
{
	struct dlm_peers *peers = peer->peers;
	u32 mark;

	dlm_peer_lock(peer);
	mark = peer->mark;
	dlm_peer_unlock(peer);
	return dlm_tcp_open(peers->net, &peers->config.addrs[0], mark, sock);
}

static int connect_peer(struct dlm_peer *peer)
{
	struct sockaddr_storage addr;
	struct dlm_conn *conn;
	struct socket *sock;
	int err;

	lockdep_assert_held(&peer->conn_mutex);
	dlm_peer_lock(peer);
	addr = peer->addrs[0];
	dlm_peer_unlock(peer);
	dlm_address_set_port(&addr, peer->peers->config.port);
	err = connect_socket(peer, &sock);
	if (err)
		return err;
	conn = make_conn(peer, sock, NULL);
	if (!conn)
		return -ENOMEM;
	err = dlm_tcp_connect(sock, &addr);
	if (err) {
		dlm_conn_close(conn, true);
		dlm_conn_put(conn);
		return err;
	}
	attach(peer, conn);
	return 0;
}

static void try_connect(struct dlm_peer *peer, u64 now_ms)
{
	int err;

	peer->stats.connects++;
	err = connect_peer(peer);
	if (!err)
		return;
	pace(peer, now_ms, false);
	dlm_peer_log(peer->peers, peer, "cannot connect: error %d", err);
}

/* Whether the primary is up, or when it has to be: 0 if there is nothing to wait for. */
static u64 next_look(struct dlm_peer *peer)
{
	struct dlm_conn *conn;

	list_for_each_entry(conn, &peer->conns, link)
		if (dlm_conn_state(conn) == DLM_CONN_CONNECTING)
			return conn->since_ms + CONNECT_TIMEOUT_MS + 1;
	return 0;
}

u64 dlm_peer_tend(struct dlm_peer *peer, u64 now_ms, bool reset)
{
	u64 look_ms;

	mutex_lock(&peer->conn_mutex);
	lose_lost(peer, now_ms, reset);
	if (wants_conn(peer) && now_ms >= peer->retry_at_ms)
		try_connect(peer, now_ms);
	look_ms = wants_conn(peer) ? peer->retry_at_ms : next_look(peer);
	if (another_up(peer))
		peer->greet = false;
	mutex_unlock(&peer->conn_mutex);
	return look_ms;
}

void dlm_peer_greet(struct dlm_peer *peer)
{
	mutex_lock(&peer->conn_mutex);
	peer->greet = true;
	peer->backoff_ms = 0;
	peer->retry_at_ms = 0;
	mutex_unlock(&peer->conn_mutex);
	dlm_peer_queue_work(peer);
}

void dlm_peer_disconnect(struct dlm_peer *peer, bool abort)
{
	struct dlm_conn *conn, *next;

	mutex_lock(&peer->conn_mutex);
	peer->greet = false;
	list_for_each_entry_safe(conn, next, &peer->conns, link)
		detach(peer, conn, abort);
	mutex_unlock(&peer->conn_mutex);
	dlm_peer_write(peer);
}

static bool has_address(struct dlm_peer *peer, const struct sockaddr_storage *from)
{
	bool found = false;
	int i;

	dlm_peer_lock(peer);
	for (i = 0; i < peer->nr_addrs && !found; i++)
		found = dlm_address_equal(&peer->addrs[i], from);
	dlm_peer_unlock(peer);
	return found;
}

static struct dlm_peer *peer_by_address(struct dlm_peers *peers,
					const struct sockaddr_storage *from)
{
	struct dlm_peer *peer;

	dlm_for_each_peer(peers, peer)
		if (has_address(peer, from))
			return peer;
	return NULL;
}

/* The oldest one that we do not write to. */
static void make_room(struct dlm_peer *peer)
{
	struct dlm_conn *conn, *next;

	list_for_each_entry_safe(conn, next, &peer->conns, link) {
		if (peer->nr_conns < DLM_PEER_MAX_CONNS)
			return;
		if (conn != peer->primary)
			detach(peer, conn, true);
	}
}

static bool may_attach(struct dlm_peer *peer)
{
	bool may;

	dlm_peer_lock(peer);
	may = !peer->dead && peer->configured;
	dlm_peer_unlock(peer);
	return may && READ_ONCE(peer->peers->running);
}

static void accept_for(struct dlm_peer *peer, struct socket *sock,
		       const struct dlm_conn_callbacks *saved)
{
	struct dlm_conn *conn;

	mutex_lock(&peer->conn_mutex);
	if (!may_attach(peer)) {
		sock_release(sock);
		goto out;
	}
	dlm_tcp_accepted(sock, peer->mark);
	conn = make_conn(peer, sock, saved);
	if (!conn)
		goto out;
	conn->accepted = true;
	peer->stats.accepts++;
	make_room(peer);
	attach(peer, conn);
out:
	mutex_unlock(&peer->conn_mutex);
	/* What came before the callbacks were ours. */
	dlm_peer_queue_work(peer);
}

static void accepted(void *arg, struct socket *sock, const struct sockaddr_storage *from,
		     const struct dlm_conn_callbacks *saved)
{
	struct dlm_peers *peers = arg;
	struct dlm_peer *peer;

	peer = peer_by_address(peers, from);
	if (!peer) {
		atomic64_inc(&peers->nr_unknown_address);
		dlm_peer_log(peers, NULL, "connection from unknown address %pISpc refused", from);
		sock_release(sock);
		return;
	}
	accept_for(peer, sock, saved);
	dlm_peer_put(peer);
}

const struct dlm_listener_ops dlm_peer_listener_ops = {
	.accepted = accepted,
};
