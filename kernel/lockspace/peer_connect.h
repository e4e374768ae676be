/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The connections of one peer: accepted ones, ours, and when to make one.
 */
#ifndef DLM_LOCKSPACE_PEER_CONNECT_H
#define DLM_LOCKSPACE_PEER_CONNECT_H

#include <linux/types.h>

#include "transport/listener.h"

struct dlm_conn;
struct dlm_peer;

extern const struct dlm_listener_ops dlm_peer_listener_ops; /* arg: struct dlm_peers */

/* References to all connections, at most DLM_PEER_MAX_CONNS. */
u32 dlm_peer_get_conns(struct dlm_peer *peer, struct dlm_conn **conns);

/*
 * Give up the connections that are lost, all of them if @reset, and start one if one is needed.
 * The peer's worker only. Returns when to be called again, 0: no time is set.
 */
u64 dlm_peer_tend(struct dlm_peer *peer, u64 now_ms, bool reset);
/* Close all connections. @abort: with a reset. */
void dlm_peer_disconnect(struct dlm_peer *peer, bool abort);
/* Connect even if there is nothing to say. */
void dlm_peer_greet(struct dlm_peer *peer);

#endif /* DLM_LOCKSPACE_PEER_CONNECT_H */
