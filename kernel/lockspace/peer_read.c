// SPDX-License-Identifier: GPL-2.0
/*
 * From bytes to messages of one peer: cut, decode, ask the session, deliver.
 * One worker per peer reads all its connections, so that what the session
 * accepts in order is also delivered in order, over whichever connection it came.
 */
#include "lockspace/peer_read.h"

#include "lockspace/peer_connect.h"
#include "lockspace/peer_object.h"
#include "session/receive.h"
#include "session/send.h"
#include "trace/dlm_trace.h"
#include "wire/decode.h"
#include "wire/frame.h"

#define READ_BUDGET (256 * 1024) /* bytes of one connection before the others' turn */

/*
 * What the session thinks of it. A connection that was closed meanwhile belongs to an association
 * that is over: nothing of it counts.
 */
static bool session_accepts(struct dlm_peer *peer, struct dlm_conn *conn, const struct dlm_in *in,
			    u64 now_ms)
{
	enum dlm_session_verdict verdict = DLM_SESSION_DROP;
	struct dlm_session *s = &peer->session;
	LIST_HEAD(done);

	dlm_peer_lock(peer);
	if (!conn->attached || peer->dead)
		verdict = DLM_SESSION_DROP;
	else if (in->flags & DLM_IN_SEQUENCED)
		verdict = dlm_session_receive_sequenced(s, in->seq, in->hdr.cmd == DLM_CMD_FIN,
							now_ms, &done);
	else if (in->hdr.cmd == DLM_CMD_ACK)
		dlm_session_acked(s, in->seq, now_ms, &done);
	else
		verdict = dlm_session_receive(s, now_ms, &done);
	dlm_peer_unlock(peer);
	dlm_peer_free_frames(&done);
	return verdict == DLM_SESSION_DELIVER;
}

static void count_refused(struct dlm_peer *peer, const struct dlm_in *in)
{
	if (in->fault == DLM_FAULT_VERSION)
		peer->stats.rx_wrong_version++;
	else
		peer->stats.rx_malformed++;
	dlm_peer_log(peer->peers, peer, "message dropped: %s", dlm_wire_fault_name(in->fault));
}

static void deliver(struct dlm_peer *peer, const struct dlm_in *in)
{
	if (in->hdr.nodeid != peer->nodeid) {
		peer->stats.rx_malformed++;
		dlm_peer_log(peer->peers, peer, "message dropped: it says it is from node %u",
			     in->hdr.nodeid);
		return;
	}
	peer->peers->ops->receive(peer->peers->arg, peer->nodeid, in);
}

/* false: no message can be told from the next any more. */
static bool receive_message(struct dlm_peer *peer, struct dlm_conn *conn, const u8 *buf, size_t len,
			    u64 now_ms)
{
	struct dlm_in in;

	switch (dlm_wire_decode(buf, len, &in)) {
	case DLM_WIRE_OK:
		conn->heard = true;
		if (session_accepts(peer, conn, &in, now_ms))
			deliver(peer, &in);
		return true;
	case DLM_WIRE_DROP_ACK:
		count_refused(peer, &in);
		/* A FIN that is malformed is no FIN; its number is taken all the same. */
		in.hdr.cmd = DLM_CMD_MSG;
		in.flags |= DLM_IN_SEQUENCED;
		session_accepts(peer, conn, &in, now_ms);
		return true;
	case DLM_WIRE_DROP:
		count_refused(peer, &in);
		return true;
	default:
		return false;
	}
}

/* All whole messages in the buffer. false: reset the connection. */
static bool receive_buffer(struct dlm_peer *peer, struct dlm_conn *conn, u64 now_ms)
{
	size_t len;

	while (conn->rx_start < conn->rx_end) {
		const u8 *buf = conn->rx_buf + conn->rx_start;

		switch (dlm_frame_next(buf, conn->rx_end - conn->rx_start, &len)) {
		case DLM_FRAME_MORE:
			return true;
		case DLM_FRAME_BROKEN:
			return false;
		case DLM_FRAME_MESSAGE:
			break;
		}
		conn->rx_start += len;
		if (!receive_message(peer, conn, buf, len, now_ms))
			return false;
	}
	return true;
}

/* true: budget used up. */
static bool read_conn(struct dlm_peer *peer, struct dlm_conn *conn, u64 now_ms)
{
	u32 bytes = 0;
	int n;

	while (bytes < READ_BUDGET) {
		n = dlm_conn_read(conn);
		trace_dlm_recv(peer->nodeid, n);
		if (n <= 0)
			return false;
		bytes += n;
		peer->stats.rx_bytes += n;
		if (receive_buffer(peer, conn, now_ms))
			continue;
		dlm_peer_log(peer->peers, peer, "broken framing, the connection is reset");
		peer->stats.rx_malformed++;
		WRITE_ONCE(conn->rx_done, true);
		dlm_conn_fail(conn, -EPROTO);
		return false;
	}
	return true;
}

bool dlm_peer_read(struct dlm_peer *peer)
{
	struct dlm_conn *conns[DLM_PEER_MAX_CONNS];
	u64 now_ms = dlm_peer_now_ms();
	bool again = false;
	u32 nr, i;

	nr = dlm_peer_get_conns(peer, conns);
	for (i = 0; i < nr; i++) {
		again |= read_conn(peer, conns[i], now_ms);
		dlm_conn_put(conns[i]);
	}
	return again;
}
