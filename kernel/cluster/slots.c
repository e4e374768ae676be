// SPDX-License-Identifier: GPL-2.0
/*
 * Slots and generation: small numbers that file systems use as journal ids, so
 * they must be the same on all members and stay with a member (wire spec 8.5).
 * The low node assigns them at the NODES barrier, the others learn them there.
 *
 * A problem with slots never fails a recovery: then nobody has one.
 */
#include "cluster/round.h"
#include "wire/decode.h"

static struct dlm_poll *poll_of(struct dlm_cluster *cl, int nodeid)
{
	int i;

	for (i = 0; i < cl->recover.nr_polls; i++)
		if (cl->recover.polls[i].nodeid == nodeid)
			return &cl->recover.polls[i];
	return NULL;
}

/* What a member says that it has. */
static void claims(struct dlm_cluster *cl, int nodeid, u16 *slot, u32 *generation)
{
	const struct dlm_poll *poll;

	if (nodeid == cl->our_nodeid) {
		*slot = cl->recover.our_slot;
		*generation = cl->recover.generation;
		return;
	}
	poll = poll_of(cl, nodeid);
	*slot = poll ? poll->our_slot : 0;
	*generation = poll ? poll->generation : 0;
}

static bool slot_taken(const struct dlm_recover *rec, int nr, u16 slot)
{
	int i;

	for (i = 0; i < nr; i++)
		if (rec->slots[i] == slot)
			return true;
	return false;
}

/* Members keep what they have; a claim that cannot be true leaves everybody without. */
static bool take_claims(struct dlm_cluster *cl, u32 *generation)
{
	struct dlm_recover *rec = &cl->recover;
	int i;

	*generation = 0;
	for (i = 0; i < cl->view->nr_members; i++) {
		const struct dlm_member *m = &cl->view->members[i];
		u32 gen;
		u16 slot;

		claims(cl, m->nodeid, &slot, &gen);
		if (gen > *generation)
			*generation = gen;
		if (m->slot && slot && slot != m->slot) {
			cl->ops->log(cl, DLM_LOG_ERROR, "node %d says slot %u, had %u", m->nodeid,
				     slot, m->slot);
			return false;
		}
		if (slot && slot_taken(rec, i, slot)) {
			cl->ops->log(cl, DLM_LOG_ERROR, "slot %u of node %d is taken", slot,
				     m->nodeid);
			return false;
		}
		rec->slots[i] = slot;
	}
	return true;
}

void dlm_slots_assign(struct dlm_cluster *cl)
{
	struct dlm_recover *rec = &cl->recover;
	int nr = cl->view->nr_members;
	const struct dlm_member *self;
	u32 generation;
	int i;

	memset(rec->slots, 0, nr * sizeof(*rec->slots));
	if (!take_claims(cl, &generation) || nr > DLM_WIRE_SLOTS_MAX) {
		rec->nr_slots = 0;
		return;
	}
	for (i = 0; i < nr; i++) {
		u16 slot = 1;

		if (rec->slots[i])
			continue;
		while (slot_taken(rec, nr, slot))
			slot++;
		rec->slots[i] = slot;
	}
	rec->nr_slots = nr;
	rec->generation = generation + 1;
	self = dlm_view_member(cl->view, cl->our_nodeid);
	rec->our_slot = rec->slots[self - cl->view->members];
}

void dlm_slots_learn(struct dlm_cluster *cl, const struct dlm_in *in)
{
	struct dlm_recover *rec = &cl->recover;
	struct dlm_rcom_slot entry;
	u32 i, found = 0;

	if (in->config.generation <= rec->generation)
		cl->ops->log(cl, DLM_LOG_ERROR, "generation %u is not above %u",
			     in->config.generation, rec->generation);
	rec->generation = in->config.generation;

	memset(rec->slots, 0, cl->view->nr_members * sizeof(*rec->slots));
	for (i = 0; i < in->config.num_slots; i++) {
		struct dlm_member *m;

		dlm_wire_slot(in, i, &entry);
		m = dlm_view_member(cl->view, entry.nodeid);
		if (!m || !entry.slot)
			continue;
		rec->slots[m - cl->view->members] = entry.slot;
		found++;
		if (m->nodeid != cl->our_nodeid)
			continue;
		if (rec->our_slot && rec->our_slot != entry.slot)
			cl->ops->log(cl, DLM_LOG_ERROR, "own slot %u, told %u", rec->our_slot,
				     entry.slot);
		else
			rec->our_slot = entry.slot;
	}
	rec->nr_slots = found ? cl->view->nr_members : 0;
}

void dlm_slots_commit(struct dlm_cluster *cl)
{
	int i;

	for (i = 0; i < cl->recover.nr_slots; i++)
		if (cl->recover.slots[i])
			cl->view->members[i].slot = cl->recover.slots[i];
}
