// SPDX-License-Identifier: GPL-2.0
/*
 * Each numbered message is delivered once and in order: what comes twice is
 * acknowledged again, what comes too early is dropped, and if what is missing
 * does not come, the connection is reset, because only that makes a stock peer
 * send again.
 */
#include "session/receive.h"

/* The peer's FIN of an association that is over here: let it have its end too. */
static void answer_stale(struct dlm_session *s, u32 seq, bool fin)
{
	s->stats.rx_stale++;
	if (!fin)
		return;
	DLM_PROBE("session: a FIN sent again after the end is acknowledged");
	s->rx.ack_final = true;
	s->rx.final_seq = seq + 1;
}

static void tell_clash(struct dlm_session *s)
{
	if (s->clash_told)
		return;
	s->clash_told = true;
	s->effects |= DLM_SESSION_FX_CLASH;
}

/*
 * After a lost connection duplicates come, but they catch up with what is expected.
 * From a peer that was started again without being fenced they do not, while
 * what is not numbered arrives all the time.
 */
static void watch_duplicate(struct dlm_session *s, u32 seq, u64 now_ms)
{
	struct dlm_session_rx *rx = &s->rx;

	if (seq + 1 == rx->expected) {
		rx->nr_stuck = 0;
		return;
	}
	if (!rx->nr_stuck++) {
		rx->stuck_since_ms = now_ms;
		rx->stuck_but_heard = false;
	}
	if (rx->stuck_but_heard && now_ms - rx->stuck_since_ms >= DLM_SESSION_CLASH_MS)
		tell_clash(s);
}

static void receive_duplicate(struct dlm_session *s, u32 seq, u64 now_ms)
{
	s->stats.rx_duplicates++;
	s->rx.ack_now = true;
	watch_duplicate(s, seq, now_ms);
}

static void receive_early(struct dlm_session *s, u64 now_ms)
{
	struct dlm_session_rx *rx = &s->rx;

	s->stats.rx_gaps++;
	if (!rx->gap_deadline_ms)
		rx->gap_deadline_ms = now_ms + rx->gap_wait_ms;
}

/* In order: whatever was wrong is over. */
static void note_progress(struct dlm_session_rx *rx)
{
	rx->gap_deadline_ms = 0;
	rx->gap_wait_ms = DLM_SESSION_GAP_MS;
	rx->gap_fruitless = 0;
	rx->nr_stuck = 0;
}

static void owe_ack(struct dlm_session_rx *rx, u64 now_ms)
{
	if (!rx->nr_unacked++)
		rx->ack_deadline_ms = now_ms + DLM_SESSION_ACK_MS;
	if (rx->nr_unacked > DLM_SESSION_ACK_MANY)
		rx->ack_now = true;
}

enum dlm_session_verdict dlm_session_receive(struct dlm_session *s, u64 now_ms,
					     struct list_head *done)
{
	if (s->released && s->state == DLM_SESSION_CLOSED)
		return DLM_SESSION_DROP;
	s->stats.rx_messages++;
	s->rx.stuck_but_heard = true;
	dlm_session_hear(s, now_ms, done);
	return DLM_SESSION_DELIVER;
}

enum dlm_session_verdict dlm_session_receive_sequenced(struct dlm_session *s, u32 seq, bool fin,
						       u64 now_ms, struct list_head *done)
{
	struct dlm_session_rx *rx = &s->rx;

	if (!s->heard && (seq || s->released)) {
		answer_stale(s, seq, fin);
		return DLM_SESSION_DROP;
	}
	if (dlm_seq_before(seq, rx->expected)) {
		receive_duplicate(s, seq, now_ms);
		return DLM_SESSION_DROP;
	}
	if (seq != rx->expected) {
		receive_early(s, now_ms);
		return DLM_SESSION_DROP;
	}
	s->stats.rx_messages++;
	dlm_session_hear(s, now_ms, done);
	rx->expected++;
	note_progress(rx);
	owe_ack(rx, now_ms);
	if (!fin)
		return DLM_SESSION_DELIVER;
	rx->ack_now = true;
	rx->fin_received = true;
	dlm_session_fin_received(s, now_ms, done);
	return DLM_SESSION_DROP;
}

u64 dlm_session_rx_deadline(const struct dlm_session *s)
{
	u64 ack = s->rx.ack_deadline_ms;
	u64 gap = s->rx.gap_deadline_ms;

	if (!ack || !gap)
		return ack ?: gap;
	return min(ack, gap);
}

void dlm_session_rx_tick(struct dlm_session *s, u64 now_ms)
{
	struct dlm_session_rx *rx = &s->rx;

	if (rx->ack_deadline_ms && now_ms >= rx->ack_deadline_ms) {
		rx->ack_deadline_ms = 0;
		rx->ack_now = true;
	}
	if (!rx->gap_deadline_ms || now_ms < rx->gap_deadline_ms)
		return;
	DLM_PROBE("session: a gap lasts, the connection is reset");
	rx->gap_deadline_ms = 0;
	rx->gap_wait_ms = min_t(u32, rx->gap_wait_ms * 2, DLM_SESSION_GAP_MAX_MS);
	s->stats.gap_resets++;
	s->effects |= DLM_SESSION_FX_RESET_CONNECTION;
	/* Ours or a stock peer sends again after a reset; one with other numbers never can. */
	if (++rx->gap_fruitless >= 3)
		tell_clash(s);
}

/*
 * The ACK of the peer's FIN outlives the association, else the peer could not
 * end its own: wanted still, or in a batch that may get lost.
 */
void dlm_session_rx_reset(struct dlm_session *s)
{
	struct dlm_session_rx *rx = &s->rx;
	bool ack_final = rx->ack_final;
	u32 final_seq = rx->final_seq;

	if (rx->fin_received && s->tx.ack_writing)
		s->tx.ack_writing_final = true;
	if (rx->fin_received && rx->ack_now) {
		ack_final = true;
		final_seq = rx->expected;
	}
	memset(rx, 0, sizeof(*rx));
	rx->gap_wait_ms = DLM_SESSION_GAP_MS;
	rx->ack_final = ack_final;
	rx->final_seq = final_seq;
}

void dlm_session_rx_drop(struct dlm_session *s)
{
	s->rx.ack_final = false;
	s->rx.ack_now = false;
	s->tx.ack_writing_final = false;
}
