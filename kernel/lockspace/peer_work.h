/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The worker of one peer: reads, lets the session's timers run, writes, and tends
 * the connections.
 */
#ifndef DLM_LOCKSPACE_PEER_WORK_H
#define DLM_LOCKSPACE_PEER_WORK_H

struct dlm_peer;

void dlm_peer_work_init(struct dlm_peer *peer);
/* Any context; the caller knows that the peer lives. */
void dlm_peer_queue_work(struct dlm_peer *peer);
/* The peer is dead: no timer any more; its work, if queued, finds nothing to do. May sleep. */
void dlm_peer_work_stop(struct dlm_peer *peer);

#endif /* DLM_LOCKSPACE_PEER_WORK_H */
