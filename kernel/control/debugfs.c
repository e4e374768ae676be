// SPDX-License-Identifier: GPL-2.0
/*
 * Debug files: the locks of a lockspace, the locks that wait for an answer, and
 * the state of each peer. The formats are those that dlm_tool and glocktop parse.
 *
 * A file is printed in one go, so that nothing is held over between two reads
 * and a lockspace can go away while a file is open.
 */
#include "control/debugfs.h"

#include <linux/debugfs.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/string_helpers.h>

#include "lockspace/family.h"
#include "lockspace/lock_entry.h"
#include "lockspace/lockspace.h"
#include "lockspace/node.h"
#include "lockspace/peer.h"
#include "lockspace/resource_table.h"
#include "lockspace/snapshot.h"
#include "lockspace/user_lock.h"

#define LOCK_LINE_LEN	 128 /* a first guess of the buffer, no limit */
#define FLAG_MASTER_COPY 0x10000

/* Registration of this door. */
static struct dentry *root;
static struct dentry *comms;
static struct dlm_node *debugged_node;

typedef void (*print_fn)(struct seq_file *m, struct dlm_resource_entry *re);

static int print_all(struct seq_file *m, struct dlm_lockspace *ls, print_fn print)
{
	struct dlm_snapshot *snap = dlm_snapshot_take(ls);
	u32 i;

	if (!snap)
		return -ENOMEM;
	for (i = 0; i < snap->nr && !seq_has_overflowed(m); i++) {
		dlm_resource_lock(snap->entries[i]);
		print(m, snap->entries[i]);
		dlm_resource_unlock(snap->entries[i]);
		cond_resched();
	}
	dlm_snapshot_free(snap);
	return 0;
}

/* Unlike elsewhere, 0 stands for this node here. */
static int other_node(const struct dlm_lockspace *ls, int nodeid)
{
	return nodeid == ls->cl.our_nodeid ? 0 : nodeid;
}

static int counterpart(const struct dlm_lockspace *ls, const struct dlm_resource *res,
		       const struct dlm_lkb *lkb)
{
	if (dlm_lkb_is_master_copy(lkb))
		return lkb->holder;
	return other_node(ls, res->master);
}

/* The number that a lock of user space came with. */
static u64 number_given(const struct dlm_lkb *lkb)
{
	const struct dlm_user_lock *user =
		dlm_user_lock(container_of(lkb, struct dlm_lock_entry, lkb));

	return user ? READ_ONCE(user->xid) : 0;
}

static void print_lock(struct seq_file *m, const struct dlm_resource_entry *re,
		       const struct dlm_lkb *lkb)
{
	const struct dlm_resource *res = &re->res;
	u64 waited_us = ktime_to_us(ktime_get()) - lkb->since_us;
	u32 flags = lkb->flags | (dlm_lkb_is_master_copy(lkb) ? FLAG_MASTER_COPY : 0);

	seq_printf(m, "%x %d %x %u %llu %x %x %d %d %d %llu %d %u \"%.*s\"\n", lkb->id,
		   counterpart(re->ls, res, lkb), lkb->remid, lkb->ownpid, number_given(lkb),
		   lkb->exflags, flags, lkb->queue, lkb->granted_mode, lkb->requested_mode,
		   waited_us, other_node(re->ls, res->master), res->name_len, res->name_len,
		   res->name);
}

static void print_locks(struct seq_file *m, struct dlm_resource_entry *re)
{
	struct dlm_lkb *lkb;

	list_for_each_entry(lkb, &re->res.grant_queue, queue_link)
		print_lock(m, re, lkb);
	list_for_each_entry(lkb, &re->res.convert_queue, queue_link)
		print_lock(m, re, lkb);
	list_for_each_entry(lkb, &re->res.wait_queue, queue_link)
		print_lock(m, re, lkb);
}

static int locks_show(struct seq_file *m, void *unused)
{
	seq_puts(m, "id nodeid remid pid xid exflags flags sts grmode rqmode time_ms ");
	seq_puts(m, "r_nodeid r_len r_name\n");
	return print_all(m, m->private, print_locks);
}

static int locks_open(struct inode *inode, struct file *file)
{
	struct dlm_lockspace *ls = inode->i_private;
	size_t size = (size_t)dlm_resource_count(ls) * LOCK_LINE_LEN;

	return single_open_size(file, locks_show, ls, max_t(size_t, size, PAGE_SIZE));
}

static const struct file_operations locks_fops = {
	.owner = THIS_MODULE,
	.open = locks_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = single_release,
};

static void print_waiters(struct seq_file *m, struct dlm_resource_entry *re)
{
	const struct dlm_resource *res = &re->res;
	struct dlm_lock_entry *le;

	list_for_each_entry(le, &re->tracked, tracked_link) {
		const struct dlm_lkb *lkb = &le->lkb;
		int asked = lkb->wait_type == DLM_WAIT_LOOKUP ? res->dir : res->master;

		if (lkb->wait_type == DLM_WAIT_NONE)
			continue;
		seq_printf(m, "%x %d %d %.*s\n", lkb->id, lkb->wait_type, asked, res->name_len,
			   res->name);
	}
}

static int waiters_show(struct seq_file *m, void *unused)
{
	return print_all(m, m->private, print_waiters);
}
DEFINE_SHOW_ATTRIBUTE(waiters);

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
	struct dlm_lock_entry *le;
	struct seq_file *m = arg;
	u32 i;

	for (i = 0; i < path->depth; i++) {
		le = dlm_lock_find(&ls->locks, path->ids[i]);
		if (!le)
			continue;
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

static void file_name(char *buf, size_t size, const struct dlm_lockspace *ls, const char *suffix)
{
	snprintf(buf, size, "%s%s", ls->name, suffix);
	strreplace(buf, '/', '!');
}

void dlm_debugfs_show(struct dlm_lockspace *ls)
{
	char name[DLM_LOCKSPACE_LEN + 16];

	file_name(name, sizeof(name), ls, "_locks");
	debugfs_create_file(name, 0444, root, ls, &locks_fops);
	file_name(name, sizeof(name), ls, "_waiters");
	debugfs_create_file(name, 0444, root, ls, &waiters_fops);
	file_name(name, sizeof(name), ls, "_sublocks");
	debugfs_create_file(name, 0444, root, ls, &sublocks_fops);
}

void dlm_debugfs_hide(struct dlm_lockspace *ls)
{
	char name[DLM_LOCKSPACE_LEN + 16];

	file_name(name, sizeof(name), ls, "_locks");
	debugfs_lookup_and_remove(name, root);
	file_name(name, sizeof(name), ls, "_waiters");
	debugfs_lookup_and_remove(name, root);
	file_name(name, sizeof(name), ls, "_sublocks");
	debugfs_lookup_and_remove(name, root);
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
