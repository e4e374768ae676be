/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reading what a peer has sent, and handing it up.
 */
#ifndef DLM_LOCKSPACE_PEER_READ_H
#define DLM_LOCKSPACE_PEER_READ_H

#include <linux/types.h>

struct dlm_peer;

/*
 * Read all connections of the peer and deliver what the session accepts, in order. The peer's
 * worker only. true: there may be more, somebody else should have a turn first.
 */
bool dlm_peer_read(struct dlm_peer *peer);

#endif /* DLM_LOCKSPACE_PEER_READ_H */
