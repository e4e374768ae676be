/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One node: everything that this machine is in the cluster. The initial node is
 * what configfs and /dev/dlm* speak to; all state hangs off this object.
 *
 * Here: the configuration that the doors of control/ read and write, the list of
 * lockspaces, and the life of the transport, which runs from the first lockspace
 * to the last.
 */
#ifndef DLM_LOCKSPACE_NODE_H
#define DLM_LOCKSPACE_NODE_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/socket.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <linux/xarray.h>

#include "gen/dlm_tunables.h"
#include "lockspace/peer.h"
#include "lockspace/plock.h"

struct dlm_control_ops;
struct dlm_device_ops;
struct dlm_lockspace;
struct net;

#define DLM_COMM_ADDR_MAX    3
#define DLM_CLUSTER_NAME_MAX 63
#define DLM_SPACE_HASH_SIZE  64

/* A node of the cluster as configured (configfs comms/<comm>). comm_mutex guards all. */
struct dlm_comm {
	struct list_head link;
	int nodeid; /* -1 until it is written */
	u32 seq;    /* incarnation: new with each mkdir, never 0 */
	int local;  /* as written; the first non-zero one makes this node's identity */
	u32 mark;   /* 0: the cluster's */
	int nr_addrs;
	struct sockaddr_storage addrs[DLM_COMM_ADDR_MAX];
};

struct dlm_node {
	struct net *net;
	const struct dlm_control_ops *control; /* set once at load, before any lockspace */
	const struct dlm_device_ops *devices;  /* the same */

	/* Configuration. Numbers are read without a lock, each alone. */
	u32 tunables[DLM_TUNABLE_NR];
	struct mutex comm_mutex; /* comms, local, cluster_name */
	struct list_head comms;
	struct dlm_comm *local; /* this node's own comm, or NULL */
	u32 comm_seq;		/* last one given out */
	char cluster_name[DLM_CLUSTER_NAME_MAX + 1];
	size_t cluster_name_len;
	int our_nodeid; /* 0 unknown; written under comm_mutex */

	/* /dev/dlm-monitor */
	atomic_t monitor_opens;
	bool monitor_seen; /* it was opened once */

	/* Lockspaces */
	struct mutex spaces_mutex; /* spaces, states and use counts of lockspaces */
	struct list_head spaces;
	struct xarray handles; /* handle id -> lockspace, RCU */
	u32 next_handle;
	struct hlist_head by_id[DLM_SPACE_HASH_SIZE]; /* global id, RCU */
	wait_queue_head_t spaces_wait;		      /* a lockspace came to life or went away */

	/* Transport */
	struct mutex transport_mutex;
	unsigned int transport_users; /* lockspaces, being made or released ones too */
	struct dlm_peers peers;	      /* lives as long as the node */

	struct dlm_plocks plocks;

	u64 nr_unknown; /* messages for a lockspace that is not here */
};

extern struct dlm_node *dlm_initial_node;

struct dlm_node *dlm_node_alloc(struct net *net);
void dlm_node_free(struct dlm_node *node);

/*
 * Numbers of the cluster directory. Setting: the errors of the generated table (range, then
 * -EBUSY while the transport runs); who may write is the door's business.
 */
int dlm_node_set_tunable(struct dlm_node *node, enum dlm_tunable_id id, u32 value);
static inline u32 dlm_node_tunable(const struct dlm_node *node, enum dlm_tunable_id id)
{
	return READ_ONCE(node->tunables[id]);
}

/* Bytes as written, cut to DLM_CLUSTER_NAME_MAX. Reading copies and returns the length. */
void dlm_node_set_cluster_name(struct dlm_node *node, const char *name, size_t len);
size_t dlm_node_cluster_name(struct dlm_node *node, char buf[DLM_CLUSTER_NAME_MAX + 1]);

/* The transport runs: a lockspace exists or is being made. */
bool dlm_node_running(const struct dlm_node *node);

/* Configured nodes. mkdir; the comm belongs to the caller until dlm_comm_remove(). */
struct dlm_comm *dlm_comm_add(struct dlm_node *node);
/* rmdir: closes the connection, forgets addresses and, if it was the local one, our identity. */
void dlm_comm_remove(struct dlm_node *node, struct dlm_comm *comm);
int dlm_comm_set_nodeid(struct dlm_node *node, struct dlm_comm *comm, int nodeid);
/* -ENOSPC: the comm is full. -EEXIST: known for that node id. */
int dlm_comm_add_addr(struct dlm_node *node, struct dlm_comm *comm,
		      const struct sockaddr_storage *addr);
/* -ENOENT: the node id has no address yet. 0 takes the cluster's mark. */
int dlm_comm_set_mark(struct dlm_node *node, struct dlm_comm *comm, u32 mark);
u32 dlm_comm_mark(struct dlm_node *node, struct dlm_comm *comm);
int dlm_comm_set_local(struct dlm_node *node, struct dlm_comm *comm, int local);
int dlm_comm_local(struct dlm_node *node, struct dlm_comm *comm);
int dlm_comm_nodeid(struct dlm_node *node, struct dlm_comm *comm);
/* Copies up to DLM_COMM_ADDR_MAX addresses, returns how many. */
int dlm_comm_addrs(struct dlm_node *node, struct dlm_comm *comm,
		   struct sockaddr_storage addrs[DLM_COMM_ADDR_MAX]);
/* Incarnation of the comm that has this node id now, 0 if none. */
u32 dlm_comm_incarnation(struct dlm_node *node, int nodeid);

/* Opening and closing of /dev/dlm-monitor. The last close stops all lockspaces. */
void dlm_node_monitor_opened(struct dlm_node *node);
void dlm_node_monitor_closed(struct dlm_node *node);
/* Own node id known, and the monitor never opened or open now. */
bool dlm_node_daemon_available(const struct dlm_node *node);

/* For makers of lockspaces: start with the first, stop with the last. */
int dlm_node_transport_get(struct dlm_node *node);
void dlm_node_transport_put(struct dlm_node *node);

#endif /* DLM_LOCKSPACE_NODE_H */
