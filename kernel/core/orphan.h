/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Orphans: locks that outlive the process that took them, until somebody adopts
 * or drops them (lock-semantics 16.4, 16.5).
 */
#ifndef DLM_CORE_ORPHAN_H
#define DLM_CORE_ORPHAN_H

#include "core/resource.h"

/* What becomes of a lock whose owner goes away. */
enum dlm_fate {
	DLM_FATE_ENDING, /* its last completion is queued, or an unlock is under way */
	DLM_FATE_UNLOCK,
	DLM_FATE_ORPHAN,
	DLM_FATE_ORPHAN_BUSY, /* the same, but what it waits for has to be cancelled */
};

enum dlm_fate dlm_orphan_fate(const struct dlm_lkb *lkb);

/*
 * The orphan of this node on @res that can be adopted in @mode: it holds just that, and nothing is
 * under way. NULL with *@err: -EAGAIN if orphans hold other modes, -ENOENT if there are none.
 */
struct dlm_lkb *dlm_orphan_find(const struct dlm_resource *res, int mode, int *err);

#endif /* DLM_CORE_ORPHAN_H */
