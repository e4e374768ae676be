/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Taking a resource's lock with all that a decision may need: a frame for the
 * first message, and the resource's value block. What is missing is allocated with
 * the lock dropped, then the look is repeated: nothing allocates under the lock.
 */
#ifndef DLM_LOCKSPACE_SUPPLY_H
#define DLM_LOCKSPACE_SUPPLY_H

#include "lockspace/resource_table.h"

struct dlm_lockspace;

/* What the caller is about to do needs: */
#define DLM_SUPPLY_FRAME	 BIT(0) /* a frame whoever is master */
#define DLM_SUPPLY_VALUE	 BIT(1) /* the value block, if this node is or may become master */
#define DLM_SUPPLY_VALUE_IF_USED BIT(2) /* the same, if some lock here uses it */

/*
 * 0: locked, dlm_resource_unlock_sending() ends it; the caller still looks at DLM_RES_DEAD.
 * -ENOMEM: not locked.
 */
int dlm_resource_lock_supplied(struct dlm_resource_entry *re, unsigned int supplies);

/*
 * Find or create by name, lock, not dead. With a reference; -ENOMEM: no memory for a new
 * resource. For the supplies it waits: a caller of dlm_lock() is to hear of the lock's and the
 * resource's memory only (lock-semantics 6.1).
 */
struct dlm_resource_entry *dlm_resource_obtain_locked(struct dlm_lockspace *ls, const u8 *name,
						      size_t len, unsigned int supplies);

#endif /* DLM_LOCKSPACE_SUPPLY_H */
