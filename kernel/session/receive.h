/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is accepted from a peer, and when it is acknowledged.
 */
#ifndef DLM_SESSION_RECEIVE_H
#define DLM_SESSION_RECEIVE_H

#include "session/session.h"

enum dlm_session_verdict {
	DLM_SESSION_DROP,
	DLM_SESSION_DELIVER,
};

/* A valid message outside OPTS other than ACK. */
enum dlm_session_verdict dlm_session_receive(struct dlm_session *s, u64 now_ms,
					     struct list_head *done);
/*
 * A message inside OPTS, also one whose content is refused afterwards. A FIN is not delivered
 * to anybody.
 */
enum dlm_session_verdict dlm_session_receive_sequenced(struct dlm_session *s, u32 seq, bool fin,
						       u64 now_ms, struct list_head *done);

/* For session.c. */
u64 dlm_session_rx_deadline(const struct dlm_session *s);
void dlm_session_rx_tick(struct dlm_session *s, u64 now_ms);
/* A new association. An ACK of the last one may still be owed. */
void dlm_session_rx_reset(struct dlm_session *s);
/* .. nor that. */
void dlm_session_rx_drop(struct dlm_session *s);

#endif /* DLM_SESSION_RECEIVE_H */
