/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The listening socket: hands each accepted socket to its owner.
 */
#ifndef DLM_TRANSPORT_LISTENER_H
#define DLM_TRANSPORT_LISTENER_H

#include <linux/socket.h>
#include <linux/workqueue.h>

#include "transport/conn.h"

struct net;
struct socket;

struct dlm_listener_ops {
	/*
	 * @sock, from host address @from, is the owner's from now on. @saved: for dlm_conn_alloc().
	 * Process context, one at a time.
	 */
	void (*accepted)(void *arg, struct socket *sock, const struct sockaddr_storage *from,
			 const struct dlm_conn_callbacks *saved);
};

struct dlm_listener {
	struct socket *sock;
	struct dlm_conn_callbacks saved;
	struct work_struct work;
	struct workqueue_struct *wq;
	const struct dlm_listener_ops *ops;
	void *arg;
};

/* @local carries the port. An error number as pointer if it fails. */
struct dlm_listener *dlm_listener_start(struct net *net, const struct sockaddr_storage *local,
					u32 mark, struct workqueue_struct *wq,
					const struct dlm_listener_ops *ops, void *arg);
/* Nothing is accepted after it returns. May sleep. */
void dlm_listener_stop(struct dlm_listener *listener);

#endif /* DLM_TRANSPORT_LISTENER_H */
