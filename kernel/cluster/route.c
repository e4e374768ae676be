// SPDX-License-Identifier: GPL-2.0
/*
 * Where a new request goes (wire spec 6.3). At most one LOOKUP or unconfirmed
 * REQUEST per resource is out: res->first names its lock, the others wait on
 * res->lookup_list.
 */
#include "cluster/route.h"
#include "cluster/decide.h"
#include "cluster/directory.h"
#include "cluster/expect.h"
#include "cluster/issue.h"
#include "cluster/message.h"
#include "cluster/owner.h"

static void send_request(struct dlm_cluster *cl, struct dlm_lkb *lkb)
{
	if (dlm_message_ask(cl, lkb, DLM_MSG_REQUEST, lkb->res->master)) {
		dlm_issue_later(cl, lkb, DLM_WAIT_REQUEST, DLM_RETRY_MS);
		return;
	}
	dlm_expect(lkb, DLM_WAIT_REQUEST);
	/* From the directory node it makes whoever gets it the master. */
	lkb->res->state &= ~DLM_RES_UNPROVEN;
}

static void send_lookup(struct dlm_cluster *cl, struct dlm_lkb *lkb)
{
	lkb->res->first = lkb->id;
	if (dlm_message_ask(cl, lkb, DLM_MSG_LOOKUP, lkb->res->dir))
		dlm_issue_later(cl, lkb, DLM_WAIT_REQUEST, DLM_RETRY_MS);
	else
		dlm_expect(lkb, DLM_WAIT_LOOKUP);
}

static void put_on_list(struct dlm_lkb *lkb)
{
	list_add_tail(&lkb->queue_link, &lkb->res->lookup_list);
	lkb->state |= DLM_LKB_LOOKUP_LISTED;
}

static struct dlm_lkb *take_off_list(struct dlm_resource *res)
{
	struct dlm_lkb *lkb = list_first_entry(&res->lookup_list, struct dlm_lkb, queue_link);

	list_del_init(&lkb->queue_link);
	lkb->state &= ~DLM_LKB_LOOKUP_LISTED;
	return lkb;
}

/* Where the view alone says who masters it. */
static void master_by_view(struct dlm_cluster *cl, struct dlm_resource *res)
{
	res->dir = dlm_view_directory_node(cl->view, res->hash);
	if (cl->nodir || res->dir == cl->our_nodeid)
		res->master = res->dir;
}

/* A cached master that has not been confirmed in this use. */
static bool take_uncertain(struct dlm_cluster *cl, struct dlm_resource *res)
{
	bool uncertain = res->state & DLM_RES_UNCERTAIN;

	res->state &= ~DLM_RES_UNCERTAIN;
	return uncertain && res->master && !dlm_is_master(cl, res);
}

void dlm_route_request(struct dlm_cluster *cl, struct dlm_lkb *lkb)
{
	struct dlm_resource *res = lkb->res;

	if (res->first && res->first != lkb->id) {
		put_on_list(lkb);
		return;
	}
	if (take_uncertain(cl, res))
		res->first = lkb->id;
	if (!res->master)
		master_by_view(cl, res);
	if (dlm_is_master(cl, res)) {
		res->first = 0;
		dlm_decide_request(cl, lkb);
	} else if (res->master) {
		send_request(cl, lkb);
	} else {
		send_lookup(cl, lkb);
	}
}

static void settle_list(struct dlm_cluster *cl, struct dlm_resource *res)
{
	struct dlm_lkb *lkb;

	while (!res->first && !list_empty(&res->lookup_list)) {
		lkb = take_off_list(res);
		if (dlm_gate_open(cl, res)) {
			dlm_route_request(cl, lkb);
		} else {
			/* It asks when the gate opens; the others go on waiting for it. */
			res->first = lkb->id;
			dlm_issue_later(cl, lkb, DLM_WAIT_REQUEST, 0);
		}
	}
}

void dlm_route_finish(struct dlm_cluster *cl, struct dlm_resource *res)
{
	settle_list(cl, res);
	dlm_directory_idle(cl, res);
}

void dlm_owner_settle(struct dlm_cluster *cl, struct dlm_resource *res)
{
	res->first = 0;
	dlm_route_finish(cl, res);
}
