// SPDX-License-Identifier: GPL-2.0
/*
 * Stop and start of a lockspace, and the works in between. The machine itself is
 * cluster/recover.c; here is what it may not do: wait, loop over resources, open
 * and close the gate. Each answer carries the epoch of the question, so that what
 * a stop has overtaken is dropped.
 */
#include <linux/ktime.h>
#include <linux/rcupdate.h>
#include <linux/sched/mm.h>

#include "lockspace/effects.h"
#include "lockspace/lock_again.h"
#include "lockspace/lockspace.h"
#include "lockspace/log.h"
#include "lockspace/message_queue.h"
#include "lockspace/node.h"
#include "lockspace/notify.h"
#include "lockspace/recovery.h"
#include "lockspace/send.h"
#include "lockspace/snapshot.h"
#include "lockspace/visit.h"
#include "lockspace/watch.h"

static struct workqueue_struct *recovery_wq;

int dlm_recovery_init(void)
{
	recovery_wq = alloc_workqueue("dlm_recover", WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	return recovery_wq ? 0 : -ENOMEM;
}

void dlm_recovery_exit(void)
{
	destroy_workqueue(recovery_wq);
}

void dlm_recovery_queue(struct work_struct *work)
{
	queue_work(recovery_wq, work);
}

void dlm_recovery_queue_delayed(struct delayed_work *work, u32 delay_ms)
{
	queue_delayed_work(recovery_wq, work, msecs_to_jiffies(delay_ms));
}

/* ---- asked for by the machine ---- */

static void want(struct dlm_lockspace *ls, int part)
{
	set_bit(part, &ls->wanted);
	dlm_recovery_queue(&ls->recover_work);
}

void dlm_recovery_visit(struct dlm_cluster *cl, enum dlm_visit step)
{
	struct dlm_lockspace *ls = dlm_lockspace_of(cl);

	ls->visit_step = step;
	ls->visit_epoch = cl->recover.epoch;
	want(ls, DLM_WANT_VISIT);
}

void dlm_recovery_purge_saved(struct dlm_cluster *cl)
{
	struct dlm_lockspace *ls = dlm_lockspace_of(cl);

	ls->purge_epoch = cl->recover.epoch;
	want(ls, DLM_WANT_PURGE);
}

void dlm_recovery_open_gate(struct dlm_cluster *cl)
{
	struct dlm_lockspace *ls = dlm_lockspace_of(cl);

	ls->open_epoch = cl->recover.epoch;
	want(ls, DLM_WANT_OPEN);
}

void dlm_recovery_arm_timer(struct dlm_cluster *cl, u32 delay_ms)
{
	mod_delayed_work(recovery_wq, &dlm_lockspace_of(cl)->recover_timer,
			 msecs_to_jiffies(delay_ms));
}

/* ---- carried out ---- */

static bool current_epoch(const struct dlm_lockspace *ls, u64 epoch)
{
	return ls->cl.recover.epoch == epoch;
}

static void purge_saved(struct dlm_lockspace *ls)
{
	mutex_lock(&ls->view_mutex);
	if (current_epoch(ls, ls->purge_epoch)) {
		dlm_saved_purge(ls);
		dlm_recover_saved_purged(&ls->cl, ls->purge_epoch, dlm_now_ms());
	}
	mutex_unlock(&ls->view_mutex);
}

/* ---- the clock ---- */

static u64 now_us(void)
{
	return ktime_to_us(ktime_get());
}

static void stop_clock(struct dlm_lockspace *ls)
{
	spin_lock(&ls->clock_lock);
	if (!ls->clock_stopped_us)
		ls->clock_stopped_us = now_us();
	spin_unlock(&ls->clock_lock);
}

static void start_clock(struct dlm_lockspace *ls)
{
	spin_lock(&ls->clock_lock);
	if (ls->clock_stopped_us)
		ls->clock_lost_us += now_us() - ls->clock_stopped_us;
	ls->clock_stopped_us = 0;
	spin_unlock(&ls->clock_lock);
}

u64 dlm_lockspace_clock_us(struct dlm_lockspace *ls)
{
	u64 us;

	spin_lock(&ls->clock_lock);
	us = (ls->clock_stopped_us ? ls->clock_stopped_us : now_us()) - ls->clock_lost_us;
	spin_unlock(&ls->clock_lock);
	return us;
}

/* ---- the gate ---- */

/* From here on own operations are decided; false: a stop was faster. */
static bool admit_operations(struct dlm_lockspace *ls, u64 *epoch)
{
	bool opened = false;

	mutex_lock(&ls->view_mutex);
	*epoch = ls->open_epoch;
	if (current_epoch(ls, *epoch) && ls->cl.recover.state == DLM_RECOVER_DRAIN) {
		ls->prep_due = true;
		/* Pairs with the look at the gate under a res_lock: the new view comes with it. */
		smp_store_release(&ls->cl.gate, DLM_GATE_DRAINING);
		start_clock(ls);
		opened = true;
	}
	mutex_unlock(&ls->view_mutex);
	/*
	 * Whoever still found the gate closed has put its operation on the list of its
	 * resource when this returns; the visit that grants looks at them all.
	 */
	if (opened)
		synchronize_rcu_expedited();
	return opened;
}

static void open_gate(struct dlm_lockspace *ls)
{
	u64 epoch;

	if (!admit_operations(ls, &epoch) || !dlm_saved_drain(ls))
		return;
	mutex_lock(&ls->view_mutex);
	dlm_recover_drained(&ls->cl, epoch, dlm_now_ms());
	mutex_unlock(&ls->view_mutex);
}

static void recover_work(struct work_struct *work)
{
	struct dlm_lockspace *ls = container_of(work, struct dlm_lockspace, recover_work);
	unsigned int noio = memalloc_noio_save();

	if (test_and_clear_bit(DLM_WANT_VISIT, &ls->wanted))
		dlm_visit_run(ls);
	if (test_and_clear_bit(DLM_WANT_PURGE, &ls->wanted))
		purge_saved(ls);
	if (test_and_clear_bit(DLM_WANT_OPEN, &ls->wanted))
		open_gate(ls);
	dlm_send_kick(ls);
	memalloc_noio_restore(noio);
}

static void timer_work(struct work_struct *work)
{
	struct dlm_lockspace *ls =
		container_of(to_delayed_work(work), struct dlm_lockspace, recover_timer);
	unsigned int noio = memalloc_noio_save();

	mutex_lock(&ls->view_mutex);
	dlm_recover_timer(&ls->cl, dlm_now_ms());
	mutex_unlock(&ls->view_mutex);
	dlm_send_kick(ls);
	memalloc_noio_restore(noio);
}

static void scan_work(struct work_struct *work)
{
	struct dlm_lockspace *ls =
		container_of(to_delayed_work(work), struct dlm_lockspace, scan_work);
	unsigned int noio = memalloc_noio_save();
	u32 scan_secs;

	dlm_resource_scan(ls);
	scan_secs = min_t(u32, dlm_node_tunable(ls->node, DLM_TUNABLE_SCAN_SECS), 3600);
	dlm_recovery_queue_delayed(&ls->scan_work, scan_secs * MSEC_PER_SEC);
	memalloc_noio_restore(noio);
}

void dlm_recovery_setup(struct dlm_lockspace *ls)
{
	INIT_WORK(&ls->recover_work, recover_work);
	INIT_DELAYED_WORK(&ls->recover_timer, timer_work);
	INIT_DELAYED_WORK(&ls->scan_work, scan_work);
	INIT_DELAYED_WORK(&ls->deferred_work, dlm_deferred_work);
	INIT_WORK(&ls->user_work, dlm_notify_work);
	dlm_lock_again_setup(ls);
	dlm_recovery_queue_delayed(&ls->scan_work, 1000);
}

void dlm_recovery_quiesce(struct dlm_lockspace *ls)
{
	cancel_delayed_work_sync(&ls->scan_work);
	dlm_watch_quiesce(ls);
	cancel_work_sync(&ls->family_work);
	cancel_delayed_work_sync(&ls->recover_timer);
	cancel_work_sync(&ls->recover_work);
	dlm_lock_again_quiesce(ls);
	dlm_deferred_drop(ls);
	cancel_work_sync(&ls->user_work);
}

/* ---- stop and start ---- */

/* No decision is under way and none will be made when this returns. view_mutex held. */
static void close_gate(struct dlm_lockspace *ls)
{
	spin_lock(&ls->saved_lock);
	WRITE_ONCE(ls->cl.gate, ls->cl.recover.generation ? DLM_GATE_CLOSED : DLM_GATE_NEVER);
	spin_unlock(&ls->saved_lock);
	synchronize_rcu_expedited();
	stop_clock(ls);
}

/* Returns whether the user has to be told. control_mutex held. */
static bool stop(struct dlm_lockspace *ls)
{
	bool prep;

	mutex_lock(&ls->view_mutex);
	close_gate(ls);
	dlm_recover_stop(&ls->cl);
	prep = ls->prep_due;
	ls->prep_due = false;
	mutex_unlock(&ls->view_mutex);

	/* What runs finds its epoch outdated. */
	cancel_delayed_work_sync(&ls->recover_timer);
	flush_work(&ls->recover_work);
	flush_work(&ls->user_work);
	return prep;
}

int dlm_lockspace_stop(struct dlm_lockspace *ls)
{
	unsigned int noio = memalloc_noio_save();

	mutex_lock(&ls->control_mutex);
	if (stop(ls)) {
		dlm_notify_prep(ls);
		dlm_lockspace_log(ls, DLM_LOG_INFO, "stopped");
	}
	mutex_unlock(&ls->control_mutex);
	memalloc_noio_restore(noio);
	return 0;
}

void dlm_recovery_halt(struct dlm_lockspace *ls)
{
	mutex_lock(&ls->control_mutex);
	stop(ls);
	mutex_unlock(&ls->control_mutex);
}

/* A member that is gone has failed unless its comm is still the one that it came with. */
static bool has_failed(void *arg, int nodeid, u32 incarnation)
{
	u32 now = dlm_comm_incarnation(arg, nodeid);

	return !now || now != incarnation;
}

int dlm_lockspace_start(struct dlm_lockspace *ls, const struct dlm_member *members, int nr)
{
	struct dlm_cluster *cl = &ls->cl;
	u32 seconds = dlm_node_tunable(ls->node, DLM_TUNABLE_RECOVER_TIMER);
	unsigned int noio = memalloc_noio_save();
	int err = -EINVAL;

	mutex_lock(&ls->control_mutex);
	mutex_lock(&ls->view_mutex);
	cl->recover.timeout_ms = min_t(u32, seconds, 3600) * MSEC_PER_SEC;
	if (cl->gate < DLM_GATE_DRAINING)
		err = dlm_recover_start(cl, members, nr, has_failed, ls->node, dlm_now_ms());
	mutex_unlock(&ls->view_mutex);
	mutex_unlock(&ls->control_mutex);
	dlm_send_kick(ls);
	memalloc_noio_restore(noio);
	dlm_lockspace_log(ls, err ? DLM_LOG_ERROR : DLM_LOG_INFO, "start with %d members: %d", nr,
			  err);
	return err == -EBUSY ? -EINVAL : err;
}

bool dlm_lockspace_stopped(struct dlm_lockspace *ls)
{
	return READ_ONCE(ls->cl.gate) < DLM_GATE_DRAINING;
}

const char *dlm_lockspace_state_name(struct dlm_lockspace *ls)
{
	switch (READ_ONCE(ls->cl.recover.state)) {
	case DLM_RECOVER_STOPPED:
		return "stopped";
	case DLM_RECOVER_RUNNING:
		return "running";
	case DLM_RECOVER_ERROR:
		return "failed";
	default:
		return "recovering";
	}
}

int dlm_lockspace_recover_error(struct dlm_lockspace *ls)
{
	if (READ_ONCE(ls->cl.recover.state) != DLM_RECOVER_ERROR)
		return 0;
	return READ_ONCE(ls->cl.recover.error);
}

u32 dlm_lockspace_recover_status(struct dlm_lockspace *ls)
{
	return READ_ONCE(ls->cl.recover.status);
}

int dlm_lockspace_recover_nodeid(struct dlm_lockspace *ls)
{
	return READ_ONCE(ls->cl.recover.waiting_for);
}
