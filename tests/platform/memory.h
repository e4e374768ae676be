/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Allocation and bounded strings under their kernel names.  A test makes
 * allocations fail through dlm_platform_alloc_hook and sees what is still
 * allocated in dlm_platform_allocs_live().
 */
#ifndef DLM_PLATFORM_MEMORY_H
#define DLM_PLATFORM_MEMORY_H

typedef unsigned int gfp_t;

#define __GFP_ZERO ((gfp_t)0x100)
#define GFP_KERNEL ((gfp_t)1)
#define GFP_NOFS   ((gfp_t)2)
#define GFP_NOIO   ((gfp_t)3)
#define GFP_NOWAIT ((gfp_t)4)
#define GFP_ATOMIC ((gfp_t)5)

#ifdef __cplusplus
extern "C" {
#endif

/* Returns true to let this allocation fail.  NULL: none fails. */
typedef bool (*dlm_platform_alloc_fn)(size_t size, gfp_t flags);
extern dlm_platform_alloc_fn dlm_platform_alloc_hook;

size_t dlm_platform_allocs_live(void);

void *kmalloc(size_t size, gfp_t flags);
void *kcalloc(size_t n, size_t size, gfp_t flags);
void *krealloc(const void *p, size_t size, gfp_t flags);
void *kmemdup(const void *src, size_t len, gfp_t flags);
void kfree(const void *p);

/* Returns the length copied, -E2BIG if @src did not fit. */
ssize_t strscpy(char *dst, const char *src, size_t size);
/* Returns what was written without the end mark, never more than @size - 1. */
int scnprintf(char *buf, size_t size, const char *fmt, ...) __printf(3, 4);

#ifdef __cplusplus
}
#endif

static inline void *kzalloc(size_t size, gfp_t flags)
{
	return kmalloc(size, flags | __GFP_ZERO);
}

static inline void *kmalloc_array(size_t n, size_t size, gfp_t flags)
{
	return kcalloc(n, size, flags);
}

#endif /* DLM_PLATFORM_MEMORY_H */
