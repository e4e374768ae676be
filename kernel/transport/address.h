/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Addresses of nodes, IPv4 and IPv6, as configured: the port does not count.
 */
#ifndef DLM_TRANSPORT_ADDRESS_H
#define DLM_TRANSPORT_ADDRESS_H

#include <linux/socket.h>
#include <linux/types.h>

/* The same host address and, for link-local ones, the same interface? */
bool dlm_address_equal(const struct sockaddr_storage *a, const struct sockaddr_storage *b);
/* Length that the socket calls want; 0 if the family is none of ours. */
int dlm_address_len(const struct sockaddr_storage *addr);
void dlm_address_set_port(struct sockaddr_storage *addr, u16 port);

#endif /* DLM_TRANSPORT_ADDRESS_H */
