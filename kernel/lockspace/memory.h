/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The slab caches of the module and the live counters of what comes from them.
 * Every cache is named dlm_*, so that a leak shows under its own name.
 */
#ifndef DLM_LOCKSPACE_MEMORY_H
#define DLM_LOCKSPACE_MEMORY_H

#include <linux/types.h>

#include "core/op.h"

struct dlm_resource_entry;

enum dlm_object {
	DLM_OBJECT_LOCK,
	DLM_OBJECT_RESOURCE,
	DLM_OBJECT_OP,
	DLM_OBJECT_LVB,
	DLM_OBJECT_SAVED,
	DLM_OBJECT_FAMILY,
	DLM_OBJECT_WATCH,
	DLM_OBJECT_NR,
};

int dlm_memory_init(void);
/* Nothing may be in use; waits for what RCU still has to free. */
void dlm_memory_exit(void);

/* Zeroed. NULL: no memory. For LOCK, SAVED, FAMILY and WATCH. */
void *dlm_object_alloc(enum dlm_object object, gfp_t gfp);
void dlm_object_free(enum dlm_object object, void *p);

/* A resource with room for its name, zeroed; the same length is given back. */
struct dlm_resource_entry *dlm_resource_memory_alloc(size_t name_len, gfp_t gfp);
void dlm_resource_memory_free(struct dlm_resource_entry *re, size_t name_len);

/* A value block of @lvblen bytes, zeroed; the same length is given back. */
u8 *dlm_lvb_alloc(u32 lvblen, gfp_t gfp);
void dlm_lvb_free(u32 lvblen, u8 *lvb);

/* A record of an operation with room for @lvblen bytes, zeroed; op->memory is set. */
struct dlm_op *dlm_op_memory_alloc(u32 lvblen, gfp_t gfp);
void dlm_op_memory_free(struct dlm_op *op);

/* How many of a kind are alive, and what they are called. */
long dlm_object_count(enum dlm_object object);
const char *dlm_object_name(enum dlm_object object);

#endif /* DLM_LOCKSPACE_MEMORY_H */
