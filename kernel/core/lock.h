/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One lock block. The pure part; the shell embeds it in a wrapper of its own
 * that adds reference count, table linkage and callback delivery.
 *
 * Everything here is guarded by the lock of the resource (lkb->res), except
 * the callback queue, which the shell guards by a lock of its own because
 * callbacks are taken off while the resource lock is not held. Operations are
 * completed with both held, so last_op may be read under either.
 */
#ifndef DLM_CORE_LOCK_H
#define DLM_CORE_LOCK_H

#include "platform/dlm_platform.h"
#include "core/op.h"

struct dlm_resource;

/* The values are those of m_status and rl_status on the wire. */
enum dlm_queue {
	DLM_QUEUE_NONE = 0,
	DLM_QUEUE_WAIT = 1,
	DLM_QUEUE_GRANT = 2,
	DLM_QUEUE_CONVERT = 3,
};

/* What the owner awaits from another node; values are message types of the wire. */
enum dlm_wait {
	DLM_WAIT_NONE = 0,
	DLM_WAIT_REQUEST = 1,
	DLM_WAIT_CONVERT = 2,
	DLM_WAIT_UNLOCK = 3,
	DLM_WAIT_CANCEL = 4,
	DLM_WAIT_LOOKUP = 11,
};

/* lkb->state bits */
#define DLM_LKB_MASTER_COPY    BIT(0)  /* record of another node's lock; holder names it */
#define DLM_LKB_OFF_QUEUE      BIT(1)  /* own new lock, counted in res->nr_off_queue */
#define DLM_LKB_FAMILY	       BIT(2)  /* own lock that is, or has, a sublock (cluster/family.h) */
#define DLM_LKB_RESEND	       BIT(3)  /* recorded, or lost with a master: decide later */
#define DLM_LKB_LOOKUP_LISTED  BIT(4)  /* on res->lookup_list, behind another lock's lookup */
#define DLM_LKB_GONE	       BIT(5)  /* off all queues, id invalid; only callbacks are left */
#define DLM_LKB_PENDING_DEADLK BIT(6)  /* found deadlocked by the last grant pass (9.4) */
#define DLM_LKB_GRANT_UNSENT   BIT(7)  /* master copy: GRANT decided, no memory to send it yet */
#define DLM_LKB_WANT_BAST      BIT(8)  /* owner gave a blocking function (m_asts bit 1) */
#define DLM_LKB_REBUILT	       BIT(9)  /* master copy came by recovery; rebuild_epoch says which */
#define DLM_LKB_DEMOTED	       BIT(10) /* CONVDEADLK took its mode in this conversion */
#define DLM_LKB_WATCHED	       BIT(11) /* own lock whose waits are watched (cluster/detect.h) */
#define DLM_LKB_MADE_WAY       BIT(12) /* others were granted by that, and not yet told who waits */

/* lkb->flags: the low half of m_flags on the wire, echoed as the owner sent it */
#define DLM_IFL_USER   0x1
#define DLM_IFL_ORPHAN 0x2

#define DLM_LKB_EXPECTED_MAX 4

struct dlm_lkb {
	struct list_head queue_link; /* one of res' queues or its lookup list */
	struct dlm_resource *res;    /* set once, before the lock is in a table */
	u32 id;
	u32 remid;  /* counterpart's id on the other node, 0 unknown */
	int holder; /* master copy: its owner; own lock: node asked for it */
	u32 ownpid;
	u32 exflags; /* effective DLM_LKF_ (F-3) */
	u32 lvbseq;
	u16 state; /* DLM_LKB_ bits */
	u16 flags; /* DLM_IFL_ bits */
	s8 granted_mode;
	s8 requested_mode;
	s8 high_bast;	/* H of lock-semantics 10.1 */
	u8 queue;	/* enum dlm_queue */
	u8 sb_flags;	/* DLM_SBF_ of the current operation */
	u8 wait_type;	/* enum dlm_wait: whose answer decides */
	u8 bast_unsent; /* master copy: mode + 1 of a BAST without memory, 0 none */
	u8 nr_expected;
	u8 expected[DLM_LKB_EXPECTED_MAX]; /* replies due, oldest first: dlm_wait | mark */
	void *lvb;			   /* caller's buffer, master copy: ours; or NULL */
	struct dlm_op *op;		   /* request or conversion, until it is decided */
	struct dlm_op *op_cancel;	   /* cancel that is not decided, beside op */
	struct dlm_op *op_unlock;	   /* unlock that is not decided, alone or beside op */
	struct dlm_lksb *lksb;		   /* of the last accepted lock call */
	u64 since_us;			   /* monotonic time: came to its queue, or was asked for */

	/* The lock of the callback queue; op links are a ring that starts at cb_first. */
	struct dlm_op *cb_first; /* oldest record with something to deliver */
	struct dlm_op *last_op;	 /* last decided record; written under both locks */
	s8 last_cast_mode;	 /* mode of the last delivered completion */
	u8 cb_flags;		 /* DLM_CB_ bits of core/callback.h */

	u8 nr_retries; /* res_lock: answers in a row that told us to ask again */
};

#define DLM_EXPECTED_OVERTAKEN 0x80 /* mark in lkb->expected[]: pop without effect */

/* Initialise the pure part; the caller has zeroed the memory. */
static inline void dlm_lkb_init(struct dlm_lkb *lkb, struct dlm_resource *res)
{
	INIT_LIST_HEAD(&lkb->queue_link);
	lkb->res = res;
	lkb->granted_mode = DLM_LOCK_IV;
	lkb->requested_mode = DLM_LOCK_IV;
	lkb->high_bast = DLM_LOCK_NL;
	lkb->last_cast_mode = DLM_LOCK_IV;
}

static inline bool dlm_lkb_is_master_copy(const struct dlm_lkb *lkb)
{
	return lkb->state & DLM_LKB_MASTER_COPY;
}

#endif /* DLM_CORE_LOCK_H */
