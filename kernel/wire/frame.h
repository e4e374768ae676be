/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Cutting a byte stream into messages. The transport calls it on what it has
 * received; nothing is copied.
 */
#ifndef DLM_WIRE_FRAME_H
#define DLM_WIRE_FRAME_H

#include "platform/dlm_platform.h"

enum dlm_wire_frame {
	DLM_FRAME_MORE,	   /* not all of it is here yet */
	DLM_FRAME_MESSAGE, /* *msg_len bytes at the start of @buf are one message */
	DLM_FRAME_BROKEN,  /* no message can start like this: reset the connection */
};

enum dlm_wire_frame dlm_frame_next(const u8 *buf, size_t len, size_t *msg_len);

#endif /* DLM_WIRE_FRAME_H */
