// SPDX-License-Identifier: GPL-2.0
/*
 * The nodes of the cluster as configured: ids, addresses, marks, and which one is
 * this node. The peers' sessions learn addresses from here.
 */
#include <linux/slab.h>

#include "lockspace/node.h"

struct dlm_comm *dlm_comm_add(struct dlm_node *node)
{
	struct dlm_comm *comm = kzalloc(sizeof(*comm), GFP_KERNEL);

	if (!comm)
		return NULL;
	comm->nodeid = -1;
	mutex_lock(&node->comm_mutex);
	if (++node->comm_seq == 0)
		node->comm_seq = 1;
	comm->seq = node->comm_seq;
	list_add_tail(&comm->link, &node->comms);
	mutex_unlock(&node->comm_mutex);
	return comm;
}

static u32 effective_mark(const struct dlm_node *node, const struct dlm_comm *comm)
{
	return comm->mark ? comm->mark : dlm_node_tunable(node, DLM_TUNABLE_MARK);
}

/* All addresses that any comm has for a node id. comm_mutex held. */
static int collect(struct dlm_node *node, int nodeid, struct sockaddr_storage *addrs, u32 *mark)
{
	struct dlm_comm *comm;
	int nr = 0, i;

	*mark = dlm_node_tunable(node, DLM_TUNABLE_MARK);
	list_for_each_entry(comm, &node->comms, link) {
		if (comm->nodeid != nodeid)
			continue;
		if (comm->mark)
			*mark = comm->mark;
		for (i = 0; i < comm->nr_addrs && nr < DLM_PEER_MAX_ADDRS; i++)
			addrs[nr++] = comm->addrs[i];
	}
	return nr;
}

/* What a node id has been told about it; nothing to tell for the id of nobody. comm_mutex held. */
static int tell_peers(struct dlm_node *node, int nodeid)
{
	struct sockaddr_storage *addrs;
	int nr, err = 0;
	u32 mark;

	if (nodeid < 1)
		return 0;
	addrs = kcalloc(DLM_PEER_MAX_ADDRS, sizeof(*addrs), GFP_KERNEL);
	if (!addrs)
		return -ENOMEM;
	nr = collect(node, nodeid, addrs, &mark);
	if (nr)
		err = dlm_peer_configure(&node->peers, nodeid, addrs, nr, mark);
	kfree(addrs);
	return err;
}

void dlm_comm_remove(struct dlm_node *node, struct dlm_comm *comm)
{
	mutex_lock(&node->comm_mutex);
	list_del(&comm->link);
	if (comm->nodeid > 0)
		dlm_peer_forget(&node->peers, comm->nodeid);
	if (node->local == comm) {
		node->local = NULL;
		WRITE_ONCE(node->our_nodeid, 0);
	}
	mutex_unlock(&node->comm_mutex);
	kfree(comm);
}

/* Our identity is the node id of the local comm. comm_mutex held. */
static void update_identity(struct dlm_node *node)
{
	int nodeid = node->local ? node->local->nodeid : 0;

	WRITE_ONCE(node->our_nodeid, nodeid > 0 ? nodeid : 0);
}

static bool is_taken(struct dlm_node *node, const struct dlm_comm *comm, int nodeid)
{
	struct dlm_comm *other;

	list_for_each_entry(other, &node->comms, link)
		if (other != comm && other->nodeid == nodeid)
			return nodeid > 0;
	return false;
}

/* Its addresses go along, so that nothing is left of an id that nobody has. comm_mutex held. */
static int change_nodeid(struct dlm_node *node, struct dlm_comm *comm, int nodeid)
{
	int old = comm->nodeid, err;

	if (is_taken(node, comm, nodeid))
		return -EEXIST;
	if (comm == node->local && dlm_peers_running(&node->peers))
		return -EBUSY;
	comm->nodeid = nodeid;
	err = tell_peers(node, nodeid);
	if (err) {
		comm->nodeid = old;
		return err;
	}
	if (comm->nr_addrs && old > 0)
		dlm_peer_forget(&node->peers, old);
	update_identity(node);
	return 0;
}

int dlm_comm_set_nodeid(struct dlm_node *node, struct dlm_comm *comm, int nodeid)
{
	int err = 0;

	mutex_lock(&node->comm_mutex);
	if (comm->nodeid != nodeid)
		err = change_nodeid(node, comm, nodeid);
	mutex_unlock(&node->comm_mutex);
	return err;
}

static bool known_for(struct dlm_node *node, int nodeid, const struct sockaddr_storage *addr)
{
	struct dlm_comm *comm;
	int i;

	list_for_each_entry(comm, &node->comms, link)
		for (i = 0; comm->nodeid == nodeid && i < comm->nr_addrs; i++)
			if (!memcmp(&comm->addrs[i], addr, sizeof(*addr)))
				return true;
	return false;
}

int dlm_comm_add_addr(struct dlm_node *node, struct dlm_comm *comm,
		      const struct sockaddr_storage *addr)
{
	int err = 0;

	mutex_lock(&node->comm_mutex);
	if (comm->nr_addrs >= DLM_COMM_ADDR_MAX) {
		err = -ENOSPC;
	} else if (known_for(node, comm->nodeid, addr)) {
		err = -EEXIST;
	} else {
		comm->addrs[comm->nr_addrs++] = *addr;
		err = tell_peers(node, comm->nodeid);
		if (err)
			comm->nr_addrs--;
	}
	mutex_unlock(&node->comm_mutex);
	return err;
}

int dlm_comm_set_mark(struct dlm_node *node, struct dlm_comm *comm, u32 mark)
{
	int err = -ENOENT;

	mutex_lock(&node->comm_mutex);
	if (comm->nr_addrs) {
		comm->mark = mark;
		err = tell_peers(node, comm->nodeid);
	}
	mutex_unlock(&node->comm_mutex);
	return err;
}

u32 dlm_comm_mark(struct dlm_node *node, struct dlm_comm *comm)
{
	u32 mark;

	mutex_lock(&node->comm_mutex);
	mark = comm->nr_addrs ? effective_mark(node, comm) : comm->mark;
	mutex_unlock(&node->comm_mutex);
	return mark;
}

/* The first one that says so is this node; only its removal takes that back. */
int dlm_comm_set_local(struct dlm_node *node, struct dlm_comm *comm, int local)
{
	mutex_lock(&node->comm_mutex);
	comm->local = local;
	if (local && !node->local)
		node->local = comm;
	update_identity(node);
	mutex_unlock(&node->comm_mutex);
	return 0;
}

int dlm_comm_local(struct dlm_node *node, struct dlm_comm *comm)
{
	return READ_ONCE(comm->local);
}

int dlm_comm_nodeid(struct dlm_node *node, struct dlm_comm *comm)
{
	return READ_ONCE(comm->nodeid);
}

int dlm_comm_addrs(struct dlm_node *node, struct dlm_comm *comm,
		   struct sockaddr_storage addrs[DLM_COMM_ADDR_MAX])
{
	int nr;

	mutex_lock(&node->comm_mutex);
	nr = comm->nr_addrs;
	memcpy(addrs, comm->addrs, nr * sizeof(*addrs));
	mutex_unlock(&node->comm_mutex);
	return nr;
}

u32 dlm_comm_incarnation(struct dlm_node *node, int nodeid)
{
	struct dlm_comm *comm;
	u32 seq = 0;

	mutex_lock(&node->comm_mutex);
	list_for_each_entry(comm, &node->comms, link) {
		if (comm->nodeid == nodeid) {
			seq = comm->seq;
			break;
		}
	}
	mutex_unlock(&node->comm_mutex);
	return seq;
}
