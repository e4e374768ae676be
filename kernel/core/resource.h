/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One resource: its three queues, its value block, and who masters it. The
 * pure part; the shell embeds it in a wrapper with spinlock, reference count
 * and table linkage. All fields are guarded by that spinlock.
 *
 * The first half belongs to core/ (rules of one resource), the second to
 * cluster/ (which node decides, recovery marks).
 */
#ifndef DLM_CORE_RESOURCE_H
#define DLM_CORE_RESOURCE_H

#include "platform/dlm_platform.h"
#include "core/lock.h"

/* res->state bits; those from DLM_RES_NEW_MASTER on stay over interrupted recoveries */
#define DLM_RES_ACTIVE	      BIT(0)  /* has locks here; else cache or directory record */
#define DLM_RES_LVB_INVALID   BIT(1)  /* value marked not valid */
#define DLM_RES_LVB_EXISTS    BIT(2)  /* written since the resource came to life */
#define DLM_RES_UNCERTAIN     BIT(3)  /* cached remote master, not confirmed yet */
#define DLM_RES_REMOVING      BIT(4)  /* a REMOVE is on its way into the send stream */
#define DLM_RES_DEAD	      BIT(5)  /* shell took it out of the table; look the name up again */
#define DLM_RES_UNPROVEN      BIT(6)  /* recovery: the directory's master has not said that it is */
#define DLM_RES_NEW_MASTER    BIT(8)  /* recovery: master changed, own locks go to it */
#define DLM_RES_BECAME_MASTER BIT(9)  /* recovery: this node was not master before */
#define DLM_RES_LVB_LOST      BIT(10) /* recovery: a gone lock could write the value */
#define DLM_RES_RESOLVE	      BIT(11) /* recovery: middle conversions to resolve */
#define DLM_RES_TRY_GRANT     BIT(12) /* recovery: grant pass due at the end, order is lost */

struct dlm_resource {
	struct list_head grant_queue;
	struct list_head convert_queue;
	struct list_head wait_queue;
	u32 nr_granted[DLM_LOCK_EX + 1]; /* granted modes held on grant and convert queue */
	/*
	 * What may be found on the queues, so that they are not walked for nothing. Bits by
	 * mode are set when a lock comes and cleared when the queue is empty or was searched.
	 */
	u8 wait_modes;	  /* asked for on the wait queue */
	u8 convert_modes; /* asked for on the convert queue */
	u8 convert_held;  /* held on the convert queue, above NL */
	u8 noorder;	  /* 1: a lock with NOORDER may be on convert or wait queue */
	u8 told;	  /* see core/blocking.c */
	u16 name_len;	  /* 0 .. DLM_RESNAME_MAXLEN */
	u16 lvblen;	  /* the lockspace's */
	u32 nr_locks;	  /* on the three queues */
	u32 nr_off_queue; /* own new locks that are on none of them yet */
	u32 nr_asked;	  /* REQUESTs of these that are not answered */
	u32 lvbseq;
	u8 *lvb;	/* lvblen bytes; there before a lock that may write comes */
	const u8 *name; /* name_len bytes, set once */

	int master;		      /* node id, 0 unknown */
	int dir;		      /* directory node of the current view */
	u32 hash;		      /* of the name, wire spec 5.1 */
	u32 first;		      /* id of the lock that asks for the master, 6.3; or 0 */
	u32 recover_id;		      /* rc_id of the recovery LOOKUP that is out, 0 none */
	u32 state;		      /* DLM_RES_ bits */
	struct list_head lookup_list; /* own locks that wait for first to be settled */
};

static inline void dlm_resource_init(struct dlm_resource *res, const u8 *name, u16 name_len,
				     u32 hash, u16 lvblen)
{
	INIT_LIST_HEAD(&res->grant_queue);
	INIT_LIST_HEAD(&res->convert_queue);
	INIT_LIST_HEAD(&res->wait_queue);
	INIT_LIST_HEAD(&res->lookup_list);
	res->name = name;
	res->name_len = name_len;
	res->hash = hash;
	res->lvblen = lvblen;
}

/* Any lock here, own or copy, requests in flight included. */
static inline bool dlm_resource_has_locks(const struct dlm_resource *res)
{
	return res->nr_locks || res->nr_off_queue;
}

#endif /* DLM_CORE_RESOURCE_H */
