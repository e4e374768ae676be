// SPDX-License-Identifier: GPL-2.0
/*
 * spaces/<lockspace>/nodes/<node>: who is to be a member (control-plane.md 2.5).
 * Read at each start of the lockspace, and only then.
 *
 * A node directory is new until a start has used it. A member whose directory
 * is new has been removed and has come back in between.
 */
#include <linux/configfs.h>
#include <linux/err.h>
#include <linux/kstrtox.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "control/configfs.h"
#include "control/spaces.h"
#include "lockspace/node.h"

struct space {
	struct config_group group;
	struct config_group nodes;
};

struct space_node {
	struct config_item item;
	u32 serial; /* set once: tells it from a later one of the same name */
	/* su_mutex of the subsystem, or configfs' own serialisation of attributes */
	int nodeid;
	int weight;
	u32 comm_seq; /* incarnation of the node when its id was written */
	bool new;
};

static struct space_node *to_space_node(struct config_item *item)
{
	return container_of(item, struct space_node, item);
}

static ssize_t node_nodeid_show(struct config_item *item, char *page)
{
	return sprintf(page, "%d\n", READ_ONCE(to_space_node(item)->nodeid));
}

static ssize_t node_nodeid_store(struct config_item *item, const char *page, size_t len)
{
	struct space_node *sn = to_space_node(item);
	int nodeid, err;

	err = kstrtoint(page, 0, &nodeid);
	if (err)
		return err;
	WRITE_ONCE(sn->nodeid, nodeid);
	WRITE_ONCE(sn->comm_seq, dlm_comm_incarnation(dlm_configfs_node(), nodeid));
	return len;
}

CONFIGFS_ATTR(node_, nodeid);

static ssize_t node_weight_show(struct config_item *item, char *page)
{
	return sprintf(page, "%d\n", READ_ONCE(to_space_node(item)->weight));
}

static ssize_t node_weight_store(struct config_item *item, const char *page, size_t len)
{
	int weight, err;

	err = kstrtoint(page, 0, &weight);
	if (err)
		return err;
	if (weight < 0 || weight > DLM_WEIGHT_MAX)
		return -EINVAL;
	WRITE_ONCE(to_space_node(item)->weight, weight);
	return len;
}

CONFIGFS_ATTR(node_, weight);

static struct configfs_attribute *node_attrs[] = {
	&node_attr_nodeid,
	&node_attr_weight,
	NULL,
};

static void node_release(struct config_item *item)
{
	kfree(to_space_node(item));
}

static struct configfs_item_operations node_item_ops = {
	.release = node_release,
};

static const struct config_item_type node_type = {
	.ct_owner = THIS_MODULE,
	.ct_item_ops = &node_item_ops,
	.ct_attrs = node_attrs,
};

static struct config_item *make_node(struct config_group *group, const char *name)
{
	static atomic_t serials = ATOMIC_INIT(0);
	struct space_node *sn;

	sn = kzalloc(sizeof(*sn), GFP_KERNEL);
	if (!sn)
		return ERR_PTR(-ENOMEM);
	config_item_init_type_name(&sn->item, name, &node_type);
	sn->serial = atomic_inc_return(&serials);
	sn->nodeid = -1;
	sn->weight = 1;
	sn->new = true;
	return &sn->item;
}

static struct configfs_group_operations nodes_group_ops = {
	.make_item = make_node,
};

static const struct config_item_type nodes_type = {
	.ct_owner = THIS_MODULE,
	.ct_group_ops = &nodes_group_ops,
};

static struct space *to_space(struct config_item *item)
{
	return container_of(to_config_group(item), struct space, group);
}

static void space_release(struct config_item *item)
{
	kfree(to_space(item));
}

static struct configfs_item_operations space_item_ops = {
	.release = space_release,
};

static const struct config_item_type space_type = {
	.ct_owner = THIS_MODULE,
	.ct_item_ops = &space_item_ops,
};

static struct config_group *make_space(struct config_group *group, const char *name)
{
	struct space *space;

	space = kzalloc(sizeof(*space), GFP_KERNEL);
	if (!space)
		return ERR_PTR(-ENOMEM);
	config_group_init_type_name(&space->group, name, &space_type);
	config_group_init_type_name(&space->nodes, "nodes", &nodes_type);
	configfs_add_default_group(&space->nodes, &space->group);
	return &space->group;
}

static void drop_space(struct config_group *group, struct config_item *item)
{
	configfs_remove_default_groups(to_config_group(item));
	config_item_put(item);
}

static struct configfs_group_operations spaces_group_ops = {
	.make_group = make_space,
	.drop_item = drop_space,
};

const struct config_item_type dlm_spaces_type = {
	.ct_owner = THIS_MODULE,
	.ct_group_ops = &spaces_group_ops,
};

struct config_group *dlm_space_nodes(struct config_item *space)
{
	return &to_space(space)->nodes;
}

int dlm_space_copy_nodes(struct config_group *nodes, struct dlm_member_list *list)
{
	struct config_item *item;
	int nr = 0;

	list_for_each_entry(item, &nodes->cg_children, ci_entry)
		nr++;
	list->members = kcalloc(nr + 1, sizeof(*list->members), GFP_KERNEL);
	list->serials = kcalloc(nr + 1, sizeof(*list->serials), GFP_KERNEL);
	if (!list->members || !list->serials) {
		dlm_member_list_free(list);
		return -ENOMEM;
	}
	list_for_each_entry(item, &nodes->cg_children, ci_entry) {
		struct space_node *sn = to_space_node(item);

		if (READ_ONCE(sn->nodeid) < 1) {
			dlm_member_list_free(list);
			return -EINVAL;
		}
		list->members[list->nr] = (struct dlm_member){
			.nodeid = READ_ONCE(sn->nodeid),
			.weight = READ_ONCE(sn->weight),
			.incarnation = READ_ONCE(sn->comm_seq),
			.renewed = sn->new,
		};
		list->serials[list->nr++] = sn->serial;
	}
	return 0;
}

void dlm_space_consume_nodes(struct config_group *nodes, const struct dlm_member_list *list)
{
	struct config_item *item;
	int i;

	list_for_each_entry(item, &nodes->cg_children, ci_entry)
		for (i = 0; i < list->nr; i++)
			if (list->serials[i] == to_space_node(item)->serial)
				to_space_node(item)->new = false;
}
