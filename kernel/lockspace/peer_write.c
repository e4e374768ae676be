// SPDX-License-Identifier: GPL-2.0
/*
 * One writer per peer at a time, whoever comes: a caller who has queued
 * something, or the peer's worker.  The writer takes a batch from the session,
 * writes it without any lock, and reports what is out.  It also is the one who
 * notices that the connection was lost or replaced: then the rest of the batch
 * goes back and the session starts again with what is not acknowledged.
 */
#include "lockspace/peer_write.h"

#include "lockspace/peer_object.h"
#include "lockspace/peer_work.h"
#include "session/send.h"
#include "trace/dlm_trace.h"

enum write_result {
	WRITE_ON,   /* something was done: there may be more */
	WRITE_STOP, /* nothing to do, or not now */
};

/* The frames that are out leave the batch; of the first that is not, note how far it got. */
static void report_written(struct dlm_peer *peer, u32 bytes, struct list_head *done)
{
	struct dlm_peer_writer *w = &peer->writer;
	struct dlm_frame *frame, *next;

	bytes += w->offset;
	list_for_each_entry_safe(frame, next, &w->batch, link) {
		if (bytes < frame->len)
			break;
		bytes -= frame->len;
		list_del(&frame->link);
		dlm_session_written(&peer->session, frame, done);
	}
	w->offset = bytes;
}

/* The connection is another one than that of the batch: returns the old one, to be put. */
static struct dlm_conn *change_conn(struct dlm_peer *peer, struct list_head *done)
{
	struct dlm_peer_writer *w = &peer->writer;
	struct dlm_conn *old = w->conn;

	dlm_session_restart(&peer->session, &w->batch, done);
	w->offset = 0;
	w->full = false;
	w->conn = peer->primary;
	if (w->conn)
		dlm_conn_get(w->conn);
	return old;
}

static u32 fill_vec(struct dlm_peer_writer *w, size_t *bytes)
{
	struct dlm_frame *frame;
	u32 offset = w->offset;
	u32 nr = 0;

	*bytes = 0;
	list_for_each_entry(frame, &w->batch, link) {
		w->vec[nr].iov_base = frame->data + offset;
		w->vec[nr].iov_len = frame->len - offset;
		*bytes += frame->len - offset;
		offset = 0;
		nr++;
	}
	return nr;
}

static bool ready_to_write(struct dlm_peer *peer)
{
	struct dlm_peer_writer *w = &peer->writer;

	if (!w->conn || w->full || dlm_conn_state(w->conn) != DLM_CONN_UP)
		return false;
	if (list_empty(&w->batch))
		dlm_session_take(&peer->session, &w->batch, DLM_PEER_BATCH);
	return !list_empty(&w->batch);
}

/* Drops tx_lock around the write: batch, vec and conn are the writer's. */
static int write_batch(struct dlm_peer *peer) __must_hold(&peer->tx_lock)
{
	struct dlm_peer_writer *w = &peer->writer;
	bool more = dlm_session_can_send(&peer->session);
	size_t bytes;
	u32 nr;
	int n;

	dlm_peer_unlock(peer);
	nr = fill_vec(w, &bytes);
	n = dlm_conn_write(w->conn, w->vec, nr, bytes, more);
	trace_dlm_send(peer->nodeid, n);
	peer->stats.tx_writes++;
	dlm_peer_lock(peer);
	return n;
}

/*
 * No room. Room may have come before we could say that we wait for it:
 *
 *   writer				worker, after sk_write_space
 *   write: -EAGAIN
 *					nr_space++, full = false
 *   full = true, sleeps for ever
 *
 * so nr_space is compared with what it was before the write.
 */
static enum write_result wait_for_space(struct dlm_peer_writer *w, u32 nr_space)
{
	if (w->nr_space != nr_space)
		return WRITE_ON;
	w->full = true;
	return WRITE_STOP;
}

static enum write_result write_some(struct dlm_peer *peer, struct list_head *done)
	__must_hold(&peer->tx_lock)
{
	struct dlm_peer_writer *w = &peer->writer;
	u32 nr_space = w->nr_space;
	int n;

	if (!ready_to_write(peer))
		return WRITE_STOP;
	n = write_batch(peer);
	if (n == -EAGAIN)
		return wait_for_space(w, nr_space);
	if (n < 0) {
		dlm_peer_queue_work(peer);
		return WRITE_STOP;
	}
	report_written(peer, n, done);
	return WRITE_ON;
}

static bool has_changed(const struct dlm_peer *peer)
{
	return peer->writer.conn != peer->primary;
}

/* One round of the writer. Puts the old connection and frees frames outside the lock. */
static enum write_result write_round(struct dlm_peer *peer) __must_hold(&peer->tx_lock)
{
	struct dlm_conn *old = NULL;
	enum write_result result;
	LIST_HEAD(done);

	if (has_changed(peer))
		old = change_conn(peer, &done);
	result = write_some(peer, &done);
	if (!old && list_empty(&done))
		return result;
	dlm_peer_unlock(peer);
	if (old)
		dlm_conn_put(old);
	dlm_peer_free_frames(&done);
	dlm_peer_lock(peer);
	return result;
}

static void write_all(struct dlm_peer *peer) __must_hold(&peer->tx_lock)
{
	struct dlm_peer_writer *w = &peer->writer;

	w->busy = true;
	do {
		w->again = false;
		while (write_round(peer) == WRITE_ON)
			;
	} while (w->again || has_changed(peer));
	w->busy = false;
}

bool dlm_peer_write(struct dlm_peer *peer)
{
	bool need_conn = false;
	bool released;

	dlm_peer_lock(peer);
	if (peer->writer.busy) {
		peer->writer.again = true;
	} else {
		write_all(peer);
		need_conn = !peer->writer.conn && dlm_session_needs_connection(&peer->session);
	}
	released = peer->session.released;
	dlm_peer_unlock(peer);
	if (released)
		wake_up(&peer->peers->closed_wait);
	return need_conn;
}

void dlm_peer_write_space(struct dlm_peer *peer)
{
	dlm_peer_lock(peer);
	peer->writer.nr_space++;
	peer->writer.full = false;
	dlm_peer_unlock(peer);
}
