// SPDX-License-Identifier: GPL-2.0
/*
 * dlm_client.ko: a user of <linux/dlm.h> that tests drive by text.
 * Files in <debugfs>/dlm_client: command (control.c), events (event.c),
 * stats (load.c).
 * It unloads only when every lockspace it created is released.
 */
#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/module.h>

#include "control.h"
#include "event.h"
#include "load.h"
#include "react.h"
#include "space.h"

static struct dentry *folder;

static int __init client_init(void)
{
	int err;

	err = react_init();
	if (err)
		return err;
	folder = debugfs_create_dir("dlm_client", NULL);
	if (IS_ERR(folder)) {
		react_exit();
		return PTR_ERR(folder);
	}
	debugfs_create_file("command", 0600, folder, NULL, &control_file);
	debugfs_create_file("events", 0400, folder, NULL, &event_file);
	debugfs_create_file("stats", 0400, folder, NULL, load_stats_file);
	return 0;
}

static void __exit client_exit(void)
{
	debugfs_remove_recursive(folder);
	react_exit();
	space_exit();
	event_exit();
}

module_init(client_init);
module_exit(client_exit);

MODULE_DESCRIPTION("Text-driven client of the distributed lock manager, for tests");
MODULE_LICENSE("GPL");
