// SPDX-License-Identifier: GPL-2.0
/*
 * The node object: birth, configuration by number, and the life of the transport.
 */
#include <linux/slab.h>
#include <net/net_namespace.h>

#include "lockspace/lockspace.h"
#include "lockspace/locks.h"
#include "lockspace/node.h"
#include "lockspace/receive.h"

struct dlm_node *dlm_initial_node;

static void set_defaults(struct dlm_node *node)
{
	int i;

	for (i = 0; i < DLM_TUNABLE_NR; i++)
		node->tunables[i] = dlm_tunable_table[i].def;
}

struct dlm_node *dlm_node_alloc(struct net *net)
{
	struct dlm_node *node = kzalloc(sizeof(*node), GFP_KERNEL);
	int i, err;

	if (!node)
		return ERR_PTR(-ENOMEM);
	node->net = net;
	set_defaults(node);
	DLM_INIT_MUTEX(&node->comm_mutex, comm_mutex);
	DLM_INIT_MUTEX(&node->spaces_mutex, spaces_mutex);
	DLM_INIT_MUTEX(&node->transport_mutex, transport_mutex);
	INIT_LIST_HEAD(&node->comms);
	INIT_LIST_HEAD(&node->spaces);
	xa_init_flags(&node->handles, XA_FLAGS_ALLOC1);
	for (i = 0; i < DLM_SPACE_HASH_SIZE; i++)
		INIT_HLIST_HEAD(&node->by_id[i]);
	init_waitqueue_head(&node->spaces_wait);
	dlm_plocks_init(&node->plocks);
	err = dlm_peers_init(&node->peers, net, &dlm_receive_ops, node);
	if (err) {
		kfree(node);
		return ERR_PTR(err);
	}
	return node;
}

void dlm_node_free(struct dlm_node *node)
{
	WARN_ON_ONCE(!list_empty(&node->spaces) || !list_empty(&node->comms));
	dlm_plocks_exit(&node->plocks);
	dlm_peers_exit(&node->peers);
	xa_destroy(&node->handles);
	kfree(node);
}

int dlm_node_set_tunable(struct dlm_node *node, enum dlm_tunable_id id, u32 value)
{
	int err;

	mutex_lock(&node->transport_mutex);
	err = dlm_tunable_check(id, value, node->transport_users);
	if (!err)
		WRITE_ONCE(node->tunables[id], value);
	mutex_unlock(&node->transport_mutex);
	return err;
}

void dlm_node_set_cluster_name(struct dlm_node *node, const char *name, size_t len)
{
	len = min_t(size_t, len, DLM_CLUSTER_NAME_MAX);
	mutex_lock(&node->comm_mutex);
	memset(node->cluster_name, 0, sizeof(node->cluster_name));
	memcpy(node->cluster_name, name, len);
	node->cluster_name_len = len;
	mutex_unlock(&node->comm_mutex);
}

size_t dlm_node_cluster_name(struct dlm_node *node, char buf[DLM_CLUSTER_NAME_MAX + 1])
{
	size_t len;

	mutex_lock(&node->comm_mutex);
	len = node->cluster_name_len;
	memcpy(buf, node->cluster_name, sizeof(node->cluster_name));
	mutex_unlock(&node->comm_mutex);
	return len;
}

bool dlm_node_running(const struct dlm_node *node)
{
	return READ_ONCE(node->transport_users) > 0;
}

void dlm_node_monitor_opened(struct dlm_node *node)
{
	atomic_inc(&node->monitor_opens);
	WRITE_ONCE(node->monitor_seen, true);
}

void dlm_node_monitor_closed(struct dlm_node *node)
{
	if (atomic_dec_and_test(&node->monitor_opens))
		dlm_lockspaces_stop_all(node);
}

bool dlm_node_daemon_available(const struct dlm_node *node)
{
	if (!READ_ONCE(node->our_nodeid))
		return false;
	return !READ_ONCE(node->monitor_seen) || atomic_read(&node->monitor_opens) > 0;
}

/* Who we are and where we listen; -ENOTCONN: not configured. */
static int make_config(struct dlm_node *node, struct dlm_peers_config *config)
{
	int err = 0;

	memset(config, 0, sizeof(*config));
	config->port = dlm_node_tunable(node, DLM_TUNABLE_TCP_PORT);
	config->protocol = dlm_node_tunable(node, DLM_TUNABLE_PROTOCOL);
	config->mark = dlm_node_tunable(node, DLM_TUNABLE_MARK);
	config->buffer_size = dlm_node_tunable(node, DLM_TUNABLE_BUFFER_SIZE);

	mutex_lock(&node->comm_mutex);
	if (node->local && node->local->nr_addrs) {
		config->nodeid = node->local->nodeid;
		config->nr_addrs = node->local->nr_addrs;
		memcpy(config->addrs, node->local->addrs,
		       node->local->nr_addrs * sizeof(config->addrs[0]));
	} else {
		err = -ENOTCONN;
	}
	mutex_unlock(&node->comm_mutex);
	return err;
}

static int start_transport(struct dlm_node *node)
{
	struct dlm_peers_config *config = kzalloc(sizeof(*config), GFP_KERNEL);
	int err;

	if (!config)
		return -ENOMEM;
	err = make_config(node, config);
	if (!err)
		err = dlm_peers_start(&node->peers, config);
	kfree(config);
	return err;
}

int dlm_node_transport_get(struct dlm_node *node)
{
	int err;

	err = mutex_lock_killable(&node->transport_mutex);
	if (err)
		return err;
	if (!node->transport_users)
		err = start_transport(node);
	if (!err)
		WRITE_ONCE(node->transport_users, node->transport_users + 1);
	mutex_unlock(&node->transport_mutex);
	return err;
}

void dlm_node_transport_put(struct dlm_node *node)
{
	mutex_lock(&node->transport_mutex);
	if (node->transport_users == 1)
		dlm_peers_stop(&node->peers);
	WRITE_ONCE(node->transport_users, node->transport_users - 1);
	mutex_unlock(&node->transport_mutex);
}
