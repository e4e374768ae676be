// SPDX-License-Identifier: GPL-2.0
/*
 * Blocks of names: { big-endian length, bytes } ..., then 0xffff (no more) or
 * 0x0000 (block full), zero filled. The only big-endian numbers of the protocol.
 */
#include "wire/names.h"

#define LENGTH_BYTES 2

void dlm_names_writer_init(struct dlm_names_writer *w, u8 *buf)
{
	memset(buf, 0, DLM_WIRE_NAMES_LEN);
	w->buf = buf;
	w->used = 0;
	w->safe = 0;
}

bool dlm_names_add(struct dlm_names_writer *w, const u8 *name, size_t len)
{
	/* Length 0 reads as "block full". */
	if (!len || WARN_ON_ONCE(len > DLM_WIRE_NAME_MAX))
		return true;
	if (w->used + LENGTH_BYTES + len + LENGTH_BYTES > DLM_WIRE_NAMES_LEN)
		return false;
	put_unaligned_be16(len, w->buf + w->used);
	memcpy(w->buf + w->used + LENGTH_BYTES, name, len);
	w->used += LENGTH_BYTES + len;
	if (len > 1)
		w->safe = w->used;
	return true;
}

void dlm_names_finish(struct dlm_names_writer *w)
{
	put_unaligned_be16(DLM_WIRE_NAMES_END, w->buf + w->used);
}

void dlm_names_finish_full(struct dlm_names_writer *w)
{
	/* All 256 names of one byte do not fill a block, so a full one has a longer name. */
	memset(w->buf + w->safe, 0, w->used - w->safe);
	w->used = w->safe;
}

void dlm_names_reader_init(struct dlm_names_reader *r, const u8 *buf, size_t len)
{
	r->buf = buf;
	r->len = len;
	r->pos = 0;
}

enum dlm_names_item dlm_names_next(struct dlm_names_reader *r, const u8 **name, size_t *len)
{
	size_t left = r->len - r->pos;
	u16 n;

	if (left < LENGTH_BYTES)
		return DLM_NAMES_BAD;
	n = get_unaligned_be16(r->buf + r->pos);
	if (n == DLM_WIRE_NAMES_END)
		return DLM_NAMES_END;
	if (n == DLM_WIRE_NAMES_FULL)
		return DLM_NAMES_MORE;
	if (n > DLM_WIRE_NAME_MAX || n > left - LENGTH_BYTES)
		return DLM_NAMES_BAD;
	*name = r->buf + r->pos + LENGTH_BYTES;
	*len = n;
	r->pos += LENGTH_BYTES + n;
	return DLM_NAMES_NAME;
}

bool dlm_names_progressed(struct dlm_names_progress *p, const u8 *buf, size_t len)
{
	struct dlm_names_reader r;
	const u8 *name;
	size_t name_len;

	dlm_names_reader_init(&r, buf, len);
	switch (dlm_names_next(&r, &name, &name_len)) {
	case DLM_NAMES_END:
		return true;
	case DLM_NAMES_NAME:
		break;
	default:
		return false;
	}
	if (name_len == p->first_len && !memcmp(name, p->first, name_len))
		return false;
	memcpy(p->first, name, name_len);
	p->first_len = name_len;
	return true;
}
