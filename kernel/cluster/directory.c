// SPDX-License-Identifier: GPL-2.0
/*
 * The directory (wire spec 6.4, 6.12, 7.6): who masters a name, asked and told
 * by other nodes; and the life of a record between its uses. The first asker
 * becomes master.
 */
#include "cluster/directory.h"
#include "cluster/message.h"

static bool is_directory(const struct dlm_cluster *cl, u32 hash)
{
	return dlm_view_directory_node(cl->view, hash) == cl->our_nodeid;
}

static void send_reply(struct dlm_cluster *cl, int from, const struct dlm_msg *m, int master,
		       int result)
{
	if (dlm_message_lookup_reply(cl, from, m, master, result))
		cl->ops->log(cl, DLM_LOG_ERROR, "no memory for the reply to node %d", from);
}

bool dlm_directory_refuses(struct dlm_cluster *cl, u32 hash, int from, const struct dlm_msg *m)
{
	if (from != cl->our_nodeid && is_directory(cl, hash))
		return false;
	send_reply(cl, from, m, -1, -EINVAL);
	return true;
}

enum dlm_lookup_answer dlm_directory_lookup(struct dlm_cluster *cl, struct dlm_resource *res,
					    int from, const struct dlm_msg *m)
{
	if (dlm_is_master(cl, res))
		return DLM_LOOKUP_REQUEST;
	if (!res->master)
		res->master = from;
	dlm_directory_tells(res, from);
	send_reply(cl, from, m, res->master, 0);
	return DLM_LOOKUP_REPLY;
}

bool dlm_directory_remove(struct dlm_cluster *cl, struct dlm_resource *res, int from)
{
	if (res->master == from && is_directory(cl, res->hash)) {
		if (!(res->state & DLM_RES_ACTIVE) && !dlm_resource_has_locks(res))
			return true;
		/*
		 * In use. A REQUEST of ours on its way to the sender makes it the master again.
		 * What is only recorded may end without one: then nobody would master the
		 * name, and the record would send all who ask to the wrong node for ever.
		 */
		if (!res->nr_locks && !res->nr_asked)
			res->master = 0;
	}
	cl->ops->log(cl, DLM_LOG_DEBUG, "REMOVE from node %d ignored, master is %d", from,
		     res->master);
	return false;
}

int dlm_directory_learn(struct dlm_cluster *cl, struct dlm_resource *res, int from)
{
	if (!is_directory(cl, res->hash))
		return -EINVAL;
	res->state &= ~DLM_RES_UNPROVEN;
	if (res->master == from)
		return 0;
	if (dlm_is_master(cl, res)) {
		cl->ops->log(cl, DLM_LOG_ERROR, "node %d claims a resource that is mastered here",
			     from);
		return 0;
	}
	/* An interrupted recovery has left another: own locks go to who it is now. */
	if (res->master)
		res->state |= DLM_RES_NEW_MASTER;
	res->master = from;
	return 0;
}

bool dlm_directory_lists(const struct dlm_cluster *cl, const struct dlm_resource *res, int asker)
{
	return dlm_is_master(cl, res) && dlm_view_directory_node(cl->view, res->hash) == asker;
}

enum dlm_toss dlm_directory_toss(struct dlm_cluster *cl, struct dlm_resource *res)
{
	if ((res->state & DLM_RES_ACTIVE) || dlm_resource_has_locks(res) || !dlm_gate_open(cl, res))
		return DLM_TOSS_KEEP;
	res->dir = dlm_view_directory_node(cl->view, res->hash);
	if (cl->nodir)
		return DLM_TOSS_FREE;
	if (res->dir == cl->our_nodeid)
		return dlm_is_master(cl, res) || !res->master ? DLM_TOSS_FREE : DLM_TOSS_KEEP;
	/* In the stream before any LOOKUP that may follow for the same name. */
	if (dlm_is_master(cl, res) && dlm_message_remove(cl, res))
		return DLM_TOSS_KEEP;
	return DLM_TOSS_FREE;
}

void dlm_directory_activate(struct dlm_cluster *cl, struct dlm_resource *res)
{
	if (res->state & DLM_RES_ACTIVE)
		return;
	res->state |= DLM_RES_ACTIVE;
	res->first = 0;
	if (res->master && !dlm_is_master(cl, res))
		res->state |= DLM_RES_UNCERTAIN;
}

void dlm_directory_idle(struct dlm_cluster *cl, struct dlm_resource *res)
{
	if (!(res->state & DLM_RES_ACTIVE) || dlm_resource_has_locks(res))
		return;
	/* All is answered, and nothing made it master: who asks would be sent there in vain. */
	if (res->state & DLM_RES_UNPROVEN)
		res->master = 0;
	res->state &= ~(DLM_RES_ACTIVE | DLM_RES_UNCERTAIN | DLM_RES_UNPROVEN);
	res->first = 0;
	cl->ops->resource_idle(cl, res);
}
