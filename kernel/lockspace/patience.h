/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Getting the memory for what must not fail, however long it takes. A message that has been
 * acknowledged must be answered: an owner that is told of our want of memory may never complete
 * its caller (a stock one does not), and a recovery that fails stays failed until the next stop
 * and start of all members.
 */
#ifndef DLM_LOCKSPACE_PATIENCE_H
#define DLM_LOCKSPACE_PATIENCE_H

#include <linux/types.h>

struct dlm_frame;
struct dlm_lock_entry;
struct dlm_lockspace;
struct dlm_resource_entry;

/* A pause in which others may give memory back. */
void dlm_patience(void);

/* dlm_send_reserve_alloc() */
struct dlm_frame *dlm_patient_frame(struct dlm_lockspace *ls);
/* dlm_resource_lock_supplied() */
void dlm_patient_lock(struct dlm_resource_entry *re, unsigned int supplies);
/* dlm_resource_obtain_locked() */
struct dlm_resource_entry *dlm_patient_obtain_locked(struct dlm_lockspace *ls, const u8 *name,
						     size_t len, unsigned int supplies);

/*
 * A lock to become a master copy: with an id under which nobody finds it yet, and with a
 * value buffer of its own if @with_value.
 */
struct dlm_lock_entry *dlm_patient_copy(struct dlm_lockspace *ls, bool with_value);
/* It was not taken; no message has named its id. */
void dlm_copy_discard(struct dlm_lockspace *ls, struct dlm_lock_entry *le);

#endif /* DLM_LOCKSPACE_PATIENCE_H */
