// SPDX-License-Identifier: GPL-2.0
/*
 * Typed messages to bytes. Fields that the protocol does not use are sent as
 * the structure has them (0 by default); the private half of the flags never
 * leaves, which also keeps the one value away that Linux 6.1 takes for its own.
 */
#include "wire/encode.h"

static u8 *put_header(u8 *buf, u8 cmd, u32 lockspace, u32 nodeid, size_t len)
{
	struct dlm_hdr hdr = {
		.version = DLM_WIRE_VERSION,
		.lockspace = lockspace,
		.nodeid = nodeid,
		.length = len,
		.cmd = cmd,
	};

	dlm_wire_put_header(buf, &hdr);
	return buf + DLM_WIRE_HEADER_SIZE;
}

/* Envelope around @inner_len bytes that follow at the address returned. */
static u8 *put_envelope(u8 *buf, u8 cmd, u32 seq, u32 nodeid, size_t inner_len)
{
	struct dlm_opts opts = { .nextcmd = cmd };

	buf = put_header(buf, DLM_CMD_OPTS, seq, nodeid, DLM_WIRE_OPTS_SIZE + inner_len);
	dlm_wire_put_opts(buf, &opts);
	return buf + DLM_WIRE_OPTS_SIZE - DLM_WIRE_HEADER_SIZE;
}

static bool fits(size_t total, size_t extra_len, size_t size)
{
	return extra_len <= DLM_WIRE_MAX && total <= DLM_WIRE_MAX && total <= size;
}

static void put_extra(u8 *buf, const void *extra, size_t extra_len)
{
	if (extra_len)
		memcpy(buf, extra, extra_len);
}

size_t dlm_wire_encode_msg(u8 *buf, size_t size, const struct dlm_wire_from *from,
			   const struct dlm_msg *m, const void *extra, size_t extra_len)
{
	size_t total = dlm_wire_msg_size(extra_len);
	size_t inner_len = total - DLM_WIRE_OPTS_SIZE;

	if (!fits(total, extra_len, size))
		return 0;
	buf = put_envelope(buf, DLM_CMD_MSG, from->seq, from->nodeid, inner_len);
	buf = put_header(buf, DLM_CMD_MSG, from->lockspace, from->nodeid, inner_len);
	dlm_wire_put_msg(buf, m);
	put_extra(buf + DLM_WIRE_MSG_SIZE - DLM_WIRE_HEADER_SIZE, extra, extra_len);
	return total;
}

static void put_rcom(u8 *buf, const struct dlm_wire_from *from, const struct dlm_rcom *rc,
		     const void *extra, size_t extra_len)
{
	buf = put_header(buf, DLM_CMD_RCOM, from->lockspace, from->nodeid,
			 DLM_WIRE_RCOM_SIZE + extra_len);
	dlm_wire_put_rcom(buf, rc);
	put_extra(buf + DLM_WIRE_RCOM_SIZE - DLM_WIRE_HEADER_SIZE, extra, extra_len);
}

bool dlm_wire_rcom_sequenced(u32 rcom_type)
{
	const struct dlm_rcom_rule *rule = dlm_rcom_rule(rcom_type);

	return !rule || !rule->send_bare;
}

size_t dlm_wire_encode_rcom_sequenced(u8 *buf, size_t size, const struct dlm_wire_from *from,
				      const struct dlm_rcom *rc, const void *extra,
				      size_t extra_len)
{
	size_t inner_len = DLM_WIRE_RCOM_SIZE + extra_len;
	size_t total = DLM_WIRE_OPTS_SIZE + inner_len;

	if (!fits(total, extra_len, size))
		return 0;
	buf = put_envelope(buf, DLM_CMD_RCOM, from->seq, from->nodeid, inner_len);
	put_rcom(buf, from, rc, extra, extra_len);
	return total;
}

size_t dlm_wire_encode_rcom(u8 *buf, size_t size, const struct dlm_wire_from *from,
			    const struct dlm_rcom *rc, const void *extra, size_t extra_len)
{
	size_t total = DLM_WIRE_RCOM_SIZE + extra_len;

	if (dlm_wire_rcom_sequenced(rc->type))
		return dlm_wire_encode_rcom_sequenced(buf, size, from, rc, extra, extra_len);
	if (!fits(total, extra_len, size))
		return 0;
	put_rcom(buf, from, rc, extra, extra_len);
	return total;
}

size_t dlm_wire_encode_ack(u8 *buf, size_t size, u32 nodeid, u32 seq)
{
	if (size < DLM_WIRE_HEADER_SIZE)
		return 0;
	put_header(buf, DLM_CMD_ACK, seq, nodeid, DLM_WIRE_HEADER_SIZE);
	return DLM_WIRE_HEADER_SIZE;
}

size_t dlm_wire_encode_fin(u8 *buf, size_t size, u32 nodeid, u32 seq)
{
	size_t total = DLM_WIRE_OPTS_SIZE + DLM_WIRE_HEADER_SIZE;

	if (size < total)
		return 0;
	buf = put_envelope(buf, DLM_CMD_FIN, seq, nodeid, DLM_WIRE_HEADER_SIZE);
	put_header(buf, DLM_CMD_FIN, 0, nodeid, DLM_WIRE_HEADER_SIZE);
	return total;
}

/* The number stands where other messages have their lockspace. */
#define SEQ_OFFSET 4

void dlm_wire_set_seq(u8 *buf, u32 seq)
{
	put_unaligned_le32(seq, buf + SEQ_OFFSET);
}

u32 dlm_wire_get_seq(const u8 *buf)
{
	return get_unaligned_le32(buf + SEQ_OFFSET);
}
