/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Assertions and probes.  A WARN in user space is a failed invariant: it prints
 * and aborts, unless a test has put its own function into dlm_platform_warn_hook.
 * Probes count how often a rare branch was taken; the list of all probes that
 * are linked in can be walked, so that those never hit can be named.
 */
#ifndef DLM_PLATFORM_DIAGNOSE_H
#define DLM_PLATFORM_DIAGNOSE_H

#ifdef __cplusplus
extern "C" {
#endif

struct dlm_platform_probe {
	const char *name;
	const char *file;
	int line;
	u64 hits;
};

typedef void (*dlm_platform_warn_fn)(const char *file, int line, const char *what);

/* NULL: print and abort. */
extern dlm_platform_warn_fn dlm_platform_warn_hook;

void dlm_platform_warn(const char *file, int line, const char *what);
/* Probe number @index of this program, NULL behind the last one. */
struct dlm_platform_probe *dlm_platform_probe_at(size_t index);

#ifdef __cplusplus
}
#endif

#define WARN_ON(cond)                                                 \
	__extension__({                                               \
		bool warn_on_ = !!(cond);                             \
		if (unlikely(warn_on_))                               \
			dlm_platform_warn(__FILE__, __LINE__, #cond); \
		unlikely(warn_on_);                                   \
	})
/* Not only once here: every test wants its own warning. */
#define WARN_ON_ONCE(cond)   WARN_ON(cond)
#define WARN_ONCE(cond, ...) WARN_ON(cond)
#define WARN(cond, ...)	     WARN_ON(cond)

#ifndef __cplusplus
#undef static_assert
#define static_assert(expr, ...) _Static_assert(expr, "" #expr)
#endif
#define BUILD_BUG_ON(cond) ((void)sizeof(char[1 - 2 * !!(cond)]))

#define DLM_PROBE(probe_name)                                                                    \
	do {                                                                                     \
		static struct dlm_platform_probe probe_ = { probe_name, __FILE__, __LINE__, 0 }; \
		static struct dlm_platform_probe *probe_entry_                                   \
			__attribute__((section("dlm_probes"), used)) = &probe_;                  \
		probe_entry_->hits++;                                                            \
	} while (0)

/* Pointers that carry an error number. */
static inline void *ERR_PTR(long error)
{
	return (void *)error;
}

static inline long PTR_ERR(const void *ptr)
{
	return (long)ptr;
}

static inline bool IS_ERR(const void *ptr)
{
	return (unsigned long)ptr >= (unsigned long)-4095;
}

static inline bool IS_ERR_OR_NULL(const void *ptr)
{
	return !ptr || IS_ERR(ptr);
}

static inline void *ERR_CAST(const void *ptr)
{
	return (void *)ptr;
}

#endif /* DLM_PLATFORM_DIAGNOSE_H */
