// SPDX-License-Identifier: GPL-2.0
/*
 * The lockspace object and how it is found: by handle, by global id, by name.
 *
 * A handle is a number in a pointer's clothes. It is looked up under RCU and never
 * dereferenced, so garbage and released handles are found out.
 */
#include <linux/percpu.h>
#include <linux/random.h>
#include <linux/rculist.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>

#include "lockspace/effects.h"
#include "lockspace/family.h"
#include "lockspace/lock_entry.h"
#include "lockspace/lockspace.h"
#include "lockspace/locks.h"
#include "lockspace/message_queue.h"
#include "lockspace/node.h"
#include "lockspace/notify.h"
#include "lockspace/recovery.h"
#include "lockspace/registry.h"
#include "lockspace/resource_table.h"
#include "lockspace/snapshot.h"
#include "lockspace/watch.h"

#define HANDLE_SHIFT 4 /* no handle looks like a small number or NULL */
#define HANDLE_TAG   0xd
#define LSFL_LOCAL   (DLM_LSFL_FS_BIT | DLM_LSFL_NEWEXCL) /* not compared between nodes */

static void calls_gone(struct percpu_ref *ref)
{
	complete(&container_of(ref, struct dlm_lockspace, calls)->calls_done);
}

static void deliveries_gone(struct percpu_ref *ref)
{
	complete(&container_of(ref, struct dlm_lockspace, deliveries)->deliveries_done);
}

static void init_locks(struct dlm_lockspace *ls)
{
	DLM_INIT_MUTEX(&ls->control_mutex, control_mutex);
	DLM_INIT_MUTEX(&ls->view_mutex, view_mutex);
	DLM_INIT_MUTEX(&ls->user_mutex, user_mutex);
	DLM_INIT_SPIN(&ls->saved_lock, saved_lock);
	DLM_INIT_SPIN(&ls->hold_lock, hold_lock);
	DLM_INIT_SPIN(&ls->clock_lock, clock_lock);
}

static void init_lists(struct dlm_lockspace *ls)
{
	INIT_LIST_HEAD(&ls->link);
	INIT_HLIST_NODE(&ls->by_id);
	INIT_LIST_HEAD(&ls->saved);
	INIT_LIST_HEAD(&ls->held);
	INIT_LIST_HEAD(&ls->slot_calls);
	init_llist_head(&ls->deferred);
	init_completion(&ls->joined);
	init_completion(&ls->calls_done);
	init_completion(&ls->deliveries_done);
	init_waitqueue_head(&ls->event_wait);
}

static void init_cluster(struct dlm_lockspace *ls, const struct dlm_lockspace_args *args)
{
	struct dlm_cluster *cl = &ls->cl;

	cl->ops = &dlm_shell_ops;
	cl->our_nodeid = ls->node->our_nodeid;
	cl->lvblen = args->lvblen;
	cl->lsflags = args->flags & ~LSFL_LOCAL;
	cl->nodir = args->flags & DLM_LSFL_NODIR_BIT;
	cl->gate = DLM_GATE_NEVER;
	dlm_recover_init(cl, get_random_u64());
}

static int init_tables(struct dlm_lockspace *ls)
{
	int err;

	ls->nr_locks = alloc_percpu(long);
	if (!ls->nr_locks)
		return -ENOMEM;
	err = percpu_ref_init(&ls->calls, calls_gone, 0, GFP_KERNEL);
	if (err)
		goto err_count;
	err = percpu_ref_init(&ls->deliveries, deliveries_gone, 0, GFP_KERNEL);
	if (err)
		goto err_calls;
	err = dlm_lock_table_init(&ls->locks);
	if (err)
		goto err_deliveries;
	err = dlm_resource_table_init(ls);
	if (err)
		goto err_locks;
	return 0;

err_locks:
	dlm_lock_table_exit(&ls->locks);
err_deliveries:
	percpu_ref_exit(&ls->deliveries);
err_calls:
	percpu_ref_exit(&ls->calls);
err_count:
	free_percpu(ls->nr_locks);
	return err;
}

struct dlm_lockspace *dlm_lockspace_alloc(struct dlm_node *node,
					  const struct dlm_lockspace_args *args)
{
	struct dlm_lockspace *ls = kzalloc(sizeof(*ls), GFP_KERNEL);
	int err;

	if (!ls)
		return ERR_PTR(-ENOMEM);
	ls->node = node;
	ls->name_len = strlen(args->name);
	memcpy(ls->name, args->name, ls->name_len);
	ls->flags = args->flags;
	ls->use_count = 1;
	ls->state = DLM_LS_JOINING;
	refcount_set(&ls->refs, 1);
	init_locks(ls);
	init_lists(ls);
	init_cluster(ls, args);
	err = init_tables(ls);
	if (err) {
		kfree(ls);
		return ERR_PTR(err);
	}
	dlm_families_init(ls);
	dlm_watch_setup(ls);
	dlm_recovery_setup(ls);
	return ls;
}

static bool free_lock(struct dlm_lock_entry *le, void *arg)
{
	struct dlm_lockspace *ls = arg;
	struct dlm_resource_entry *re = dlm_lock_resource(le);

	dlm_resource_lock(re);
	if (le->lkb.queue)
		list_del_init(&le->lkb.queue_link);
	list_del_init(&le->tracked_link);
	le->lkb.state |= DLM_LKB_GONE;
	dlm_lock_table_remove(&ls->locks, le);
	dlm_resource_unlock(re);
	dlm_lock_put(le);
	return true;
}

/* Nothing runs in the lockspace any more: locks vanish, nobody is told. */
void dlm_lockspace_clear(struct dlm_lockspace *ls)
{
	dlm_snapshot_free(ls->snapshot);
	ls->snapshot = NULL;
	dlm_lock_table_each(&ls->locks, free_lock, ls);
	dlm_resource_table_exit(ls);
	dlm_saved_drop_all(ls);
	dlm_notify_drop(ls);
	dlm_recover_exit(&ls->cl);
	/* Locks and resources that are still on their way to be freed look at the lockspace. */
	rcu_barrier();
	dlm_families_exit(ls);
	dlm_watches_exit(ls);
	dlm_lock_table_exit(&ls->locks);
}

void dlm_lockspace_put(struct dlm_lockspace *ls)
{
	if (!refcount_dec_and_test(&ls->refs))
		return;
	percpu_ref_exit(&ls->calls);
	percpu_ref_exit(&ls->deliveries);
	free_percpu(ls->nr_locks);
	kfree_rcu(ls, rcu);
}

long dlm_lockspace_nr_locks(struct dlm_lockspace *ls)
{
	long sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += *per_cpu_ptr(ls->nr_locks, cpu);
	return sum;
}

/* ---- handles ---- */

dlm_lockspace_t *dlm_lockspace_handle(const struct dlm_lockspace *ls)
{
	return (dlm_lockspace_t *)(((unsigned long)ls->handle_id << HANDLE_SHIFT) | HANDLE_TAG);
}

struct dlm_lockspace *dlm_lockspace_enter(struct dlm_node *node, const dlm_lockspace_t *handle)
{
	unsigned long value = (unsigned long)handle;
	struct dlm_lockspace *ls;

	if ((value & ((1UL << HANDLE_SHIFT) - 1)) != HANDLE_TAG)
		return NULL;
	rcu_read_lock();
	ls = xa_load(&node->handles, value >> HANDLE_SHIFT);
	if (ls && !percpu_ref_tryget_live(&ls->calls))
		ls = NULL;
	rcu_read_unlock();
	return ls;
}

void dlm_lockspace_leave(struct dlm_lockspace *ls)
{
	percpu_ref_put(&ls->calls);
}

int dlm_registry_add(struct dlm_lockspace *ls)
{
	struct dlm_node *node = ls->node;
	struct xa_limit limit = XA_LIMIT(1, INT_MAX);
	int err;

	lockdep_assert_held(&node->spaces_mutex);
	err = xa_alloc_cyclic(&node->handles, &ls->handle_id, ls, limit, &node->next_handle,
			      GFP_KERNEL);
	if (err < 0)
		return err;
	list_add_tail(&ls->link, &node->spaces);
	return 0;
}

void dlm_registry_remove(struct dlm_lockspace *ls)
{
	struct dlm_node *node = ls->node;

	lockdep_assert_held(&node->spaces_mutex);
	list_del_init(&ls->link);
	if (!hlist_unhashed(&ls->by_id))
		hlist_del_init_rcu(&ls->by_id);
	xa_erase(&node->handles, ls->handle_id);
}

struct dlm_lockspace *dlm_registry_by_name(struct dlm_node *node, const char *name, size_t len)
{
	struct dlm_lockspace *ls;

	lockdep_assert_held(&node->spaces_mutex);
	list_for_each_entry(ls, &node->spaces, link)
		if (ls->name_len == len && !memcmp(ls->name, name, len))
			return ls;
	return NULL;
}

struct dlm_lockspace *dlm_lockspace_find(struct dlm_node *node, const char *name, size_t len)
{
	struct dlm_lockspace *ls;

	mutex_lock(&node->spaces_mutex);
	ls = dlm_registry_by_name(node, name, len);
	if (ls)
		dlm_lockspace_get(ls);
	mutex_unlock(&node->spaces_mutex);
	return ls;
}

/* ---- global id ---- */

static struct hlist_head *id_bucket(struct dlm_node *node, u32 id)
{
	return &node->by_id[(id ^ (id >> 16)) % DLM_SPACE_HASH_SIZE];
}

struct dlm_lockspace *dlm_lockspace_enter_id(struct dlm_node *node, u32 global_id)
{
	struct dlm_lockspace *ls, *found = NULL;

	rcu_read_lock();
	hlist_for_each_entry_rcu(ls, id_bucket(node, global_id), by_id) {
		if (READ_ONCE(ls->cl.global_id) == global_id &&
		    percpu_ref_tryget_live(&ls->calls)) {
			found = ls;
			break;
		}
	}
	rcu_read_unlock();
	return found;
}

u32 dlm_lockspace_id(const struct dlm_lockspace *ls)
{
	return READ_ONCE(ls->cl.global_id);
}

void dlm_lockspace_set_id(struct dlm_lockspace *ls, u32 id)
{
	struct dlm_node *node = ls->node;

	mutex_lock(&node->spaces_mutex);
	if (!hlist_unhashed(&ls->by_id)) {
		hlist_del_init_rcu(&ls->by_id);
		synchronize_rcu(); /* nobody walks over it into the other bucket */
	}
	WRITE_ONCE(ls->cl.global_id, id);
	if (!list_empty(&ls->link))
		hlist_add_head_rcu(&ls->by_id, id_bucket(node, id));
	mutex_unlock(&node->spaces_mutex);
}

bool dlm_lockspace_nodir(const struct dlm_lockspace *ls)
{
	return READ_ONCE(ls->cl.nodir);
}

void dlm_lockspace_set_nodir(struct dlm_lockspace *ls)
{
	mutex_lock(&ls->view_mutex);
	/* All steps of a round, and all nodes in it, work in one mode. */
	if (ls->cl.recover.state == DLM_RECOVER_STOPPED ||
	    ls->cl.recover.state == DLM_RECOVER_ERROR)
		WRITE_ONCE(ls->cl.nodir, true);
	mutex_unlock(&ls->view_mutex);
}

bool dlm_lockspace_sublocks(const struct dlm_lockspace *ls)
{
	return READ_ONCE(ls->sublocks);
}

void dlm_lockspace_set_sublocks(struct dlm_lockspace *ls, bool on)
{
	WRITE_ONCE(ls->sublocks, on);
}
