/* SPDX-License-Identifier: GPL-2.0 */
/* The value block of a resource at its master: lock-semantics section 12. */
#ifndef DLM_CORE_VALUE_H
#define DLM_CORE_VALUE_H

#include "core/resource.h"

/*
 * @lkb is about to be granted requested_mode; granted_mode is still the old one. @lvb: what the
 * caller wants written, or NULL.
 */
void dlm_value_granted(struct dlm_resource *res, struct dlm_lkb *lkb, const void *lvb);
/* @lkb is about to be unlocked. */
void dlm_value_unlocked(struct dlm_resource *res, struct dlm_lkb *lkb, const void *lvb);
/* The last lock is gone, and with it value and mark (12.8). */
void dlm_value_forget(struct dlm_resource *res);

#endif /* DLM_CORE_VALUE_H */
