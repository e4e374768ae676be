// SPDX-License-Identifier: GPL-2.0
/*
 * Debug files: resources and locks of a lockspace, and the state of each peer.
 *
 * A file is printed in one go, so that nothing is held over between two reads
 * and a lockspace can go away while a file is open.
 */
#include "control/debugfs.h"

#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/string_helpers.h>

#include "control/debug_resource.h"
#include "lockspace/family.h"
#include "lockspace/lock_entry.h"
#include "lockspace/lockspace.h"
#include "lockspace/node.h"
#include "lockspace/peer.h"
#include "lockspace/resource_table.h"
#include "lockspace/snapshot.h"

#define RESOURCE_TEXT_LEN 128 /* a first guess of the buffer, no limit */

/* Registration of this door. */
static struct dentry *root;
static struct dentry *comms;
static struct dlm_node *debugged_node;

typedef void (*print_fn)(struct seq_file *m, struct dlm_resource_entry *re);

/* As in stock's files: where nothing follows, there is no header either. */
static int print_all(struct seq_file *m, const char *header, print_fn print)
{
	struct dlm_snapshot *snap = dlm_snapshot_take(m->private);
	const size_t empty = m->count;
	size_t bare;
	u32 i;

	if (!snap)
		return -ENOMEM;
	seq_puts(m, header);
	bare = m->count;
	for (i = 0; i < snap->nr && !seq_has_overflowed(m); i++) {
		dlm_resource_lock(snap->entries[i]);
		print(m, snap->entries[i]);
		dlm_resource_unlock(snap->entries[i]);
		cond_resched();
	}
	dlm_snapshot_free(snap);
	if (m->count == bare)
		m->count = empty;
	return 0;
}

static size_t first_size(struct dlm_lockspace *ls)
{
	return max_t(size_t, (size_t)dlm_resource_count(ls) * RESOURCE_TEXT_LEN, PAGE_SIZE);
}

/* A file with something of each resource: <name>_show, _open, _fops. */
#define RESOURCE_FILE(name, header, print)                                   \
	static int name##_show(struct seq_file *m, void *unused)             \
	{                                                                    \
		return print_all(m, header, print);                          \
	}                                                                    \
	static int name##_open(struct inode *inode, struct file *file)       \
	{                                                                    \
		return single_open_size(file, name##_show, inode->i_private, \
					first_size(inode->i_private));       \
	}                                                                    \
	static const struct file_operations name##_fops = {                  \
		.owner = THIS_MODULE,                                        \
		.open = name##_open,                                         \
		.read = seq_read,                                            \
		.llseek = seq_lseek,                                         \
		.release = single_release,                                   \
	}

RESOURCE_FILE(queues, "", dlm_debug_queues);
RESOURCE_FILE(locks, DLM_DEBUG_LOCKS_HEADER, dlm_debug_locks);
RESOURCE_FILE(all, DLM_DEBUG_ALL_HEADER, dlm_debug_all);
RESOURCE_FILE(toss, DLM_DEBUG_UNUSED_HEADER, dlm_debug_unused);
RESOURCE_FILE(waiters, "", dlm_debug_waiters);

/* "root"/"child"/..; of a name of more than 24 bytes the beginning. */
static void print_component(struct seq_file *m, const struct dlm_resource *res, bool root)
{
	const u8 *name = res->name;
	size_t len = res->name_len;
	bool whole = true;

	if (!root)
		name = dlm_family_own_name(name, &len, &whole);
	seq_puts(m, root ? "\"" : "/\"");
	seq_escape_mem(m, name, len, ESCAPE_HEX | ESCAPE_NAP | ESCAPE_APPEND, "\"\\");
	seq_puts(m, whole ? "\"" : "\"..");
}

static void print_sublock(struct dlm_lockspace *ls, const struct dlm_family_path *path, void *arg)
{
	struct seq_file *m = arg;
	const size_t before = m->count;
	struct dlm_lock_entry *le;
	u32 i;

	for (i = 0; i < path->depth; i++) {
		le = dlm_lock_find(&ls->locks, path->ids[i]);
		if (!le) {
			/* Gone since: half a path would name another lock. */
			m->count = before;
			return;
		}
		print_component(m, le->lkb.res, !i);
		dlm_lock_put(le);
	}
	seq_printf(m, " %x %x %u\n", path->ids[path->depth - 1], path->ids[path->depth - 2],
		   path->depth);
}

/* What stock does not have: own locks that have a parent. */
static int sublocks_show(struct seq_file *m, void *unused)
{
	seq_puts(m, "path id parent depth\n");
	dlm_family_each(m->private, print_sublock, m);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(sublocks);

/* The files of a lockspace, by what is put behind its name. */
static const struct {
	const char *suffix;
	const struct file_operations *fops;
} files[] = {
	{ "", &queues_fops },	 { "_locks", &locks_fops },	{ "_all", &all_fops },
	{ "_toss", &toss_fops }, { "_waiters", &waiters_fops }, { "_sublocks", &sublocks_fops },
};

static void file_name(char *buf, size_t size, const struct dlm_lockspace *ls, const char *suffix)
{
	snprintf(buf, size, "%s%s", ls->name, suffix);
	strreplace(buf, '/', '!');
}

/* Names of lockspaces may be those of other files: "comms", or "x_locks" beside "x". */
static bool is_there(const char *name, struct dentry **found)
{
	*found = debugfs_lookup(name, root);
	return *found;
}

/* Who comes later has no file. */
void dlm_debugfs_show(struct dlm_lockspace *ls)
{
	char name[DLM_LOCKSPACE_LEN + 16];
	struct dentry *other;
	int i;

	for (i = 0; i < ARRAY_SIZE(files); i++) {
		file_name(name, sizeof(name), ls, files[i].suffix);
		if (is_there(name, &other))
			dput(other);
		else
			debugfs_create_file(name, 0444, root, ls, files[i].fops);
	}
}

void dlm_debugfs_hide(struct dlm_lockspace *ls)
{
	char name[DLM_LOCKSPACE_LEN + 16];
	struct dentry *file;
	int i;

	for (i = 0; i < ARRAY_SIZE(files); i++) {
		file_name(name, sizeof(name), ls, files[i].suffix);
		if (!is_there(name, &file))
			continue;
		if (d_inode(file)->i_private == ls)
			debugfs_remove(file);
		dput(file);
	}
}

/* ---- peers ---- */

static int peer_of(struct seq_file *m, struct dlm_peer_info *info)
{
	return dlm_peer_info(&debugged_node->peers, (int)(long)m->private, info);
}

static int state_show(struct seq_file *m, void *unused)
{
	struct dlm_peer_info info;
	int err = peer_of(m, &info);

	if (!err)
		seq_printf(m, "%s\n", info.state);
	return err;
}
DEFINE_SHOW_ATTRIBUTE(state);

static int flags_show(struct seq_file *m, void *unused)
{
	struct dlm_peer_info info;
	int err = peer_of(m, &info);

	if (!err)
		seq_printf(m, "%u\n", info.flags);
	return err;
}
DEFINE_SHOW_ATTRIBUTE(flags);

static int send_queue_count_show(struct seq_file *m, void *unused)
{
	struct dlm_peer_info info;
	int err = peer_of(m, &info);

	if (!err)
		seq_printf(m, "%u\n", info.send_queue_count);
	return err;
}
DEFINE_SHOW_ATTRIBUTE(send_queue_count);

static int version_show(struct seq_file *m, void *unused)
{
	struct dlm_peer_info info;
	int err = peer_of(m, &info);

	if (!err)
		seq_printf(m, "0x%08x\n", info.version);
	return err;
}
DEFINE_SHOW_ATTRIBUTE(version);

/* What stock does not have: where messages went. */
static int counters_show(struct seq_file *m, void *unused)
{
	struct dlm_peer_info info;
	int err = peer_of(m, &info);

	if (err)
		return err;
	seq_printf(m, "rx_messages %llu\nrx_bytes %llu\nrx_duplicates %llu\nrx_gaps %llu\n",
		   info.rx_messages, info.rx_bytes, info.rx_duplicates, info.rx_gaps);
	seq_printf(m, "rx_malformed %llu\nrx_wrong_version %llu\n", info.rx_malformed,
		   info.rx_wrong_version);
	seq_printf(m, "tx_messages %llu\ntx_bytes %llu\ntx_resent %llu\ntx_acks %llu\n",
		   info.tx_messages, info.tx_bytes, info.tx_resent, info.tx_acks);
	seq_printf(m, "tx_writes %llu\ntx_refused %llu\nbad_acks %llu\n", info.tx_writes,
		   info.tx_refused, info.bad_acks);
	seq_printf(m, "connects %llu\naccepts %llu\nlosses %llu\ngap_resets %llu\nresets %llu\n",
		   info.connects, info.accepts, info.losses, info.gap_resets, info.resets);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(counters);

void dlm_debugfs_comm_add(int nodeid)
{
	void *data = (void *)(long)nodeid;
	struct dentry *dir;
	char name[16];

	snprintf(name, sizeof(name), "%d", nodeid);
	dir = debugfs_lookup(name, comms);
	if (dir) {
		dput(dir);
		return;
	}
	dir = debugfs_create_dir(name, comms);
	debugfs_create_file("state", 0444, dir, data, &state_fops);
	debugfs_create_file("flags", 0444, dir, data, &flags_fops);
	debugfs_create_file("send_queue_count", 0444, dir, data, &send_queue_count_fops);
	debugfs_create_file("version", 0444, dir, data, &version_fops);
	debugfs_create_file("counters", 0444, dir, data, &counters_fops);
}

void dlm_debugfs_comm_remove(int nodeid)
{
	char name[16];

	snprintf(name, sizeof(name), "%d", nodeid);
	debugfs_lookup_and_remove(name, comms);
}

void dlm_debugfs_init(struct dlm_node *node)
{
	debugged_node = node;
	root = debugfs_create_dir("dlm", NULL);
	comms = debugfs_create_dir("comms", root);
}

void dlm_debugfs_exit(void)
{
	debugfs_remove(root);
	root = NULL;
	comms = NULL;
}
