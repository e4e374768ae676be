/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's <crypto/sha2.h>, as far as the pure layers use it: SHA-256 of some bytes. */
#ifndef DLM_PLATFORM_DIGEST_H
#define DLM_PLATFORM_DIGEST_H

#ifdef __cplusplus
extern "C" {
#endif

void sha256(const u8 *data, unsigned int len, u8 *out);

#ifdef __cplusplus
}
#endif

#endif /* DLM_PLATFORM_DIGEST_H */
