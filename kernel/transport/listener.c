// SPDX-License-Identifier: GPL-2.0
/*
 * Accepting.  A socket that is accepted inherits our sk_data_ready and
 * sk_user_data until its connection sets its own: so sk_data_ready looks only
 * at sockets that listen, and stopping first takes both back, then waits for
 * the work, then releases the socket with all that was not accepted.
 */
#include "transport/listener.h"

#include <linux/err.h>
#include <linux/net.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <net/sock.h>
#include <net/tcp_states.h>

#include "transport/tcp.h"

static void listener_data_ready(struct sock *sk)
{
	struct dlm_listener *listener;

	read_lock_bh(&sk->sk_callback_lock);
	listener = sk->sk_user_data;
	if (listener && sk->sk_state == TCP_LISTEN)
		queue_work(listener->wq, &listener->work);
	read_unlock_bh(&sk->sk_callback_lock);
}

static void accept_one(struct dlm_listener *listener, struct socket *sock)
{
	struct sockaddr_storage from = {};

	if (kernel_getpeername(sock, (struct sockaddr *)&from) < 0) {
		sock_release(sock);
		return;
	}
	listener->ops->accepted(listener->arg, sock, &from, &listener->saved);
}

static void accept_all(struct work_struct *work)
{
	struct dlm_listener *listener = container_of(work, struct dlm_listener, work);
	unsigned int noio = memalloc_noio_save();
	struct socket *sock;

	while (!kernel_accept(listener->sock, &sock, O_NONBLOCK))
		accept_one(listener, sock);
	memalloc_noio_restore(noio);
}

static void take_callbacks(struct dlm_listener *listener)
{
	struct sock *sk = listener->sock->sk;

	write_lock_bh(&sk->sk_callback_lock);
	listener->saved.data_ready = sk->sk_data_ready;
	listener->saved.write_space = sk->sk_write_space;
	listener->saved.state_change = sk->sk_state_change;
	listener->saved.error_report = sk->sk_error_report;
	sk->sk_user_data = listener;
	sk->sk_data_ready = listener_data_ready;
	write_unlock_bh(&sk->sk_callback_lock);
}

static void give_back_callbacks(struct dlm_listener *listener)
{
	struct sock *sk = listener->sock->sk;

	write_lock_bh(&sk->sk_callback_lock);
	sk->sk_user_data = NULL;
	sk->sk_data_ready = listener->saved.data_ready;
	write_unlock_bh(&sk->sk_callback_lock);
}

struct dlm_listener *dlm_listener_start(struct net *net, const struct sockaddr_storage *local,
					u32 mark, struct workqueue_struct *wq,
					const struct dlm_listener_ops *ops, void *arg)
{
	struct dlm_listener *listener;
	int err;

	listener = kzalloc(sizeof(*listener), GFP_NOIO);
	if (!listener)
		return ERR_PTR(-ENOMEM);
	listener->wq = wq;
	listener->ops = ops;
	listener->arg = arg;
	INIT_WORK(&listener->work, accept_all);
	err = dlm_tcp_listen(net, local, mark, &listener->sock);
	if (err) {
		kfree(listener);
		return ERR_PTR(err);
	}
	take_callbacks(listener);
	/* Somebody may have come in between. */
	queue_work(wq, &listener->work);
	return listener;
}

void dlm_listener_stop(struct dlm_listener *listener)
{
	give_back_callbacks(listener);
	cancel_work_sync(&listener->work);
	sock_release(listener->sock);
	kfree(listener);
}
