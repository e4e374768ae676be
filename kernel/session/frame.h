/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One message on its way to a peer: the bytes and its place in a queue.  The
 * shell allocates and fills it, the session numbers and keeps it until the peer
 * has acknowledged it, the connection writes it.  Once it is queued, its bytes
 * never change except for the number, which is put in at queueing.
 */
#ifndef DLM_SESSION_FRAME_H
#define DLM_SESSION_FRAME_H

#include "platform/dlm_platform.h"

/* struct dlm_frame.flags */
#define DLM_FRAME_SEQUENCED BIT(0) /* inside OPTS: numbered, kept until acknowledged */
#define DLM_FRAME_CONTROL   BIT(1) /* the session's own ACK or FIN: never given to the shell */

struct dlm_frame {
	struct list_head link; /* a queue of the session, or the batch being written */
	u32 seq;	       /* SEQUENCED: set at queueing */
	u32 association;       /* of the session at queueing: an older one is dropped */
	u16 size;	       /* bytes that data can hold */
	u16 len;	       /* bytes of the message; the owner may shorten it before queueing */
	u8 flags;
	u8 data[];
};

#endif /* DLM_SESSION_FRAME_H */
