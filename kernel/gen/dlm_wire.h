/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Do not edit: made from Documentation/specs/wire.yaml.
 * Remake with: dlm_codegen --specs Documentation/specs --root . --write
 *
 * Messages between nodes, protocol 3.2: numbers, structures in host order, and
 * the way between those and the bytes on the wire. What is malformed is found in
 * wire/decode.c, which calls these.
 */
/* clang-format off */
#ifndef DLM_GEN_WIRE_H
#define DLM_GEN_WIRE_H

#include "platform/dlm_platform.h"

#define DLM_WIRE_VERSION	0x00030002	/* major 3, minor 2 */
#define DLM_WIRE_VERSION_OLD	0x00030001	/* before Linux 5.14: no OPTS, not spoken here */
#define DLM_WIRE_MAX	4096	/* largest message on a socket */
#define DLM_WIRE_INNER_MAX	4072	/* the same without OPTS header */
#define DLM_WIRE_NAMES_LEN	4024	/* payload of each NAMES_REPLY */
#define DLM_WIRE_NAME_MAX	64	/* longest resource name */
#define DLM_WIRE_SLOTS_MAX	249	/* slots in a STATUS_REPLY */
#define DLM_WIRE_NAMES_END	65535	/* NAMES_REPLY: no more names */
#define DLM_WIRE_NAMES_FULL	0	/* NAMES_REPLY: block full, ask again */
#define DLM_WIRE_NEED_SLOTS	1	/* rs_flags */
#define DLM_WIRE_FEATURES_MAGIC	0x326d6c64	/* rs_magic, rf_magic of nodes that have features; the in-tree module sends 0 */
#define DLM_WIRE_FEATURE_NODIR_FLAG	1	/* the creation flag NODIR is followed */
#define DLM_WIRE_FEATURE_NODIR_MODE	2	/* the lockspace runs without directory here */
#define DLM_WIRE_FLAG_MASK	65535	/* of m_flags and rl_flags: what is shared */
#define DLM_WIRE_ASTS_MASK	3	/* of m_asts: completion 1, blocking 2 */
#define DLM_WIRE_FEATURE_SEARCH	4	/* searches for deadlocks are taken part in */
#define DLM_WIRE_SEARCH	0x4f000001	/* m_type of a search for deadlocks, between nodes that offer it; payload search */
#define DLM_WIRE_SEARCH_LINKS_MAX	32	/* locks of one chain */
#define DLM_WIRE_SEARCH_CONFIRM	1	/* q_flags: second pass, over a cycle */
#define DLM_WIRE_SEARCH_ORDER	1	/* k_flags: what blocks is a lock that waits before this one */
#define DLM_WIRE_SEARCH_NO_VICTIM	2	/* k_flags: asked for with NODLCKWT */
#define DLM_WIRE_SBFLAGS_MASK	7	/* of m_sbflags: the bits that have a meaning */

#define DLM_WIRE_HEADER_SIZE	16
#define DLM_WIRE_OPTS_SIZE	24	/* header included */
#define DLM_WIRE_MSG_SIZE	88	/* header included */
#define DLM_WIRE_RCOM_SIZE	48	/* header included */
#define DLM_WIRE_RCOM_STATUS_SIZE	16
#define DLM_WIRE_RCOM_CONFIG_SIZE	32
#define DLM_WIRE_RCOM_SLOT_SIZE	16
#define DLM_WIRE_RCOM_LOCK_SIZE	108
#define DLM_WIRE_SEARCH_SIZE	32
#define DLM_WIRE_SEARCH_LINK_SIZE	112

/* h_cmd, o_nextcmd */
enum dlm_cmd {
	DLM_CMD_MSG = 1,	/* lock message */
	DLM_CMD_RCOM = 2,	/* recovery message */
	DLM_CMD_OPTS = 3,	/* numbered envelope */
	DLM_CMD_ACK = 4,	/* what has been received */
	DLM_CMD_FIN = 5,	/* end of an association */
};

/* m_type */
enum dlm_msg_type {
	DLM_MSG_REQUEST = 1,	/* new lock */
	DLM_MSG_CONVERT = 2,	/* change the mode */
	DLM_MSG_UNLOCK = 3,	/* release */
	DLM_MSG_CANCEL = 4,	/* take back a queued request or conversion */
	DLM_MSG_REQUEST_REPLY = 5,	/* answer to REQUEST, or to LOOKUP by a master */
	DLM_MSG_CONVERT_REPLY = 6,	/* answer to CONVERT */
	DLM_MSG_UNLOCK_REPLY = 7,	/* answer to UNLOCK */
	DLM_MSG_CANCEL_REPLY = 8,	/* answer to CANCEL */
	DLM_MSG_GRANT = 9,	/* a queued request or conversion was granted */
	DLM_MSG_BAST = 10,	/* the lock blocks somebody */
	DLM_MSG_LOOKUP = 11,	/* who is master? Handled as REQUEST where the directory node is */
	DLM_MSG_REMOVE = 12,	/* forget this name */
	DLM_MSG_LOOKUP_REPLY = 13,	/* node of the master; lkid is the asker's own id */
	DLM_MSG_PURGE = 14,	/* drop orphan locks of a process, 0 all */
};

/* rc_type */
enum dlm_rcom_type {
	DLM_RCOM_STATUS = 1,	/* status bits, please */
	DLM_RCOM_NAMES = 2,	/* names that hash to me, after this one */
	DLM_RCOM_LOOKUP = 3,	/* who is the new master? */
	DLM_RCOM_LOCK = 4,	/* one lock for its new master; value block follows */
	DLM_RCOM_STATUS_REPLY = 5,	/* status bits and configuration; slots follow */
	DLM_RCOM_NAMES_REPLY = 6,	/* block of names */
	DLM_RCOM_LOOKUP_REPLY = 7,	/* rc_result is the node or an error */
	DLM_RCOM_LOCK_REPLY = 8,	/* rl_remid and rl_result are the answer */
};

/* start of every message */
struct dlm_hdr {
	u32 version;	/* major << 16 | minor */
	u32 lockspace;	/* global id; OPTS: sequence number; ACK: next expected; FIN: 0 */
	u32 nodeid;	/* sender */
	u16 length;	/* whole message, this header included */
	u8 cmd;	/* enum dlm_cmd */
};

/* envelope, behind a header with command OPTS */
struct dlm_opts {
	u8 nextcmd;	/* enum dlm_cmd of the inner message */
	u16 optlen;	/* bytes of options before the inner message */
};

/* lock message, behind a header with command MSG */
struct dlm_msg {
	u32 type;	/* enum dlm_msg_type */
	s32 nodeid;	/* LOOKUP_REPLY: master; else the other side, not read */
	u32 pid;	/* thread of the caller on the holder's node */
	u32 lkid;	/* lock id of the sender */
	u32 remid;	/* lock id of the receiver, 0 unknown */
	u32 parent_lkid;	/* 0 */
	u32 parent_remid;	/* 0 */
	u32 exflags;	/* DLM_LKF_ flags as the caller gave them */
	u32 sbflags;	/* DLM_SBF_ flags */
	u32 flags;	/* low half shared: USER 1, ORPHAN 2; sent with the high half 0 */
	u32 lvbseq;	/* number of the value block */
	u32 hash;	/* of the resource name */
	s32 status;	/* 0 none, 1 waiting, 2 granted, 3 converting */
	s32 grmode;	/* granted mode */
	s32 rqmode;	/* requested mode */
	s32 bastmode;	/* BAST: mode that is blocked */
	u32 asts;	/* bit 0 completion wanted, bit 1 blocking callback wanted */
	s32 result;	/* 0 or negative; native here, fixed numbers on the wire */
};

/* recovery message, behind a header with command RCOM */
struct dlm_rcom {
	u32 type;	/* enum dlm_rcom_type */
	s32 result;	/* raw native number */
	u64 id;	/* chosen by the asker, echoed */
	u64 seq;	/* sender's recovery epoch */
	u64 seq_reply;	/* rc_seq of the request, echoed */
};

/* payload of STATUS */
struct dlm_rcom_status {
	u32 flags;	/* NEED_SLOTS */
	u32 magic;	/* FEATURES_MAGIC; not read by the in-tree module */
	u64 features;	/* asker's features */
};

/* payload of STATUS_REPLY, slots follow */
struct dlm_rcom_config {
	u32 lvblen;	/* bytes of a value block; all ones in a reply for an unknown lockspace */
	u32 lsflags;	/* creation flags that must match */
	u32 flags;	/* 0 */
	u16 our_slot;	/* responder's slot, 0 none */
	u16 num_slots;	/* slots that follow */
	u32 generation;	/* responder's generation */
	u32 magic;	/* FEATURES_MAGIC; not read by the in-tree module */
	u64 features;	/* responder's features */
};

/* one slot */
struct dlm_rcom_slot {
	u32 nodeid;	/* node */
	u16 slot;	/* its slot, from 1 */
	u16 unused1;	/* 0 */
	u64 unused2;	/* 0 */
};

/* payload of LOCK (the value block follows) and of LOCK_REPLY */
struct dlm_rcom_lock {
	u32 ownpid;	/* pid of the owner */
	u32 lkid;	/* holder's lock id */
	u32 remid;	/* LOCK_REPLY: new master's lock id */
	u32 parent_lkid;	/* 0; anything else is refused */
	u32 parent_remid;	/* 0 */
	u32 exflags;	/* DLM_LKF_ flags */
	u32 flags;	/* low half as in m_flags */
	u32 lvbseq;	/* number of the value block */
	s32 result;	/* raw native number */
	s8 rqmode;	/* requested mode */
	s8 grmode;	/* granted mode */
	s8 status;	/* 1 waiting, 2 granted, 3 converting */
	s8 asts;	/* as m_asts */
	u16 wait_type;	/* m_type of the operation without answer, 0 none */
	u16 namelen;	/* 0..64 */
	u8 name[64];	/* zero padded */
};

/* payload of SEARCH, links follow */
struct dlm_search {
	u32 step;	/* enum dlm_search_step: what the receiver is to do */
	u32 round;	/* number of the search at the node of the first link */
	u32 flags;	/* SEARCH_CONFIRM */
	u32 nr_links;	/* links that follow */
	u32 at;	/* second pass, victim: link in question */
	u32 lkid;	/* lock in question, receiver's id */
	u64 owner;	/* step OWNER_KEY: whose waits */
};

/* a lock that waits, and what for */
struct dlm_search_link {
	u32 nodeid;	/* node of the lock that waits */
	u32 lkid;	/* its id there */
	u64 wait_us;	/* when this wait began, that node's time */
	u64 grant_us;	/* when the lock that blocks came to its queue, master's time */
	u32 holder;	/* node of the lock that blocks */
	u32 blocker;	/* its id there */
	u32 flags;	/* SEARCH_ORDER, SEARCH_NO_VICTIM */
	u32 waited_ms;	/* how long it has waited */
	u32 master;	/* node that decides */
	s8 rqmode;	/* mode asked for */
	s8 grmode;	/* mode held by what blocks, or -1 */
	u16 namelen;	/* 0..64 */
	u8 name[64];	/* of the resource, zero padded */
};

/* struct dlm_in.flags */
#define DLM_IN_SEQUENCED	0x1	/* came inside OPTS: seq counts, acknowledge it */
#define DLM_IN_NAME_TOO_LONG	0x2	/* name_len > 64: the answer is -EINVAL */
#define DLM_IN_PARENT		0x4	/* RCOM LOCK names a parent: the answer is -EOPNOTSUPP */
#define DLM_IN_BAD_LOCK		0x8	/* RCOM LOCK: impossible status or mode: answer -EINVAL */

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
	const u8 *slots;	/* STATUS_REPLY: config.num_slots of them, see dlm_wire_slot() */
	const u8 *names;	/* NAMES_REPLY: for dlm_names_reader */
	size_t names_len;
};

/* struct dlm_msg_rule.uses: fields of struct dlm_msg that a receiver reads */
#define DLM_MSG_USES_NODEID	BIT(1)
#define DLM_MSG_USES_PID	BIT(2)
#define DLM_MSG_USES_LKID	BIT(3)
#define DLM_MSG_USES_REMID	BIT(4)
#define DLM_MSG_USES_PARENT_LKID	BIT(5)
#define DLM_MSG_USES_PARENT_REMID	BIT(6)
#define DLM_MSG_USES_EXFLAGS	BIT(7)
#define DLM_MSG_USES_SBFLAGS	BIT(8)
#define DLM_MSG_USES_FLAGS	BIT(9)
#define DLM_MSG_USES_LVBSEQ	BIT(10)
#define DLM_MSG_USES_HASH	BIT(11)
#define DLM_MSG_USES_STATUS	BIT(12)
#define DLM_MSG_USES_GRMODE	BIT(13)
#define DLM_MSG_USES_RQMODE	BIT(14)
#define DLM_MSG_USES_BASTMODE	BIT(15)
#define DLM_MSG_USES_ASTS	BIT(16)
#define DLM_MSG_USES_RESULT	BIT(17)

/* What stands behind the fixed part of a message. */
enum dlm_payload {
	DLM_PAYLOAD_NONE,
	DLM_PAYLOAD_NAME,
	DLM_PAYLOAD_LVB,
	DLM_PAYLOAD_STATUS,
	DLM_PAYLOAD_CONFIG,
	DLM_PAYLOAD_NAMES,
	DLM_PAYLOAD_LOCK,
};

struct dlm_cmd_rule {
	const char *name;
	u16 min_length;		/* header included */
	bool outer;		/* may stand alone */
	bool inner;		/* may stand inside OPTS */
};

struct dlm_msg_rule {
	const char *name;
	u32 uses;		/* DLM_MSG_USES_ bits */
	u8 payload;		/* enum dlm_payload */
	bool long_name_answered;	/* more than 64 bytes: the handler refuses, else drop */
};

struct dlm_rcom_rule {
	const char *name;
	u16 min_payload;
	u8 payload;		/* enum dlm_payload */
	bool bare;		/* may come without OPTS */
	bool send_bare;		/* goes out without OPTS */
	bool reply;		/* answers by rc_seq_reply */
};

/* NULL for an unknown number. */
const struct dlm_cmd_rule *dlm_cmd_rule(u32 cmd);
const struct dlm_msg_rule *dlm_msg_rule(u32 type);
const struct dlm_rcom_rule *dlm_rcom_rule(u32 type);

/* "REQUEST" ..; "?" for an unknown number. */
const char *dlm_cmd_name(u32 cmd);
const char *dlm_msg_type_name(u32 type);
const char *dlm_rcom_type_name(u32 type);

/* Zero what is not in @uses, but for the type. */
void dlm_msg_keep(struct dlm_msg *m, u32 uses);

/* m_result between native and wire numbers; both negative or 0. */
s32 dlm_wire_result_encode(s32 result);
s32 dlm_wire_result_decode(s32 result);

/*
 * Host order to bytes and back, at any address. Those that stand behind a header work on
 * what follows it: DLM_WIRE_..._SIZE - DLM_WIRE_HEADER_SIZE bytes.
 */
void dlm_wire_put_header(u8 *buf, const struct dlm_hdr *from);
void dlm_wire_put_opts(u8 *buf, const struct dlm_opts *from);
void dlm_wire_put_msg(u8 *buf, const struct dlm_msg *from);
void dlm_wire_put_rcom(u8 *buf, const struct dlm_rcom *from);
void dlm_wire_put_rcom_status(u8 *buf, const struct dlm_rcom_status *from);
void dlm_wire_put_rcom_config(u8 *buf, const struct dlm_rcom_config *from);
void dlm_wire_put_rcom_slot(u8 *buf, const struct dlm_rcom_slot *from);
void dlm_wire_put_rcom_lock(u8 *buf, const struct dlm_rcom_lock *from);
void dlm_wire_put_search(u8 *buf, const struct dlm_search *from);
void dlm_wire_put_search_link(u8 *buf, const struct dlm_search_link *from);

void dlm_wire_get_header(struct dlm_hdr *to, const u8 *buf);
void dlm_wire_get_opts(struct dlm_opts *to, const u8 *buf);
void dlm_wire_get_msg(struct dlm_msg *to, const u8 *buf);
void dlm_wire_get_rcom(struct dlm_rcom *to, const u8 *buf);
void dlm_wire_get_rcom_status(struct dlm_rcom_status *to, const u8 *buf);
void dlm_wire_get_rcom_config(struct dlm_rcom_config *to, const u8 *buf);
void dlm_wire_get_rcom_slot(struct dlm_rcom_slot *to, const u8 *buf);
void dlm_wire_get_rcom_lock(struct dlm_rcom_lock *to, const u8 *buf);
void dlm_wire_get_search(struct dlm_search *to, const u8 *buf);
void dlm_wire_get_search_link(struct dlm_search_link *to, const u8 *buf);

#endif /* DLM_GEN_WIRE_H */
