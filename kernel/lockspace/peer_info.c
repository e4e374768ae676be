// SPDX-License-Identifier: GPL-2.0
/*
 * What can be seen of a peer from outside: debugfs comms/<nodeid>/ and more.
 */
#include "lockspace/peer_object.h"
#include "session/send.h"

static void copy_session(struct dlm_peer_info *info, const struct dlm_session *s)
{
	info->state = dlm_session_state_name(s->state);
	info->flags = dlm_session_flags(s);
	info->send_queue_count = dlm_session_unacked(s);
	info->version = s->heard ? DLM_WIRE_VERSION : 0;
	info->users = s->users;
	info->rx_expected = s->rx.expected;
	info->tx_next = s->tx.next;
	info->rx_messages = s->stats.rx_messages;
	info->rx_duplicates = s->stats.rx_duplicates;
	info->rx_gaps = s->stats.rx_gaps;
	info->bad_acks = s->stats.bad_acks;
	info->tx_messages = s->stats.tx_messages;
	info->tx_bytes = s->stats.tx_bytes;
	info->tx_resent = s->stats.tx_resent;
	info->tx_acks = s->stats.tx_acks;
	info->tx_refused = s->stats.tx_refused;
	info->gap_resets = s->stats.gap_resets;
	info->resets = s->stats.resets;
}

/* Counters of others are read as they stand. */
static void copy_peer(struct dlm_peer_info *info, const struct dlm_peer *peer)
{
	info->nodeid = peer->nodeid;
	info->configured = peer->configured;
	info->connected = peer->primary && dlm_conn_state(peer->primary) == DLM_CONN_UP;
	info->nr_connections = peer->nr_conns;
	info->nr_addrs = peer->nr_addrs;
	memcpy(info->addrs, peer->addrs, sizeof(info->addrs));
	info->mark = peer->mark;
	info->rx_bytes = peer->stats.rx_bytes;
	info->rx_malformed = peer->stats.rx_malformed;
	info->rx_wrong_version = peer->stats.rx_wrong_version;
	info->tx_writes = peer->stats.tx_writes;
	info->connects = peer->stats.connects;
	info->accepts = peer->stats.accepts;
	info->losses = peer->stats.losses;
}

int dlm_peer_info(struct dlm_peers *peers, int nodeid, struct dlm_peer_info *info)
{
	struct dlm_peer *peer = dlm_peer_get(peers, nodeid);

	if (!peer)
		return -ENOENT;
	dlm_peer_lock(peer);
	copy_session(info, &peer->session);
	copy_peer(info, peer);
	dlm_peer_unlock(peer);
	dlm_peer_put(peer);
	return 0;
}

int dlm_peer_next(struct dlm_peers *peers, int after)
{
	struct dlm_peer *peer = dlm_peer_get_next(peers, after);
	int nodeid;

	if (!peer)
		return -ENOENT;
	nodeid = peer->nodeid;
	dlm_peer_put(peer);
	return nodeid;
}
