/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Locks whose LOCK message the new master did not know what to do with yet: they are
 * sent again after a pause (wire spec 7.8, -EBADR).
 */
#ifndef DLM_LOCKSPACE_LOCK_AGAIN_H
#define DLM_LOCKSPACE_LOCK_AGAIN_H

#include <linux/types.h>

struct dlm_lockspace;

void dlm_lock_again_setup(struct dlm_lockspace *ls);
/* view_mutex held */
void dlm_lock_again(struct dlm_lockspace *ls, u32 id);
void dlm_lock_again_quiesce(struct dlm_lockspace *ls);

#endif /* DLM_LOCKSPACE_LOCK_AGAIN_H */
