// SPDX-License-Identifier: GPL-2.0
/*
 * Do not edit: made from Documentation/specs/wire.yaml.
 * Remake with: dlm_codegen --specs Documentation/specs --root . --write
 *
 * Layouts of the messages between nodes, the way between them and structures
 * in host order, and the tables of message types.
 */
/* clang-format off */
#include "gen/dlm_wire.h"

/* start of every message */
struct dlm_wire_header {
	__le32 h_version;
	__le32 h_lockspace;
	__le32 h_nodeid;
	__le16 h_length;
	u8 h_cmd;
	u8 h_pad;
} __packed;

static_assert(sizeof(struct dlm_wire_header) == 16);
static_assert(offsetof(struct dlm_wire_header, h_version) == 0);
static_assert(offsetof(struct dlm_wire_header, h_lockspace) == 4);
static_assert(offsetof(struct dlm_wire_header, h_nodeid) == 8);
static_assert(offsetof(struct dlm_wire_header, h_length) == 12);
static_assert(offsetof(struct dlm_wire_header, h_cmd) == 14);
static_assert(offsetof(struct dlm_wire_header, h_pad) == 15);

/* envelope, behind a header with command OPTS */
struct dlm_wire_opts {
	u8 o_nextcmd;
	u8 o_pad;
	__le16 o_optlen;
	__le32 o_pad2;
} __packed;

static_assert(sizeof(struct dlm_wire_opts) == 8);
static_assert(offsetof(struct dlm_wire_opts, o_nextcmd) == 0);
static_assert(offsetof(struct dlm_wire_opts, o_pad) == 1);
static_assert(offsetof(struct dlm_wire_opts, o_optlen) == 2);
static_assert(offsetof(struct dlm_wire_opts, o_pad2) == 4);

/* lock message, behind a header with command MSG */
struct dlm_wire_msg {
	__le32 m_type;
	__le32 m_nodeid;
	__le32 m_pid;
	__le32 m_lkid;
	__le32 m_remid;
	__le32 m_parent_lkid;
	__le32 m_parent_remid;
	__le32 m_exflags;
	__le32 m_sbflags;
	__le32 m_flags;
	__le32 m_lvbseq;
	__le32 m_hash;
	__le32 m_status;
	__le32 m_grmode;
	__le32 m_rqmode;
	__le32 m_bastmode;
	__le32 m_asts;
	__le32 m_result;
} __packed;

static_assert(sizeof(struct dlm_wire_msg) == 72);
static_assert(offsetof(struct dlm_wire_msg, m_type) == 0);
static_assert(offsetof(struct dlm_wire_msg, m_nodeid) == 4);
static_assert(offsetof(struct dlm_wire_msg, m_pid) == 8);
static_assert(offsetof(struct dlm_wire_msg, m_lkid) == 12);
static_assert(offsetof(struct dlm_wire_msg, m_remid) == 16);
static_assert(offsetof(struct dlm_wire_msg, m_parent_lkid) == 20);
static_assert(offsetof(struct dlm_wire_msg, m_parent_remid) == 24);
static_assert(offsetof(struct dlm_wire_msg, m_exflags) == 28);
static_assert(offsetof(struct dlm_wire_msg, m_sbflags) == 32);
static_assert(offsetof(struct dlm_wire_msg, m_flags) == 36);
static_assert(offsetof(struct dlm_wire_msg, m_lvbseq) == 40);
static_assert(offsetof(struct dlm_wire_msg, m_hash) == 44);
static_assert(offsetof(struct dlm_wire_msg, m_status) == 48);
static_assert(offsetof(struct dlm_wire_msg, m_grmode) == 52);
static_assert(offsetof(struct dlm_wire_msg, m_rqmode) == 56);
static_assert(offsetof(struct dlm_wire_msg, m_bastmode) == 60);
static_assert(offsetof(struct dlm_wire_msg, m_asts) == 64);
static_assert(offsetof(struct dlm_wire_msg, m_result) == 68);

/* recovery message, behind a header with command RCOM */
struct dlm_wire_rcom {
	__le32 rc_type;
	__le32 rc_result;
	__le64 rc_id;
	__le64 rc_seq;
	__le64 rc_seq_reply;
} __packed;

static_assert(sizeof(struct dlm_wire_rcom) == 32);
static_assert(offsetof(struct dlm_wire_rcom, rc_type) == 0);
static_assert(offsetof(struct dlm_wire_rcom, rc_result) == 4);
static_assert(offsetof(struct dlm_wire_rcom, rc_id) == 8);
static_assert(offsetof(struct dlm_wire_rcom, rc_seq) == 16);
static_assert(offsetof(struct dlm_wire_rcom, rc_seq_reply) == 24);

/* payload of STATUS */
struct dlm_wire_rcom_status {
	__le32 rs_flags;
	__le32 rs_magic;
	__le64 rs_features;
} __packed;

static_assert(sizeof(struct dlm_wire_rcom_status) == 16);
static_assert(offsetof(struct dlm_wire_rcom_status, rs_flags) == 0);
static_assert(offsetof(struct dlm_wire_rcom_status, rs_magic) == 4);
static_assert(offsetof(struct dlm_wire_rcom_status, rs_features) == 8);

/* payload of STATUS_REPLY, slots follow */
struct dlm_wire_rcom_config {
	__le32 rf_lvblen;
	__le32 rf_lsflags;
	__le32 rf_flags;
	__le16 rf_our_slot;
	__le16 rf_num_slots;
	__le32 rf_generation;
	__le32 rf_magic;
	__le64 rf_features;
} __packed;

static_assert(sizeof(struct dlm_wire_rcom_config) == 32);
static_assert(offsetof(struct dlm_wire_rcom_config, rf_lvblen) == 0);
static_assert(offsetof(struct dlm_wire_rcom_config, rf_lsflags) == 4);
static_assert(offsetof(struct dlm_wire_rcom_config, rf_flags) == 8);
static_assert(offsetof(struct dlm_wire_rcom_config, rf_our_slot) == 12);
static_assert(offsetof(struct dlm_wire_rcom_config, rf_num_slots) == 14);
static_assert(offsetof(struct dlm_wire_rcom_config, rf_generation) == 16);
static_assert(offsetof(struct dlm_wire_rcom_config, rf_magic) == 20);
static_assert(offsetof(struct dlm_wire_rcom_config, rf_features) == 24);

/* one slot */
struct dlm_wire_rcom_slot {
	__le32 ro_nodeid;
	__le16 ro_slot;
	__le16 ro_unused1;
	__le64 ro_unused2;
} __packed;

static_assert(sizeof(struct dlm_wire_rcom_slot) == 16);
static_assert(offsetof(struct dlm_wire_rcom_slot, ro_nodeid) == 0);
static_assert(offsetof(struct dlm_wire_rcom_slot, ro_slot) == 4);
static_assert(offsetof(struct dlm_wire_rcom_slot, ro_unused1) == 6);
static_assert(offsetof(struct dlm_wire_rcom_slot, ro_unused2) == 8);

/* payload of LOCK (the value block follows) and of LOCK_REPLY */
struct dlm_wire_rcom_lock {
	__le32 rl_ownpid;
	__le32 rl_lkid;
	__le32 rl_remid;
	__le32 rl_parent_lkid;
	__le32 rl_parent_remid;
	__le32 rl_exflags;
	__le32 rl_flags;
	__le32 rl_lvbseq;
	__le32 rl_result;
	s8 rl_rqmode;
	s8 rl_grmode;
	s8 rl_status;
	s8 rl_asts;
	__le16 rl_wait_type;
	__le16 rl_namelen;
	u8 rl_name[64];
} __packed;

static_assert(sizeof(struct dlm_wire_rcom_lock) == 108);
static_assert(offsetof(struct dlm_wire_rcom_lock, rl_ownpid) == 0);
static_assert(offsetof(struct dlm_wire_rcom_lock, rl_lkid) == 4);
static_assert(offsetof(struct dlm_wire_rcom_lock, rl_remid) == 8);
static_assert(offsetof(struct dlm_wire_rcom_lock, rl_parent_lkid) == 12);
static_assert(offsetof(struct dlm_wire_rcom_lock, rl_parent_remid) == 16);
static_assert(offsetof(struct dlm_wire_rcom_lock, rl_exflags) == 20);
static_assert(offsetof(struct dlm_wire_rcom_lock, rl_flags) == 24);
static_assert(offsetof(struct dlm_wire_rcom_lock, rl_lvbseq) == 28);
static_assert(offsetof(struct dlm_wire_rcom_lock, rl_result) == 32);
static_assert(offsetof(struct dlm_wire_rcom_lock, rl_rqmode) == 36);
static_assert(offsetof(struct dlm_wire_rcom_lock, rl_grmode) == 37);
static_assert(offsetof(struct dlm_wire_rcom_lock, rl_status) == 38);
static_assert(offsetof(struct dlm_wire_rcom_lock, rl_asts) == 39);
static_assert(offsetof(struct dlm_wire_rcom_lock, rl_wait_type) == 40);
static_assert(offsetof(struct dlm_wire_rcom_lock, rl_namelen) == 42);
static_assert(offsetof(struct dlm_wire_rcom_lock, rl_name) == 44);

/* payload of SEARCH, links follow */
struct dlm_wire_search {
	__le32 q_step;
	__le32 q_round;
	__le32 q_flags;
	__le32 q_nr_links;
	__le32 q_at;
	__le32 q_lkid;
	__le64 q_owner;
} __packed;

static_assert(sizeof(struct dlm_wire_search) == 32);
static_assert(offsetof(struct dlm_wire_search, q_step) == 0);
static_assert(offsetof(struct dlm_wire_search, q_round) == 4);
static_assert(offsetof(struct dlm_wire_search, q_flags) == 8);
static_assert(offsetof(struct dlm_wire_search, q_nr_links) == 12);
static_assert(offsetof(struct dlm_wire_search, q_at) == 16);
static_assert(offsetof(struct dlm_wire_search, q_lkid) == 20);
static_assert(offsetof(struct dlm_wire_search, q_owner) == 24);

/* a lock that waits, and what for */
struct dlm_wire_search_link {
	__le32 k_nodeid;
	__le32 k_lkid;
	__le64 k_wait_us;
	__le64 k_grant_us;
	__le32 k_holder;
	__le32 k_blocker;
	__le32 k_flags;
	__le32 k_waited_ms;
	__le32 k_master;
	s8 k_rqmode;
	s8 k_grmode;
	__le16 k_namelen;
	u8 k_name[64];
} __packed;

static_assert(sizeof(struct dlm_wire_search_link) == 112);
static_assert(offsetof(struct dlm_wire_search_link, k_nodeid) == 0);
static_assert(offsetof(struct dlm_wire_search_link, k_lkid) == 4);
static_assert(offsetof(struct dlm_wire_search_link, k_wait_us) == 8);
static_assert(offsetof(struct dlm_wire_search_link, k_grant_us) == 16);
static_assert(offsetof(struct dlm_wire_search_link, k_holder) == 24);
static_assert(offsetof(struct dlm_wire_search_link, k_blocker) == 28);
static_assert(offsetof(struct dlm_wire_search_link, k_flags) == 32);
static_assert(offsetof(struct dlm_wire_search_link, k_waited_ms) == 36);
static_assert(offsetof(struct dlm_wire_search_link, k_master) == 40);
static_assert(offsetof(struct dlm_wire_search_link, k_rqmode) == 44);
static_assert(offsetof(struct dlm_wire_search_link, k_grmode) == 45);
static_assert(offsetof(struct dlm_wire_search_link, k_namelen) == 46);
static_assert(offsetof(struct dlm_wire_search_link, k_name) == 48);

s32 dlm_wire_result_encode(s32 result)
{
	switch (result) {
	case -EDEADLK:
		return -35;
	case -EBADR:
		return -53;
	case -EBADSLT:
		return -57;
	case -EPROTO:
		return -71;
	case -EOPNOTSUPP:
		return -95;
	case -ETIMEDOUT:
		return -110;
	case -EINPROGRESS:
		return -115;
	default:
		return result;
	}
}

s32 dlm_wire_result_decode(s32 result)
{
	switch (result) {
	case -35:
		return -EDEADLK;
	case -53:
		return -EBADR;
	case -57:
		return -EBADSLT;
	case -71:
		return -EPROTO;
	case -95:
		return -EOPNOTSUPP;
	case -110:
		return -ETIMEDOUT;
	case -115:
		return -EINPROGRESS;
	default:
		return result;
	}
}

void dlm_wire_put_header(u8 *buf, const struct dlm_hdr *from)
{
	struct dlm_wire_header *to = (struct dlm_wire_header *)buf;

	to->h_version = cpu_to_le32(from->version);
	to->h_lockspace = cpu_to_le32(from->lockspace);
	to->h_nodeid = cpu_to_le32(from->nodeid);
	to->h_length = cpu_to_le16(from->length);
	to->h_cmd = from->cmd;
	to->h_pad = 0;
}

void dlm_wire_get_header(struct dlm_hdr *to, const u8 *buf)
{
	const struct dlm_wire_header *from = (const struct dlm_wire_header *)buf;

	to->version = le32_to_cpu(from->h_version);
	to->lockspace = le32_to_cpu(from->h_lockspace);
	to->nodeid = le32_to_cpu(from->h_nodeid);
	to->length = le16_to_cpu(from->h_length);
	to->cmd = from->h_cmd;
}

void dlm_wire_put_opts(u8 *buf, const struct dlm_opts *from)
{
	struct dlm_wire_opts *to = (struct dlm_wire_opts *)buf;

	to->o_nextcmd = from->nextcmd;
	to->o_pad = 0;
	to->o_optlen = cpu_to_le16(from->optlen);
	to->o_pad2 = 0;
}

void dlm_wire_get_opts(struct dlm_opts *to, const u8 *buf)
{
	const struct dlm_wire_opts *from = (const struct dlm_wire_opts *)buf;

	to->nextcmd = from->o_nextcmd;
	to->optlen = le16_to_cpu(from->o_optlen);
}

void dlm_wire_put_msg(u8 *buf, const struct dlm_msg *from)
{
	struct dlm_wire_msg *to = (struct dlm_wire_msg *)buf;

	to->m_type = cpu_to_le32(from->type);
	to->m_nodeid = cpu_to_le32((u32)from->nodeid);
	to->m_pid = cpu_to_le32(from->pid);
	to->m_lkid = cpu_to_le32(from->lkid);
	to->m_remid = cpu_to_le32(from->remid);
	to->m_parent_lkid = cpu_to_le32(from->parent_lkid);
	to->m_parent_remid = cpu_to_le32(from->parent_remid);
	to->m_exflags = cpu_to_le32(from->exflags);
	to->m_sbflags = cpu_to_le32(from->sbflags & DLM_WIRE_SBFLAGS_MASK);
	to->m_flags = cpu_to_le32(from->flags & DLM_WIRE_FLAG_MASK);
	to->m_lvbseq = cpu_to_le32(from->lvbseq);
	to->m_hash = cpu_to_le32(from->hash);
	to->m_status = cpu_to_le32((u32)from->status);
	to->m_grmode = cpu_to_le32((u32)from->grmode);
	to->m_rqmode = cpu_to_le32((u32)from->rqmode);
	to->m_bastmode = cpu_to_le32((u32)from->bastmode);
	to->m_asts = cpu_to_le32(from->asts & DLM_WIRE_ASTS_MASK);
	to->m_result = cpu_to_le32((u32)dlm_wire_result_encode(from->result));
}

void dlm_wire_get_msg(struct dlm_msg *to, const u8 *buf)
{
	const struct dlm_wire_msg *from = (const struct dlm_wire_msg *)buf;

	to->type = le32_to_cpu(from->m_type);
	to->nodeid = (s32)le32_to_cpu(from->m_nodeid);
	to->pid = le32_to_cpu(from->m_pid);
	to->lkid = le32_to_cpu(from->m_lkid);
	to->remid = le32_to_cpu(from->m_remid);
	to->parent_lkid = le32_to_cpu(from->m_parent_lkid);
	to->parent_remid = le32_to_cpu(from->m_parent_remid);
	to->exflags = le32_to_cpu(from->m_exflags);
	to->sbflags = le32_to_cpu(from->m_sbflags) & DLM_WIRE_SBFLAGS_MASK;
	to->flags = le32_to_cpu(from->m_flags) & DLM_WIRE_FLAG_MASK;
	to->lvbseq = le32_to_cpu(from->m_lvbseq);
	to->hash = le32_to_cpu(from->m_hash);
	to->status = (s32)le32_to_cpu(from->m_status);
	to->grmode = (s32)le32_to_cpu(from->m_grmode);
	to->rqmode = (s32)le32_to_cpu(from->m_rqmode);
	to->bastmode = (s32)le32_to_cpu(from->m_bastmode);
	to->asts = le32_to_cpu(from->m_asts) & DLM_WIRE_ASTS_MASK;
	to->result = dlm_wire_result_decode((s32)le32_to_cpu(from->m_result));
}

void dlm_wire_put_rcom(u8 *buf, const struct dlm_rcom *from)
{
	struct dlm_wire_rcom *to = (struct dlm_wire_rcom *)buf;

	to->rc_type = cpu_to_le32(from->type);
	to->rc_result = cpu_to_le32((u32)from->result);
	to->rc_id = cpu_to_le64(from->id);
	to->rc_seq = cpu_to_le64(from->seq);
	to->rc_seq_reply = cpu_to_le64(from->seq_reply);
}

void dlm_wire_get_rcom(struct dlm_rcom *to, const u8 *buf)
{
	const struct dlm_wire_rcom *from = (const struct dlm_wire_rcom *)buf;

	to->type = le32_to_cpu(from->rc_type);
	to->result = (s32)le32_to_cpu(from->rc_result);
	to->id = le64_to_cpu(from->rc_id);
	to->seq = le64_to_cpu(from->rc_seq);
	to->seq_reply = le64_to_cpu(from->rc_seq_reply);
}

void dlm_wire_put_rcom_status(u8 *buf, const struct dlm_rcom_status *from)
{
	struct dlm_wire_rcom_status *to = (struct dlm_wire_rcom_status *)buf;

	to->rs_flags = cpu_to_le32(from->flags);
	to->rs_magic = cpu_to_le32(from->magic);
	to->rs_features = cpu_to_le64(from->features);
}

void dlm_wire_get_rcom_status(struct dlm_rcom_status *to, const u8 *buf)
{
	const struct dlm_wire_rcom_status *from = (const struct dlm_wire_rcom_status *)buf;

	to->flags = le32_to_cpu(from->rs_flags);
	to->magic = le32_to_cpu(from->rs_magic);
	to->features = le64_to_cpu(from->rs_features);
}

void dlm_wire_put_rcom_config(u8 *buf, const struct dlm_rcom_config *from)
{
	struct dlm_wire_rcom_config *to = (struct dlm_wire_rcom_config *)buf;

	to->rf_lvblen = cpu_to_le32(from->lvblen);
	to->rf_lsflags = cpu_to_le32(from->lsflags);
	to->rf_flags = cpu_to_le32(from->flags);
	to->rf_our_slot = cpu_to_le16(from->our_slot);
	to->rf_num_slots = cpu_to_le16(from->num_slots);
	to->rf_generation = cpu_to_le32(from->generation);
	to->rf_magic = cpu_to_le32(from->magic);
	to->rf_features = cpu_to_le64(from->features);
}

void dlm_wire_get_rcom_config(struct dlm_rcom_config *to, const u8 *buf)
{
	const struct dlm_wire_rcom_config *from = (const struct dlm_wire_rcom_config *)buf;

	to->lvblen = le32_to_cpu(from->rf_lvblen);
	to->lsflags = le32_to_cpu(from->rf_lsflags);
	to->flags = le32_to_cpu(from->rf_flags);
	to->our_slot = le16_to_cpu(from->rf_our_slot);
	to->num_slots = le16_to_cpu(from->rf_num_slots);
	to->generation = le32_to_cpu(from->rf_generation);
	to->magic = le32_to_cpu(from->rf_magic);
	to->features = le64_to_cpu(from->rf_features);
}

void dlm_wire_put_rcom_slot(u8 *buf, const struct dlm_rcom_slot *from)
{
	struct dlm_wire_rcom_slot *to = (struct dlm_wire_rcom_slot *)buf;

	to->ro_nodeid = cpu_to_le32(from->nodeid);
	to->ro_slot = cpu_to_le16(from->slot);
	to->ro_unused1 = cpu_to_le16(from->unused1);
	to->ro_unused2 = cpu_to_le64(from->unused2);
}

void dlm_wire_get_rcom_slot(struct dlm_rcom_slot *to, const u8 *buf)
{
	const struct dlm_wire_rcom_slot *from = (const struct dlm_wire_rcom_slot *)buf;

	to->nodeid = le32_to_cpu(from->ro_nodeid);
	to->slot = le16_to_cpu(from->ro_slot);
	to->unused1 = le16_to_cpu(from->ro_unused1);
	to->unused2 = le64_to_cpu(from->ro_unused2);
}

void dlm_wire_put_rcom_lock(u8 *buf, const struct dlm_rcom_lock *from)
{
	struct dlm_wire_rcom_lock *to = (struct dlm_wire_rcom_lock *)buf;

	to->rl_ownpid = cpu_to_le32(from->ownpid);
	to->rl_lkid = cpu_to_le32(from->lkid);
	to->rl_remid = cpu_to_le32(from->remid);
	to->rl_parent_lkid = cpu_to_le32(from->parent_lkid);
	to->rl_parent_remid = cpu_to_le32(from->parent_remid);
	to->rl_exflags = cpu_to_le32(from->exflags);
	to->rl_flags = cpu_to_le32(from->flags & DLM_WIRE_FLAG_MASK);
	to->rl_lvbseq = cpu_to_le32(from->lvbseq);
	to->rl_result = cpu_to_le32((u32)from->result);
	to->rl_rqmode = from->rqmode;
	to->rl_grmode = from->grmode;
	to->rl_status = from->status;
	to->rl_asts = from->asts & DLM_WIRE_ASTS_MASK;
	to->rl_wait_type = cpu_to_le16(from->wait_type);
	to->rl_namelen = cpu_to_le16(from->namelen);
	memcpy(to->rl_name, from->name, sizeof(to->rl_name));
}

void dlm_wire_get_rcom_lock(struct dlm_rcom_lock *to, const u8 *buf)
{
	const struct dlm_wire_rcom_lock *from = (const struct dlm_wire_rcom_lock *)buf;

	to->ownpid = le32_to_cpu(from->rl_ownpid);
	to->lkid = le32_to_cpu(from->rl_lkid);
	to->remid = le32_to_cpu(from->rl_remid);
	to->parent_lkid = le32_to_cpu(from->rl_parent_lkid);
	to->parent_remid = le32_to_cpu(from->rl_parent_remid);
	to->exflags = le32_to_cpu(from->rl_exflags);
	to->flags = le32_to_cpu(from->rl_flags) & DLM_WIRE_FLAG_MASK;
	to->lvbseq = le32_to_cpu(from->rl_lvbseq);
	to->result = (s32)le32_to_cpu(from->rl_result);
	to->rqmode = from->rl_rqmode;
	to->grmode = from->rl_grmode;
	to->status = from->rl_status;
	to->asts = from->rl_asts & DLM_WIRE_ASTS_MASK;
	to->wait_type = le16_to_cpu(from->rl_wait_type);
	to->namelen = le16_to_cpu(from->rl_namelen);
	memcpy(to->name, from->rl_name, sizeof(to->name));
}

void dlm_wire_put_search(u8 *buf, const struct dlm_search *from)
{
	struct dlm_wire_search *to = (struct dlm_wire_search *)buf;

	to->q_step = cpu_to_le32(from->step);
	to->q_round = cpu_to_le32(from->round);
	to->q_flags = cpu_to_le32(from->flags);
	to->q_nr_links = cpu_to_le32(from->nr_links);
	to->q_at = cpu_to_le32(from->at);
	to->q_lkid = cpu_to_le32(from->lkid);
	to->q_owner = cpu_to_le64(from->owner);
}

void dlm_wire_get_search(struct dlm_search *to, const u8 *buf)
{
	const struct dlm_wire_search *from = (const struct dlm_wire_search *)buf;

	to->step = le32_to_cpu(from->q_step);
	to->round = le32_to_cpu(from->q_round);
	to->flags = le32_to_cpu(from->q_flags);
	to->nr_links = le32_to_cpu(from->q_nr_links);
	to->at = le32_to_cpu(from->q_at);
	to->lkid = le32_to_cpu(from->q_lkid);
	to->owner = le64_to_cpu(from->q_owner);
}

void dlm_wire_put_search_link(u8 *buf, const struct dlm_search_link *from)
{
	struct dlm_wire_search_link *to = (struct dlm_wire_search_link *)buf;

	to->k_nodeid = cpu_to_le32(from->nodeid);
	to->k_lkid = cpu_to_le32(from->lkid);
	to->k_wait_us = cpu_to_le64(from->wait_us);
	to->k_grant_us = cpu_to_le64(from->grant_us);
	to->k_holder = cpu_to_le32(from->holder);
	to->k_blocker = cpu_to_le32(from->blocker);
	to->k_flags = cpu_to_le32(from->flags);
	to->k_waited_ms = cpu_to_le32(from->waited_ms);
	to->k_master = cpu_to_le32(from->master);
	to->k_rqmode = from->rqmode;
	to->k_grmode = from->grmode;
	to->k_namelen = cpu_to_le16(from->namelen);
	memcpy(to->k_name, from->name, sizeof(to->k_name));
}

void dlm_wire_get_search_link(struct dlm_search_link *to, const u8 *buf)
{
	const struct dlm_wire_search_link *from = (const struct dlm_wire_search_link *)buf;

	to->nodeid = le32_to_cpu(from->k_nodeid);
	to->lkid = le32_to_cpu(from->k_lkid);
	to->wait_us = le64_to_cpu(from->k_wait_us);
	to->grant_us = le64_to_cpu(from->k_grant_us);
	to->holder = le32_to_cpu(from->k_holder);
	to->blocker = le32_to_cpu(from->k_blocker);
	to->flags = le32_to_cpu(from->k_flags);
	to->waited_ms = le32_to_cpu(from->k_waited_ms);
	to->master = le32_to_cpu(from->k_master);
	to->rqmode = from->k_rqmode;
	to->grmode = from->k_grmode;
	to->namelen = le16_to_cpu(from->k_namelen);
	memcpy(to->name, from->k_name, sizeof(to->name));
}

static const struct dlm_cmd_rule cmd_rules[] = {
	[DLM_CMD_MSG] = {
		.name = "MSG",
		.min_length = 88,
		.outer = false,
		.inner = true,
	},
	[DLM_CMD_RCOM] = {
		.name = "RCOM",
		.min_length = 48,
		.outer = true,
		.inner = true,
	},
	[DLM_CMD_OPTS] = {
		.name = "OPTS",
		.min_length = 24,
		.outer = true,
		.inner = false,
	},
	[DLM_CMD_ACK] = {
		.name = "ACK",
		.min_length = 16,
		.outer = true,
		.inner = false,
	},
	[DLM_CMD_FIN] = {
		.name = "FIN",
		.min_length = 16,
		.outer = false,
		.inner = true,
	},
};

static const struct dlm_msg_rule msg_rules[] = {
	[DLM_MSG_REQUEST] = {
		.name = "REQUEST",
		.uses = DLM_MSG_USES_PID |
			DLM_MSG_USES_LKID |
			DLM_MSG_USES_EXFLAGS |
			DLM_MSG_USES_SBFLAGS |
			DLM_MSG_USES_FLAGS |
			DLM_MSG_USES_HASH |
			DLM_MSG_USES_RQMODE |
			DLM_MSG_USES_ASTS,
		.payload = DLM_PAYLOAD_NAME,
		.long_name_answered = true,
	},
	[DLM_MSG_CONVERT] = {
		.name = "CONVERT",
		.uses = DLM_MSG_USES_LKID |
			DLM_MSG_USES_REMID |
			DLM_MSG_USES_EXFLAGS |
			DLM_MSG_USES_SBFLAGS |
			DLM_MSG_USES_FLAGS |
			DLM_MSG_USES_LVBSEQ |
			DLM_MSG_USES_HASH |
			DLM_MSG_USES_RQMODE |
			DLM_MSG_USES_PID |
			DLM_MSG_USES_ASTS,
		.payload = DLM_PAYLOAD_LVB,
	},
	[DLM_MSG_UNLOCK] = {
		.name = "UNLOCK",
		.uses = DLM_MSG_USES_LKID |
			DLM_MSG_USES_REMID |
			DLM_MSG_USES_EXFLAGS |
			DLM_MSG_USES_SBFLAGS |
			DLM_MSG_USES_FLAGS |
			DLM_MSG_USES_LVBSEQ |
			DLM_MSG_USES_HASH |
			DLM_MSG_USES_PID |
			DLM_MSG_USES_GRMODE,
		.payload = DLM_PAYLOAD_LVB,
	},
	[DLM_MSG_CANCEL] = {
		.name = "CANCEL",
		.uses = DLM_MSG_USES_LKID |
			DLM_MSG_USES_REMID |
			DLM_MSG_USES_EXFLAGS |
			DLM_MSG_USES_SBFLAGS |
			DLM_MSG_USES_FLAGS |
			DLM_MSG_USES_HASH,
		.payload = DLM_PAYLOAD_NONE,
	},
	[DLM_MSG_REQUEST_REPLY] = {
		.name = "REQUEST_REPLY",
		.uses = DLM_MSG_USES_LKID |
			DLM_MSG_USES_REMID |
			DLM_MSG_USES_SBFLAGS |
			DLM_MSG_USES_FLAGS |
			DLM_MSG_USES_LVBSEQ |
			DLM_MSG_USES_HASH |
			DLM_MSG_USES_RESULT,
		.payload = DLM_PAYLOAD_LVB,
	},
	[DLM_MSG_CONVERT_REPLY] = {
		.name = "CONVERT_REPLY",
		.uses = DLM_MSG_USES_LKID |
			DLM_MSG_USES_REMID |
			DLM_MSG_USES_SBFLAGS |
			DLM_MSG_USES_FLAGS |
			DLM_MSG_USES_LVBSEQ |
			DLM_MSG_USES_HASH |
			DLM_MSG_USES_RESULT,
		.payload = DLM_PAYLOAD_LVB,
	},
	[DLM_MSG_UNLOCK_REPLY] = {
		.name = "UNLOCK_REPLY",
		.uses = DLM_MSG_USES_LKID |
			DLM_MSG_USES_REMID |
			DLM_MSG_USES_SBFLAGS |
			DLM_MSG_USES_FLAGS |
			DLM_MSG_USES_HASH |
			DLM_MSG_USES_RESULT,
		.payload = DLM_PAYLOAD_NONE,
	},
	[DLM_MSG_CANCEL_REPLY] = {
		.name = "CANCEL_REPLY",
		.uses = DLM_MSG_USES_LKID |
			DLM_MSG_USES_REMID |
			DLM_MSG_USES_SBFLAGS |
			DLM_MSG_USES_FLAGS |
			DLM_MSG_USES_HASH |
			DLM_MSG_USES_RESULT,
		.payload = DLM_PAYLOAD_NONE,
	},
	[DLM_MSG_GRANT] = {
		.name = "GRANT",
		.uses = DLM_MSG_USES_LKID |
			DLM_MSG_USES_REMID |
			DLM_MSG_USES_SBFLAGS |
			DLM_MSG_USES_FLAGS |
			DLM_MSG_USES_LVBSEQ |
			DLM_MSG_USES_HASH,
		.payload = DLM_PAYLOAD_LVB,
	},
	[DLM_MSG_BAST] = {
		.name = "BAST",
		.uses = DLM_MSG_USES_LKID |
			DLM_MSG_USES_REMID |
			DLM_MSG_USES_FLAGS |
			DLM_MSG_USES_HASH |
			DLM_MSG_USES_BASTMODE,
		.payload = DLM_PAYLOAD_NONE,
	},
	[DLM_MSG_LOOKUP] = {
		.name = "LOOKUP",
		.uses = DLM_MSG_USES_PID |
			DLM_MSG_USES_LKID |
			DLM_MSG_USES_EXFLAGS |
			DLM_MSG_USES_SBFLAGS |
			DLM_MSG_USES_FLAGS |
			DLM_MSG_USES_HASH |
			DLM_MSG_USES_RQMODE |
			DLM_MSG_USES_ASTS,
		.payload = DLM_PAYLOAD_NAME,
		.long_name_answered = true,
	},
	[DLM_MSG_REMOVE] = {
		.name = "REMOVE",
		.uses = DLM_MSG_USES_HASH,
		.payload = DLM_PAYLOAD_NAME,
		.long_name_answered = false,
	},
	[DLM_MSG_LOOKUP_REPLY] = {
		.name = "LOOKUP_REPLY",
		.uses = DLM_MSG_USES_NODEID |
			DLM_MSG_USES_LKID |
			DLM_MSG_USES_RESULT,
		.payload = DLM_PAYLOAD_NONE,
	},
	[DLM_MSG_PURGE] = {
		.name = "PURGE",
		.uses = DLM_MSG_USES_PID,
		.payload = DLM_PAYLOAD_NONE,
	},
};

static const struct dlm_rcom_rule rcom_rules[] = {
	[DLM_RCOM_STATUS] = {
		.name = "STATUS",
		.min_payload = 16,
		.payload = DLM_PAYLOAD_STATUS,
		.bare = true,
		.send_bare = true,
		.reply = false,
	},
	[DLM_RCOM_NAMES] = {
		.name = "NAMES",
		.min_payload = 0,
		.payload = DLM_PAYLOAD_NAME,
		.bare = true,
		.send_bare = true,
		.reply = false,
	},
	[DLM_RCOM_LOOKUP] = {
		.name = "LOOKUP",
		.min_payload = 0,
		.payload = DLM_PAYLOAD_NAME,
		.bare = false,
		.send_bare = false,
		.reply = false,
	},
	[DLM_RCOM_LOCK] = {
		.name = "LOCK",
		.min_payload = 108,
		.payload = DLM_PAYLOAD_LOCK,
		.bare = false,
		.send_bare = false,
		.reply = false,
	},
	[DLM_RCOM_STATUS_REPLY] = {
		.name = "STATUS_REPLY",
		.min_payload = 32,
		.payload = DLM_PAYLOAD_CONFIG,
		.bare = true,
		.send_bare = true,
		.reply = true,
	},
	[DLM_RCOM_NAMES_REPLY] = {
		.name = "NAMES_REPLY",
		.min_payload = 0,
		.payload = DLM_PAYLOAD_NAMES,
		.bare = true,
		.send_bare = true,
		.reply = true,
	},
	[DLM_RCOM_LOOKUP_REPLY] = {
		.name = "LOOKUP_REPLY",
		.min_payload = 0,
		.payload = DLM_PAYLOAD_NONE,
		.bare = false,
		.send_bare = false,
		.reply = true,
	},
	[DLM_RCOM_LOCK_REPLY] = {
		.name = "LOCK_REPLY",
		.min_payload = 108,
		.payload = DLM_PAYLOAD_LOCK,
		.bare = false,
		.send_bare = false,
		.reply = true,
	},
};

const struct dlm_cmd_rule *dlm_cmd_rule(u32 cmd)
{
	if (!cmd || cmd >= ARRAY_SIZE(cmd_rules))
		return NULL;
	return &cmd_rules[cmd];
}

const struct dlm_msg_rule *dlm_msg_rule(u32 type)
{
	if (!type || type >= ARRAY_SIZE(msg_rules))
		return NULL;
	return &msg_rules[type];
}

const struct dlm_rcom_rule *dlm_rcom_rule(u32 type)
{
	if (!type || type >= ARRAY_SIZE(rcom_rules))
		return NULL;
	return &rcom_rules[type];
}

const char *dlm_cmd_name(u32 cmd)
{
	const struct dlm_cmd_rule *rule = dlm_cmd_rule(cmd);

	return rule ? rule->name : "?";
}

const char *dlm_msg_type_name(u32 type)
{
	const struct dlm_msg_rule *rule = dlm_msg_rule(type);

	return rule ? rule->name : "?";
}

const char *dlm_rcom_type_name(u32 type)
{
	const struct dlm_rcom_rule *rule = dlm_rcom_rule(type);

	return rule ? rule->name : "?";
}

void dlm_msg_keep(struct dlm_msg *m, u32 uses)
{
	if (!(uses & DLM_MSG_USES_NODEID))
		m->nodeid = 0;
	if (!(uses & DLM_MSG_USES_PID))
		m->pid = 0;
	if (!(uses & DLM_MSG_USES_LKID))
		m->lkid = 0;
	if (!(uses & DLM_MSG_USES_REMID))
		m->remid = 0;
	if (!(uses & DLM_MSG_USES_PARENT_LKID))
		m->parent_lkid = 0;
	if (!(uses & DLM_MSG_USES_PARENT_REMID))
		m->parent_remid = 0;
	if (!(uses & DLM_MSG_USES_EXFLAGS))
		m->exflags = 0;
	if (!(uses & DLM_MSG_USES_SBFLAGS))
		m->sbflags = 0;
	if (!(uses & DLM_MSG_USES_FLAGS))
		m->flags = 0;
	if (!(uses & DLM_MSG_USES_LVBSEQ))
		m->lvbseq = 0;
	if (!(uses & DLM_MSG_USES_HASH))
		m->hash = 0;
	if (!(uses & DLM_MSG_USES_STATUS))
		m->status = 0;
	if (!(uses & DLM_MSG_USES_GRMODE))
		m->grmode = 0;
	if (!(uses & DLM_MSG_USES_RQMODE))
		m->rqmode = 0;
	if (!(uses & DLM_MSG_USES_BASTMODE))
		m->bastmode = 0;
	if (!(uses & DLM_MSG_USES_ASTS))
		m->asts = 0;
	if (!(uses & DLM_MSG_USES_RESULT))
		m->result = 0;
}
