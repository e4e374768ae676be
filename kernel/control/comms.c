// SPDX-License-Identifier: GPL-2.0
/*
 * comms/<comm>: the nodes of the cluster with their addresses (control-plane.md
 * 2.4). The directory's name means nothing; the node id is an attribute, written
 * before the address.
 */
#include <linux/configfs.h>
#include <linux/err.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/inet.h>
#include <linux/kstrtox.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/socket.h>

#include "control/configfs.h"
#include "control/debugfs.h"
#include "lockspace/node.h"

struct comm_item {
	struct config_item item;
	struct dlm_comm *comm; /* until the directory is removed */
};

static struct comm_item *to_comm(struct config_item *item)
{
	return container_of(item, struct comm_item, item);
}

static ssize_t comm_nodeid_show(struct config_item *item, char *page)
{
	return sprintf(page, "%d\n", dlm_comm_nodeid(dlm_configfs_node(), to_comm(item)->comm));
}

static ssize_t comm_nodeid_store(struct config_item *item, const char *page, size_t len)
{
	struct dlm_comm *comm = to_comm(item)->comm;
	struct dlm_node *node = dlm_configfs_node();
	struct sockaddr_storage addrs[DLM_COMM_ADDR_MAX];
	int old = dlm_comm_nodeid(node, comm);
	int nodeid, err;

	err = kstrtoint(page, 0, &nodeid);
	if (err)
		return err;
	err = dlm_comm_set_nodeid(node, comm, nodeid);
	if (err)
		return err;
	if (old != nodeid && dlm_comm_addrs(node, comm, addrs)) {
		dlm_debugfs_comm_remove(old);
		dlm_debugfs_comm_add(nodeid);
	}
	return len;
}

CONFIGFS_ATTR(comm_, nodeid);

static ssize_t comm_local_show(struct config_item *item, char *page)
{
	return sprintf(page, "%d\n", dlm_comm_local(dlm_configfs_node(), to_comm(item)->comm));
}

static ssize_t comm_local_store(struct config_item *item, const char *page, size_t len)
{
	int local, err;

	err = kstrtoint(page, 0, &local);
	if (err)
		return err;
	err = dlm_comm_set_local(dlm_configfs_node(), to_comm(item)->comm, local);
	return err ? err : len;
}

CONFIGFS_ATTR(comm_, local);

static ssize_t comm_mark_show(struct config_item *item, char *page)
{
	return sprintf(page, "%u\n", dlm_comm_mark(dlm_configfs_node(), to_comm(item)->comm));
}

static ssize_t comm_mark_store(struct config_item *item, const char *page, size_t len)
{
	u32 mark;
	int err;

	err = kstrtou32(page, 0, &mark);
	if (err)
		return err;
	err = dlm_comm_set_mark(dlm_configfs_node(), to_comm(item)->comm, mark);
	return err ? err : len;
}

CONFIGFS_ATTR(comm_, mark);

/* Exactly one sockaddr_storage a write. */
static ssize_t comm_addr_store(struct config_item *item, const char *page, size_t len)
{
	struct dlm_comm *comm = to_comm(item)->comm;
	struct dlm_node *node = dlm_configfs_node();
	struct sockaddr_storage addr;
	int err;

	if (len != sizeof(addr))
		return -EINVAL;
	memcpy(&addr, page, sizeof(addr));
	err = dlm_comm_add_addr(node, comm, &addr);
	if (err)
		return err;
	dlm_debugfs_comm_add(dlm_comm_nodeid(node, comm));
	return len;
}

CONFIGFS_ATTR_WO(comm_, addr);

static int print_addr(char *page, const struct sockaddr_storage *addr)
{
	switch (addr->ss_family) {
	case AF_INET:
		return sprintf(page, "AF_INET\t%pI4\n",
			       &((const struct sockaddr_in *)addr)->sin_addr);
	case AF_INET6:
		return sprintf(page, "AF_INET6\t%pI6\n",
			       &((const struct sockaddr_in6 *)addr)->sin6_addr);
	default:
		return sprintf(page, "<UNKNOWN>\n");
	}
}

static ssize_t comm_addr_list_show(struct config_item *item, char *page)
{
	struct sockaddr_storage addrs[DLM_COMM_ADDR_MAX];
	int i, nr = dlm_comm_addrs(dlm_configfs_node(), to_comm(item)->comm, addrs);
	ssize_t len = 0;

	for (i = 0; i < nr; i++)
		len += print_addr(page + len, &addrs[i]);
	return len;
}

CONFIGFS_ATTR_RO(comm_, addr_list);

static struct configfs_attribute *comm_attrs[] = {
	&comm_attr_nodeid,    &comm_attr_local, &comm_attr_addr,
	&comm_attr_addr_list, &comm_attr_mark,	NULL,
};

static void comm_release(struct config_item *item)
{
	kfree(to_comm(item));
}

static struct configfs_item_operations comm_item_ops = {
	.release = comm_release,
};

static const struct config_item_type comm_type = {
	.ct_owner = THIS_MODULE,
	.ct_item_ops = &comm_item_ops,
	.ct_attrs = comm_attrs,
};

static struct config_item *make_comm(struct config_group *group, const char *name)
{
	struct comm_item *ci;

	ci = kzalloc(sizeof(*ci), GFP_KERNEL);
	if (!ci)
		return ERR_PTR(-ENOMEM);
	ci->comm = dlm_comm_add(dlm_configfs_node());
	if (!ci->comm) {
		kfree(ci);
		return ERR_PTR(-ENOMEM);
	}
	config_item_init_type_name(&ci->item, name, &comm_type);
	return &ci->item;
}

static void drop_comm(struct config_group *group, struct config_item *item)
{
	struct comm_item *ci = to_comm(item);
	struct dlm_node *node = dlm_configfs_node();

	dlm_debugfs_comm_remove(dlm_comm_nodeid(node, ci->comm));
	dlm_comm_remove(node, ci->comm);
	ci->comm = NULL;
	config_item_put(item);
}

static struct configfs_group_operations comms_group_ops = {
	.make_item = make_comm,
	.drop_item = drop_comm,
};

const struct config_item_type dlm_comms_type = {
	.ct_owner = THIS_MODULE,
	.ct_group_ops = &comms_group_ops,
};
