/* SPDX-License-Identifier: GPL-2.0 */
/* Who is told that it blocks: rules B-1 to B-3 of lock-semantics section 10. */
#ifndef DLM_CORE_BLOCKING_H
#define DLM_CORE_BLOCKING_H

#include "core/engine.h"

/* B-1: @lkb was just queued. */
void dlm_blocking_queued(struct dlm_resource *res, struct dlm_lkb *lkb, struct dlm_sink *sink);
/* B-2: @lkb was refused requested_mode and wants the holders to know. */
void dlm_blocking_refused(struct dlm_resource *res, struct dlm_lkb *lkb, struct dlm_sink *sink);
/* B-3: the end of a grant pass; conversions that are deadlocked have been marked. */
void dlm_blocking_pass(struct dlm_resource *res, struct dlm_sink *sink);
/* B-3 for @lkb alone, which was granted past those who wait (10.4). */
void dlm_blocking_overtaken(struct dlm_resource *res, struct dlm_lkb *lkb, struct dlm_sink *sink);

#endif /* DLM_CORE_BLOCKING_H */
