// SPDX-License-Identifier: GPL-2.0
/*
 * Cutting a byte stream into messages by the length in their header. Whatever
 * the chunks in which the stream arrives, the cuts are the same.
 */
#include "wire/frame.h"
#include "gen/dlm_wire.h"

enum dlm_wire_frame dlm_frame_next(const u8 *buf, size_t len, size_t *msg_len)
{
	struct dlm_hdr hdr;

	if (len < DLM_WIRE_HEADER_SIZE)
		return DLM_FRAME_MORE;
	dlm_wire_get_header(&hdr, buf);
	if (hdr.length < DLM_WIRE_HEADER_SIZE || hdr.length > DLM_WIRE_MAX)
		return DLM_FRAME_BROKEN;
	if (len < hdr.length)
		return DLM_FRAME_MORE;
	*msg_len = hdr.length;
	return DLM_FRAME_MESSAGE;
}
