// SPDX-License-Identifier: GPL-2.0
/*
 * Module init and exit: caches, workers, the initial node, then the doors. Exit
 * undoes it in reverse; a lockspace holds the module, so there is none left then.
 */
#include <linux/module.h>
#include <net/net_namespace.h>

#include "lockspace/control.h"
#include "lockspace/deliver.h"
#include "lockspace/memory.h"
#include "lockspace/node.h"
#include "lockspace/peer.h"
#include "lockspace/recovery.h"
#include "user/devices.h"

static int __init init_workers(void)
{
	int err;

	err = dlm_memory_init();
	if (err)
		return err;
	err = dlm_peer_caches_init();
	if (err)
		goto err_memory;
	err = dlm_deliver_init();
	if (err)
		goto err_peers;
	err = dlm_recovery_init();
	if (err)
		goto err_deliver;
	return 0;

err_deliver:
	dlm_deliver_exit();
err_peers:
	dlm_peer_caches_exit();
err_memory:
	dlm_memory_exit();
	return err;
}

static void exit_workers(void)
{
	dlm_recovery_exit();
	dlm_deliver_exit();
	dlm_peer_caches_exit();
	dlm_memory_exit();
}

static int __init init_doors(struct dlm_node *node)
{
	int err;

	err = dlm_control_init(node);
	if (err)
		return err;
	err = dlm_devices_init(node);
	if (err)
		dlm_control_exit(node);
	return err;
}

static int __init dlm_init(void)
{
	struct dlm_node *node;
	int err;

	err = init_workers();
	if (err)
		return err;
	node = dlm_node_alloc(&init_net);
	if (IS_ERR(node)) {
		err = PTR_ERR(node);
		goto err_workers;
	}
	dlm_initial_node = node;
	err = init_doors(node);
	if (err)
		goto err_node;
	pr_info("dlm: installed, protocol 3.2\n");
	return 0;

err_node:
	dlm_node_free(node);
err_workers:
	exit_workers();
	return err;
}

static void __exit dlm_exit(void)
{
	dlm_devices_exit();
	dlm_control_exit(dlm_initial_node);
	dlm_node_free(dlm_initial_node);
	exit_workers();
}

module_init(dlm_init);
module_exit(dlm_exit);

MODULE_DESCRIPTION("Distributed Lock Manager");
MODULE_AUTHOR("The dlm.ko authors");
MODULE_LICENSE("GPL");
