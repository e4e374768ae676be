/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Writing what a peer's session wants to send.
 */
#ifndef DLM_LOCKSPACE_PEER_WRITE_H
#define DLM_LOCKSPACE_PEER_WRITE_H

#include <linux/types.h>

struct dlm_peer;

/*
 * Write as much as the connection takes; notices that the connection has changed. Process context,
 * no spinlock held, does not wait for room. If somebody else is at it, that one goes on.
 * true: a connection is needed and there is none.
 */
bool dlm_peer_write(struct dlm_peer *peer);
/* There is room in the socket again. */
void dlm_peer_write_space(struct dlm_peer *peer);

#endif /* DLM_LOCKSPACE_PEER_WRITE_H */
