/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Byte order and accesses at odd addresses, under their kernel names.  On the
 * wire nothing is aligned, so buffers are read through get_unaligned only.
 */
#ifndef DLM_PLATFORM_BYTEORDER_H
#define DLM_PLATFORM_BYTEORDER_H

#define DLM_PLATFORM_ORDER(bits)                                      \
	static inline __le##bits cpu_to_le##bits(u##bits v)           \
	{                                                             \
		return (__le##bits)htole##bits(v);                    \
	}                                                             \
	static inline u##bits le##bits##_to_cpu(__le##bits v)         \
	{                                                             \
		return le##bits##toh((u##bits)v);                     \
	}                                                             \
	static inline __be##bits cpu_to_be##bits(u##bits v)           \
	{                                                             \
		return (__be##bits)htobe##bits(v);                    \
	}                                                             \
	static inline u##bits be##bits##_to_cpu(__be##bits v)         \
	{                                                             \
		return be##bits##toh((u##bits)v);                     \
	}                                                             \
	static inline u##bits get_unaligned_le##bits(const void *p)   \
	{                                                             \
		u##bits v;                                            \
                                                                      \
		memcpy(&v, p, sizeof(v));                             \
		return le##bits##toh(v);                              \
	}                                                             \
	static inline void put_unaligned_le##bits(u##bits v, void *p) \
	{                                                             \
		v = htole##bits(v);                                   \
		memcpy(p, &v, sizeof(v));                             \
	}                                                             \
	static inline u##bits get_unaligned_be##bits(const void *p)   \
	{                                                             \
		u##bits v;                                            \
                                                                      \
		memcpy(&v, p, sizeof(v));                             \
		return be##bits##toh(v);                              \
	}                                                             \
	static inline void put_unaligned_be##bits(u##bits v, void *p) \
	{                                                             \
		v = htobe##bits(v);                                   \
		memcpy(p, &v, sizeof(v));                             \
	}

DLM_PLATFORM_ORDER(16)
DLM_PLATFORM_ORDER(32)
DLM_PLATFORM_ORDER(64)

#endif /* DLM_PLATFORM_BYTEORDER_H */
