/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Lock messages that arrive while the gate is not open: kept in order of arrival
 * and processed once it opens, before newer ones (wire spec 6.1, 8.8).
 */
#ifndef DLM_LOCKSPACE_MESSAGE_QUEUE_H
#define DLM_LOCKSPACE_MESSAGE_QUEUE_H

#include <linux/list.h>

#include "wire/decode.h"

#define DLM_SAVED_INLINE 64 /* bytes of payload without a buffer of their own */

struct dlm_lockspace;

struct dlm_saved_message {
	struct list_head link;
	int from;
	struct dlm_in in; /* its pointers lead to payload */
	u8 *buffer;	  /* a longer payload, or NULL */
	u8 payload[DLM_SAVED_INLINE];
};

/*
 * Keep @in if it must not be processed now; false: the gate is open and nothing older
 * waits. May sleep.
 */
bool dlm_saved_keep(struct dlm_lockspace *ls, int from, const struct dlm_in *in);
/* Drop what dlm_saved_stale() names. view_mutex held. */
void dlm_saved_purge(struct dlm_lockspace *ls);
/* Process all and open the gate fully; false: a stop came in between, the rest is kept. */
bool dlm_saved_drain(struct dlm_lockspace *ls);
void dlm_saved_drop_all(struct dlm_lockspace *ls);

#endif /* DLM_LOCKSPACE_MESSAGE_QUEUE_H */
