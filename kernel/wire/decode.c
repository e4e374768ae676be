// SPDX-License-Identifier: GPL-2.0
/*
 * One whole message in, a checked typed view or a fault out. Each message is
 * checked for what its type uses and for nothing else, so that fields which a
 * peer fills otherwise, now or later, do no harm.
 */
#include "wire/decode.h"
#include "gen/dlm_modes.h"
#include "wire/search.h"

static const char *const fault_names[DLM_FAULT_NR] = {
	[DLM_FAULT_NONE] = "none",	   [DLM_FAULT_LENGTH] = "length",
	[DLM_FAULT_VERSION] = "version",   [DLM_FAULT_CMD] = "command",
	[DLM_FAULT_BARE] = "not numbered", [DLM_FAULT_TYPE] = "type",
	[DLM_FAULT_SHORT] = "too short",   [DLM_FAULT_NAME] = "name",
	[DLM_FAULT_MODE] = "mode",	   [DLM_FAULT_LOCK_ID] = "lock id",
};

const char *dlm_wire_fault_name(u32 fault)
{
	return fault < DLM_FAULT_NR ? fault_names[fault] : "?";
}

/*
 * A result that is no error number would reach the caller of the lock as if it
 * were one; dropping the reply instead would let the caller wait for ever.
 */
static s32 sane_result(s32 result)
{
	if (result == -DLM_ECANCEL || result == -DLM_EUNLOCK)
		return result;
	return result > 0 || result < -4095 ? -EPROTO : result;
}

static enum dlm_wire_fault check_msg(struct dlm_msg *m, u32 uses)
{
	if (uses & DLM_MSG_USES_RQMODE && !dlm_mode_valid(m->rqmode))
		return DLM_FAULT_MODE;
	if (uses & DLM_MSG_USES_BASTMODE && !dlm_mode_valid(m->bastmode))
		return DLM_FAULT_MODE;
	if (uses & DLM_MSG_USES_RESULT)
		m->result = sane_result(m->result);

	switch (m->type) {
	case DLM_MSG_REQUEST:
	case DLM_MSG_LOOKUP:
		/* The answer goes to this id, and our record keeps it. */
		return m->lkid ? DLM_FAULT_NONE : DLM_FAULT_LOCK_ID;
	case DLM_MSG_LOOKUP_REPLY:
		if (!m->lkid)
			return DLM_FAULT_LOCK_ID;
		/* Linux 6.1 leaves the node undefined in some errors. */
		if (m->result || m->nodeid <= 0)
			m->nodeid = -1;
		return DLM_FAULT_NONE;
	case DLM_MSG_REQUEST_REPLY:
		/* "Granted" or "queued" without an id at the master: nothing to refer to later. */
		if (!m->lkid && (!m->result || m->result == -EINPROGRESS))
			m->result = -EPROTO;
		return DLM_FAULT_NONE;
	default:
		return DLM_FAULT_NONE;
	}
}

static enum dlm_wire_fault decode_msg(const u8 *buf, size_t len, struct dlm_in *in)
{
	const u8 *payload = buf + DLM_WIRE_MSG_SIZE;
	size_t payload_len = len - DLM_WIRE_MSG_SIZE;
	const struct dlm_msg_rule *rule;

	dlm_wire_get_msg(&in->msg, buf + DLM_WIRE_HEADER_SIZE);
	if (in->msg.type == DLM_WIRE_SEARCH) {
		in->lvb = payload;
		in->lvb_len = payload_len;
		return dlm_wire_chain_valid(payload, payload_len) ? DLM_FAULT_NONE :
								    DLM_FAULT_SHORT;
	}
	rule = dlm_msg_rule(in->msg.type);
	if (!rule)
		return DLM_FAULT_TYPE;
	dlm_msg_keep(&in->msg, rule->uses);

	if (rule->payload == DLM_PAYLOAD_NAME) {
		in->name = payload;
		in->name_len = payload_len;
		if (payload_len > DLM_WIRE_NAME_MAX) {
			if (!rule->long_name_answered)
				return DLM_FAULT_NAME;
			in->flags |= DLM_IN_NAME_TOO_LONG;
		}
	} else if (rule->payload == DLM_PAYLOAD_LVB) {
		in->lvb = payload;
		in->lvb_len = payload_len;
	}
	return check_msg(&in->msg, rule->uses);
}

/*
 * A converting lock may come without granted mode: Linux sends that when the
 * conversion was between PR and CW and its answer was lost.
 */
static bool lock_possible(const struct dlm_rcom_lock *lock)
{
	bool requests = dlm_mode_valid(lock->rqmode);

	if (!lock->lkid)
		return false;
	if (lock->grmode != DLM_LOCK_IV && !dlm_mode_valid(lock->grmode))
		return false;
	switch (lock->status) {
	case 1:
	case 3:
		return requests;
	case 2:
		return dlm_mode_valid(lock->grmode) && (requests || lock->rqmode == DLM_LOCK_IV);
	default:
		return false;
	}
}

static void decode_lock(const u8 *payload, size_t len, struct dlm_in *in)
{
	struct dlm_rcom_lock *lock = &in->lock;

	dlm_wire_get_rcom_lock(lock, payload);
	if (in->rcom.type == DLM_RCOM_LOCK_REPLY) {
		lock->result = sane_result(lock->result);
		return;
	}
	in->name = payload + DLM_WIRE_RCOM_LOCK_SIZE - DLM_WIRE_NAME_MAX;
	in->name_len = min_t(size_t, lock->namelen, DLM_WIRE_NAME_MAX);
	in->lvb = payload + DLM_WIRE_RCOM_LOCK_SIZE;
	in->lvb_len = len - DLM_WIRE_RCOM_LOCK_SIZE;
	if (lock->namelen > DLM_WIRE_NAME_MAX)
		in->flags |= DLM_IN_NAME_TOO_LONG;
	if (lock->parent_lkid)
		in->flags |= DLM_IN_PARENT;
	if (!lock_possible(lock))
		in->flags |= DLM_IN_BAD_LOCK;
}

static enum dlm_wire_fault decode_config(const u8 *payload, size_t len, struct dlm_in *in)
{
	size_t room = (len - DLM_WIRE_RCOM_CONFIG_SIZE) / DLM_WIRE_RCOM_SLOT_SIZE;

	dlm_wire_get_rcom_config(&in->config, payload);
	in->slots = payload + DLM_WIRE_RCOM_CONFIG_SIZE;
	return in->config.num_slots > room ? DLM_FAULT_SHORT : DLM_FAULT_NONE;
}

static enum dlm_wire_fault decode_name(const u8 *payload, size_t len, struct dlm_in *in)
{
	in->name = payload;
	in->name_len = len;
	if (len <= DLM_WIRE_NAME_MAX)
		return DLM_FAULT_NONE;
	if (in->rcom.type != DLM_RCOM_LOOKUP)
		return DLM_FAULT_NAME;
	in->flags |= DLM_IN_NAME_TOO_LONG;
	return DLM_FAULT_NONE;
}

static enum dlm_wire_fault decode_rcom(const u8 *buf, size_t len, struct dlm_in *in)
{
	const u8 *payload = buf + DLM_WIRE_RCOM_SIZE;
	size_t payload_len = len - DLM_WIRE_RCOM_SIZE;
	const struct dlm_rcom_rule *rule;

	dlm_wire_get_rcom(&in->rcom, buf + DLM_WIRE_HEADER_SIZE);
	rule = dlm_rcom_rule(in->rcom.type);
	if (!rule)
		return DLM_FAULT_TYPE;
	if (!rule->bare && !(in->flags & DLM_IN_SEQUENCED))
		return DLM_FAULT_BARE;
	if (payload_len < rule->min_payload)
		return DLM_FAULT_SHORT;

	switch (rule->payload) {
	case DLM_PAYLOAD_STATUS:
		dlm_wire_get_rcom_status(&in->status, payload);
		return DLM_FAULT_NONE;
	case DLM_PAYLOAD_CONFIG:
		return decode_config(payload, payload_len, in);
	case DLM_PAYLOAD_NAME:
		return decode_name(payload, payload_len, in);
	case DLM_PAYLOAD_NAMES:
		in->names = payload;
		in->names_len = payload_len;
		return DLM_FAULT_NONE;
	case DLM_PAYLOAD_LOCK:
		decode_lock(payload, payload_len, in);
		return DLM_FAULT_NONE;
	default:
		/* LOOKUP_REPLY: node id or error. Node 0 does not exist. */
		if (!in->rcom.result)
			in->rcom.result = -EPROTO;
		return DLM_FAULT_NONE;
	}
}

/* @buf, @len: the message without envelope; in->hdr is its header. */
static enum dlm_wire_fault decode_inner(const u8 *buf, size_t len, struct dlm_in *in)
{
	const struct dlm_cmd_rule *rule = dlm_cmd_rule(in->hdr.cmd);

	if (!rule)
		return DLM_FAULT_CMD;
	if (in->hdr.length != len || len < rule->min_length)
		return DLM_FAULT_LENGTH;
	switch (in->hdr.cmd) {
	case DLM_CMD_MSG:
		return decode_msg(buf, len, in);
	case DLM_CMD_RCOM:
		return decode_rcom(buf, len, in);
	default:
		return DLM_FAULT_NONE; /* FIN: the header says it all */
	}
}

static enum dlm_wire_fault decode_opts(const u8 *buf, size_t len, struct dlm_in *in)
{
	const struct dlm_cmd_rule *rule;
	struct dlm_opts opts;
	size_t skip;

	in->seq = in->hdr.lockspace;
	in->flags = DLM_IN_SEQUENCED;
	if (len < DLM_WIRE_OPTS_SIZE)
		return DLM_FAULT_LENGTH;
	dlm_wire_get_opts(&opts, buf + DLM_WIRE_HEADER_SIZE);
	skip = DLM_WIRE_OPTS_SIZE + opts.optlen;
	if (len < skip + DLM_WIRE_HEADER_SIZE)
		return DLM_FAULT_LENGTH;
	dlm_wire_get_header(&in->hdr, buf + skip);
	rule = dlm_cmd_rule(opts.nextcmd);
	if (!rule || !rule->inner || in->hdr.cmd != opts.nextcmd)
		return DLM_FAULT_CMD;
	return decode_inner(buf + skip, len - skip, in);
}

static enum dlm_wire_fault decode_bare(const u8 *buf, size_t len, struct dlm_in *in)
{
	const struct dlm_cmd_rule *rule = dlm_cmd_rule(in->hdr.cmd);

	if (!rule)
		return DLM_FAULT_CMD;
	if (!rule->outer)
		return DLM_FAULT_BARE;
	if (in->hdr.cmd == DLM_CMD_ACK) {
		in->seq = in->hdr.lockspace;
		return len == rule->min_length ? DLM_FAULT_NONE : DLM_FAULT_LENGTH;
	}
	return decode_inner(buf, len, in);
}

enum dlm_wire_verdict dlm_wire_decode(const u8 *buf, size_t len, struct dlm_in *in)
{
	memset(in, 0, sizeof(*in));
	in->fault = DLM_FAULT_LENGTH;
	if (len < DLM_WIRE_HEADER_SIZE || len > DLM_WIRE_MAX)
		return DLM_WIRE_BROKEN;
	dlm_wire_get_header(&in->hdr, buf);
	if (in->hdr.length != len)
		return DLM_WIRE_BROKEN;

	in->fault = DLM_FAULT_VERSION;
	if (in->hdr.version != DLM_WIRE_VERSION)
		return DLM_WIRE_DROP;

	if (in->hdr.cmd == DLM_CMD_OPTS) {
		in->fault = decode_opts(buf, len, in);
		return in->fault ? DLM_WIRE_DROP_ACK : DLM_WIRE_OK;
	}
	in->fault = decode_bare(buf, len, in);
	return in->fault ? DLM_WIRE_DROP : DLM_WIRE_OK;
}

void dlm_wire_slot(const struct dlm_in *in, u32 index, struct dlm_rcom_slot *slot)
{
	if (WARN_ON_ONCE(index >= in->config.num_slots)) {
		memset(slot, 0, sizeof(*slot));
		return;
	}
	dlm_wire_get_rcom_slot(slot, in->slots + index * DLM_WIRE_RCOM_SLOT_SIZE);
}
