// SPDX-License-Identifier: GPL-2.0
/*
 * Resources and locks as lines of text. Programs parse them by position: fields
 * are neither added nor left out, and flags that ours does not have read 0.
 */
#include "control/debug_resource.h"

#include <linux/ctype.h>
#include <linux/ktime.h>
#include <linux/seq_file.h>

#include "gen/dlm_modes.h"
#include "lockspace/lock_entry.h"
#include "lockspace/lockspace.h"
#include "lockspace/resource_table.h"
#include "lockspace/user_lock.h"

#define FLAG_MASTER_COPY 0x10000

/* Unlike elsewhere, 0 stands for this node here. */
static int other_node(const struct dlm_lockspace *ls, int nodeid)
{
	return nodeid == ls->cl.our_nodeid ? 0 : nodeid;
}

/* And -1 for a master that is not known. */
static int master_of(const struct dlm_resource_entry *re)
{
	return re->res.master ? other_node(re->ls, re->res.master) : -1;
}

static int counterpart(const struct dlm_lockspace *ls, const struct dlm_resource *res,
		       const struct dlm_lkb *lkb)
{
	if (dlm_lkb_is_master_copy(lkb))
		return lkb->holder;
	return other_node(ls, res->master);
}

static u32 lock_flags(const struct dlm_lkb *lkb)
{
	return lkb->flags | (dlm_lkb_is_master_copy(lkb) ? FLAG_MASTER_COPY : 0);
}

/* The number that a lock of user space came with. */
static u64 number_given(const struct dlm_lkb *lkb)
{
	const struct dlm_user_lock *user =
		dlm_user_lock(container_of(lkb, struct dlm_lock_entry, lkb));

	return user ? READ_ONCE(user->xid) : 0;
}

typedef void (*lock_fn)(struct seq_file *m, const struct dlm_resource_entry *re,
			const struct dlm_lkb *lkb);

static void each_lock(struct seq_file *m, struct dlm_resource_entry *re, struct list_head *queue,
		      lock_fn print)
{
	struct dlm_lkb *lkb;

	list_for_each_entry(lkb, queue, queue_link)
		print(m, re, lkb);
}

/* ---- format 1 ---- */

static const char *mode_name(int mode)
{
	return mode == DLM_LOCK_IV ? "--" : dlm_mode_name(mode);
}

static void queue_line(struct seq_file *m, const struct dlm_resource_entry *re,
		       const struct dlm_lkb *lkb)
{
	seq_printf(m, "%08x %s", lkb->id, mode_name(lkb->granted_mode));
	if (lkb->queue == DLM_QUEUE_CONVERT || lkb->queue == DLM_QUEUE_WAIT)
		seq_printf(m, " (%s)", mode_name(lkb->requested_mode));
	if (dlm_lkb_is_master_copy(lkb))
		seq_printf(m, " Remote: %3d %08x", lkb->holder, lkb->remid);
	else if (counterpart(re->ls, &re->res, lkb))
		seq_printf(m, " Master:     %08x", lkb->remid);
	if (lkb->wait_type != DLM_WAIT_NONE)
		seq_printf(m, " wait_type: %d", lkb->wait_type);
	seq_putc(m, '\n');
}

static void readable_name(struct seq_file *m, const struct dlm_resource *res)
{
	u32 i;

	for (i = 0; i < res->name_len; i++)
		seq_putc(m, isascii(res->name[i]) && isprint(res->name[i]) ? res->name[i] : '.');
}

static void who_masters(struct seq_file *m, const struct dlm_resource_entry *re)
{
	const int master = master_of(re);

	if (master > 0)
		seq_printf(m, "Local Copy, Master is node %d\n", master);
	else if (master < 0)
		seq_printf(m, "Looking up master (lkid %x)\n", re->res.first);
	else
		seq_puts(m, "Master Copy\n");
}

/* On two lines, whatever its length. */
static void readable_value(struct seq_file *m, const struct dlm_resource *res)
{
	u32 i;

	if (!(res->state & DLM_RES_LVB_EXISTS))
		return;
	seq_puts(m, "LVB: ");
	for (i = 0; i < res->lvblen; i++) {
		if (i && i == res->lvblen / 2)
			seq_puts(m, "\n     ");
		seq_printf(m, "%02x ", res->lvb[i]);
	}
	if (res->state & DLM_RES_LVB_INVALID)
		seq_puts(m, " (INVALID)");
	seq_putc(m, '\n');
}

void dlm_debug_queues(struct seq_file *m, struct dlm_resource_entry *re)
{
	struct dlm_resource *res = &re->res;

	if (!(res->state & DLM_RES_ACTIVE))
		return;
	seq_printf(m, "\nResource %p Name (len=%u) \"", re, res->name_len);
	readable_name(m, res);
	seq_puts(m, "\"\n");
	who_masters(m, re);
	readable_value(m, res);
	seq_puts(m, "Granted Queue\n");
	each_lock(m, re, &res->grant_queue, queue_line);
	seq_puts(m, "Conversion Queue\n");
	each_lock(m, re, &res->convert_queue, queue_line);
	seq_puts(m, "Waiting Queue\n");
	each_lock(m, re, &res->wait_queue, queue_line);
	if (list_empty(&res->lookup_list))
		return;
	seq_puts(m, "Lookup Queue\n");
	each_lock(m, re, &res->lookup_list, queue_line);
}

/* ---- format 2 ---- */

static void lock_line(struct seq_file *m, const struct dlm_resource_entry *re,
		      const struct dlm_lkb *lkb)
{
	const struct dlm_resource *res = &re->res;
	u64 waited_us = ktime_to_us(ktime_get()) - lkb->since_us;

	seq_printf(m, "%x %d %x %u %llu %x %x %d %d %d %llu %d %u \"%.*s\"\n", lkb->id,
		   counterpart(re->ls, res, lkb), lkb->remid, lkb->ownpid, number_given(lkb),
		   lkb->exflags, lock_flags(lkb), lkb->queue, lkb->granted_mode,
		   lkb->requested_mode, waited_us, other_node(re->ls, res->master), res->name_len,
		   res->name_len, res->name);
}

void dlm_debug_locks(struct seq_file *m, struct dlm_resource_entry *re)
{
	each_lock(m, re, &re->res.grant_queue, lock_line);
	each_lock(m, re, &re->res.convert_queue, lock_line);
	each_lock(m, re, &re->res.wait_queue, lock_line);
}

/* ---- formats 3 and 4 ---- */

static bool all_printable(const struct dlm_resource *res)
{
	u32 i;

	for (i = 0; i < res->name_len; i++)
		if (!isascii(res->name[i]) || !isprint(res->name[i]))
			return false;
	return true;
}

static void exact_name(struct seq_file *m, const struct dlm_resource *res)
{
	u32 i;

	if (all_printable(res)) {
		seq_printf(m, "str %.*s\n", res->name_len, res->name);
		return;
	}
	seq_puts(m, "hex");
	for (i = 0; i < res->name_len; i++)
		seq_printf(m, " %02x", res->name[i]);
	seq_putc(m, '\n');
}

static void lock_facts(struct seq_file *m, const struct dlm_resource_entry *re,
		       const struct dlm_lkb *lkb)
{
	seq_printf(m, "lkb %x %d %x %u %llu %x %x %d %d %d %d %d %d %u %llu 0\n", lkb->id,
		   counterpart(re->ls, &re->res, lkb), lkb->remid, lkb->ownpid, number_given(lkb),
		   lkb->exflags, lock_flags(lkb), lkb->queue, lkb->granted_mode,
		   lkb->requested_mode, lkb->high_bast, lkb->state & DLM_LKB_LOOKUP_LISTED ? 1 : 0,
		   lkb->wait_type, lkb->lvbseq, lkb->since_us * NSEC_PER_USEC);
}

static void value_facts(struct seq_file *m, const struct dlm_resource *res)
{
	u32 i;

	if (!(res->state & DLM_RES_LVB_EXISTS))
		return;
	seq_printf(m, "lvb %u %u", res->lvbseq, res->lvblen);
	for (i = 0; i < res->lvblen; i++)
		seq_printf(m, " %02x", res->lvb[i]);
	seq_putc(m, '\n');
}

/*
 * The flags of the first line stay 0: dlm_tool reads them as a decimal number, and
 * fails at a letter.
 */
void dlm_debug_all(struct seq_file *m, struct dlm_resource_entry *re)
{
	struct dlm_resource *res = &re->res;

	if (!(res->state & DLM_RES_ACTIVE))
		return;
	seq_printf(m, "rsb %p %d %x 0 %d 0 0 %u ", re, master_of(re), res->first,
		   res->state & DLM_RES_NEW_MASTER ? 1 : 0, res->name_len);
	exact_name(m, res);
	value_facts(m, res);
	each_lock(m, re, &res->grant_queue, lock_facts);
	each_lock(m, re, &res->convert_queue, lock_facts);
	each_lock(m, re, &res->wait_queue, lock_facts);
	each_lock(m, re, &res->lookup_list, lock_facts);
}

void dlm_debug_unused(struct seq_file *m, struct dlm_resource_entry *re)
{
	const struct dlm_resource *res = &re->res;

	if (res->state & (DLM_RES_ACTIVE | DLM_RES_DEAD))
		return;
	seq_printf(m, "rsb %p %d %d %d %d %u 0 %u ", re, master_of(re), res->master, res->dir,
		   re->ls->cl.our_nodeid, re->idle_since, res->name_len);
	exact_name(m, res);
}

void dlm_debug_waiters(struct seq_file *m, struct dlm_resource_entry *re)
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
