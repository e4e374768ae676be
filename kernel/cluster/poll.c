// SPDX-License-Identifier: GPL-2.0
/*
 * Questions of the recovery machine to other members: STATUS in ping and
 * barriers, NAMES for the directory; and this node's answers to STATUS (wire
 * spec 7.4 to 7.6, 8.5).
 *
 * All members are asked at once. Each question has a number of its own, so a
 * late answer to an older question is recognised and left.
 */
#include "cluster/features.h"
#include "cluster/round.h"
#include "wire/decode.h"

#define PAUSE_FIRST_MS 5
#define PAUSE_MOST_MS  250
#define AGAIN_FIRST_MS 200 /* STATUS is lost with a connection: ask again soon, then ever later */
#define NAMES_TRIES    8   /* blocks without progress before the round fails */

u32 dlm_barrier_bit(enum dlm_recover_state state)
{
	switch (state) {
	case DLM_RECOVER_NODES:
		return DLM_RS_NODES;
	case DLM_RECOVER_DIR:
		return DLM_RS_DIR;
	case DLM_RECOVER_LOCKS_BARRIER:
		return DLM_RS_LOCKS;
	case DLM_RECOVER_DONE:
		return DLM_RS_DONE;
	default:
		return 0;
	}
}

/* Ping and NAMES concern everybody, a barrier everybody at the low node, elsewhere the low node. */
static bool concerns(const struct dlm_cluster *cl, int nodeid)
{
	if (nodeid == cl->our_nodeid)
		return false;
	if (!dlm_barrier_bit(cl->recover.state) || dlm_is_low(cl))
		return true;
	return nodeid == cl->view->low_nodeid;
}

static u32 wanted_bit(const struct dlm_cluster *cl)
{
	u32 bit = dlm_barrier_bit(cl->recover.state);

	return dlm_is_low(cl) ? bit : bit << 1;
}

static int send_status(struct dlm_cluster *cl, struct dlm_poll *poll)
{
	struct dlm_rcom_status status = { 0 };
	u8 payload[DLM_WIRE_RCOM_STATUS_SIZE];
	struct dlm_rcom rc = {
		.type = DLM_RCOM_STATUS,
		.id = poll->rc_id,
		.seq = cl->recover.epoch,
	};

	if (cl->recover.state == DLM_RECOVER_NODES && !dlm_is_low(cl))
		status.flags = DLM_WIRE_NEED_SLOTS;
	dlm_features_ask(cl, &status);
	dlm_wire_put_rcom_status(payload, &status);
	return cl->ops->send_rcom(cl, poll->nodeid, &rc, payload, sizeof(payload));
}

static int send_names(struct dlm_cluster *cl, struct dlm_poll *poll)
{
	struct dlm_rcom rc = {
		.type = DLM_RCOM_NAMES,
		.id = poll->rc_id,
		.seq = cl->recover.epoch,
	};

	return cl->ops->send_rcom(cl, poll->nodeid, &rc, poll->last_name, poll->last_len);
}

/*
 * How long to wait for the answer. An answer to an older question does not count, so
 * the wait grows beyond whatever an answer takes. A list of names is not asked for twice early:
 * a stock peer keeps a place in it for the asker.
 */
static u32 patience_ms(const struct dlm_recover *rec, struct dlm_poll *poll)
{
	u32 wait_ms = AGAIN_FIRST_MS << min_t(u32, poll->nr_unanswered, 10);

	poll->nr_unanswered++;
	if (rec->state == DLM_RECOVER_NAMES)
		return rec->timeout_ms;
	return min_t(u32, wait_ms, rec->timeout_ms);
}

static void ask(struct dlm_cluster *cl, struct dlm_poll *poll)
{
	struct dlm_recover *rec = &cl->recover;
	int err;

	poll->rc_id = ++rec->rc_id;
	rec->waiting_for = poll->nodeid;
	if (rec->state == DLM_RECOVER_NAMES)
		err = send_names(cl, poll);
	else
		err = send_status(cl, poll);
	poll->due_ms = rec->now_ms + (err ? PAUSE_MOST_MS : patience_ms(rec, poll));
}

void dlm_poll_cancel(struct dlm_cluster *cl)
{
	cl->recover.nr_polls = 0;
}

bool dlm_poll_complete(const struct dlm_cluster *cl)
{
	int i;

	for (i = 0; i < cl->recover.nr_polls; i++)
		if (!cl->recover.polls[i].done)
			return false;
	return true;
}

static void arm(struct dlm_cluster *cl)
{
	struct dlm_recover *rec = &cl->recover;
	u64 first = U64_MAX;
	int i;

	for (i = 0; i < rec->nr_polls; i++)
		if (!rec->polls[i].done && rec->polls[i].due_ms < first)
			first = rec->polls[i].due_ms;
	if (first != U64_MAX)
		cl->ops->arm_timer(cl, first > rec->now_ms ? first - rec->now_ms : 0);
}

/* Answers of the NODES barrier (slots, generation) are kept until the next step has used them. */
void dlm_poll_step(struct dlm_cluster *cl)
{
	struct dlm_recover *rec = &cl->recover;
	int i;

	rec->nr_polls = 0;
	for (i = 0; i < cl->view->nr_members; i++) {
		int nodeid = cl->view->members[i].nodeid;

		if (!concerns(cl, nodeid))
			continue;
		rec->polls[rec->nr_polls] = (struct dlm_poll){ .nodeid = nodeid };
		rec->nr_polls++;
	}
	for (i = 0; i < rec->nr_polls; i++)
		ask(cl, &rec->polls[i]);
	arm(cl);
}

void dlm_poll_due(struct dlm_cluster *cl)
{
	struct dlm_recover *rec = &cl->recover;
	int i;

	for (i = 0; i < rec->nr_polls; i++) {
		struct dlm_poll *poll = &rec->polls[i];

		if (!poll->done && poll->due_ms <= rec->now_ms)
			ask(cl, poll);
	}
	arm(cl);
}

static struct dlm_poll *find_asked(struct dlm_cluster *cl, int from, u64 rc_id)
{
	int i;

	for (i = 0; i < cl->recover.nr_polls; i++) {
		struct dlm_poll *poll = &cl->recover.polls[i];

		if (poll->nodeid == from && poll->rc_id == rc_id && !poll->done)
			return poll;
	}
	return NULL;
}

/* Not ready yet: once more after a growing pause. */
static void pause(struct dlm_cluster *cl, struct dlm_poll *poll)
{
	poll->rc_id = 0;
	poll->nr_unanswered = 0;
	poll->pause_ms = poll->pause_ms ? min(2 * poll->pause_ms, (u32)PAUSE_MOST_MS) :
					  PAUSE_FIRST_MS;
	poll->due_ms = cl->recover.now_ms + poll->pause_ms;
	arm(cl);
}

static bool not_ready(const struct dlm_in *in)
{
	return in->rcom.result == -ESRCH;
}

/* 7.5; a lockspace whose members disagree about its shape cannot run. */
static int check_config(struct dlm_cluster *cl, int from, const struct dlm_in *in)
{
	u32 differ = in->config.lsflags ^ cl->lsflags;
	int err = dlm_features_check(cl, from, in);

	if (err)
		return err;
	if (in->config.lvblen == cl->lvblen && !(differ & ~DLM_LSFL_TIMEWARN))
		return 0;
	cl->ops->log(cl, DLM_LOG_ERROR,
		     "node %d has value block length %u and flags %x, here %u and %x", from,
		     in->config.lvblen, in->config.lsflags, cl->lvblen, cl->lsflags);
	return -EPROTO;
}

static bool satisfied(struct dlm_cluster *cl, struct dlm_poll *poll)
{
	u32 bit = wanted_bit(cl);

	return cl->recover.state == DLM_RECOVER_PING || (bit && (poll->status & bit));
}

void dlm_recover_status_reply(struct dlm_cluster *cl, int from, const struct dlm_in *in, u64 now_ms)
{
	struct dlm_recover *rec = &cl->recover;
	struct dlm_poll *poll;
	int err;

	rec->now_ms = now_ms;
	poll = find_asked(cl, from, in->rcom.id);
	if (!poll || rec->state == DLM_RECOVER_NAMES)
		return;
	if (not_ready(in)) {
		poll->status = 0;
	} else {
		err = check_config(cl, from, in);
		if (err) {
			dlm_recover_fail(cl, err);
			return;
		}
		poll->status = in->rcom.result;
		poll->our_slot = in->config.our_slot;
		poll->generation = in->config.generation;
	}
	if (!satisfied(cl, poll)) {
		pause(cl, poll);
		return;
	}
	poll->done = true;
	if (rec->state == DLM_RECOVER_NODES && !dlm_is_low(cl))
		dlm_slots_learn(cl, in);
	dlm_round_advance(cl);
}

bool dlm_recover_names_wanted(struct dlm_cluster *cl, int from, const struct dlm_rcom *rc)
{
	return cl->recover.state == DLM_RECOVER_NAMES && find_asked(cl, from, rc->id);
}

static struct dlm_poll *poll_of(struct dlm_cluster *cl, int from)
{
	int i;

	for (i = 0; i < cl->recover.nr_polls; i++)
		if (cl->recover.polls[i].nodeid == from)
			return &cl->recover.polls[i];
	return NULL;
}

void dlm_recover_names_done(struct dlm_cluster *cl, int from, const u8 *last, u16 last_len, int nr,
			    bool end, u64 now_ms)
{
	struct dlm_poll *poll = poll_of(cl, from);
	bool progress;

	cl->recover.now_ms = now_ms;
	if (cl->recover.state != DLM_RECOVER_NAMES || !poll)
		return;
	if (end) {
		poll->done = true;
		dlm_round_advance(cl);
		return;
	}
	progress = nr > 0 && last_len <= sizeof(poll->last_name) &&
		   (last_len != poll->last_len || memcmp(last, poll->last_name, last_len));
	if (progress) {
		memcpy(poll->last_name, last, last_len);
		poll->last_len = last_len;
		ask(cl, poll);
		arm(cl);
		return;
	}
	if (++poll->no_progress > NAMES_TRIES) {
		cl->ops->log(cl, DLM_LOG_ERROR, "node %d does not get on with its list of names",
			     from);
		dlm_recover_fail(cl, -EPROTO);
		return;
	}
	poll->last_len = 0;
	pause(cl, poll);
}

/* ---- answers ---- */

static size_t put_slots(const struct dlm_cluster *cl, u8 *payload)
{
	size_t len = 0;
	int i;

	for (i = 0; i < cl->recover.nr_slots; i++) {
		struct dlm_rcom_slot slot = {
			.nodeid = cl->view->members[i].nodeid,
			.slot = cl->recover.slots[i],
		};

		dlm_wire_put_rcom_slot(payload + len, &slot);
		len += DLM_WIRE_RCOM_SLOT_SIZE;
	}
	return len;
}

void dlm_recover_status_request(struct dlm_cluster *cl, int from, const struct dlm_rcom *rc,
				const struct dlm_rcom_status *asker)
{
	const struct dlm_recover *rec = &cl->recover;
	bool with_slots = asker->flags & DLM_WIRE_NEED_SLOTS;
	struct dlm_rcom reply = {
		.type = DLM_RCOM_STATUS_REPLY,
		.result = rec->status,
		.id = rc->id,
		.seq = rec->epoch,
		.seq_reply = rc->seq,
	};
	struct dlm_rcom_config config = {
		.lvblen = cl->lvblen,
		.our_slot = rec->our_slot,
		.num_slots = with_slots ? rec->nr_slots : 0,
		.generation = rec->generation,
	};
	size_t len = DLM_WIRE_RCOM_CONFIG_SIZE;
	u8 *payload;

	payload = kmalloc(len + config.num_slots * DLM_WIRE_RCOM_SLOT_SIZE, GFP_NOFS);
	if (!payload)
		return; /* the asker asks again */
	dlm_features_answer(cl, asker, &config);
	dlm_wire_put_rcom_config(payload, &config);
	if (config.num_slots)
		len += put_slots(cl, payload + len);
	cl->ops->send_rcom(cl, from, &reply, payload, len);
	kfree(payload);
}
