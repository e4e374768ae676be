// SPDX-License-Identifier: GPL-2.0
/*
 * The root of the configuration tree and the cluster directory: tunables and the
 * cluster's name. Values live in the node and outlive the directory.
 *
 * There is one cluster directory at a time; a second mkdir gets -EBUSY.
 */
#include "control/configfs.h"

#include <linux/capability.h>
#include <linux/configfs.h>
#include <linux/err.h>
#include <linux/kstrtox.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "control/spaces.h"
#include "lockspace/node.h"

struct cluster {
	struct config_group group;
	struct config_group comms;
	struct config_group spaces;
};

/* Registration of this door. */
static struct dlm_node *configured_node;
static struct cluster *only_cluster; /* tree_mutex */
/* Whether configfs drops an item with su_mutex held is its own business: never taken before it. */
static DEFINE_MUTEX(tree_mutex);

struct dlm_node *dlm_configfs_node(void)
{
	return configured_node;
}

static ssize_t number_show(enum dlm_tunable_id id, char *page)
{
	return sprintf(page, "%u\n", dlm_node_tunable(configured_node, id));
}

static ssize_t number_store(enum dlm_tunable_id id, const char *page, size_t len)
{
	u32 value;
	int err;

	if ((dlm_tunable_table[id].flags & DLM_TUNABLE_ADMIN) && !capable(CAP_SYS_ADMIN))
		return -EPERM;
	err = kstrtou32(page, 0, &value);
	if (err)
		return err;
	err = dlm_node_set_tunable(configured_node, id, value);
	return err ? err : len;
}

/* clang-format off */
#define CLUSTER_NUMBER(_name, _id) \
	static ssize_t cluster_##_name##_show(struct config_item *item, char *page) \
	{ \
		return number_show(_id, page); \
	} \
	static ssize_t cluster_##_name##_store(struct config_item *item, const char *page, \
					       size_t len) \
	{ \
		return number_store(_id, page, len); \
	} \
	CONFIGFS_ATTR(cluster_, _name)
/* clang-format on */

CLUSTER_NUMBER(tcp_port, DLM_TUNABLE_TCP_PORT);
CLUSTER_NUMBER(protocol, DLM_TUNABLE_PROTOCOL);
CLUSTER_NUMBER(buffer_size, DLM_TUNABLE_BUFFER_SIZE);
CLUSTER_NUMBER(rsbtbl_size, DLM_TUNABLE_RSBTBL_SIZE);
CLUSTER_NUMBER(recover_timer, DLM_TUNABLE_RECOVER_TIMER);
CLUSTER_NUMBER(toss_secs, DLM_TUNABLE_TOSS_SECS);
CLUSTER_NUMBER(scan_secs, DLM_TUNABLE_SCAN_SECS);
CLUSTER_NUMBER(log_debug, DLM_TUNABLE_LOG_DEBUG);
CLUSTER_NUMBER(log_info, DLM_TUNABLE_LOG_INFO);
CLUSTER_NUMBER(mark, DLM_TUNABLE_MARK);
CLUSTER_NUMBER(new_rsb_count, DLM_TUNABLE_NEW_RSB_COUNT);
CLUSTER_NUMBER(recover_callbacks, DLM_TUNABLE_RECOVER_CALLBACKS);
CLUSTER_NUMBER(timewarn_cs, DLM_TUNABLE_TIMEWARN_CS);
CLUSTER_NUMBER(deadlock_cs, DLM_TUNABLE_DEADLOCK_CS);

static ssize_t cluster_cluster_name_show(struct config_item *item, char *page)
{
	char name[DLM_CLUSTER_NAME_MAX + 1];
	size_t len = dlm_node_cluster_name(configured_node, name);

	memcpy(page, name, len);
	page[len] = '\n';
	return len + 1;
}

/* One newline at the end is what echo adds, and never part of a name. */
static ssize_t cluster_cluster_name_store(struct config_item *item, const char *page, size_t len)
{
	size_t used = len;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (used && page[used - 1] == '\n')
		used--;
	dlm_node_set_cluster_name(configured_node, page, used);
	return len;
}

CONFIGFS_ATTR(cluster_, cluster_name);

static struct configfs_attribute *cluster_attrs[] = {
	&cluster_attr_tcp_port,	     &cluster_attr_protocol,
	&cluster_attr_buffer_size,   &cluster_attr_rsbtbl_size,
	&cluster_attr_recover_timer, &cluster_attr_toss_secs,
	&cluster_attr_scan_secs,     &cluster_attr_log_debug,
	&cluster_attr_log_info,	     &cluster_attr_mark,
	&cluster_attr_new_rsb_count, &cluster_attr_recover_callbacks,
	&cluster_attr_cluster_name,  &cluster_attr_timewarn_cs,
	&cluster_attr_deadlock_cs,   NULL,
};

static struct cluster *to_cluster(struct config_item *item)
{
	return container_of(to_config_group(item), struct cluster, group);
}

static void cluster_release(struct config_item *item)
{
	kfree(to_cluster(item));
}

static struct configfs_item_operations cluster_item_ops = {
	.release = cluster_release,
};

static const struct config_item_type cluster_type = {
	.ct_owner = THIS_MODULE,
	.ct_item_ops = &cluster_item_ops,
	.ct_attrs = cluster_attrs,
};

static struct config_group *make_cluster(struct config_group *root, const char *name)
{
	struct cluster *cluster;

	cluster = kzalloc(sizeof(*cluster), GFP_KERNEL);
	if (!cluster)
		return ERR_PTR(-ENOMEM);
	mutex_lock(&tree_mutex);
	if (only_cluster) {
		mutex_unlock(&tree_mutex);
		kfree(cluster);
		return ERR_PTR(-EBUSY);
	}
	only_cluster = cluster;
	mutex_unlock(&tree_mutex);
	config_group_init_type_name(&cluster->group, name, &cluster_type);
	config_group_init_type_name(&cluster->comms, "comms", &dlm_comms_type);
	config_group_init_type_name(&cluster->spaces, "spaces", &dlm_spaces_type);
	configfs_add_default_group(&cluster->comms, &cluster->group);
	configfs_add_default_group(&cluster->spaces, &cluster->group);
	return &cluster->group;
}

static void drop_cluster(struct config_group *root, struct config_item *item)
{
	mutex_lock(&tree_mutex);
	if (only_cluster == to_cluster(item))
		only_cluster = NULL;
	mutex_unlock(&tree_mutex);
	configfs_remove_default_groups(to_config_group(item));
	config_item_put(item);
}

static struct configfs_group_operations root_group_ops = {
	.make_group = make_cluster,
	.drop_item = drop_cluster,
};

static const struct config_item_type root_type = {
	.ct_owner = THIS_MODULE,
	.ct_group_ops = &root_group_ops,
};

static struct configfs_subsystem subsystem = {
	.su_group = {
		.cg_item = {
			.ci_namebuf = "dlm",
			.ci_type = &root_type,
		},
	},
};

int dlm_configfs_init(struct dlm_node *node)
{
	configured_node = node;
	config_group_init(&subsystem.su_group);
	mutex_init(&subsystem.su_mutex);
	return configfs_register_subsystem(&subsystem);
}

void dlm_configfs_exit(void)
{
	configfs_unregister_subsystem(&subsystem);
	configured_node = NULL;
}

/* ---- members of a lockspace, for a start ---- */

/* su_mutex and tree_mutex held; a reference on the space item in *@held, or NULL. */
static struct config_group *find_nodes(const char *space, struct config_item **held)
{
	if (!only_cluster)
		return NULL;
	*held = config_group_find_item(&only_cluster->spaces, space);
	return *held ? dlm_space_nodes(*held) : NULL;
}

int dlm_configfs_members(const char *space, struct dlm_member_list *list)
{
	struct config_item *held = NULL;
	struct config_group *nodes;
	int err = -ENOENT;

	memset(list, 0, sizeof(*list));
	mutex_lock(&subsystem.su_mutex);
	mutex_lock(&tree_mutex);
	nodes = find_nodes(space, &held);
	if (nodes)
		err = dlm_space_copy_nodes(nodes, list);
	mutex_unlock(&tree_mutex);
	mutex_unlock(&subsystem.su_mutex);
	if (held)
		config_item_put(held);
	return err;
}

void dlm_configfs_members_used(const char *space, const struct dlm_member_list *list)
{
	struct config_item *held = NULL;
	struct config_group *nodes;

	mutex_lock(&subsystem.su_mutex);
	mutex_lock(&tree_mutex);
	nodes = find_nodes(space, &held);
	if (nodes)
		dlm_space_consume_nodes(nodes, list);
	mutex_unlock(&tree_mutex);
	mutex_unlock(&subsystem.su_mutex);
	if (held)
		config_item_put(held);
}

void dlm_member_list_free(struct dlm_member_list *list)
{
	kfree(list->members);
	kfree(list->serials);
	memset(list, 0, sizeof(*list));
}
