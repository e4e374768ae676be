/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Messages of other nodes: from the peers to the handlers of the cluster layer.
 */
#ifndef DLM_LOCKSPACE_RECEIVE_H
#define DLM_LOCKSPACE_RECEIVE_H

#include "lockspace/peer.h"

struct dlm_lockspace;

extern const struct dlm_peers_ops dlm_receive_ops; /* arg: struct dlm_node */

/*
 * One lock message. true: done with, handled or dropped. false: the gate was found closed
 * and nothing was done. Called in the order of the sender's messages.
 */
bool dlm_receive_msg(struct dlm_lockspace *ls, int from, const struct dlm_in *in);

/* One recovery message. */
void dlm_receive_rcom(struct dlm_lockspace *ls, int from, const struct dlm_in *in);

#endif /* DLM_LOCKSPACE_RECEIVE_H */
