/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The door for bytes of other nodes: one whole message in, a checked typed view
 * out, or the reason why there is none. Handlers never see the buffer itself.
 */
#ifndef DLM_WIRE_DECODE_H
#define DLM_WIRE_DECODE_H

#include "gen/dlm_wire.h"

enum dlm_wire_verdict {
	DLM_WIRE_OK,
	DLM_WIRE_BROKEN,   /* framing is lost: reset the connection */
	DLM_WIRE_DROP,	   /* malformed or not allowed, without number: count, drop */
	DLM_WIRE_DROP_ACK, /* malformed, but numbered in->seq: acknowledge, count, drop */
};

enum dlm_wire_fault {
	DLM_FAULT_NONE,
	DLM_FAULT_LENGTH,  /* h_length of a part does not fit */
	DLM_FAULT_VERSION, /* not 3.2 */
	DLM_FAULT_CMD,	   /* unknown h_cmd or o_nextcmd, or the two disagree */
	DLM_FAULT_BARE,	   /* needs OPTS, came without */
	DLM_FAULT_TYPE,	   /* unknown m_type or rc_type */
	DLM_FAULT_SHORT,   /* payload too short for its type */
	DLM_FAULT_NAME,	   /* name too long, and the type has no error reply */
	DLM_FAULT_MODE,	   /* mode out of range */
	DLM_FAULT_LOCK_ID, /* lock id 0 where one is needed */
	DLM_FAULT_NR,
};

const char *dlm_wire_fault_name(u32 fault);

/*
 * @buf: one message as cut by dlm_frame_next(), @len its length. @in is filled in all cases:
 * after DROP_ACK seq, flags, fault and hdr are valid, after DROP and BROKEN only fault.
 *
 * Normalised on the way: flags to the shared half, sbflags to the known bits, asts to two bits;
 * fields that the type does not use are 0; a result that is no error number becomes -EPROTO; a
 * LOOKUP_REPLY without a usable node has nodeid -1, a recovery LOOKUP_REPLY with node 0 -EPROTO.
 * With NAME_TOO_LONG, PARENT, BAD_LOCK the message still comes as OK, because it has an error
 * reply: the handler looks at these flags first and uses nothing of the lock but to echo it.
 */
enum dlm_wire_verdict dlm_wire_decode(const u8 *buf, size_t len, struct dlm_in *in);

/* Slot @index of a STATUS_REPLY, index < in->config.num_slots. */
void dlm_wire_slot(const struct dlm_in *in, u32 index, struct dlm_rcom_slot *slot);

#endif /* DLM_WIRE_DECODE_H */
