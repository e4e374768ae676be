// SPDX-License-Identifier: GPL-2.0
/*
 * TCP sockets of the module.  They belong to the kernel (they do not hold their
 * network namespace), never allocate with I/O, and never wait to batch.
 */
#include "transport/tcp.h"

#include <linux/net.h>
#include <linux/tcp.h>
#include <net/sock.h>

#include "transport/address.h"

#define TCP_BACKLOG 5

static void set_options(struct socket *sock, u32 mark)
{
	sock->sk->sk_allocation = GFP_NOIO;
	/* Our sends may nest in page reclaim of a task that uses its own page fragment. */
	sock->sk->sk_use_task_frag = false;
	tcp_sock_set_nodelay(sock->sk);
	if (mark)
		sock_set_mark(sock->sk, mark);
}

static int make_socket(struct net *net, const struct sockaddr_storage *local, u32 mark,
		       struct socket **sock)
{
	int err;

	if (!dlm_address_len(local))
		return -EAFNOSUPPORT;
	err = sock_create_kern(net, local->ss_family, SOCK_STREAM, IPPROTO_TCP, sock);
	if (err)
		return err;
	set_options(*sock, mark);
	return 0;
}

static int bind_to(struct socket *sock, const struct sockaddr_storage *local)
{
	struct sockaddr_storage addr = *local;

	return kernel_bind(sock, (struct sockaddr *)&addr, dlm_address_len(&addr));
}

int dlm_tcp_listen(struct net *net, const struct sockaddr_storage *local, u32 mark,
		   struct socket **sock)
{
	int err;

	err = make_socket(net, local, mark, sock);
	if (err)
		return err;
	sock_set_reuseaddr((*sock)->sk);
	err = bind_to(*sock, local);
	if (!err)
		err = kernel_listen(*sock, TCP_BACKLOG);
	if (err)
		sock_release(*sock);
	return err;
}

int dlm_tcp_open(struct net *net, const struct sockaddr_storage *local, u32 mark,
		 struct socket **sock)
{
	struct sockaddr_storage addr = *local;
	int err;

	err = make_socket(net, local, mark, sock);
	if (err)
		return err;
	dlm_address_set_port(&addr, 0);
	err = bind_to(*sock, &addr);
	if (err)
		sock_release(*sock);
	return err;
}

int dlm_tcp_connect(struct socket *sock, const struct sockaddr_storage *peer)
{
	struct sockaddr_storage addr = *peer;
	int err;

	err = kernel_connect(sock, (struct sockaddr *)&addr, dlm_address_len(&addr), O_NONBLOCK);
	return err == -EINPROGRESS ? 0 : err;
}

void dlm_tcp_accepted(struct socket *sock, u32 mark)
{
	set_options(sock, mark);
}
