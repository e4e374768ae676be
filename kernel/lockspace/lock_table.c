// SPDX-License-Identifier: GPL-2.0
/*
 * Locks by id. An id is (index << shard_bits) | shard; the shard is that of the
 * processor on which the lock was made, so that processors do not meet.
 */
#include <linux/cpumask.h>
#include <linux/log2.h>
#include <linux/slab.h>
#include <linux/smp.h>

#include "lockspace/lock_entry.h"
#include "lockspace/lock_table.h"

#define ID_MAX	       0x7fffffff
#define SHARD_BITS_MAX 6

static unsigned int nr_shards(const struct dlm_lock_table *table)
{
	return 1U << table->shard_bits;
}

int dlm_lock_table_init(struct dlm_lock_table *table)
{
	unsigned int i;

	table->shard_bits = min_t(unsigned int, order_base_2(nr_cpu_ids), SHARD_BITS_MAX);
	table->shards = kcalloc(nr_shards(table), sizeof(*table->shards), GFP_KERNEL);
	if (!table->shards)
		return -ENOMEM;
	for (i = 0; i < nr_shards(table); i++) {
		xa_init_flags(&table->shards[i].ids, XA_FLAGS_ALLOC1);
		table->shards[i].next = 1;
	}
	return 0;
}

void dlm_lock_table_exit(struct dlm_lock_table *table)
{
	unsigned int i;

	if (!table->shards)
		return;
	for (i = 0; i < nr_shards(table); i++)
		xa_destroy(&table->shards[i].ids);
	kfree(table->shards);
	table->shards = NULL;
}

static struct dlm_lock_shard *shard_of(struct dlm_lock_table *table, u32 id)
{
	return &table->shards[id & (nr_shards(table) - 1)];
}

int dlm_lock_table_reserve(struct dlm_lock_table *table, struct dlm_lock_entry *le)
{
	unsigned int nr = raw_smp_processor_id() & (nr_shards(table) - 1);
	struct dlm_lock_shard *shard = &table->shards[nr];
	struct xa_limit limit = XA_LIMIT(1, ID_MAX >> table->shard_bits);
	u32 index;
	int err;

	err = xa_alloc_cyclic(&shard->ids, &index, NULL, limit, &shard->next, GFP_NOFS);
	if (err < 0)
		return err == -EBUSY ? -ENOSPC : err;
	le->lkb.id = (index << table->shard_bits) | nr;
	return 0;
}

void dlm_lock_table_publish(struct dlm_lock_table *table, struct dlm_lock_entry *le)
{
	u32 id = le->lkb.id;

	/* The place is reserved, so that nothing is allocated. */
	xa_store(&shard_of(table, id)->ids, id >> table->shard_bits, le, GFP_NOWAIT);
}

void dlm_lock_table_remove(struct dlm_lock_table *table, struct dlm_lock_entry *le)
{
	u32 id = le->lkb.id;

	xa_erase(&shard_of(table, id)->ids, id >> table->shard_bits);
}

struct dlm_lock_entry *dlm_lock_find(struct dlm_lock_table *table, u32 id)
{
	struct dlm_lock_entry *le;

	if (!id || id > ID_MAX)
		return NULL;
	rcu_read_lock();
	le = xa_load(&shard_of(table, id)->ids, id >> table->shard_bits);
	if (le && !dlm_lock_get(le))
		le = NULL;
	rcu_read_unlock();
	return le;
}

bool dlm_lock_table_empty(struct dlm_lock_table *table)
{
	unsigned int i;

	for (i = 0; i < nr_shards(table); i++)
		if (!xa_empty(&table->shards[i].ids))
			return false;
	return true;
}

static struct dlm_lock_entry *next_in_shard(struct dlm_lock_shard *shard, unsigned long *index)
{
	struct dlm_lock_entry *le;

	rcu_read_lock();
	while ((le = xa_find(&shard->ids, index, ULONG_MAX, XA_PRESENT))) {
		if (dlm_lock_get(le))
			break;
		++*index;
	}
	rcu_read_unlock();
	return le;
}

void dlm_lock_table_each(struct dlm_lock_table *table,
			 bool (*fn)(struct dlm_lock_entry *le, void *arg), void *arg)
{
	struct dlm_lock_entry *le;
	unsigned long index;
	unsigned int i;
	bool on = true;

	for (i = 0; on && i < nr_shards(table); i++) {
		index = 0;
		while (on && (le = next_in_shard(&table->shards[i], &index))) {
			on = fn(le, arg);
			dlm_lock_put(le);
			index++;
			cond_resched();
		}
	}
}
