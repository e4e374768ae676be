// SPDX-License-Identifier: GPL-2.0
/*
 * Allocation tried until it works. Of messages, those of the one sender wait meanwhile, those of
 * others do not.
 */
#include <linux/delay.h>
#include <linux/err.h>

#include "lockspace/lock_entry.h"
#include "lockspace/lockspace.h"
#include "lockspace/memory.h"
#include "lockspace/patience.h"
#include "lockspace/resource_table.h"
#include "lockspace/send.h"
#include "lockspace/supply.h"

#define PAUSE_MS 20

void dlm_patience(void)
{
	msleep(PAUSE_MS);
}

struct dlm_frame *dlm_patient_frame(struct dlm_lockspace *ls)
{
	struct dlm_frame *frame;

	while (!(frame = dlm_send_reserve_alloc(ls)))
		dlm_patience();
	return frame;
}

void dlm_patient_lock(struct dlm_resource_entry *re, unsigned int supplies)
{
	while (dlm_resource_lock_supplied(re, supplies))
		dlm_patience();
}

struct dlm_resource_entry *dlm_patient_obtain_locked(struct dlm_lockspace *ls, const u8 *name,
						     size_t len, unsigned int supplies)
{
	struct dlm_resource_entry *re;

	for (;;) {
		re = dlm_resource_obtain_locked(ls, name, len, supplies);
		if (!IS_ERR(re))
			return re;
		dlm_patience();
	}
}

static struct dlm_lock_entry *make_copy(struct dlm_lockspace *ls, bool with_value)
{
	struct dlm_lock_entry *le = dlm_lock_alloc();

	if (!le)
		return NULL;
	if (with_value && ls->cl.lvblen) {
		le->lkb.lvb = dlm_lvb_alloc(ls->cl.lvblen, GFP_NOFS);
		le->own_lvb = true;
	}
	if ((le->own_lvb && !le->lkb.lvb) || dlm_lock_table_reserve(&ls->locks, le)) {
		dlm_lvb_free(ls->cl.lvblen, le->lkb.lvb);
		dlm_object_free(DLM_OBJECT_LOCK, le);
		return NULL;
	}
	return le;
}

struct dlm_lock_entry *dlm_patient_copy(struct dlm_lockspace *ls, bool with_value)
{
	struct dlm_lock_entry *le;

	while (!(le = make_copy(ls, with_value)))
		dlm_patience();
	return le;
}

void dlm_copy_discard(struct dlm_lockspace *ls, struct dlm_lock_entry *le)
{
	dlm_lock_table_remove(&ls->locks, le);
	dlm_lvb_free(ls->cl.lvblen, le->lkb.lvb);
	dlm_object_free(DLM_OBJECT_LOCK, le);
}
