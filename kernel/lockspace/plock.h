/* SPDX-License-Identifier: GPL-2.0 */
/*
 * POSIX locks of cluster file systems: requests on their way to the control
 * daemon and back. The daemon decides; here they are queued, matched with its
 * answers, and given up when nobody is there to answer (control-plane.md 6).
 */
#ifndef DLM_LOCKSPACE_PLOCK_H
#define DLM_LOCKSPACE_PLOCK_H

#include <linux/dlm.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

/* The header takes them for granted. */
struct file;
struct file_lock;
#include <linux/dlm_plock.h>

struct dlm_plock;

struct dlm_plocks {
	spinlock_t lock;	    /* plock_lock: all of this, and the state of each request */
	struct list_head queued;    /* to be read by the daemon, in order */
	struct list_head sent;	    /* read, and not answered; in order */
	wait_queue_head_t readable; /* woken when something is queued */
	int nr_open;		    /* openers of the device */
	struct delayed_work give_up;
};

enum dlm_plock_state {
	DLM_PLOCK_QUEUED,
	DLM_PLOCK_SENT,
	DLM_PLOCK_ANSWERED,  /* on no list; info.rv says how */
	DLM_PLOCK_ABANDONED, /* sent; whoever asked was killed and does not wait any more */
};

struct dlm_plock {
	struct list_head link;
	struct dlm_plock_info info;
	enum dlm_plock_state state;
	bool was_sent; /* to this daemon or to one before it */
	wait_queue_head_t answered;
	/* Instead of a waiting caller: called with the answer, owns the request. May sleep. */
	void (*done)(struct dlm_plock *op);
};

void dlm_plocks_init(struct dlm_plocks *plocks);
void dlm_plocks_exit(struct dlm_plocks *plocks);

/* Memory is the caller's, given back by kfree(): it may be the first member of something larger. */
void dlm_plock_init(struct dlm_plock *op);

/* Queue a request that nobody waits for: it is freed when read, or handed to done(). */
void dlm_plock_post(struct dlm_plocks *plocks, struct dlm_plock *op);
/*
 * Queue, and wait for the answer. 0: it is in op->info and the request is the caller's again.
 * -ERESTARTSYS: the caller was killed; the request is no more its own.
 */
int dlm_plock_ask(struct dlm_plocks *plocks, struct dlm_plock *op);

/* The daemon's side. */
void dlm_plocks_open(struct dlm_plocks *plocks);
void dlm_plocks_close(struct dlm_plocks *plocks);
bool dlm_plocks_readable(struct dlm_plocks *plocks);
/* The oldest one goes to the daemon; false: there is none. */
bool dlm_plocks_next(struct dlm_plocks *plocks, struct dlm_plock_info *info);
/* False: nobody has asked that. */
bool dlm_plocks_answer(struct dlm_plocks *plocks, const struct dlm_plock_info *info);

#endif /* DLM_LOCKSPACE_PLOCK_H */
