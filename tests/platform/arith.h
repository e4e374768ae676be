/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Limits, sizes, minimum and maximum, 64-bit division, atomic counters and the
 * hash of resource names.  Included by dlm_platform.h only.
 */
#ifndef DLM_PLATFORM_ARITH_H
#define DLM_PLATFORM_ARITH_H

#define U8_MAX	((u8)~0U)
#define S8_MAX	((s8)(U8_MAX >> 1))
#define S8_MIN	((s8)(-S8_MAX - 1))
#define U16_MAX ((u16)~0U)
#define S16_MAX ((s16)(U16_MAX >> 1))
#define U32_MAX ((u32)~0U)
#define S32_MAX ((s32)(U32_MAX >> 1))
#define S32_MIN ((s32)(-S32_MAX - 1))
#define U64_MAX ((u64)~0ULL)
#define S64_MAX ((s64)(U64_MAX >> 1))
#define S64_MIN ((s64)(-S64_MAX - 1))

#define ARRAY_SIZE(arr)		      (sizeof(arr) / sizeof((arr)[0]))
#define DIV_ROUND_UP(n, d)	      (((n) + (d)-1) / (d))
#define ALIGN(x, a)		      (((x) + ((__typeof__(x))(a)-1)) & ~((__typeof__(x))(a)-1))
#define IS_ALIGNED(x, a)	      (((x) & ((__typeof__(x))(a)-1)) == 0)
#define round_up(x, y)		      ALIGN(x, y)
#define round_down(x, y)	      ((x) & ~((__typeof__(x))(y)-1))
#define roundup(x, y)		      ((((x) + ((y)-1)) / (y)) * (y))
#define struct_size(p, member, count) (sizeof(*(p)) + (size_t)(count) * sizeof((p)->member[0]))

#define min_t(type, a, b)                          \
	__extension__({                            \
		type min_a_ = (a);                 \
		type min_b_ = (b);                 \
		min_a_ < min_b_ ? min_a_ : min_b_; \
	})
#define max_t(type, a, b)                          \
	__extension__({                            \
		type max_a_ = (a);                 \
		type max_b_ = (b);                 \
		max_a_ > max_b_ ? max_a_ : max_b_; \
	})
#define clamp_t(type, val, lo, hi) min_t(type, max_t(type, val, lo), hi)

#ifdef __cplusplus
/* Macros of these names would break every C++ header that follows. */
extern "C++" {
template <typename T> constexpr T min(T a, T b)
{
	return b < a ? b : a;
}
template <typename T> constexpr T max(T a, T b)
{
	return a < b ? b : a;
}
template <typename T> constexpr T clamp(T val, T lo, T hi)
{
	return val < lo ? lo : (hi < val ? hi : val);
}
}
#else
/* The comparison of addresses refuses operands of different types. */
#define min(a, b)                                  \
	__extension__({                            \
		__typeof__(a) min_a_ = (a);        \
		__typeof__(b) min_b_ = (b);        \
		(void)(&min_a_ == &min_b_);        \
		min_a_ < min_b_ ? min_a_ : min_b_; \
	})
#define max(a, b)                                  \
	__extension__({                            \
		__typeof__(a) max_a_ = (a);        \
		__typeof__(b) max_b_ = (b);        \
		(void)(&max_a_ == &max_b_);        \
		max_a_ > max_b_ ? max_a_ : max_b_; \
	})
#define clamp(val, lo, hi) min((__typeof__(val))max(val, lo), hi)
#define swap(a, b)                         \
	do {                               \
		__typeof__(a) swap_ = (a); \
		(a) = (b);                 \
		(b) = swap_;               \
	} while (0)
#endif

static inline u64 div_u64(u64 dividend, u32 divisor)
{
	return dividend / divisor;
}

static inline u64 div64_u64(u64 dividend, u64 divisor)
{
	return dividend / divisor;
}

typedef struct {
	int counter;
} atomic_t;

#define ATOMIC_INIT(i) \
	{              \
		(i)    \
	}

static inline int atomic_read(const atomic_t *v)
{
	return __atomic_load_n(&v->counter, __ATOMIC_RELAXED);
}

static inline void atomic_set(atomic_t *v, int i)
{
	__atomic_store_n(&v->counter, i, __ATOMIC_RELAXED);
}

static inline void atomic_inc(atomic_t *v)
{
	__atomic_add_fetch(&v->counter, 1, __ATOMIC_RELAXED);
}

static inline void atomic_dec(atomic_t *v)
{
	__atomic_sub_fetch(&v->counter, 1, __ATOMIC_RELAXED);
}

static inline bool atomic_dec_and_test(atomic_t *v)
{
	return __atomic_sub_fetch(&v->counter, 1, __ATOMIC_SEQ_CST) == 0;
}

static inline int atomic_inc_return(atomic_t *v)
{
	return __atomic_add_fetch(&v->counter, 1, __ATOMIC_SEQ_CST);
}

#ifdef __cplusplus
extern "C" {
#endif

/* The kernel's <linux/jhash.h> function: words in host order. */
u32 jhash(const void *key, u32 length, u32 initval);

#ifdef __cplusplus
}
#endif

#endif /* DLM_PLATFORM_ARITH_H */
