// SPDX-License-Identifier: GPL-2.0
/*
 * Comparing and completing the addresses of nodes.
 */
#include "transport/address.h"

#include <linux/in.h>
#include <linux/in6.h>
#include <net/ipv6.h>

static bool in6_equal(const struct sockaddr_in6 *a, const struct sockaddr_in6 *b)
{
	if (!ipv6_addr_equal(&a->sin6_addr, &b->sin6_addr))
		return false;
	if (!__ipv6_addr_needs_scope_id(__ipv6_addr_type(&a->sin6_addr)))
		return true;
	return a->sin6_scope_id == b->sin6_scope_id;
}

bool dlm_address_equal(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
	if (a->ss_family != b->ss_family)
		return false;
	switch (a->ss_family) {
	case AF_INET:
		return ((const struct sockaddr_in *)a)->sin_addr.s_addr ==
		       ((const struct sockaddr_in *)b)->sin_addr.s_addr;
	case AF_INET6:
		return in6_equal((const struct sockaddr_in6 *)a, (const struct sockaddr_in6 *)b);
	default:
		return false;
	}
}

int dlm_address_len(const struct sockaddr_storage *addr)
{
	switch (addr->ss_family) {
	case AF_INET:
		return sizeof(struct sockaddr_in);
	case AF_INET6:
		return sizeof(struct sockaddr_in6);
	default:
		return 0;
	}
}

void dlm_address_set_port(struct sockaddr_storage *addr, u16 port)
{
	if (addr->ss_family == AF_INET6)
		((struct sockaddr_in6 *)addr)->sin6_port = htons(port);
	else
		((struct sockaddr_in *)addr)->sin_port = htons(port);
}
