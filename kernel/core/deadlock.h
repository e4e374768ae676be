/* SPDX-License-Identifier: GPL-2.0 */
/* Conversion deadlock on one resource: lock-semantics section 9. */
#ifndef DLM_CORE_DEADLOCK_H
#define DLM_CORE_DEADLOCK_H

#include "core/engine.h"

/* 9.1: may the conversion of @lkb, which was not granted, not be queued? */
bool dlm_deadlock_arriving(struct dlm_resource *res, const struct dlm_lkb *lkb);
/* 9.4 for one queued conversion. */
bool dlm_deadlock_pending(const struct dlm_resource *res, const struct dlm_lkb *lkb);
/* Mark the queued conversions that are deadlocked by 9.4 (DLM_LKB_PENDING_DEADLK). */
void dlm_deadlock_mark(struct dlm_resource *res);
/* Mark, and act on it. True: a lock gave way, so something may be grantable now. */
bool dlm_deadlock_resolve(struct dlm_resource *res, struct dlm_sink *sink);
/* What the lock holds drops to NL. */
void dlm_deadlock_demote(struct dlm_resource *res, struct dlm_lkb *lkb);

#endif /* DLM_CORE_DEADLOCK_H */
