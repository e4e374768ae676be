/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One command line cut into words: positional ones first, then key=value.
 * The names of modes and flags are written here by hand, so that a wrong entry
 * in the tables of the module under test cannot hide behind the same mistake.
 * Used by the command handlers; knows nothing of locks.
 */
#ifndef DLM_CLIENT_WORDS_H
#define DLM_CLIENT_WORDS_H

#include <linux/types.h>

#define WORDS_MAX_POS  4
#define WORDS_MAX_KEYS 16

struct words {
	int nr_pos;
	int nr_keys;
	char *pos[WORDS_MAX_POS];
	char *key[WORDS_MAX_KEYS];
	char *value[WORDS_MAX_KEYS];
	char *rest; /* what follows pos[], not cut; "" if nothing does */
};

/*
 * Cuts @line in place. With @rest_after > 0 only that many positional words are
 * cut off and the rest stays whole. Returns 0 or -E2BIG.
 */
int words_split(char *line, int rest_after, struct words *w);

/* NULL if @key was not given. */
char *words_value(const struct words *w, const char *key);

/* The first key that is not among the blank-separated @allowed, or NULL. */
const char *words_stranger(const struct words *w, const char *allowed);

/* Numbers: decimal, 0x.. or negative. @out keeps its value if the key is absent. */
int words_int(const struct words *w, const char *key, int *out);
int words_u32(const struct words *w, const char *key, u32 *out);

/* NL CR CW PR PW EX IV or any number, valid or not. */
int words_mode(const char *text, int *mode);

/* Comma-separated names of DLM_LKF_* or numbers, ored together. */
int words_lock_flags(const char *text, u32 *flags);

/* The same for DLM_LSFL_*. */
int words_space_flags(const char *text, u32 *flags);

/*
 * "hex:00ff" or plain text, to @out (@size bytes, the tail zeroed).
 * Returns the length or a negative errno.
 */
int words_bytes(const char *text, void *out, int size);

#endif
