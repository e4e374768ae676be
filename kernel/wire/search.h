/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The payload of SEARCH: a chain of locks that wait for each other. Only between
 * nodes of this implementation; the in-tree module logs and drops it.
 */
#ifndef DLM_WIRE_SEARCH_H
#define DLM_WIRE_SEARCH_H

#include "platform/dlm_platform.h"
#include "gen/dlm_wire.h"

/* What the receiver is to do; q_step. */
enum dlm_search_step {
	DLM_SEARCH_BLOCKERS = 1, /* master: what does the lock wait for? */
	DLM_SEARCH_OWNER,	 /* holder: what does the owner of the lock wait for? */
	DLM_SEARCH_OWNER_KEY,	 /* any: what does this owner wait for at your node? */
	DLM_SEARCH_WAIT,	 /* holder: the lock itself waits */
	DLM_SEARCH_VICTIM,	 /* holder: the lock gives way */
	DLM_SEARCH_STEP_NR,
};

/* Some 4 KiB: on no stack. */
struct dlm_chain {
	struct dlm_search head;
	struct dlm_search_link links[DLM_WIRE_SEARCH_LINKS_MAX];
};

#define DLM_WIRE_CHAIN_MAX \
	(DLM_WIRE_SEARCH_SIZE + DLM_WIRE_SEARCH_LINKS_MAX * DLM_WIRE_SEARCH_LINK_SIZE)

/* Is it a chain? What dlm_wire_get_chain() may be given. */
bool dlm_wire_chain_valid(const u8 *buf, size_t len);
void dlm_wire_get_chain(struct dlm_chain *chain, const u8 *buf);
/* @buf has room for DLM_WIRE_CHAIN_MAX; returns the length. */
size_t dlm_wire_put_chain(u8 *buf, const struct dlm_chain *chain);

#endif /* DLM_WIRE_SEARCH_H */
