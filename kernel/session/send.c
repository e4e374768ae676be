// SPDX-License-Identifier: GPL-2.0
/*
 * Numbering, keeping and sending again.  A frame of the shell is in exactly one
 * place: queue, held, unacked, or the batch of the one who writes.  ACK and FIN
 * are no queued frames but wishes, written into the two frames of the session
 * when a batch is taken, so that no event ever needs memory.
 */
#include "session/send.h"

#include "wire/encode.h"

static bool frame_sequenced(const struct dlm_frame *frame)
{
	return frame->flags & DLM_FRAME_SEQUENCED;
}

/* The frame leaves the session: the caller of the caller frees it. */
static void frame_done(struct dlm_session *s, struct dlm_frame *frame, struct list_head *done)
{
	s->tx.nr_frames--;
	list_add_tail(&frame->link, done);
}

static bool fin_said(const struct dlm_session *s)
{
	switch (s->state) {
	case DLM_SESSION_FIN_WAIT1:
	case DLM_SESSION_FIN_WAIT2:
	case DLM_SESSION_CLOSING:
	case DLM_SESSION_LAST_ACK:
		return true;
	default:
		return false;
	}
}

static int queue_refusal(const struct dlm_session *s, bool sequenced)
{
	if (s->tx.nr_frames >= s->tx.limit)
		return -ENOBUFS;
	/*
	 * Unnumbered answers may go to a peer in LAST_ACK, which only asks if it has started again.
	 * Not after we have left ourselves: on Linux 6.1 they would revive the association.
	 */
	if (s->released)
		return -ENOTCONN;
	if (sequenced && (s->state == DLM_SESSION_CLOSED || fin_said(s)))
		return -ENOTCONN;
	return 0;
}

int dlm_session_queue(struct dlm_session *s, struct dlm_frame *frame)
{
	struct dlm_session_tx *tx = &s->tx;
	struct dlm_hdr hdr;
	int err;

	dlm_wire_get_header(&hdr, frame->data);
	frame->flags = hdr.cmd == DLM_CMD_OPTS ? DLM_FRAME_SEQUENCED : 0;
	err = queue_refusal(s, frame_sequenced(frame));
	if (err) {
		s->stats.tx_refused++;
		return err;
	}
	frame->association = s->association;
	tx->nr_frames++;
	if (!frame_sequenced(frame)) {
		list_add_tail(&frame->link, &tx->queue);
		return 0;
	}
	frame->seq = tx->next++;
	dlm_wire_set_seq(frame->data, frame->seq);
	list_add_tail(&frame->link, s->heard ? &tx->queue : &tx->held);
	return 0;
}

void dlm_session_queue_fin(struct dlm_session *s)
{
	s->tx.fin = DLM_SESSION_FIN_QUEUED;
	s->tx.fin_seq = s->tx.next++;
}

void dlm_session_tx_heard(struct dlm_session *s)
{
	list_splice_tail_init(&s->tx.held, &s->tx.queue);
}

/* An ACK may use the way of a numbered message only when there is one. */
static bool ack_wanted(const struct dlm_session *s)
{
	const struct dlm_session_rx *rx = &s->rx;

	if (s->tx.ack_writing)
		return false;
	if (rx->ack_final || rx->ack_now)
		return true;
	if (rx->nr_unacked <= DLM_SESSION_ACK_SOME)
		return false;
	return !list_empty(&s->tx.queue) &&
	       frame_sequenced(list_first_entry(&s->tx.queue, struct dlm_frame, link));
}

bool dlm_session_can_send(const struct dlm_session *s)
{
	return !list_empty(&s->tx.queue) || s->tx.fin == DLM_SESSION_FIN_QUEUED || ack_wanted(s);
}

bool dlm_session_needs_connection(const struct dlm_session *s)
{
	return dlm_session_can_send(s) || !list_empty(&s->tx.unacked) ||
	       s->tx.fin != DLM_SESSION_FIN_NONE || s->tx.ack_writing;
}

bool dlm_session_quiet(const struct dlm_session *s)
{
	return s->state == DLM_SESSION_CLOSED && !s->rx.ack_final && !s->rx.ack_now &&
	       !s->tx.ack_writing;
}

static void take_ack(struct dlm_session *s, struct list_head *batch)
{
	struct dlm_session_rx *rx = &s->rx;
	struct dlm_frame *frame = s->ack_frame;

	s->tx.ack_writing = true;
	s->tx.ack_writing_final = rx->ack_final;
	frame->seq = rx->ack_final ? rx->final_seq : rx->expected;
	frame->association = s->association;
	if (rx->ack_final) {
		rx->ack_final = false;
	} else {
		rx->ack_now = false;
		rx->nr_unacked = 0;
		rx->ack_deadline_ms = 0;
	}
	frame->len = dlm_wire_encode_ack(frame->data, frame->size, s->nodeid, frame->seq);
	list_add_tail(&frame->link, batch);
}

static void take_fin(struct dlm_session *s, struct list_head *batch)
{
	struct dlm_frame *frame = s->fin_frame;

	s->tx.fin = DLM_SESSION_FIN_WRITING;
	s->tx.sent = s->tx.next;
	frame->seq = s->tx.fin_seq;
	frame->association = s->association;
	frame->len = dlm_wire_encode_fin(frame->data, frame->size, s->nodeid, frame->seq);
	list_add_tail(&frame->link, batch);
}

/*
 * The peer may acknowledge a number as soon as it is in a batch, before we are
 * told that it was written: so "sent" moves here.
 */
static void take_frame(struct dlm_session *s, struct dlm_frame *frame, struct list_head *batch)
{
	if (frame_sequenced(frame)) {
		if (dlm_seq_before(frame->seq, s->tx.sent)) {
			s->stats.tx_resent++;
		} else {
			s->tx.sent = frame->seq + 1;
			s->stats.tx_messages++;
		}
	} else {
		s->stats.tx_messages++;
	}
	s->stats.tx_bytes += frame->len;
	list_move_tail(&frame->link, batch);
}

u32 dlm_session_take(struct dlm_session *s, struct list_head *batch, u32 max)
{
	struct dlm_frame *frame, *next;
	u32 nr = 0;

	if (nr < max && ack_wanted(s)) {
		take_ack(s, batch);
		s->stats.tx_acks++;
		nr++;
	}
	list_for_each_entry_safe(frame, next, &s->tx.queue, link) {
		if (nr == max)
			return nr;
		take_frame(s, frame, batch);
		nr++;
	}
	if (nr < max && s->tx.fin == DLM_SESSION_FIN_QUEUED) {
		take_fin(s, batch);
		nr++;
	}
	return nr;
}

static void ack_frame_back(struct dlm_session *s, bool written)
{
	s->tx.ack_writing = false;
	if (written)
		return;
	if (s->tx.ack_writing_final) {
		s->rx.ack_final = true;
		s->rx.final_seq = s->ack_frame->seq;
	} else if (s->ack_frame->association == s->association) {
		s->rx.ack_now = true;
	}
}

static void fin_frame_back(struct dlm_session *s, bool written)
{
	if (s->fin_frame->association != s->association || s->tx.fin != DLM_SESSION_FIN_WRITING)
		return;
	s->tx.fin = written ? DLM_SESSION_FIN_WRITTEN : DLM_SESSION_FIN_QUEUED;
}

static void control_frame_back(struct dlm_session *s, const struct dlm_frame *frame, bool written)
{
	if (frame == s->ack_frame)
		ack_frame_back(s, written);
	else
		fin_frame_back(s, written);
}

/* Acknowledged, or the association ended, while it was in a batch. */
static bool frame_over(const struct dlm_session *s, const struct dlm_frame *frame)
{
	if (frame->association != s->association)
		return true;
	return frame_sequenced(frame) && dlm_seq_before(frame->seq, s->tx.acked);
}

void dlm_session_written(struct dlm_session *s, struct dlm_frame *frame, struct list_head *done)
{
	if (frame->flags & DLM_FRAME_CONTROL)
		control_frame_back(s, frame, true);
	else if (frame_sequenced(frame) && !frame_over(s, frame))
		list_add_tail(&frame->link, &s->tx.unacked);
	else
		frame_done(s, frame, done);
}

void dlm_session_restart(struct dlm_session *s, struct list_head *batch, struct list_head *done)
{
	struct dlm_frame *frame, *prev;

	list_for_each_entry_safe_reverse(frame, prev, batch, link) {
		list_del(&frame->link);
		if (frame->flags & DLM_FRAME_CONTROL)
			control_frame_back(s, frame, false);
		else if (frame_over(s, frame))
			frame_done(s, frame, done);
		else
			list_add(&frame->link, &s->tx.queue);
	}
	if (!list_empty(&s->tx.unacked))
		DLM_PROBE("session: unacknowledged messages are sent again");
	list_splice_init(&s->tx.unacked, &s->tx.queue);
	if (s->tx.fin == DLM_SESSION_FIN_WRITTEN)
		s->tx.fin = DLM_SESSION_FIN_QUEUED;
}

u32 dlm_session_unacked(const struct dlm_session *s)
{
	return s->tx.next - s->tx.acked;
}

static void drop_acked(struct dlm_session *s, struct list_head *list, struct list_head *done)
{
	struct dlm_frame *frame, *next;

	list_for_each_entry_safe(frame, next, list, link) {
		if (!frame_sequenced(frame))
			continue;
		if (!dlm_seq_before(frame->seq, s->tx.acked))
			return;
		list_del(&frame->link);
		frame_done(s, frame, done);
	}
}

void dlm_session_acked(struct dlm_session *s, u32 seq, u64 now_ms, struct list_head *done)
{
	struct dlm_session_tx *tx = &s->tx;

	if (!dlm_seq_before(tx->acked, seq))
		return;
	if (dlm_seq_before(tx->sent, seq)) {
		s->stats.bad_acks++;
		/* In a new association the first ones may answer the last one. */
		if (s->heard && !s->clash_told) {
			s->clash_told = true;
			s->effects |= DLM_SESSION_FX_CLASH;
		}
		return;
	}
	tx->acked = seq;
	drop_acked(s, &tx->unacked, done);
	drop_acked(s, &tx->queue, done);
	if (tx->fin == DLM_SESSION_FIN_NONE || !dlm_seq_before(tx->fin_seq, seq))
		return;
	tx->fin = DLM_SESSION_FIN_NONE;
	dlm_session_fin_acked(s, now_ms, done);
}

static void drop_list(struct dlm_session *s, struct list_head *list, bool sequenced_only,
		      struct list_head *done)
{
	struct dlm_frame *frame, *next;

	list_for_each_entry_safe(frame, next, list, link) {
		if (sequenced_only && !frame_sequenced(frame)) {
			/* It stays, so it moves over to the association that begins. */
			frame->association = s->association + 1;
			continue;
		}
		list_del(&frame->link);
		frame_done(s, frame, done);
	}
}

void dlm_session_tx_reset(struct dlm_session *s, struct list_head *done)
{
	struct dlm_session_tx *tx = &s->tx;

	drop_list(s, &tx->queue, true, done);
	drop_list(s, &tx->held, true, done);
	drop_list(s, &tx->unacked, true, done);
	tx->next = 0;
	tx->sent = 0;
	tx->acked = 0;
	tx->fin = DLM_SESSION_FIN_NONE;
}

void dlm_session_tx_drop(struct dlm_session *s, struct list_head *done)
{
	drop_list(s, &s->tx.queue, false, done);
	drop_list(s, &s->tx.held, false, done);
	drop_list(s, &s->tx.unacked, false, done);
}
