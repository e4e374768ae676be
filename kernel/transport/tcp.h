/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Kernel sockets for TCP as the cluster wants them: which address they are bound
 * to, which options they have.  The place where another protocol would stand.
 */
#ifndef DLM_TRANSPORT_TCP_H
#define DLM_TRANSPORT_TCP_H

#include <linux/socket.h>
#include <linux/types.h>

struct net;
struct socket;

/* A socket that listens on @local, which carries the port. */
int dlm_tcp_listen(struct net *net, const struct sockaddr_storage *local, u32 mark,
		   struct socket **sock);
/*
 * A socket that comes from the host address @local: it is how the other side knows us. Not
 * connected yet.
 */
int dlm_tcp_open(struct net *net, const struct sockaddr_storage *local, u32 mark,
		 struct socket **sock);
/* Starts to connect and does not wait. 0: under way or done. */
int dlm_tcp_connect(struct socket *sock, const struct sockaddr_storage *peer);
/* Options of a socket that was accepted. */
void dlm_tcp_accepted(struct socket *sock, u32 mark);

#endif /* DLM_TRANSPORT_TCP_H */
