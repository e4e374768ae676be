/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is to be sent to a peer, in which order, and until when it is kept.
 *
 * Whoever writes to the connection takes a batch of frames, writes them one
 * after the other, and reports each that is written completely.  When the
 * connection is replaced, it hands back the rest of the batch: then everything
 * that is not acknowledged is sent again over the next one, byte for byte, in
 * order, before what is new.  There is one batch at a time.
 */
#ifndef DLM_SESSION_SEND_H
#define DLM_SESSION_SEND_H

#include "session/session.h"

/*
 * 0, or the frame stays the caller's:
 * -ENOTCONN: it is numbered and there is no association, or FIN was said;
 * -ENOBUFS: limit reached.
 */
int dlm_session_queue(struct dlm_session *s, struct dlm_frame *frame);

/* Is there something for dlm_session_take()? */
bool dlm_session_can_send(const struct dlm_session *s);
/* Is a connection needed, because something is to be sent or may have been lost? */
bool dlm_session_needs_connection(const struct dlm_session *s);
/* Nothing to send, nothing expected: CLOSED and the last ACK is out. */
bool dlm_session_quiet(const struct dlm_session *s);

/* Moves up to @max frames to the end of @batch, an ACK that is due first; returns how many. */
u32 dlm_session_take(struct dlm_session *s, struct list_head *batch, u32 max);
/* @frame, taken off its batch, is written completely. */
void dlm_session_written(struct dlm_session *s, struct dlm_frame *frame, struct list_head *done);
/* The connection is gone or replaced; @batch is what was taken and not reported. Empties it. */
void dlm_session_restart(struct dlm_session *s, struct list_head *batch, struct list_head *done);

/* Messages that the peer has not acknowledged, a FIN among them. */
u32 dlm_session_unacked(const struct dlm_session *s);

/* ACK received: all numbers before @seq have arrived. */
void dlm_session_acked(struct dlm_session *s, u32 seq, u64 now_ms, struct list_head *done);

/* For session.c. */
void dlm_session_queue_fin(struct dlm_session *s);
void dlm_session_tx_heard(struct dlm_session *s);
/* Numbered messages go; others stay queued. */
void dlm_session_tx_reset(struct dlm_session *s, struct list_head *done);
/* Everything goes. */
void dlm_session_tx_drop(struct dlm_session *s, struct list_head *done);

#endif /* DLM_SESSION_SEND_H */
