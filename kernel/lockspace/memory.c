// SPDX-License-Identifier: GPL-2.0
/*
 * Slab caches and live counters. Value blocks and records of operations come in
 * the sizes that known users need (32 and 64 bytes); longer ones from kmalloc.
 *
 * Caches are the module's, not a node's: they hold no state.
 */
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "cluster/detect.h"
#include "cluster/family.h"
#include "lockspace/lock_entry.h"
#include "lockspace/memory.h"
#include "lockspace/message_queue.h"
#include "lockspace/resource_table.h"

#define SIZE_MOST  256 /* of a lock; of a resource with a name of usual length */
#define NAME_USUAL 32  /* gfs2 has 24, ocfs2 31 */
#define LVB_SMALL  32
#define LVB_COMMON 64

/* Beyond enum dlm_op_memory: which cache an allocated record came from. */
enum {
	OP_WITH_LVB = DLM_OP_EMBEDDED + 1,
	OP_KMALLOC,
};

/* A million locks have to fit; without debugging of spinlocks the sizes are known. */
#if !defined(CONFIG_DEBUG_SPINLOCK) && !defined(CONFIG_DEBUG_LOCK_ALLOC) && defined(CONFIG_64BIT)
static_assert(sizeof(struct dlm_lock_entry) <= SIZE_MOST);
static_assert(sizeof(struct dlm_resource_entry) + NAME_USUAL <= SIZE_MOST);
#endif

static const char *const object_names[DLM_OBJECT_NR] = {
	[DLM_OBJECT_LOCK] = "lock",   [DLM_OBJECT_RESOURCE] = "resource",
	[DLM_OBJECT_OP] = "op",	      [DLM_OBJECT_LVB] = "lvb",
	[DLM_OBJECT_SAVED] = "saved", [DLM_OBJECT_FAMILY] = "family",
	[DLM_OBJECT_WATCH] = "watch",
};

static DEFINE_PER_CPU(long[DLM_OBJECT_NR], live);

static struct kmem_cache *object_cache[DLM_OBJECT_NR];
static struct kmem_cache *long_resource_cache;
static struct kmem_cache *op_cache;
static struct kmem_cache *op_lvb_cache;
static struct kmem_cache *lvb32_cache;
static struct kmem_cache *lvb64_cache;

static struct {
	const char *name;
	size_t size;
	struct kmem_cache **cache;
} all_caches[] = {
	{ "dlm_lkb", sizeof(struct dlm_lock_entry), &object_cache[DLM_OBJECT_LOCK] },
	{ "dlm_resource", SIZE_MOST, &object_cache[DLM_OBJECT_RESOURCE] },
	{ "dlm_resource_long", sizeof(struct dlm_resource_entry) + DLM_RESNAME_MAXLEN,
	  &long_resource_cache },
	{ "dlm_saved", sizeof(struct dlm_saved_message), &object_cache[DLM_OBJECT_SAVED] },
	{ "dlm_watch", sizeof(struct dlm_watch), &object_cache[DLM_OBJECT_WATCH] },
	{ "dlm_family", sizeof(struct dlm_family), &object_cache[DLM_OBJECT_FAMILY] },
	{ "dlm_op", sizeof(struct dlm_op), &op_cache },
	{ "dlm_op_lvb", sizeof(struct dlm_op) + LVB_COMMON, &op_lvb_cache },
	{ "dlm_lvb32", LVB_SMALL, &lvb32_cache },
	{ "dlm_lvb64", LVB_COMMON, &lvb64_cache },
};

int dlm_memory_init(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(all_caches); i++) {
		*all_caches[i].cache =
			kmem_cache_create(all_caches[i].name, all_caches[i].size, 0, 0, NULL);
		if (!*all_caches[i].cache) {
			dlm_memory_exit();
			return -ENOMEM;
		}
	}
	return 0;
}

void dlm_memory_exit(void)
{
	int i;

	rcu_barrier();
	for (i = 0; i < ARRAY_SIZE(all_caches); i++) {
		kmem_cache_destroy(*all_caches[i].cache);
		*all_caches[i].cache = NULL;
	}
}

static void *count_in(enum dlm_object object, void *p)
{
	if (p)
		this_cpu_inc(live[object]);
	return p;
}

void *dlm_object_alloc(enum dlm_object object, gfp_t gfp)
{
	return count_in(object, kmem_cache_zalloc(object_cache[object], gfp));
}

void dlm_object_free(enum dlm_object object, void *p)
{
	this_cpu_dec(live[object]);
	kmem_cache_free(object_cache[object], p);
}

static struct kmem_cache *resource_cache(size_t name_len)
{
	bool common = sizeof(struct dlm_resource_entry) + name_len <= SIZE_MOST;

	return common ? object_cache[DLM_OBJECT_RESOURCE] : long_resource_cache;
}

struct dlm_resource_entry *dlm_resource_memory_alloc(size_t name_len, gfp_t gfp)
{
	return count_in(DLM_OBJECT_RESOURCE, kmem_cache_zalloc(resource_cache(name_len), gfp));
}

void dlm_resource_memory_free(struct dlm_resource_entry *re, size_t name_len)
{
	this_cpu_dec(live[DLM_OBJECT_RESOURCE]);
	kmem_cache_free(resource_cache(name_len), re);
}

u8 *dlm_lvb_alloc(u32 lvblen, gfp_t gfp)
{
	void *p;

	if (lvblen <= LVB_SMALL)
		p = kmem_cache_zalloc(lvb32_cache, gfp);
	else if (lvblen <= LVB_COMMON)
		p = kmem_cache_zalloc(lvb64_cache, gfp);
	else
		p = kzalloc(lvblen, gfp);
	return count_in(DLM_OBJECT_LVB, p);
}

void dlm_lvb_free(u32 lvblen, u8 *lvb)
{
	if (!lvb)
		return;
	this_cpu_dec(live[DLM_OBJECT_LVB]);
	if (lvblen <= LVB_SMALL)
		kmem_cache_free(lvb32_cache, lvb);
	else if (lvblen <= LVB_COMMON)
		kmem_cache_free(lvb64_cache, lvb);
	else
		kfree(lvb);
}

struct dlm_op *dlm_op_memory_alloc(u32 lvblen, gfp_t gfp)
{
	struct dlm_op *op;
	u8 memory;

	if (!lvblen) {
		op = kmem_cache_zalloc(op_cache, gfp);
		memory = DLM_OP_ALLOCATED;
	} else if (lvblen <= LVB_COMMON) {
		op = kmem_cache_zalloc(op_lvb_cache, gfp);
		memory = OP_WITH_LVB;
	} else {
		op = kzalloc(sizeof(*op) + lvblen, gfp);
		memory = OP_KMALLOC;
	}
	if (op)
		op->memory = memory;
	return count_in(DLM_OBJECT_OP, op);
}

void dlm_op_memory_free(struct dlm_op *op)
{
	this_cpu_dec(live[DLM_OBJECT_OP]);
	switch (op->memory) {
	case DLM_OP_ALLOCATED:
		kmem_cache_free(op_cache, op);
		break;
	case OP_WITH_LVB:
		kmem_cache_free(op_lvb_cache, op);
		break;
	default:
		kfree(op);
		break;
	}
}

long dlm_object_count(enum dlm_object object)
{
	long sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += per_cpu(live, cpu)[object];
	return sum;
}

const char *dlm_object_name(enum dlm_object object)
{
	return object_names[object];
}
