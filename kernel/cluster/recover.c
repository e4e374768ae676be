// SPDX-License-Identifier: GPL-2.0
/*
 * The recovery machine: rounds, steps and the order of the steps (wire spec
 * 8.2 to 8.5, 8.10). It waits for nothing itself; each step ends with an event.
 *
 * What survives an interrupted round: the view, the gone list, own slot and
 * generation, the marks on resources. Everything else starts anew, so that k
 * interrupted rounds and a complete one equal one round with all gone nodes.
 */
#include "cluster/recover.h"
#include "cluster/cluster.h"
#include "cluster/round.h"
#include "wire/decode.h"

static void set_state(struct dlm_cluster *cl, enum dlm_recover_state state)
{
	cl->recover.state = state;
}

void dlm_recover_init(struct dlm_cluster *cl, u64 rc_id_seed)
{
	struct dlm_recover *rec = &cl->recover;

	memset(rec, 0, sizeof(*rec));
	rec->state = DLM_RECOVER_STOPPED;
	rec->rc_id = rc_id_seed;
	rec->timeout_ms = 5000;
}

void dlm_recover_exit(struct dlm_cluster *cl)
{
	struct dlm_recover *rec = &cl->recover;

	kfree(rec->gone);
	kfree(rec->polls);
	kfree(rec->slots);
	dlm_view_free(cl->view);
	rec->gone = NULL;
	rec->polls = NULL;
	rec->slots = NULL;
	cl->view = NULL;
}

bool dlm_recover_is_gone(const struct dlm_cluster *cl, int nodeid)
{
	int i;

	for (i = 0; i < cl->recover.nr_gone; i++)
		if (cl->recover.gone[i].nodeid == nodeid)
			return true;
	return false;
}

static void abandon_round(struct dlm_cluster *cl)
{
	struct dlm_recover *rec = &cl->recover;

	rec->epoch++;
	rec->status = 0;
	rec->nr_slots = 0;
	rec->visiting = false;
	rec->waiting_for = 0;
	rec->error = 0;
	dlm_poll_cancel(cl);
	set_state(cl, DLM_RECOVER_STOPPED);
}

void dlm_recover_stop(struct dlm_cluster *cl)
{
	abandon_round(cl);
}

void dlm_recover_fail(struct dlm_cluster *cl, int error)
{
	struct dlm_recover *rec = &cl->recover;

	if (rec->state == DLM_RECOVER_STOPPED || rec->state == DLM_RECOVER_ERROR ||
	    rec->state == DLM_RECOVER_RUNNING)
		return;
	rec->error = error;
	rec->visiting = false;
	dlm_poll_cancel(cl);
	set_state(cl, DLM_RECOVER_ERROR);
	cl->ops->log(cl, DLM_LOG_ERROR, "recovery %llu failed with %d", rec->epoch, error);
	cl->ops->recovered(cl, DLM_RECOVER_FAILED);
}

/* ---- start: from the old view to the new one ---- */

static const struct dlm_member *find_listed(const struct dlm_member *members, int nr, int nodeid)
{
	int i;

	for (i = 0; i < nr; i++)
		if (members[i].nodeid == nodeid)
			return &members[i];
	return NULL;
}

/* A member for whom nothing changes keeps what was read when it came. */
static bool stays(const struct dlm_cluster *cl, const struct dlm_member *listed)
{
	return cl->view && dlm_view_has(cl->view, listed->nodeid) && !listed->renewed;
}

static struct dlm_view *make_view(struct dlm_cluster *cl, const struct dlm_member *members, int nr)
{
	struct dlm_view *view = dlm_view_alloc(members, nr, cl->recover.epoch + 1);
	int i;

	if (IS_ERR(view))
		return view;
	for (i = 0; i < nr; i++) {
		struct dlm_member *m = &view->members[i];

		if (!stays(cl, m)) {
			m->slot = 0;
			continue;
		}
		*m = *dlm_view_member(cl->view, m->nodeid);
		/* A word of the last round: it says so again in this one. */
		m->features = 0;
	}
	if (dlm_view_has(view, cl->our_nodeid))
		return view;
	dlm_view_free(view);
	return ERR_PTR(-EINVAL);
}

/*
 * Weights of members that stay come from the old view, so the array that was made from the list
 * may be wrong; the second allocation makes it from what is in force.
 */
static struct dlm_view *make_view_in_force(struct dlm_cluster *cl, const struct dlm_member *members,
					   int nr)
{
	struct dlm_view *draft = make_view(cl, members, nr), *view;

	if (IS_ERR(draft))
		return draft;
	view = dlm_view_alloc(draft->members, draft->nr_members, draft->number);
	dlm_view_free(draft);
	return view;
}

struct round_memory {
	struct dlm_view *view;
	struct dlm_gone *gone;
	struct dlm_poll *polls;
	u16 *slots;
};

/* All that a start needs, before anything is changed. */
static int prepare_memory(struct dlm_cluster *cl, const struct dlm_member *members, int nr,
			  struct round_memory *mem)
{
	int nr_old = cl->view ? cl->view->nr_members : 0;

	memset(mem, 0, sizeof(*mem));
	mem->view = make_view_in_force(cl, members, nr);
	if (IS_ERR(mem->view))
		return PTR_ERR(mem->view);
	mem->gone = kcalloc(cl->recover.nr_gone + nr_old + 1, sizeof(*mem->gone), GFP_NOFS);
	mem->polls = kcalloc(nr, sizeof(*mem->polls), GFP_NOFS);
	mem->slots = kcalloc(nr, sizeof(*mem->slots), GFP_NOFS);
	if (mem->gone && mem->polls && mem->slots)
		return 0;
	kfree(mem->gone);
	kfree(mem->polls);
	kfree(mem->slots);
	dlm_view_free(mem->view);
	return -ENOMEM;
}

static void record_gone(struct dlm_cluster *cl, const struct dlm_member *m, bool failed)
{
	struct dlm_recover *rec = &cl->recover;

	rec->gone[rec->nr_gone++] = (struct dlm_gone){
		.nodeid = m->nodeid,
		.slot = m->slot,
		.failed = failed,
	};
}

static void remove_members(struct dlm_cluster *cl, const struct dlm_member *members, int nr,
			   bool (*failed)(void *arg, int nodeid, u32 incarnation), void *arg)
{
	int i;

	for (i = 0; cl->view && i < cl->view->nr_members; i++) {
		const struct dlm_member *m = &cl->view->members[i];
		const struct dlm_member *listed = find_listed(members, nr, m->nodeid);

		if (listed && !listed->renewed)
			continue;
		record_gone(cl, m, failed(arg, m->nodeid, m->incarnation));
		cl->ops->member_removed(cl, m->nodeid);
	}
}

static void add_members(struct dlm_cluster *cl, const struct dlm_view *old,
			const struct dlm_member *members, int nr)
{
	int i;

	for (i = 0; i < nr; i++) {
		bool known = old && dlm_view_has(old, members[i].nodeid);

		if (!known || members[i].renewed)
			cl->ops->member_added(cl, members[i].nodeid);
	}
}

static void install(struct dlm_cluster *cl, const struct round_memory *mem,
		    const struct dlm_member *members, int nr,
		    bool (*failed)(void *arg, int nodeid, u32 incarnation), void *arg)
{
	struct dlm_recover *rec = &cl->recover;
	struct dlm_view *old = cl->view;

	if (rec->nr_gone)
		memcpy(mem->gone, rec->gone, rec->nr_gone * sizeof(*rec->gone));
	kfree(rec->gone);
	rec->gone = mem->gone;
	kfree(rec->polls);
	rec->polls = mem->polls;
	rec->nr_polls = 0;
	kfree(rec->slots);
	rec->slots = mem->slots;
	rec->nr_slots = 0;

	remove_members(cl, members, nr, failed, arg);
	cl->view = mem->view;
	add_members(cl, old, members, nr);
	dlm_view_free(old);
}

/* recover_slot is owed for a failed member that had a slot; once each. */
static void call_slots(struct dlm_cluster *cl)
{
	struct dlm_recover *rec = &cl->recover;
	bool any = false;
	int i;

	for (i = 0; i < rec->nr_gone; i++)
		if (rec->gone[i].failed && rec->gone[i].slot && !rec->gone[i].slot_called)
			any = true;
	if (any) {
		rec->slots_running++;
		cl->ops->call_slots(cl, rec->gone, rec->nr_gone);
	}
	for (i = 0; i < rec->nr_gone; i++)
		rec->gone[i].slot_called = true;
}

int dlm_recover_start(struct dlm_cluster *cl, const struct dlm_member *members, int nr,
		      bool (*failed)(void *arg, int nodeid, u32 incarnation), void *arg, u64 now_ms)
{
	struct dlm_recover *rec = &cl->recover;
	struct round_memory mem;
	int err;

	if (rec->state == DLM_RECOVER_RUNNING)
		return -EBUSY;
	if (nr < 1)
		return -EINVAL;
	if (rec->state != DLM_RECOVER_STOPPED)
		abandon_round(cl);
	err = prepare_memory(cl, members, nr, &mem);
	if (err)
		return err;

	rec->now_ms = now_ms;
	rec->epoch++;
	rec->error = 0;
	cl->ops->hold_callbacks(cl, true);
	install(cl, &mem, members, nr, failed, arg);
	rec->neg = rec->nr_gone > 0 || cl->nodir;
	call_slots(cl);
	set_state(cl, DLM_RECOVER_SLOTS);
	dlm_round_advance(cl);
	return 0;
}

/* ---- steps ---- */

static void start_visit(struct dlm_cluster *cl, enum dlm_visit step)
{
	cl->recover.visiting = true;
	cl->recover.nr_sent = 0;
	cl->recover.nr_answered = 0;
	cl->ops->visit(cl, step);
}

static void forget_gone(struct dlm_cluster *cl)
{
	cl->recover.nr_gone = 0;
	cl->recover.neg = false;
}

/* What happens on entering a state; the event that ends it comes later. */
static void enter(struct dlm_cluster *cl, enum dlm_recover_state state)
{
	struct dlm_recover *rec = &cl->recover;

	set_state(cl, state);
	switch (state) {
	case DLM_RECOVER_PREPARE:
		start_visit(cl, DLM_VISIT_PREPARE);
		break;
	case DLM_RECOVER_NODES:
		rec->status |= DLM_RS_NODES;
		dlm_poll_step(cl);
		break;
	case DLM_RECOVER_PING:
	case DLM_RECOVER_NAMES:
		dlm_poll_step(cl);
		break;
	case DLM_RECOVER_DIR:
		rec->status |= DLM_RS_DIR;
		dlm_poll_step(cl);
		break;
	case DLM_RECOVER_MASTERS:
		start_visit(cl, DLM_VISIT_MASTERS);
		break;
	case DLM_RECOVER_LOCKS:
		start_visit(cl, DLM_VISIT_LOCKS);
		break;
	case DLM_RECOVER_LOCKS_BARRIER:
		rec->status |= DLM_RS_LOCKS;
		dlm_poll_step(cl);
		break;
	case DLM_RECOVER_FINISH:
		start_visit(cl, DLM_VISIT_FINISH);
		break;
	case DLM_RECOVER_PURGE:
		cl->ops->purge_saved(cl);
		break;
	case DLM_RECOVER_DONE:
		/*
		 * From here on another member may complete this round and run. Its slot must be
		 * known if it dies before this node completes.
		 */
		dlm_slots_commit(cl);
		rec->status |= DLM_RS_DONE;
		dlm_poll_step(cl);
		break;
	case DLM_RECOVER_DRAIN:
		forget_gone(cl);
		cl->ops->hold_callbacks(cl, false);
		cl->ops->open_gate(cl);
		break;
	case DLM_RECOVER_GRANT:
		start_visit(cl, DLM_VISIT_GRANT);
		break;
	case DLM_RECOVER_RUNNING:
		cl->ops->recovered(cl, DLM_RECOVER_COMPLETE);
		break;
	default:
		break;
	}
}

static bool answers_complete(const struct dlm_recover *rec)
{
	return !rec->visiting && rec->nr_answered >= rec->nr_sent;
}

/* A barrier is passed; the low node says so to those who ask. */
static void pass_barrier(struct dlm_cluster *cl)
{
	u32 bit = dlm_barrier_bit(cl->recover.state);

	if (!dlm_is_low(cl))
		return;
	if (cl->recover.state == DLM_RECOVER_NODES)
		dlm_slots_assign(cl);
	cl->recover.status |= bit << 1;
}

/*
 * Everybody has stopped, so what comes from now on is meant for this life. A member
 * that completes the round before this node must not find its messages dropped.
 */
static void expect_messages(struct dlm_cluster *cl)
{
	if (cl->gate == DLM_GATE_NEVER)
		WRITE_ONCE(cl->gate, DLM_GATE_CLOSED);
}

/* The state that follows, or the same if its end has not come. */
static enum dlm_recover_state next_state(struct dlm_cluster *cl)
{
	struct dlm_recover *rec = &cl->recover;

	switch (rec->state) {
	case DLM_RECOVER_SLOTS:
		return rec->slots_running ? rec->state : DLM_RECOVER_PREPARE;
	case DLM_RECOVER_PREPARE:
		return rec->visiting ? rec->state : DLM_RECOVER_PING;
	case DLM_RECOVER_PING:
		return dlm_poll_complete(cl) ? DLM_RECOVER_NODES : rec->state;
	case DLM_RECOVER_NODES:
		if (!dlm_poll_complete(cl))
			return rec->state;
		return cl->nodir ? DLM_RECOVER_DIR : DLM_RECOVER_NAMES;
	case DLM_RECOVER_NAMES:
		return dlm_poll_complete(cl) ? DLM_RECOVER_DIR : rec->state;
	case DLM_RECOVER_DIR:
		return dlm_poll_complete(cl) ? DLM_RECOVER_MASTERS : rec->state;
	case DLM_RECOVER_MASTERS:
		if (!answers_complete(rec))
			return rec->state;
		return rec->neg ? DLM_RECOVER_LOCKS : DLM_RECOVER_LOCKS_BARRIER;
	case DLM_RECOVER_LOCKS:
		return answers_complete(rec) ? DLM_RECOVER_LOCKS_BARRIER : rec->state;
	case DLM_RECOVER_LOCKS_BARRIER:
		if (!dlm_poll_complete(cl))
			return rec->state;
		return rec->neg ? DLM_RECOVER_FINISH : DLM_RECOVER_PURGE;
	case DLM_RECOVER_FINISH:
		return rec->visiting ? rec->state : DLM_RECOVER_PURGE;
	case DLM_RECOVER_DONE:
		return dlm_poll_complete(cl) ? DLM_RECOVER_DRAIN : rec->state;
	case DLM_RECOVER_GRANT:
		return rec->visiting ? rec->state : DLM_RECOVER_RUNNING;
	default:
		return rec->state; /* PURGE, DRAIN: left by their own events */
	}
}

void dlm_round_advance(struct dlm_cluster *cl)
{
	enum dlm_recover_state next;

	while ((next = next_state(cl)) != cl->recover.state) {
		if (dlm_barrier_bit(cl->recover.state))
			pass_barrier(cl);
		if (cl->recover.state == DLM_RECOVER_NODES)
			expect_messages(cl);
		enter(cl, next);
	}
}

/* ---- events ---- */

static bool current_round(struct dlm_cluster *cl, u64 epoch, u64 now_ms)
{
	cl->recover.now_ms = now_ms;
	return epoch == cl->recover.epoch;
}

void dlm_recover_slots_called(struct dlm_cluster *cl, u64 epoch, u64 now_ms)
{
	/* An older round's calls count too: a later round waits for them. */
	(void)epoch;
	cl->recover.now_ms = now_ms;
	if (!WARN_ON_ONCE(!cl->recover.slots_running))
		cl->recover.slots_running--;
	dlm_round_advance(cl);
}

void dlm_recover_visited(struct dlm_cluster *cl, u64 epoch, enum dlm_visit step, u32 nr_sent,
			 u64 now_ms)
{
	(void)step;
	if (!current_round(cl, epoch, now_ms) || !cl->recover.visiting)
		return;
	cl->recover.visiting = false;
	cl->recover.nr_sent = nr_sent;
	dlm_round_advance(cl);
}

void dlm_recover_answered(struct dlm_cluster *cl, u64 now_ms)
{
	cl->recover.now_ms = now_ms;
	cl->recover.nr_answered++;
	dlm_round_advance(cl);
}

void dlm_recover_saved_purged(struct dlm_cluster *cl, u64 epoch, u64 now_ms)
{
	if (!current_round(cl, epoch, now_ms) || cl->recover.state != DLM_RECOVER_PURGE)
		return;
	enter(cl, DLM_RECOVER_DONE);
	dlm_round_advance(cl);
}

void dlm_recover_drained(struct dlm_cluster *cl, u64 epoch, u64 now_ms)
{
	if (!current_round(cl, epoch, now_ms) || cl->recover.state != DLM_RECOVER_DRAIN)
		return;
	enter(cl, DLM_RECOVER_GRANT);
	dlm_round_advance(cl);
}

void dlm_recover_timer(struct dlm_cluster *cl, u64 now_ms)
{
	cl->recover.now_ms = now_ms;
	dlm_poll_due(cl);
}

static bool is_reply(u32 type)
{
	return type == DLM_RCOM_STATUS_REPLY || type == DLM_RCOM_NAMES_REPLY ||
	       type == DLM_RCOM_LOOKUP_REPLY || type == DLM_RCOM_LOCK_REPLY;
}

bool dlm_recover_accepts(const struct dlm_cluster *cl, const struct dlm_rcom *rc)
{
	const struct dlm_recover *rec = &cl->recover;
	bool status = rc->type == DLM_RCOM_STATUS || rc->type == DLM_RCOM_STATUS_REPLY;
	bool needs_dir = rc->type == DLM_RCOM_LOOKUP || rc->type == DLM_RCOM_LOCK ||
			 rc->type == DLM_RCOM_LOOKUP_REPLY || rc->type == DLM_RCOM_LOCK_REPLY;

	if (rec->state == DLM_RECOVER_STOPPED && rc->type != DLM_RCOM_STATUS)
		return false;
	if (is_reply(rc->type) && rc->seq_reply != rec->epoch)
		return false;
	if (!status && !(rec->status & DLM_RS_NODES))
		return false;
	if (needs_dir && !(rec->status & DLM_RS_DIR))
		return false;
	return true;
}

bool dlm_saved_stale(const struct dlm_cluster *cl, int from, u32 type)
{
	if (cl->nodir || dlm_recover_is_gone(cl, from) || !dlm_view_has(cl->view, from))
		return true;
	return type == DLM_MSG_REMOVE || type == DLM_MSG_LOOKUP || type == DLM_MSG_LOOKUP_REPLY;
}
