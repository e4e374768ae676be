// SPDX-License-Identifier: GPL-2.0
/*
 * Resources by name, and the order of age of those that nobody uses.
 *
 * A resource that goes out of use stays where it stands in the order of age; only the
 * time is noted. The scan, which looks at the oldest first, puts it right. So
 * locking and unlocking one name again and again touches no list.
 */
#include <linux/jhash.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

#include "cluster/directory.h"
#include "lockspace/lockspace.h"
#include "lockspace/locks.h"
#include "lockspace/memory.h"
#include "lockspace/node.h"
#include "lockspace/resource_table.h"
#include "lockspace/send.h"

#define SCAN_BATCH 64	  /* resources of one shard between two looks at the scheduler */
#define AGE_MAX	   0x7fff /* seconds; a longer toss_secs counts as this */

struct name_key {
	const u8 *name;
	u32 len;
};

static u32 hash_key(const void *data, u32 len, u32 seed)
{
	const struct name_key *key = data;

	return jhash(key->name, key->len, seed);
}

static u32 hash_object(const void *data, u32 len, u32 seed)
{
	const struct dlm_resource_entry *re = data;

	return jhash(re->name, re->res.name_len, seed);
}

static int compare(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct dlm_resource_entry *re = obj;
	const struct name_key *key = arg->key;

	return re->res.name_len != key->len || memcmp(re->name, key->name, key->len);
}

static const struct rhashtable_params table_params = {
	.head_offset = offsetof(struct dlm_resource_entry, table_link),
	.hashfn = hash_key,
	.obj_hashfn = hash_object,
	.obj_cmpfn = compare,
	.automatic_shrinking = true,
};

int dlm_resource_table_init(struct dlm_lockspace *ls)
{
	int i, err;

	ls->lru = kcalloc(DLM_LRU_SHARDS, sizeof(*ls->lru), GFP_KERNEL);
	if (!ls->lru)
		return -ENOMEM;
	for (i = 0; i < DLM_LRU_SHARDS; i++) {
		DLM_INIT_SPIN(&ls->lru[i].lock, lru_lock);
		INIT_LIST_HEAD(&ls->lru[i].list);
	}
	err = rhashtable_init(&ls->resources, &table_params);
	if (err) {
		kfree(ls->lru);
		ls->lru = NULL;
	}
	return err;
}

static void free_entry(void *ptr, void *arg)
{
	struct dlm_resource_entry *re = ptr;

	list_del_init(&re->lru_link);
	dlm_resource_put(re);
}

void dlm_resource_table_exit(struct dlm_lockspace *ls)
{
	if (!ls->lru)
		return;
	rhashtable_free_and_destroy(&ls->resources, free_entry, NULL);
	kfree(ls->lru);
	ls->lru = NULL;
}

u32 dlm_resource_hash(const u8 *name, size_t len)
{
	return jhash(name, len, 0);
}

struct dlm_resource_entry *dlm_resource_find(struct dlm_lockspace *ls, const u8 *name, size_t len)
{
	struct name_key key = { .name = name, .len = len };
	struct dlm_resource_entry *re;

	rcu_read_lock();
	re = rhashtable_lookup(&ls->resources, &key, table_params);
	if (re && !dlm_resource_get(re))
		re = NULL;
	rcu_read_unlock();
	return re;
}

struct dlm_resource_entry *dlm_resource_alloc(struct dlm_lockspace *ls, const u8 *name, size_t len)
{
	struct dlm_resource_entry *re = dlm_resource_memory_alloc(len, GFP_NOFS);

	if (!re)
		return NULL;
	memcpy(re->name, name, len);
	dlm_resource_init(&re->res, re->name, len, dlm_resource_hash(name, len), ls->cl.lvblen);
	re->ls = ls;
	INIT_LIST_HEAD(&re->lru_link);
	INIT_LIST_HEAD(&re->tracked);
	DLM_INIT_SPIN(&re->lock, res_lock);
	refcount_set(&re->refs, 1);
	return re;
}

static void free_after_grace(struct rcu_head *rcu)
{
	struct dlm_resource_entry *re = container_of(rcu, struct dlm_resource_entry, rcu);

	dlm_lvb_free(re->res.lvblen, re->res.lvb);
	dlm_resource_memory_free(re, re->res.name_len);
}

void dlm_resource_put(struct dlm_resource_entry *re)
{
	if (refcount_dec_and_test(&re->refs))
		call_rcu(&re->rcu, free_after_grace);
}

struct dlm_resource_entry *dlm_resource_insert(struct dlm_lockspace *ls,
					       struct dlm_resource_entry *fresh)
{
	struct name_key key = { .name = fresh->name, .len = fresh->res.name_len };
	struct dlm_resource_entry *re;

	refcount_set(&fresh->refs, 2);
	for (;;) {
		rcu_read_lock();
		re = rhashtable_lookup_get_insert_key(&ls->resources, &key, &fresh->table_link,
						      table_params);
		if (!re) {
			rcu_read_unlock();
			return fresh;
		}
		if (IS_ERR(re) || dlm_resource_get(re))
			break;
		/* Its last reference is gone: it is out of the table already, or at once. */
		rcu_read_unlock();
		cpu_relax();
	}
	rcu_read_unlock();
	dlm_resource_memory_free(fresh, fresh->res.name_len);
	return re;
}

struct dlm_resource_entry *dlm_resource_obtain(struct dlm_lockspace *ls, const u8 *name, size_t len)
{
	struct dlm_resource_entry *re = dlm_resource_find(ls, name, len);

	if (re)
		return re;
	re = dlm_resource_alloc(ls, name, len);
	if (!re)
		return ERR_PTR(-ENOMEM);
	return dlm_resource_insert(ls, re);
}

void dlm_resource_lock(struct dlm_resource_entry *re) __acquires(&re->lock)
{
	spin_lock(&re->lock);
}

void dlm_resource_unlock(struct dlm_resource_entry *re) __releases(&re->lock)
{
	spin_unlock(&re->lock);
}

void dlm_resource_set_directory(struct dlm_resource_entry *re)
{
	const struct dlm_view *view = re->ls->cl.view;

	if (!re->res.dir && view)
		re->res.dir = dlm_view_directory_node(view, re->res.hash);
}

static struct dlm_lru *lru_of(const struct dlm_resource_entry *re)
{
	return &re->ls->lru[re->res.hash % DLM_LRU_SHARDS];
}

/* Seconds, going round: ages are differences, at most AGE_MAX. */
static u16 now_s(void)
{
	return (u16)ktime_get_seconds();
}

static void lru_remove(struct dlm_resource_entry *re)
{
	struct dlm_lru *lru = lru_of(re);

	spin_lock(&lru->lock);
	list_del_init(&re->lru_link);
	spin_unlock(&lru->lock);
}

static void lru_add_youngest(struct dlm_resource_entry *re)
{
	struct dlm_lru *lru = lru_of(re);

	spin_lock(&lru->lock);
	re->listed_since = now_s();
	list_move_tail(&re->lru_link, &lru->list);
	spin_unlock(&lru->lock);
}

void dlm_resource_kill(struct dlm_resource_entry *re)
{
	lockdep_assert_held(&re->lock);
	if (re->res.state & DLM_RES_DEAD)
		return;
	WARN_ON_ONCE(dlm_resource_has_locks(&re->res) || !list_empty(&re->tracked));
	re->res.state |= DLM_RES_DEAD;
	lru_remove(re);
	rhashtable_remove_fast(&re->ls->resources, &re->table_link, table_params);
	dlm_resource_put(re);
}

void dlm_resource_idle(struct dlm_resource_entry *re)
{
	struct dlm_resource *res = &re->res;

	lockdep_assert_held(&re->lock);
	if (res->state & DLM_RES_DEAD)
		return;
	/* The value lives as long as there are locks (lock-semantics 12.8). */
	dlm_lvb_free(res->lvblen, res->lvb);
	res->lvb = NULL;
	res->lvbseq = 0;
	res->state &= ~(DLM_RES_ACTIVE | DLM_RES_LVB_EXISTS | DLM_RES_LVB_INVALID);
	re->idle_since = now_s();
	if (list_empty(&re->lru_link))
		lru_add_youngest(re);
}

/* The oldest of a shard if it is old enough, taken off the list, with a reference. */
static struct dlm_resource_entry *oldest(struct dlm_lru *lru, u16 age_s)
{
	struct dlm_resource_entry *re;

	spin_lock(&lru->lock);
	re = list_first_entry_or_null(&lru->list, struct dlm_resource_entry, lru_link);
	if (re && (u16)(now_s() - re->listed_since) < age_s)
		re = NULL;
	if (re) {
		list_del_init(&re->lru_link);
		/* What stands in the list is in the table, whose reference it can share. */
		refcount_inc(&re->refs);
	}
	spin_unlock(&lru->lock);
	return re;
}

/* Kept until its master or a recovery says that it is void, however long. */
static bool directory_record(const struct dlm_cluster *cl, const struct dlm_resource *res)
{
	return res->dir == cl->our_nodeid && res->master && res->master != cl->our_nodeid;
}

static void toss(struct dlm_resource_entry *re, u16 age_s)
{
	struct dlm_cluster *cl = &re->ls->cl;
	struct dlm_resource *res = &re->res;

	if (res->state & DLM_RES_DEAD)
		return;
	if (dlm_resource_has_locks(res) || (res->state & DLM_RES_ACTIVE) ||
	    directory_record(cl, res))
		return; /* comes back to the list when it is unused */
	if ((u16)(now_s() - re->idle_since) >= age_s && dlm_gate_open(cl, res) &&
	    dlm_directory_toss(cl, res) == DLM_TOSS_FREE)
		dlm_resource_kill(re);
	else
		lru_add_youngest(re);
}

static void scan_shard(struct dlm_lockspace *ls, struct dlm_lru *lru, u16 age_s)
{
	struct dlm_resource_entry *re;
	u32 nr = 0;

	while ((re = oldest(lru, age_s))) {
		dlm_resource_lock_sending(re, dlm_send_reserve_alloc(ls));
		toss(re, age_s);
		dlm_resource_unlock_sending(re);
		dlm_resource_put(re);
		if (++nr % SCAN_BATCH == 0)
			cond_resched();
	}
}

void dlm_resource_scan(struct dlm_lockspace *ls)
{
	u16 age_s = min_t(u32, dlm_node_tunable(ls->node, DLM_TUNABLE_TOSS_SECS), AGE_MAX);
	int i;

	for (i = 0; i < DLM_LRU_SHARDS; i++)
		scan_shard(ls, &ls->lru[i], age_s);
	dlm_send_kick(ls);
}

u32 dlm_resource_count(struct dlm_lockspace *ls)
{
	return atomic_read(&ls->resources.nelems);
}
