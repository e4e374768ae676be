/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Compiler attributes, annotations and single accesses under their kernel
 * names.  Included by dlm_platform.h only.
 */
#ifndef DLM_PLATFORM_ATTRIBUTES_H
#define DLM_PLATFORM_ATTRIBUTES_H

#define likely(x)   __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#ifndef __must_check
#define __must_check __attribute__((__warn_unused_result__))
#endif
#ifndef __packed
#define __packed __attribute__((__packed__))
#endif
#ifndef __aligned
#define __aligned(x) __attribute__((__aligned__(x)))
#endif
#ifndef __always_unused
#define __always_unused __attribute__((__unused__))
#endif
#ifndef __maybe_unused
#define __maybe_unused __attribute__((__unused__))
#endif
#ifndef __printf
#define __printf(a, b) __attribute__((__format__(printf, a, b)))
#endif
#ifndef noinline
#define noinline __attribute__((__noinline__))
#endif
/* In C++ the word is part of [[fallthrough]], so it cannot be a macro there. */
#ifndef __cplusplus
#define fallthrough __attribute__((__fallthrough__))
#endif

/* Read by sparse and lockdep in the kernel; nothing to check here. */
#define __force
#define __user
#define __rcu
#define __must_hold(lock)
#define __acquires(lock)
#define __releases(lock)
#define lockdep_assert_held(lock) \
	do {                      \
	} while (0)
#define lockdep_assert_held_once(lock) \
	do {                           \
	} while (0)

#define READ_ONCE(x)		(*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, val)	(*(volatile __typeof__(x) *)&(x) = (val))
#define barrier()		__asm__ __volatile__("" : : : "memory")
#define smp_mb()		__atomic_thread_fence(__ATOMIC_SEQ_CST)
#define smp_rmb()		__atomic_thread_fence(__ATOMIC_ACQUIRE)
#define smp_wmb()		__atomic_thread_fence(__ATOMIC_RELEASE)
#define smp_load_acquire(p)	__atomic_load_n(p, __ATOMIC_ACQUIRE)
#define smp_store_release(p, v) __atomic_store_n(p, v, __ATOMIC_RELEASE)

#define container_of(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))
#define sizeof_field(type, member)	sizeof(((type *)0)->member)
#define offsetofend(type, member)	(offsetof(type, member) + sizeof_field(type, member))

#endif /* DLM_PLATFORM_ATTRIBUTES_H */
