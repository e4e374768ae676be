// SPDX-License-Identifier: GPL-2.0
/*
 * The search for deadlocks across resources, step by step (detect.h).
 *
 * A lock that waits is blocked by every lock that holds a mode which excludes it, and
 * by the lock that stands before it in its queue, where order counts. All of them
 * have to go before it is granted, so any cycle is a deadlock.
 */
#include "cluster/detect.h"
#include "gen/dlm_modes.h"

/* Queued, and nobody is about to end that. */
static bool waits(const struct dlm_lkb *lkb)
{
	return (lkb->queue == DLM_QUEUE_WAIT || lkb->queue == DLM_QUEUE_CONVERT) &&
	       !lkb->op_cancel && !lkb->op_unlock;
}

static bool confirming(const struct dlm_chain *chain)
{
	return chain->head.flags & DLM_WIRE_SEARCH_CONFIRM;
}

/* The link that is being walked. */
static struct dlm_search_link *current_link(struct dlm_chain *chain)
{
	u32 at = confirming(chain) ? chain->head.at : chain->head.nr_links - 1;

	return at < chain->head.nr_links ? &chain->links[at] : NULL;
}

static u64 name_of(u32 nodeid, u32 lkid)
{
	return (u64)nodeid << 32 | lkid;
}

static bool is_link(const struct dlm_cluster *cl, const struct dlm_watch *watch,
		    const struct dlm_search_link *link)
{
	return link->nodeid == cl->our_nodeid && link->lkid == watch->id &&
	       link->wait_us == watch->since_us;
}

/* ---- at the owner of a lock that waits ---- */

static void to_master(struct dlm_cluster *cl, const struct dlm_lkb *lkb, struct dlm_chain *chain)
{
	int master = lkb->res->master;

	chain->head.step = DLM_SEARCH_BLOCKERS;
	chain->head.lkid = dlm_is_master(cl, lkb->res) ? lkb->id : lkb->remid;
	if (master && chain->head.lkid)
		cl->ops->search(cl, master, chain);
}

static bool append(struct dlm_cluster *cl, const struct dlm_lkb *lkb, const struct dlm_watch *watch,
		   struct dlm_chain *chain, u64 now_us)
{
	const struct dlm_resource *res = lkb->res;
	struct dlm_search_link *link;
	u64 waited_ms = div_u64(now_us - watch->since_us, 1000);

	if (chain->head.nr_links == DLM_WIRE_SEARCH_LINKS_MAX)
		return false;
	link = &chain->links[chain->head.nr_links++];
	*link = (struct dlm_search_link){
		.nodeid = cl->our_nodeid,
		.lkid = lkb->id,
		.wait_us = watch->since_us,
		.waited_ms = min_t(u64, waited_ms, U32_MAX),
		.master = res->master,
		.rqmode = lkb->requested_mode,
		.namelen = res->name_len,
	};
	if (lkb->exflags & DLM_LKF_NODLCKWT)
		link->flags |= DLM_WIRE_SEARCH_NO_VICTIM;
	memcpy(link->name, res->name, res->name_len);
	return true;
}

/*
 * The youngest wait, that is who has waited least; the highest name among equals. Two searches of
 * one wait measure at different times: who was chosen once stays chosen.
 */
static int victim_of(const struct dlm_chain *chain, const struct dlm_watch *watch)
{
	const struct dlm_search_link *link, *best = NULL;
	u32 i;

	for (i = 0; watch->victim && i < chain->head.nr_links; i++)
		if (name_of(chain->links[i].nodeid, chain->links[i].lkid) == watch->victim &&
		    !(chain->links[i].flags & DLM_WIRE_SEARCH_NO_VICTIM))
			return i;

	for (i = 0; i < chain->head.nr_links; i++) {
		link = &chain->links[i];
		if (link->flags & DLM_WIRE_SEARCH_NO_VICTIM)
			continue;
		if (!best || link->waited_ms < best->waited_ms ||
		    (link->waited_ms == best->waited_ms &&
		     name_of(link->nodeid, link->lkid) > name_of(best->nodeid, best->lkid)))
			best = link;
	}
	return best ? best - chain->links : -1;
}

static void found(struct dlm_cluster *cl, struct dlm_watch *watch, struct dlm_chain *chain)
{
	int victim = victim_of(chain, watch);

	DLM_PROBE("deadlock_found");
	if (victim < 0)
		return;
	watch->victim = name_of(chain->links[victim].nodeid, chain->links[victim].lkid);
	chain->head.step = DLM_SEARCH_VICTIM;
	chain->head.at = victim;
	chain->head.lkid = chain->links[victim].lkid;
	cl->ops->search(cl, chain->links[victim].nodeid, chain);
}

/* Second walk: it must be the wait that the first one met. */
static void confirm_wait(struct dlm_cluster *cl, struct dlm_lkb *lkb, struct dlm_watch *watch,
			 struct dlm_chain *chain)
{
	bool round_trip = chain->head.at == chain->head.nr_links;

	if (!is_link(cl, watch, &chain->links[round_trip ? 0 : chain->head.at]))
		return;
	if (round_trip)
		found(cl, watch, chain);
	else
		to_master(cl, lkb, chain);
}

/* Links at the end of the chain that wait in one queue behind the lock that comes next. */
static u32 nr_behind(const struct dlm_chain *chain)
{
	u32 nr = 0;

	while (nr < chain->head.nr_links &&
	       (chain->links[chain->head.nr_links - 1 - nr].flags & DLM_WIRE_SEARCH_ORDER))
		nr++;
	return nr;
}

/*
 * The fewer wait behind, the more is looked at (blocks_those_behind()): a search that came from far
 * back in the queue has not seen all.
 */
static bool passed_before(struct dlm_watch *watch, const struct dlm_chain *chain)
{
	u64 first = name_of(chain->links[0].nodeid, chain->links[0].lkid);
	u32 behind = nr_behind(chain);

	if (watch->seen_first == first && watch->seen_round == chain->head.round &&
	    watch->seen_behind <= behind)
		return true;
	watch->seen_first = first;
	watch->seen_round = chain->head.round;
	watch->seen_behind = behind;
	return false;
}

/*
 * The same as blocks_those_behind(), where the end of the chain meets its beginning: those that
 * wait behind the first links must not be blocked anyway by what holds these back.
 */
static bool closes(const struct dlm_chain *chain)
{
	u32 nr = nr_behind(chain), first = 0, i;

	while (first < chain->head.nr_links && (chain->links[first].flags & DLM_WIRE_SEARCH_ORDER))
		first++;
	if (first == chain->head.nr_links)
		return false;
	for (i = 1; i <= nr; i++)
		if (!dlm_mode_compatible(chain->links[first].grmode,
					 chain->links[chain->head.nr_links - i].rqmode))
			return false;
	return true;
}

static void search_wait(struct dlm_cluster *cl, struct dlm_lkb *lkb, struct dlm_watch *watch,
			struct dlm_chain *chain, u64 now_us)
{
	const struct dlm_search_link *first = &chain->links[0];

	if (is_link(cl, watch, first)) {
		if (!closes(chain))
			return;
		chain->head.flags |= DLM_WIRE_SEARCH_CONFIRM;
		chain->head.at = 0;
		to_master(cl, lkb, chain);
		return;
	}
	/* A cycle through this lock is for a search of its own to find; a new wait of it, too. */
	if (name_of(cl->our_nodeid, lkb->id) <= name_of(first->nodeid, first->lkid))
		return;
	if (!passed_before(watch, chain) && append(cl, lkb, watch, chain, now_us))
		to_master(cl, lkb, chain);
}

void dlm_detect_wait(struct dlm_cluster *cl, struct dlm_lkb *lkb, struct dlm_watch *watch,
		     struct dlm_chain *chain, u64 now_us)
{
	if (!watch->owner || !waits(lkb) || dlm_lkb_is_master_copy(lkb))
		return;
	if (confirming(chain))
		confirm_wait(cl, lkb, watch, chain);
	else
		search_wait(cl, lkb, watch, chain, now_us);
}

void dlm_detect_start(struct dlm_cluster *cl, struct dlm_lkb *lkb, struct dlm_watch *watch,
		      struct dlm_chain *chain, u32 round, u64 now_us)
{
	watch->searched_us = now_us;
	if (!watch->owner || !waits(lkb))
		return;
	memset(&chain->head, 0, sizeof(chain->head));
	chain->head.round = round;
	append(cl, lkb, watch, chain, now_us);
	to_master(cl, lkb, chain);
}

bool dlm_detect_holds(const struct dlm_lkb *lkb, const struct dlm_chain *chain)
{
	/* The second walk is one link further already. */
	u32 next = confirming(chain) ? chain->head.at : chain->head.nr_links;

	return next && !lkb->op_unlock && !(lkb->state & DLM_LKB_GONE) &&
	       !dlm_mode_compatible(lkb->granted_mode, chain->links[next - 1].rqmode);
}

void dlm_detect_elsewhere(struct dlm_cluster *cl, struct dlm_chain *chain, u64 owner)
{
	int i;

	if (!(owner & DLM_OWNER_EVERYWHERE))
		return;
	chain->head.step = DLM_SEARCH_OWNER_KEY;
	chain->head.owner = owner;
	for (i = 0; i < cl->view->nr_members; i++)
		if (cl->view->members[i].nodeid != cl->our_nodeid)
			cl->ops->search(cl, cl->view->members[i].nodeid, chain);
}

/* ---- at the master ---- */

/* One thing that is in the way of the lock of @link. */
struct obstacle {
	enum dlm_search_step step; /* OWNER: it holds; WAIT: it waits before us */
	u32 nodeid;
	u32 lkid;
	u64 since_us;
	int grmode;
};

static void describe(const struct dlm_cluster *cl, const struct dlm_lkb *lkb,
		     enum dlm_search_step step, struct obstacle *o)
{
	bool copy = dlm_lkb_is_master_copy(lkb);

	o->step = step;
	o->nodeid = copy ? lkb->holder : cl->our_nodeid;
	o->lkid = copy ? lkb->remid : lkb->id;
	o->since_us = lkb->since_us;
	o->grmode = lkb->granted_mode;
}

static bool is_record_of(const struct dlm_cluster *cl, const struct dlm_lkb *lkb,
			 const struct dlm_search_link *link)
{
	struct obstacle o;

	describe(cl, lkb, DLM_SEARCH_WAIT, &o);
	return o.nodeid == link->nodeid && o.lkid == link->lkid;
}

static bool same_obstacle(const struct obstacle *o, const struct dlm_search_link *link)
{
	bool order = link->flags & DLM_WIRE_SEARCH_ORDER;

	return o->nodeid == link->holder && o->lkid == link->blocker &&
	       o->since_us == link->grant_us && order == (o->step == DLM_SEARCH_WAIT);
}

static void go_on(struct dlm_cluster *cl, struct dlm_chain *chain, const struct obstacle *o)
{
	struct dlm_search_link *link = current_link(chain);
	struct dlm_search head = chain->head;

	if (confirming(chain)) {
		if (!same_obstacle(o, link))
			return;
		chain->head.at++;
	} else {
		link->holder = o->nodeid;
		link->blocker = o->lkid;
		link->grant_us = o->since_us;
		link->grmode = o->grmode;
		link->flags &= ~DLM_WIRE_SEARCH_ORDER;
		if (o->step == DLM_SEARCH_WAIT)
			link->flags |= DLM_WIRE_SEARCH_ORDER;
	}
	chain->head.step = o->step;
	chain->head.lkid = o->lkid;
	if (o->lkid)
		cl->ops->search(cl, o->nodeid, chain);
	chain->head = head;
}

/*
 * Does @other block one of those that wait behind the current link by itself? Then that one's own
 * search leads there, and this link is not to blame: without it nothing would change.
 */
static bool blocks_those_behind(const struct dlm_cluster *cl, const struct dlm_lkb *other,
				struct dlm_chain *chain)
{
	const struct dlm_search_link *link = current_link(chain);

	while (link > chain->links && ((--link)->flags & DLM_WIRE_SEARCH_ORDER))
		if (!is_record_of(cl, other, link) &&
		    !dlm_mode_compatible(other->granted_mode, link->rqmode))
			return true;
	return false;
}

/* 4.2: what holds a mode that excludes ours, unless its holder has promised to give way. */
static void holders(struct dlm_cluster *cl, const struct dlm_lkb *lkb, struct list_head *queue,
		    struct dlm_chain *chain)
{
	struct obstacle o;
	struct dlm_lkb *other;

	list_for_each_entry(other, queue, queue_link) {
		if (other == lkb || (other->exflags & DLM_LKF_NODLCKBLK) ||
		    dlm_mode_compatible(other->granted_mode, lkb->requested_mode) ||
		    blocks_those_behind(cl, other, chain))
			continue;
		describe(cl, other, DLM_SEARCH_OWNER, &o);
		go_on(cl, chain, &o);
	}
}

/* Who stands before it in the order of granting, NULL if that does not matter. */
static struct dlm_lkb *predecessor(struct dlm_resource *res, struct dlm_lkb *lkb)
{
	struct list_head *queue = &res->convert_queue;

	if (lkb->exflags & DLM_LKF_NOORDER)
		return NULL;
	if (lkb->queue == DLM_QUEUE_WAIT) {
		if (!list_is_first(&lkb->queue_link, &res->wait_queue))
			return list_prev_entry(lkb, queue_link);
		return list_empty(queue) ? NULL :
					   list_last_entry(queue, struct dlm_lkb, queue_link);
	}
	return list_is_first(&lkb->queue_link, queue) ? NULL : list_prev_entry(lkb, queue_link);
}

void dlm_detect_blockers(struct dlm_cluster *cl, struct dlm_lkb *lkb, struct dlm_chain *chain)
{
	struct dlm_search_link *link = current_link(chain);
	struct dlm_resource *res = lkb->res;
	struct dlm_lkb *before;
	struct obstacle o;

	if (!link || !dlm_is_master(cl, res) || !waits(lkb) || !is_record_of(cl, lkb, link))
		return;
	holders(cl, lkb, &res->grant_queue, chain);
	holders(cl, lkb, &res->convert_queue, chain);
	before = predecessor(res, lkb);
	if (!before || (before->exflags & DLM_LKF_NODLCKBLK))
		return;
	describe(cl, before, DLM_SEARCH_WAIT, &o);
	go_on(cl, chain, &o);
}

/* ---- the end of it ---- */

bool dlm_detect_is_victim(const struct dlm_cluster *cl, const struct dlm_lkb *lkb,
			  const struct dlm_watch *watch, const struct dlm_chain *chain)
{
	return chain->head.at < chain->head.nr_links && waits(lkb) &&
	       is_link(cl, watch, &chain->links[chain->head.at]);
}

static int print_name(const struct dlm_search_link *link, char *buf, size_t size)
{
	int len = 0;
	u16 i;

	for (i = 0; i < link->namelen; i++) {
		u8 c = link->name[i];

		if (c > ' ' && c < 0x7f && c != '"' && c != '\\')
			len += scnprintf(buf + len, size - len, "%c", c);
		else
			len += scnprintf(buf + len, size - len, "\\x%02x", c);
	}
	return len;
}

int dlm_detect_print(const struct dlm_chain *chain, char *buf, size_t size)
{
	const struct dlm_search_link *link;
	int len = 0;
	u32 i;

	for (i = 0; i < chain->head.nr_links; i++) {
		link = &chain->links[i];
		len += scnprintf(buf + len, size - len, "%s%u:%x waits %u ms for %s on \"",
				 i ? "; " : "", link->nodeid, link->lkid, link->waited_ms,
				 dlm_mode_name(link->rqmode));
		len += print_name(link, buf + len, size - len);
		len += scnprintf(buf + len, size - len, "\" %s %u:%x",
				 link->flags & DLM_WIRE_SEARCH_ORDER ? "behind" : "held by",
				 link->holder, link->blocker);
	}
	return len;
}
