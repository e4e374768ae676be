// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Bodies behind tests/platform/dlm_platform.h: the warning hook, probes,
 * allocation with injected failures, bounded strings and the name hash.
 */
#include "platform/dlm_platform.h"

dlm_platform_warn_fn dlm_platform_warn_hook;
dlm_platform_alloc_fn dlm_platform_alloc_hook;

static size_t allocs_live;

void dlm_platform_warn(const char *file, int line, const char *what)
{
	if (dlm_platform_warn_hook) {
		dlm_platform_warn_hook(file, line, what);
		return;
	}
	fprintf(stderr, "%s:%d: WARNING: %s\n", file, line, what);
	abort();
}

/* Made by the linker around the section; absent when no probe is linked in. */
extern struct dlm_platform_probe *__start_dlm_probes[] __attribute__((weak));
extern struct dlm_platform_probe *__stop_dlm_probes[] __attribute__((weak));

struct dlm_platform_probe *dlm_platform_probe_at(size_t index)
{
	if (!__start_dlm_probes || index >= (size_t)(__stop_dlm_probes - __start_dlm_probes))
		return NULL;
	return __start_dlm_probes[index];
}

size_t dlm_platform_allocs_live(void)
{
	return __atomic_load_n(&allocs_live, __ATOMIC_RELAXED);
}

void *kmalloc(size_t size, gfp_t flags)
{
	void *p;

	if (dlm_platform_alloc_hook && dlm_platform_alloc_hook(size, flags))
		return NULL;
	p = malloc(size ? size : 1);
	if (!p)
		return NULL;
	/* Not zero, so that a missing initialisation shows. */
	memset(p, flags & __GFP_ZERO ? 0 : 0x5a, size);
	__atomic_add_fetch(&allocs_live, 1, __ATOMIC_RELAXED);
	return p;
}

void *kcalloc(size_t n, size_t size, gfp_t flags)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		return NULL;
	return kmalloc(bytes, flags | __GFP_ZERO);
}

void *krealloc(const void *p, size_t size, gfp_t flags)
{
	if (!p)
		return kmalloc(size, flags);
	if (dlm_platform_alloc_hook && dlm_platform_alloc_hook(size, flags))
		return NULL;
	return realloc((void *)p, size ? size : 1);
}

void *kmemdup(const void *src, size_t len, gfp_t flags)
{
	void *p = kmalloc(len, flags);

	if (p)
		memcpy(p, src, len);
	return p;
}

void kfree(const void *p)
{
	if (!p)
		return;
	__atomic_sub_fetch(&allocs_live, 1, __ATOMIC_RELAXED);
	free((void *)p);
}

ssize_t strscpy(char *dst, const char *src, size_t size)
{
	size_t len = strnlen(src, size);

	if (!size)
		return -E2BIG;
	if (len == size) {
		memcpy(dst, src, size - 1);
		dst[size - 1] = '\0';
		return -E2BIG;
	}
	memcpy(dst, src, len + 1);
	return (ssize_t)len;
}

int scnprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	int n;

	if (!size)
		return 0;
	va_start(args, fmt);
	n = vsnprintf(buf, size, fmt, args);
	va_end(args);
	if (n < 0)
		return 0;
	return (size_t)n < size ? n : (int)size - 1;
}

static u32 rotate_left(u32 word, unsigned int shift)
{
	return word << shift | word >> (32 - shift);
}

/* One step of the mixing: a takes from c, then c from b; the three turn. */
static void hash_mix(u32 w[3])
{
	static const unsigned int shift[6] = { 4, 6, 8, 16, 19, 4 };
	unsigned int i;

	for (i = 0; i < 6; i++) {
		u32 *a = &w[i % 3];
		u32 *b = &w[(i + 1) % 3];
		u32 *c = &w[(i + 2) % 3];

		*a -= *c;
		*a ^= rotate_left(*c, shift[i]);
		*c += *b;
	}
}

static void hash_final(u32 w[3])
{
	static const unsigned int shift[7] = { 14, 11, 25, 16, 4, 14, 24 };
	unsigned int i;

	/* c ^= b, a ^= c, b ^= a, and round again, each less the rotated one. */
	for (i = 0; i < 7; i++) {
		u32 *to = &w[(i + 2) % 3];
		u32 from = w[(i + 1) % 3];

		*to ^= from;
		*to -= rotate_left(from, shift[i]);
	}
}

static void hash_add(u32 w[3], const u8 bytes[12])
{
	u32 word[3];
	int i;

	memcpy(word, bytes, sizeof(word));
	for (i = 0; i < 3; i++)
		w[i] += word[i];
}

u32 jhash(const void *key, u32 length, u32 initval)
{
	const u8 *bytes = (const u8 *)key;
	u8 tail[12] = { 0 };
	u32 w[3];

	w[0] = w[1] = w[2] = 0xdeadbeef + length + initval;
	while (length > sizeof(tail)) {
		hash_add(w, bytes);
		hash_mix(w);
		bytes += sizeof(tail);
		length -= sizeof(tail);
	}
	if (length) {
		memcpy(tail, bytes, length);
		hash_add(w, tail);
		hash_final(w);
	}
	return w[2];
}
