// SPDX-License-Identifier: GPL-2.0
/*
 * Sockets as streams of bytes with events.  The socket's callbacks are ours from
 * dlm_conn_alloc() to dlm_conn_close(); sk_user_data leads from the socket to the
 * connection and is read and changed under sk_callback_lock only.
 */
#include "transport/conn.h"

#include <linux/net.h>
#include <linux/slab.h>
#include <net/sock.h>
#include <net/tcp_states.h>

static void conn_event(struct sock *sk, enum dlm_conn_event event)
{
	struct dlm_conn *conn;

	read_lock_bh(&sk->sk_callback_lock);
	conn = sk->sk_user_data;
	if (conn)
		conn->ops->event(conn, event);
	read_unlock_bh(&sk->sk_callback_lock);
}

static void conn_readable(struct sock *sk)
{
	conn_event(sk, DLM_CONN_EV_READABLE);
}

static void conn_write_space(struct sock *sk)
{
	if (!sk_stream_is_writeable(sk))
		return;
	if (sk->sk_socket)
		clear_bit(SOCK_NOSPACE, &sk->sk_socket->flags);
	conn_event(sk, DLM_CONN_EV_WRITABLE);
}

static void take_callbacks(struct dlm_conn *conn, const struct dlm_conn_callbacks *saved)
{
	struct sock *sk = conn->sock->sk;

	write_lock_bh(&sk->sk_callback_lock);
	if (saved) {
		conn->saved = *saved;
	} else {
		conn->saved.data_ready = sk->sk_data_ready;
		conn->saved.write_space = sk->sk_write_space;
		conn->saved.state_change = sk->sk_state_change;
		conn->saved.error_report = sk->sk_error_report;
	}
	sk->sk_user_data = conn;
	sk->sk_data_ready = conn_readable;
	sk->sk_write_space = conn_write_space;
	sk->sk_state_change = conn_readable;
	sk->sk_error_report = conn_readable;
	write_unlock_bh(&sk->sk_callback_lock);
}

static void give_back_callbacks(struct dlm_conn *conn)
{
	struct sock *sk = conn->sock->sk;

	write_lock_bh(&sk->sk_callback_lock);
	sk->sk_user_data = NULL;
	sk->sk_data_ready = conn->saved.data_ready;
	sk->sk_write_space = conn->saved.write_space;
	sk->sk_state_change = conn->saved.state_change;
	sk->sk_error_report = conn->saved.error_report;
	write_unlock_bh(&sk->sk_callback_lock);
}

struct dlm_conn *dlm_conn_alloc(struct socket *sock, const struct dlm_conn_callbacks *saved,
				u32 rx_size, const struct dlm_conn_ops *ops, void *owner)
{
	struct dlm_conn *conn;

	conn = kzalloc(struct_size(conn, rx_buf, rx_size), GFP_NOIO);
	if (!conn) {
		sock_release(sock);
		return NULL;
	}
	refcount_set(&conn->refs, 1);
	conn->sock = sock;
	conn->ops = ops;
	conn->owner = owner;
	conn->rx_size = rx_size;
	INIT_LIST_HEAD(&conn->link);
	take_callbacks(conn, saved);
	return conn;
}

void dlm_conn_get(struct dlm_conn *conn)
{
	refcount_inc(&conn->refs);
}

void dlm_conn_put(struct dlm_conn *conn)
{
	if (!refcount_dec_and_test(&conn->refs))
		return;
	sock_release(conn->sock);
	kfree(conn);
}

enum dlm_conn_state dlm_conn_state(const struct dlm_conn *conn)
{
	if (READ_ONCE(conn->failed) || READ_ONCE(conn->rx_done))
		return DLM_CONN_LOST;
	switch (READ_ONCE(conn->sock->sk->sk_state)) {
	case TCP_SYN_SENT:
	case TCP_SYN_RECV:
		return DLM_CONN_CONNECTING;
	case TCP_ESTABLISHED:
	/* The other side has closed, the reader has not come so far yet. */
	case TCP_CLOSE_WAIT:
		return DLM_CONN_UP;
	default:
		return DLM_CONN_LOST;
	}
}

void dlm_conn_fail(struct dlm_conn *conn, int error)
{
	cmpxchg(&conn->error, 0, error);
	WRITE_ONCE(conn->failed, true);
}

void dlm_conn_close(struct dlm_conn *conn, bool abort)
{
	give_back_callbacks(conn);
	dlm_conn_fail(conn, -ESHUTDOWN);
	/* Takes effect when the last reference releases the socket. */
	if (abort)
		sock_no_linger(conn->sock->sk);
	else
		kernel_sock_shutdown(conn->sock, SHUT_WR);
}

static void move_to_front(struct dlm_conn *conn)
{
	if (!conn->rx_start)
		return;
	memmove(conn->rx_buf, conn->rx_buf + conn->rx_start, conn->rx_end - conn->rx_start);
	conn->rx_end -= conn->rx_start;
	conn->rx_start = 0;
}

int dlm_conn_read(struct dlm_conn *conn)
{
	struct msghdr msg = { .msg_flags = MSG_DONTWAIT | MSG_NOSIGNAL };
	struct kvec vec;
	int n;

	if (conn->rx_done)
		return 0;
	move_to_front(conn);
	vec.iov_base = conn->rx_buf + conn->rx_end;
	vec.iov_len = conn->rx_size - conn->rx_end;
	n = kernel_recvmsg(conn->sock, &msg, &vec, 1, vec.iov_len, msg.msg_flags);
	if (n > 0) {
		conn->rx_end += n;
		return n;
	}
	if (n == -EAGAIN)
		return n;
	WRITE_ONCE(conn->rx_done, true);
	if (n < 0)
		dlm_conn_fail(conn, n);
	return n;
}

int dlm_conn_write(struct dlm_conn *conn, struct kvec *vec, size_t nr, size_t bytes, bool more)
{
	struct msghdr msg = { .msg_flags = MSG_DONTWAIT | MSG_NOSIGNAL | (more ? MSG_MORE : 0) };
	int n;

	if (READ_ONCE(conn->failed))
		return -EPIPE;
	n = kernel_sendmsg(conn->sock, &msg, vec, nr, bytes);
	if (n < 0 && n != -EAGAIN)
		dlm_conn_fail(conn, n);
	return n;
}
