// SPDX-License-Identifier: GPL-2.0
/*
 * Warnings by generic netlink. The interface of linux/dlm_netlink.h is a listener that
 * says HELLO: the kernel remembers its port and tells the one who said so last.
 * Beside it stands a multicast group for any number of listeners. A message that
 * cannot be made or delivered is lost; the log has what matters.
 */
#include <linux/dlm_events.h>
#include <linux/dlm_netlink.h>
#include <linux/module.h>
#include <net/genetlink.h>

#include "control/netlink.h"
#include "lockspace/lockspace.h"
#include "wire/search.h"

/* Registration of this door. */
static u32 listener_port; /* 0: nobody; written by HELLO, forgotten when a message is refused */

static int hello(struct sk_buff *skb, struct genl_info *info)
{
	WRITE_ONCE(listener_port, info->snd_portid);
	return 0;
}

static const struct genl_small_ops commands[] = {
	{
		.cmd = DLM_CMD_HELLO,
		.validate = GENL_DONT_VALIDATE_STRICT,
		.flags = GENL_ADMIN_PERM, /* it takes the warnings away from whoever listened */
		.doit = hello,
	},
};

static const struct genl_multicast_group groups[] = {
	{ .name = DLM_EVENTS_GROUP },
};

static struct genl_family family = {
	.name = DLM_GENL_NAME,
	.version = DLM_GENL_VERSION,
	.maxattr = DLM_TYPE_MAX,
	.module = THIS_MODULE,
	.small_ops = commands,
	.n_small_ops = ARRAY_SIZE(commands),
	.resv_start_op = DLM_CMD_MAX + 1, /* the commands are older than strict checks */
	.mcgrps = groups,
	.n_mcgrps = ARRAY_SIZE(groups),
};

int dlm_netlink_init(void)
{
	return genl_register_family(&family);
}

void dlm_netlink_exit(void)
{
	genl_unregister_family(&family);
	listener_port = 0;
}

/* An open message of a command, or NULL. */
static struct sk_buff *begin(u8 command, size_t room, void **head)
{
	struct sk_buff *skb = genlmsg_new(room, GFP_NOFS);

	if (!skb)
		return NULL;
	*head = genlmsg_put(skb, 0, 0, &family, 0, command);
	if (*head)
		return skb;
	nlmsg_free(skb);
	return NULL;
}

/* ---- locks that wait too long ---- */

static void tell_listener(const struct dlm_lock_data *data)
{
	u32 port = READ_ONCE(listener_port);
	struct sk_buff *skb;
	void *head;
	int err;

	if (!port)
		return;
	skb = begin(DLM_CMD_TIMEOUT, nla_total_size(sizeof(*data)), &head);
	if (!skb)
		return;
	if (nla_put(skb, DLM_TYPE_LOCK, sizeof(*data), data)) {
		nlmsg_free(skb);
		return;
	}
	genlmsg_end(skb, head);
	err = genlmsg_unicast(&init_net, skb, port);
	if (err == -ECONNREFUSED)
		cmpxchg(&listener_port, port, 0);
}

static void multicast(struct sk_buff *skb, void *head)
{
	genlmsg_end(skb, head);
	/* Nobody who listens is no error. */
	genlmsg_multicast(&family, skb, 0, 0, GFP_NOFS);
}

void dlm_netlink_late(struct dlm_lockspace *ls, const struct dlm_lock_data *data)
{
	struct sk_buff *skb;
	void *head;

	tell_listener(data);
	skb = begin(DLM_EVENT_LATE,
		    nla_total_size(sizeof(*data)) + nla_total_size(sizeof(ls->name)), &head);
	if (!skb)
		return;
	if (nla_put_string(skb, DLM_EVENT_A_LOCKSPACE, ls->name) ||
	    nla_put(skb, DLM_TYPE_LOCK, sizeof(*data), data))
		nlmsg_free(skb);
	else
		multicast(skb, head);
}

/* ---- deadlocks ---- */

static int put_wait(struct sk_buff *skb, const struct dlm_search_link *link)
{
	struct nlattr *nest = nla_nest_start(skb, DLM_EVENT_A_WAIT);

	if (!nest || nla_put_u32(skb, DLM_EVENT_W_NODE, link->nodeid) ||
	    nla_put_u32(skb, DLM_EVENT_W_LOCK, link->lkid) ||
	    nla_put_u32(skb, DLM_EVENT_W_MODE, link->rqmode) ||
	    nla_put_u32(skb, DLM_EVENT_W_WAITED_MS, link->waited_ms) ||
	    nla_put_u32(skb, DLM_EVENT_W_MASTER, link->master) ||
	    nla_put(skb, DLM_EVENT_W_RESOURCE, link->namelen, link->name) ||
	    nla_put_u32(skb, DLM_EVENT_W_BY_NODE, link->holder) ||
	    nla_put_u32(skb, DLM_EVENT_W_BY_LOCK, link->blocker))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_chain(struct sk_buff *skb, const struct dlm_lockspace *ls,
		     const struct dlm_chain *chain)
{
	int err;
	u32 i;

	err = nla_put_string(skb, DLM_EVENT_A_LOCKSPACE, ls->name);
	if (!err)
		err = nla_put_u32(skb, DLM_EVENT_A_VICTIM, chain->head.at);
	for (i = 0; !err && i < chain->head.nr_links; i++)
		err = put_wait(skb, &chain->links[i]);
	return err;
}

void dlm_netlink_deadlock(struct dlm_lockspace *ls, const struct dlm_chain *chain)
{
	size_t wait = nla_total_size(8 * nla_total_size(sizeof(u32)) +
				     nla_total_size(DLM_RESNAME_MAXLEN));
	struct sk_buff *skb;
	void *head;

	skb = begin(DLM_EVENT_DEADLOCK,
		    nla_total_size(sizeof(ls->name)) + nla_total_size(sizeof(u32)) +
			    chain->head.nr_links * wait,
		    &head);
	if (!skb)
		return;
	if (put_chain(skb, ls, chain))
		nlmsg_free(skb);
	else
		multicast(skb, head);
}
