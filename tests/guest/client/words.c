// SPDX-License-Identifier: GPL-2.0
/*
 * Cutting and reading the words of a command line (words.h). Pure text work:
 * no state, no lock, callable from everywhere.
 */
#include <linux/dlm.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "words.h"

struct bit_name {
	const char *name;
	u32 bit;
};

/* Long names as in dlm.h, short ones as in the notation of the scenarios. */
static const struct bit_name lock_flag_names[] = {
	{ "noqueue", DLM_LKF_NOQUEUE }, { "noq", DLM_LKF_NOQUEUE },
	{ "cancel", DLM_LKF_CANCEL },	{ "convert", DLM_LKF_CONVERT },
	{ "valblk", DLM_LKF_VALBLK },	{ "vb", DLM_LKF_VALBLK },
	{ "quecvt", DLM_LKF_QUECVT },	{ "ivvalblk", DLM_LKF_IVVALBLK },
	{ "iv", DLM_LKF_IVVALBLK },	{ "convdeadlk", DLM_LKF_CONVDEADLK },
	{ "cdl", DLM_LKF_CONVDEADLK },	{ "persistent", DLM_LKF_PERSISTENT },
	{ "pers", DLM_LKF_PERSISTENT }, { "nodlckwt", DLM_LKF_NODLCKWT },
	{ "ndw", DLM_LKF_NODLCKWT },	{ "nodlckblk", DLM_LKF_NODLCKBLK },
	{ "ndb", DLM_LKF_NODLCKBLK },	{ "expedite", DLM_LKF_EXPEDITE },
	{ "exp", DLM_LKF_EXPEDITE },	{ "noqueuebast", DLM_LKF_NOQUEUEBAST },
	{ "nqb", DLM_LKF_NOQUEUEBAST }, { "headque", DLM_LKF_HEADQUE },
	{ "head", DLM_LKF_HEADQUE },	{ "noorder", DLM_LKF_NOORDER },
	{ "noord", DLM_LKF_NOORDER },	{ "orphan", DLM_LKF_ORPHAN },
	{ "orph", DLM_LKF_ORPHAN },	{ "altpr", DLM_LKF_ALTPR },
	{ "apr", DLM_LKF_ALTPR },	{ "altcw", DLM_LKF_ALTCW },
	{ "acw", DLM_LKF_ALTCW },	{ "forceunlock", DLM_LKF_FORCEUNLOCK },
	{ "F", DLM_LKF_FORCEUNLOCK },	{ "timeout", DLM_LKF_TIMEOUT },
};

static const struct bit_name space_flag_names[] = {
	{ "nodir", 0x1 },
	{ "timewarn", DLM_LSFL_TIMEWARN },
	{ "newexcl", DLM_LSFL_NEWEXCL },
};

static bool is_key(const char *word)
{
	const char *p = word;

	while (*p == '_' || (*p >= 'a' && *p <= 'z'))
		p++;
	return p > word && *p == '=';
}

int words_split(char *line, int rest_after, struct words *w)
{
	char *word;

	memset(w, 0, sizeof(*w));
	w->rest = "";
	line = strim(line);
	while (*line) {
		if (rest_after && w->nr_pos == rest_after) {
			w->rest = line;
			return 0;
		}
		word = line;
		line += strcspn(line, " \t");
		if (*line)
			*line++ = '\0';
		line = skip_spaces(line);
		if (!is_key(word)) {
			if (w->nr_pos == WORDS_MAX_POS)
				return -E2BIG;
			w->pos[w->nr_pos++] = word;
			continue;
		}
		if (w->nr_keys == WORDS_MAX_KEYS)
			return -E2BIG;
		w->key[w->nr_keys] = strsep(&word, "=");
		w->value[w->nr_keys++] = word;
	}
	return 0;
}

char *words_value(const struct words *w, const char *key)
{
	int i;

	for (i = 0; i < w->nr_keys; i++)
		if (!strcmp(w->key[i], key))
			return w->value[i];
	return NULL;
}

static bool listed(const char *word, const char *list)
{
	size_t len = strlen(word);
	const char *p = list;

	while (*p) {
		size_t n = strcspn(p, " ");

		if (n == len && !strncmp(p, word, n))
			return true;
		p += n;
		p += strspn(p, " ");
	}
	return false;
}

const char *words_stranger(const struct words *w, const char *allowed)
{
	int i;

	for (i = 0; i < w->nr_keys; i++)
		if (!listed(w->key[i], allowed))
			return w->key[i];
	return NULL;
}

int words_int(const struct words *w, const char *key, int *out)
{
	const char *text = words_value(w, key);

	return text ? kstrtoint(text, 0, out) : 0;
}

int words_u32(const struct words *w, const char *key, u32 *out)
{
	const char *text = words_value(w, key);

	return text ? kstrtou32(text, 0, out) : 0;
}

int words_mode(const char *text, int *mode)
{
	static const char *const names[] = { "NL", "CR", "CW", "PR", "PW", "EX" };
	int i;

	if (!strcmp(text, "IV")) {
		*mode = DLM_LOCK_IV;
		return 0;
	}
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		if (!strcmp(text, names[i])) {
			*mode = i;
			return 0;
		}
	}
	return kstrtoint(text, 0, mode);
}

static int bits(const char *text, const struct bit_name *names, int nr, u32 *out)
{
	char copy[160];
	char *p = copy;
	char *word;
	u32 bit;
	int i;

	if (strscpy(copy, text, sizeof(copy)) < 0)
		return -E2BIG;
	*out = 0;
	while ((word = strsep(&p, ","))) {
		if (!*word)
			continue;
		for (i = 0; i < nr && strcmp(word, names[i].name); i++)
			;
		if (i < nr)
			bit = names[i].bit;
		else if (kstrtou32(word, 0, &bit))
			return -EINVAL;
		*out |= bit;
	}
	return 0;
}

int words_lock_flags(const char *text, u32 *flags)
{
	return bits(text, lock_flag_names, ARRAY_SIZE(lock_flag_names), flags);
}

int words_space_flags(const char *text, u32 *flags)
{
	return bits(text, space_flag_names, ARRAY_SIZE(space_flag_names), flags);
}

int words_bytes(const char *text, void *out, int size)
{
	int len = strlen(text);

	memset(out, 0, size);
	if (strncmp(text, "hex:", 4)) {
		if (len > size)
			return -E2BIG;
		memcpy(out, text, len);
		return len;
	}
	text += 4;
	len -= 4;
	if (len & 1)
		return -EINVAL;
	if (len / 2 > size)
		return -E2BIG;
	if (hex2bin(out, text, len / 2))
		return -EINVAL;
	return len / 2;
}
