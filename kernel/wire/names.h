/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Blocks of names, the payload of NAMES_REPLY (wire spec 7.6): writer for the
 * node that answers, reader and a check of progress for the one that asks.
 */
#ifndef DLM_WIRE_NAMES_H
#define DLM_WIRE_NAMES_H

#include "gen/dlm_wire.h"

struct dlm_names_writer {
	u8 *buf; /* DLM_WIRE_NAMES_LEN bytes */
	size_t used;
	size_t safe; /* end of the last name with more than one byte */
};

/* Zero fills @buf, which has DLM_WIRE_NAMES_LEN bytes. */
void dlm_names_writer_init(struct dlm_names_writer *w, u8 *buf);
/*
 * false: block full, the name is not in it; end with dlm_names_finish_full(). The empty name
 * cannot be said in this format: it is passed over with true.
 */
bool dlm_names_add(struct dlm_names_writer *w, const u8 *name, size_t len);
/* No name follows. */
void dlm_names_finish(struct dlm_names_writer *w);
/*
 * More names follow. Names of one byte at the end are dropped from the block, because a stock
 * peer that is asked to go on after such a name starts again; they come first in the next block.
 */
void dlm_names_finish_full(struct dlm_names_writer *w);

enum dlm_names_item {
	DLM_NAMES_NAME, /* *name, *len */
	DLM_NAMES_MORE, /* end of this block, ask again with the last name */
	DLM_NAMES_END,	/* no more names */
	DLM_NAMES_BAD,	/* longer than a name may be, or over the end of the block */
};

struct dlm_names_reader {
	const u8 *buf;
	size_t len;
	size_t pos;
};

void dlm_names_reader_init(struct dlm_names_reader *r, const u8 *buf, size_t len);
enum dlm_names_item dlm_names_next(struct dlm_names_reader *r, const u8 **name, size_t *len);

/* Does a series of blocks from one node get on? Zero it to start. */
struct dlm_names_progress {
	u8 first[DLM_WIRE_NAME_MAX];
	size_t first_len; /* of the block before, 0 none */
};

/* false: the block has no name and does not end the series, or starts as the one before did. */
bool dlm_names_progressed(struct dlm_names_progress *p, const u8 *buf, size_t len);

#endif /* DLM_WIRE_NAMES_H */
