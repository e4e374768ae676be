/* SPDX-License-Identifier: GPL-2.0 */
/* When a lock is granted: the table of lock-semantics 4.2, and granting. */
#ifndef DLM_CORE_GRANT_H
#define DLM_CORE_GRANT_H

#include "core/engine.h"

/* When is asked: an operation arrives, or a queue is looked through. */
enum dlm_when {
	DLM_WHEN_NOW,
	DLM_WHEN_LATER,
	DLM_WHEN_RECOVERED, /* later, and the order of conversions is lost */
};

/* Grant the mode that @lkb asks for, if 4.2 allows it. @lvb: value to write, or NULL. */
bool dlm_grant_requested(struct dlm_resource *res, struct dlm_lkb *lkb, enum dlm_when when,
			 const void *lvb);
/* The same with the alternative mode that its flags name, if any. */
bool dlm_grant_alternative(struct dlm_resource *res, struct dlm_lkb *lkb, enum dlm_when when,
			   const void *lvb);
/* The convert queue part of a grant pass (G-17, 9.4): whether anything was granted. */
bool dlm_grant_conversions(struct dlm_resource *res, enum dlm_when when, struct dlm_sink *sink);

#endif /* DLM_CORE_GRANT_H */
