/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Do not edit: made from Documentation/specs/wire.yaml.
 * Remake with: dlm_codegen --specs Documentation/specs --root . --write
 *
 * Messages between nodes, protocol 3.2: layouts as on the wire (struct
 * dlm_wire_...), the same in host order (struct dlm_...), and the way between
 * the two. What is malformed is found in wire/decode.c, which calls these.
 */
#ifndef DLM_GEN_WIRE_H
#define DLM_GEN_WIRE_H

#include "platform/dlm_platform.h"

#define DLM_WIRE_VERSION	0x00030002
#define DLM_WIRE_VERSION_OLD	0x00030001	/* before Linux 5.14: no OPTS, not spoken here */
#define DLM_WIRE_MAX		4096	/* largest message on a socket */
#define DLM_WIRE_INNER_MAX	4072	/* the same without OPTS header */
#define DLM_WIRE_NAMES_LEN	4024	/* payload of each NAMES_REPLY */
#define DLM_WIRE_NAME_MAX	64
#define DLM_WIRE_SLOTS_MAX	249
#define DLM_WIRE_NAMES_END	0xffff	/* NAMES_REPLY: no more names */
#define DLM_WIRE_NAMES_FULL	0x0000	/* NAMES_REPLY: block full, ask again */
#define DLM_WIRE_NEED_SLOTS	0x1	/* rs_flags */
#define DLM_WIRE_FLAG_MASK	0xffff	/* of m_flags and rl_flags: what is shared */

#define DLM_WIRE_HEADER_SIZE	16
#define DLM_WIRE_OPTS_SIZE	24
#define DLM_WIRE_MSG_SIZE	88
#define DLM_WIRE_RCOM_SIZE	48
#define DLM_WIRE_RCOM_STATUS_SIZE	16
#define DLM_WIRE_RCOM_CONFIG_SIZE	32
#define DLM_WIRE_RCOM_SLOT_SIZE	16
#define DLM_WIRE_RCOM_LOCK_SIZE	108

/* h_cmd, o_nextcmd */
enum dlm_cmd {
	DLM_CMD_MSG = 1,
	DLM_CMD_RCOM = 2,
	DLM_CMD_OPTS = 3,
	DLM_CMD_ACK = 4,
	DLM_CMD_FIN = 5,
};

/* m_type */
enum dlm_msg_type {
	DLM_MSG_REQUEST = 1,
	DLM_MSG_CONVERT = 2,
	DLM_MSG_UNLOCK = 3,
	DLM_MSG_CANCEL = 4,
	DLM_MSG_REQUEST_REPLY = 5,
	DLM_MSG_CONVERT_REPLY = 6,
	DLM_MSG_UNLOCK_REPLY = 7,
	DLM_MSG_CANCEL_REPLY = 8,
	DLM_MSG_GRANT = 9,
	DLM_MSG_BAST = 10,
	DLM_MSG_LOOKUP = 11,
	DLM_MSG_REMOVE = 12,
	DLM_MSG_LOOKUP_REPLY = 13,
	DLM_MSG_PURGE = 14,
};

/* rc_type */
enum dlm_rcom_type {
	DLM_RCOM_STATUS = 1,
	DLM_RCOM_NAMES = 2,
	DLM_RCOM_LOOKUP = 3,
	DLM_RCOM_LOCK = 4,
	DLM_RCOM_STATUS_REPLY = 5,
	DLM_RCOM_NAMES_REPLY = 6,
	DLM_RCOM_LOOKUP_REPLY = 7,
	DLM_RCOM_LOCK_REPLY = 8,
};

struct dlm_hdr {
	u32 version;
	u32 lockspace;		/* OPTS: sequence number; ACK: next number expected; FIN: 0 */
	u32 nodeid;		/* sender */
	u16 length;		/* whole message, this header included */
	u8 cmd;			/* enum dlm_cmd */
};

struct dlm_opts {
	u8 nextcmd;		/* enum dlm_cmd of the inner message */
	u16 optlen;		/* bytes of options before the inner message */
};

/* Form L, E and S of wire spec 4.4; a decoder fills only what the type uses, the rest is 0. */
struct dlm_msg {
	u32 type;		/* enum dlm_msg_type */
	s32 nodeid;
	u32 pid;
	u32 lkid;		/* sender's */
	u32 remid;		/* receiver's */
	u32 parent_lkid;
	u32 parent_remid;
	u32 exflags;
	u32 sbflags;
	u32 flags;		/* low half only; the encoder clears the rest */
	u32 lvbseq;
	u32 hash;
	s32 status;
	s32 grmode;
	s32 rqmode;
	s32 bastmode;
	u32 asts;
	s32 result;		/* native; translated to the fixed numbers by the encoder */
};

struct dlm_rcom {
	u32 type;		/* enum dlm_rcom_type */
	s32 result;		/* raw native */
	u64 id;
	u64 seq;
	u64 seq_reply;
};

struct dlm_rcom_status {
	u32 flags;
	u32 unused1;
	u64 unused2;
};

struct dlm_rcom_config {
	u32 lvblen;
	u32 lsflags;
	u32 flags;
	u16 our_slot;
	u16 num_slots;
	u32 generation;
	u32 unused1;
	u64 unused2;
};

struct dlm_rcom_slot {
	u32 nodeid;
	u16 slot;
	u16 unused1;
	u64 unused2;
};

struct dlm_rcom_lock {
	u32 ownpid;
	u32 lkid;
	u32 remid;
	u32 parent_lkid;
	u32 parent_remid;
	u32 exflags;
	u32 flags;
	u32 lvbseq;
	s32 result;		/* raw native */
	s8 rqmode;
	s8 grmode;
	s8 status;
	s8 asts;
	u16 wait_type;
	u16 namelen;
	u8 name[64];
};

/* struct dlm_in.flags */
#define DLM_IN_SEQUENCED	0x1	/* came inside OPTS: seq counts, acknowledge it */
#define DLM_IN_NAME_TOO_LONG	0x2	/* name_len > 64: the answer is -EINVAL */
#define DLM_IN_PARENT		0x4	/* RCOM LOCK names a parent: the answer is -EOPNOTSUPP */
#define DLM_IN_BAD_LOCK		0x8	/* RCOM LOCK: status or a mode is out of range: answer -EINVAL */

/* A message that has been checked, in host order. Pointers lead into the buffer it came in. */
struct dlm_in {
	u32 seq;		/* SEQUENCED: its number; ACK: next number the peer expects */
	u32 flags;		/* DLM_IN_ bits */
	u32 fault;		/* enum dlm_wire_fault: why it is to be dropped, 0 if it is not */
	struct dlm_hdr hdr;	/* of the inner message; hdr.cmd tells MSG, RCOM, ACK, FIN */
	union {
		struct dlm_msg msg;
		struct dlm_rcom rcom;
	};
	union {			/* RCOM, by type */
		struct dlm_rcom_status status;	/* STATUS */
		struct dlm_rcom_config config;	/* STATUS_REPLY; num_slots entries at slots */
		struct dlm_rcom_lock lock;	/* LOCK, LOCK_REPLY */
	};
	/* MSG REQUEST, LOOKUP, REMOVE; RCOM NAMES (last name received), LOOKUP, LOCK; else NULL */
	const u8 *name;
	size_t name_len;	/* may be > 64 if NAME_TOO_LONG */
	const u8 *lvb;		/* value block as sent, any length; NULL if the type has none */
	size_t lvb_len;
	const u8 *slots;	/* STATUS_REPLY: config.num_slots times dlm_rcom_slot, as on the wire */
	const u8 *names;	/* NAMES_REPLY: for dlm_names_reader */
	size_t names_len;
};

/* "REQUEST" ..; "?" for an unknown type. */
const char *dlm_cmd_name(u32 cmd);
const char *dlm_msg_type_name(u32 type);
const char *dlm_rcom_type_name(u32 type);

/* m_result between native and wire numbers; both negative or 0. */
s32 dlm_wire_result_encode(s32 result);
s32 dlm_wire_result_decode(s32 result);

/* Host order to bytes and back; the buffer has at least DLM_WIRE_..._SIZE bytes, at any address. */
void dlm_wire_put_header(u8 *buf, const struct dlm_hdr *from);
void dlm_wire_put_opts(u8 *buf, const struct dlm_opts *from);	/* the 8 bytes behind the header */
void dlm_wire_put_msg(u8 *buf, const struct dlm_msg *from);	/* all behind the header, 72 bytes */
void dlm_wire_put_rcom(u8 *buf, const struct dlm_rcom *from);	/* all behind the header, 32 bytes */
void dlm_wire_put_rcom_status(u8 *buf, const struct dlm_rcom_status *from);
void dlm_wire_put_rcom_config(u8 *buf, const struct dlm_rcom_config *from);
void dlm_wire_put_rcom_slot(u8 *buf, const struct dlm_rcom_slot *from);
void dlm_wire_put_rcom_lock(u8 *buf, const struct dlm_rcom_lock *from);

void dlm_wire_get_header(struct dlm_hdr *to, const u8 *buf);
void dlm_wire_get_opts(struct dlm_opts *to, const u8 *buf);
void dlm_wire_get_msg(struct dlm_msg *to, const u8 *buf);
void dlm_wire_get_rcom(struct dlm_rcom *to, const u8 *buf);
void dlm_wire_get_rcom_status(struct dlm_rcom_status *to, const u8 *buf);
void dlm_wire_get_rcom_config(struct dlm_rcom_config *to, const u8 *buf);
void dlm_wire_get_rcom_slot(struct dlm_rcom_slot *to, const u8 *buf);
void dlm_wire_get_rcom_lock(struct dlm_rcom_lock *to, const u8 *buf);

#endif /* DLM_GEN_WIRE_H */
