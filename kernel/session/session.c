// SPDX-License-Identifier: GPL-2.0
/*
 * The association with one peer: its beginning, the count of lockspaces that
 * use it, FIN in both directions, its end, and the timers.  What is queued and
 * what is accepted is decided in send.c and receive.c.
 */
#include "session/session.h"

#include "session/receive.h"
#include "session/send.h"

/* A new association: both sides start from 0 without a word on the wire. */
static void session_reset(struct dlm_session *s, struct list_head *done)
{
	dlm_session_tx_reset(s, done);
	dlm_session_rx_reset(s);
	s->association++;
	s->heard = false;
	s->clash_told = false;
	s->stats.resets++;
}

/* The only writer of s->state. */
static void session_event(struct dlm_session *s, enum dlm_session_event event, u64 now_ms,
			  struct list_head *done)
{
	struct dlm_session_step step = dlm_session_next(s->state, event);
	u8 before = s->state;

	if (WARN_ON_ONCE(step.next == DLM_SESSION_ILLEGAL))
		return;
	s->state = step.next;
	if (step.actions & DLM_SESSION_ACT_RESET)
		session_reset(s, done);
	if (step.actions & DLM_SESSION_ACT_FIN)
		dlm_session_queue_fin(s);
	if (s->state == before)
		return;
	s->dying_deadline_ms = 0;
	if (s->state == DLM_SESSION_LAST_ACK)
		s->dying_deadline_ms = now_ms + DLM_SESSION_DYING_MS;
	if (s->state == DLM_SESSION_CLOSED)
		s->effects |= DLM_SESSION_FX_CLOSED;
}

void dlm_session_init(struct dlm_session *s, struct dlm_frame *ack_frame,
		      struct dlm_frame *fin_frame, u32 limit)
{
	memset(s, 0, sizeof(*s));
	s->state = DLM_SESSION_CLOSED;
	s->ack_frame = ack_frame;
	s->fin_frame = fin_frame;
	ack_frame->flags = DLM_FRAME_CONTROL;
	fin_frame->flags = DLM_FRAME_CONTROL;
	INIT_LIST_HEAD(&s->tx.queue);
	INIT_LIST_HEAD(&s->tx.held);
	INIT_LIST_HEAD(&s->tx.unacked);
	s->tx.limit = limit;
	dlm_session_rx_reset(s);
}

void dlm_session_open(struct dlm_session *s, u32 nodeid)
{
	s->nodeid = nodeid;
	s->released = false;
}

void dlm_session_member_added(struct dlm_session *s, u64 now_ms, struct list_head *done)
{
	if (s->users++ == 0)
		session_event(s, DLM_SESSION_EV_ADDED, now_ms, done);
}

void dlm_session_member_removed(struct dlm_session *s, u64 now_ms, struct list_head *done)
{
	if (WARN_ON_ONCE(!s->users))
		return;
	if (--s->users == 0)
		session_event(s, DLM_SESSION_EV_REMOVED, now_ms, done);
}

void dlm_session_release(struct dlm_session *s, u64 now_ms, struct list_head *done)
{
	bool unheard = s->state == DLM_SESSION_ESTABLISHED && !s->heard;

	s->released = true;
	/* FIN is numbered, and nothing numbered may be sent into the silence. */
	session_event(s, unheard ? DLM_SESSION_EV_FORGOTTEN : DLM_SESSION_EV_RELEASED, now_ms,
		      done);
}

void dlm_session_expire(struct dlm_session *s, u64 now_ms, struct list_head *done)
{
	session_event(s, DLM_SESSION_EV_EXPIRED, now_ms, done);
	dlm_session_tx_drop(s, done);
	dlm_session_rx_drop(s);
}

void dlm_session_forget(struct dlm_session *s, u64 now_ms, struct list_head *done)
{
	session_event(s, DLM_SESSION_EV_FORGOTTEN, now_ms, done);
	dlm_session_tx_drop(s, done);
	dlm_session_rx_drop(s);
}

void dlm_session_hear(struct dlm_session *s, u64 now_ms, struct list_head *done)
{
	if (s->heard)
		return;
	s->heard = true;
	session_event(s, DLM_SESSION_EV_HEARD, now_ms, done);
	dlm_session_tx_heard(s);
}

void dlm_session_fin_received(struct dlm_session *s, u64 now_ms, struct list_head *done)
{
	session_event(s, s->users ? DLM_SESSION_EV_FIN_USED : DLM_SESSION_EV_FIN_UNUSED, now_ms,
		      done);
}

void dlm_session_fin_acked(struct dlm_session *s, u64 now_ms, struct list_head *done)
{
	session_event(s, DLM_SESSION_EV_FIN_ACKED, now_ms, done);
}

static u64 earlier(u64 a_ms, u64 b_ms)
{
	if (!a_ms || !b_ms)
		return a_ms ?: b_ms;
	return min(a_ms, b_ms);
}

u64 dlm_session_deadline(const struct dlm_session *s)
{
	return earlier(s->dying_deadline_ms, dlm_session_rx_deadline(s));
}

void dlm_session_tick(struct dlm_session *s, u64 now_ms, struct list_head *done)
{
	dlm_session_rx_tick(s, now_ms);
	if (s->dying_deadline_ms && now_ms >= s->dying_deadline_ms) {
		DLM_PROBE("session: LAST_ACK given up");
		dlm_session_expire(s, now_ms, done);
	}
}

u32 dlm_session_effects(struct dlm_session *s)
{
	u32 effects = s->effects;

	s->effects = 0;
	return effects;
}

u32 dlm_session_flags(const struct dlm_session *s)
{
	u32 flags = s->rx.nr_unacked ? 16 : 0;

	switch (s->state) {
	case DLM_SESSION_FIN_WAIT1:
	case DLM_SESSION_FIN_WAIT2:
		return flags | 4;
	case DLM_SESSION_CLOSE_WAIT:
		return flags | 8;
	case DLM_SESSION_CLOSING:
	case DLM_SESSION_LAST_ACK:
		return flags | 4 | 8;
	default:
		return flags;
	}
}
