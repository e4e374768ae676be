/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The owner's record of a lock that another node masters: brought to where the
 * master has it. No rule is applied, the master has decided.
 */
#ifndef DLM_CLUSTER_MIRROR_H
#define DLM_CLUSTER_MIRROR_H

#include "cluster/cluster.h"

/* Flags that came with an answer; a demotion that they tell of is done. */
void dlm_mirror_flags(struct dlm_lkb *lkb, const struct dlm_msg *m);
/* Granted what it asked for, or the alternative; @lvb: the resource's value as sent, or NULL. */
void dlm_mirror_grant(struct dlm_lkb *lkb, const struct dlm_msg *m, const void *lvb, size_t len);
void dlm_mirror_queue(struct dlm_lkb *lkb);
/* A queued operation is taken back: false if there was none. */
bool dlm_mirror_cancel(struct dlm_lkb *lkb);

#endif /* DLM_CLUSTER_MIRROR_H */
