/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The three queues of a resource inside core/: like the functions of engine.h
 * that move locks, with the choice of the end.
 */
#ifndef DLM_CORE_QUEUE_H
#define DLM_CORE_QUEUE_H

#include "core/resource.h"

/* Put a lock that is on no queue at the tail, or with DLM_LKF_HEADQUE at the head. */
void dlm_queue_put(struct dlm_resource *res, struct dlm_lkb *lkb, enum dlm_queue queue);
/* The same for a lock that is on a queue already. */
void dlm_queue_move(struct dlm_resource *res, struct dlm_lkb *lkb, enum dlm_queue queue);

/* Holds a mode, and asks for another or could. */
static inline bool dlm_lkb_converts(const struct dlm_lkb *lkb)
{
	return lkb->queue == DLM_QUEUE_GRANT || lkb->queue == DLM_QUEUE_CONVERT;
}

#endif /* DLM_CORE_QUEUE_H */
