/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bit operations under their kernel names.  The simulator is single threaded,
 * but those that are atomic in the kernel are atomic here too.
 */
#ifndef DLM_PLATFORM_BITS_H
#define DLM_PLATFORM_BITS_H

#define BIT(nr)	    (1UL << (nr))
#define BIT_ULL(nr) (1ULL << (nr))
#ifndef BITS_PER_LONG
#define BITS_PER_LONG ((int)(8 * sizeof(long)))
#endif
#define BITS_TO_LONGS(nr)	   (((nr) + BITS_PER_LONG - 1) / BITS_PER_LONG)
#define DECLARE_BITMAP(name, bits) unsigned long name[BITS_TO_LONGS(bits)]

static inline unsigned long *dlm_platform_word(unsigned long nr, volatile unsigned long *addr)
{
	return (unsigned long *)addr + nr / BITS_PER_LONG;
}

static inline bool test_bit(unsigned long nr, const volatile unsigned long *addr)
{
	return addr[nr / BITS_PER_LONG] >> (nr % BITS_PER_LONG) & 1;
}

static inline void set_bit(unsigned long nr, volatile unsigned long *addr)
{
	__atomic_fetch_or(dlm_platform_word(nr, addr), BIT(nr % BITS_PER_LONG), __ATOMIC_RELAXED);
}

static inline void clear_bit(unsigned long nr, volatile unsigned long *addr)
{
	__atomic_fetch_and(dlm_platform_word(nr, addr), ~BIT(nr % BITS_PER_LONG), __ATOMIC_RELAXED);
}

static inline bool test_and_set_bit(unsigned long nr, volatile unsigned long *addr)
{
	unsigned long bit = BIT(nr % BITS_PER_LONG);

	return __atomic_fetch_or(dlm_platform_word(nr, addr), bit, __ATOMIC_SEQ_CST) & bit;
}

static inline bool test_and_clear_bit(unsigned long nr, volatile unsigned long *addr)
{
	unsigned long bit = BIT(nr % BITS_PER_LONG);

	return __atomic_fetch_and(dlm_platform_word(nr, addr), ~bit, __ATOMIC_SEQ_CST) & bit;
}

static inline void __set_bit(unsigned long nr, volatile unsigned long *addr)
{
	*dlm_platform_word(nr, addr) |= BIT(nr % BITS_PER_LONG);
}

static inline void __clear_bit(unsigned long nr, volatile unsigned long *addr)
{
	*dlm_platform_word(nr, addr) &= ~BIT(nr % BITS_PER_LONG);
}

static inline void bitmap_zero(unsigned long *dst, unsigned int nbits)
{
	memset(dst, 0, BITS_TO_LONGS(nbits) * sizeof(unsigned long));
}

/* Undefined for 0, as in the kernel. */
static inline unsigned long __ffs(unsigned long word)
{
	return (unsigned long)__builtin_ctzl(word);
}

static inline unsigned long __fls(unsigned long word)
{
	return BITS_PER_LONG - 1 - (unsigned long)__builtin_clzl(word);
}

static inline int fls(unsigned int x)
{
	return x ? 32 - __builtin_clz(x) : 0;
}

static inline unsigned int hweight32(u32 w)
{
	return (unsigned int)__builtin_popcount(w);
}

#endif /* DLM_PLATFORM_BITS_H */
