/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The effects of the cluster layer: struct dlm_cluster_ops of this shell, and the
 * locks that it wants to look at again.
 */
#ifndef DLM_LOCKSPACE_EFFECTS_H
#define DLM_LOCKSPACE_EFFECTS_H

#include <linux/ktime.h>

struct dlm_lock_entry;
struct dlm_lockspace;
struct work_struct;

extern const struct dlm_cluster_ops dlm_shell_ops;

static inline u64 dlm_now_ms(void)
{
	return ktime_to_ms(ktime_get());
}

/* The gate is open: decide or send what was put off. res_lock held, with supplies. */
void dlm_lock_retry(struct dlm_lock_entry *le);
void dlm_deferred_work(struct work_struct *work);
/* Locks that still wait to be looked at lose their place (release). */
void dlm_deferred_drop(struct dlm_lockspace *ls);

#endif /* DLM_LOCKSPACE_EFFECTS_H */
