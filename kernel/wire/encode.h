/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Typed messages to bytes. All functions return the number of bytes written, 0
 * if the message does not fit into @size or is larger than a message may be.
 */
#ifndef DLM_WIRE_ENCODE_H
#define DLM_WIRE_ENCODE_H

#include "gen/dlm_wire.h"

/* Who sends, in which lockspace; seq counts for sequenced messages only. */
struct dlm_wire_from {
	u32 lockspace; /* global id */
	u32 nodeid;    /* ours */
	u32 seq;       /* may be put in later: dlm_wire_set_seq() */
};

static inline size_t dlm_wire_msg_size(size_t extra_len)
{
	return DLM_WIRE_OPTS_SIZE + DLM_WIRE_MSG_SIZE + extra_len;
}

/* STATUS, STATUS_REPLY, NAMES and NAMES_REPLY go bare, the others inside OPTS (wire spec 3.2). */
bool dlm_wire_rcom_sequenced(u32 rcom_type);

static inline size_t dlm_wire_rcom_size(u32 rcom_type, size_t extra_len)
{
	return (dlm_wire_rcom_sequenced(rcom_type) ? DLM_WIRE_OPTS_SIZE : 0) + DLM_WIRE_RCOM_SIZE +
	       extra_len;
}

/* @extra: name or value block, 4.5. */
size_t dlm_wire_encode_msg(u8 *buf, size_t size, const struct dlm_wire_from *from,
			   const struct dlm_msg *m, const void *extra, size_t extra_len);
/* @extra: payload as made by dlm_wire_put_rcom_...(), a name, or a names block. Wrapped by type. */
size_t dlm_wire_encode_rcom(u8 *buf, size_t size, const struct dlm_wire_from *from,
			    const struct dlm_rcom *rc, const void *extra, size_t extra_len);
/* The same inside OPTS whatever the type: Linux 6.12 sends NAMES so, and both accept it. */
size_t dlm_wire_encode_rcom_sequenced(u8 *buf, size_t size, const struct dlm_wire_from *from,
				      const struct dlm_rcom *rc, const void *extra,
				      size_t extra_len);
/* @seq: the next number that we expect. */
size_t dlm_wire_encode_ack(u8 *buf, size_t size, u32 nodeid, u32 seq);
size_t dlm_wire_encode_fin(u8 *buf, size_t size, u32 nodeid, u32 seq);

/* Number of a sequenced message that has been encoded. */
void dlm_wire_set_seq(u8 *buf, u32 seq);
u32 dlm_wire_get_seq(const u8 *buf);

#endif /* DLM_WIRE_ENCODE_H */
