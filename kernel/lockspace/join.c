// SPDX-License-Identifier: GPL-2.0
/*
 * Making and joining a lockspace, leaving and dissolving it (lock-semantics 14).
 *
 * Waits for the control plane are killable and hold no lock: a lockspace that
 * hangs blocks only those who want the same name.
 */
#include <linux/module.h>
#include <linux/rcupdate.h>

#include "lockspace/control.h"
#include "lockspace/deliver.h"
#include "lockspace/device.h"
#include "lockspace/lock_entry.h"
#include "lockspace/lockspace.h"
#include "lockspace/log.h"
#include "lockspace/node.h"
#include "lockspace/recovery.h"
#include "lockspace/registry.h"
#include "lockspace/resource_table.h"

/* The largest value block that fits into a message with everything around it. */
#define LVBLEN_MAX 3904

/* ---- waiting for the control daemon ---- */

void dlm_lockspace_event_done(struct dlm_lockspace *ls, int result)
{
	spin_lock(&ls->event_wait.lock);
	ls->event_result = result;
	ls->event_answered = true;
	wake_up_locked(&ls->event_wait);
	spin_unlock(&ls->event_wait.lock);
}

/* The daemon's number, or -EINTR if the waiting process was killed. */
static int wait_for_event(struct dlm_lockspace *ls)
{
	int result = 0;

	if (wait_event_killable(ls->event_wait, READ_ONCE(ls->event_answered)))
		return -EINTR;
	spin_lock(&ls->event_wait.lock);
	if (ls->event_answered)
		result = ls->event_result;
	ls->event_answered = false;
	spin_unlock(&ls->event_wait.lock);
	return result;
}

static void leave_group(struct dlm_lockspace *ls)
{
	const struct dlm_control_ops *control = ls->node->control;

	control->offline(ls);
	wait_for_event(ls);
}

/* ---- arguments ---- */

static int check_shape(const struct dlm_lockspace_args *args)
{
	size_t len = args->name ? strnlen(args->name, DLM_LOCKSPACE_LEN + 1) : 0;

	if (!len || len > DLM_LOCKSPACE_LEN)
		return -EINVAL;
	if (args->lvblen < 0 || args->lvblen % 8 || args->lvblen > LVBLEN_MAX)
		return -EINVAL;
	return 0;
}

static bool other_cluster(struct dlm_node *node, const char *cluster)
{
	char name[DLM_CLUSTER_NAME_MAX + 1];

	dlm_node_cluster_name(node, name);
	return strncmp(cluster, name, DLM_LOCKSPACE_LEN);
}

static int check_args(struct dlm_node *node, const struct dlm_lockspace_args *args, bool callbacks)
{
	int err = check_shape(args);

	if (err)
		return err;
	if (!dlm_node_daemon_available(node)) {
		pr_err_ratelimited("dlm: %s: no control daemon\n", args->name);
		return -EUNATCH;
	}
	if (args->ops && args->ops_result)
		*args->ops_result = callbacks ? 0 : -EOPNOTSUPP;
	if (!args->cluster)
		pr_info_ratelimited("dlm: %s: cluster name not checked\n", args->name);
	else if (callbacks && other_cluster(node, args->cluster))
		return -EBADR;
	return 0;
}

/* ---- join ---- */

static void set_state(struct dlm_lockspace *ls, enum dlm_lockspace_state state)
{
	mutex_lock(&ls->node->spaces_mutex);
	ls->state = state;
	mutex_unlock(&ls->node->spaces_mutex);
	wake_up_all(&ls->node->spaces_wait);
}

static void remove_members(struct dlm_lockspace *ls)
{
	struct dlm_cluster *cl = &ls->cl;
	int i;

	mutex_lock(&ls->view_mutex);
	for (i = 0; cl->view && i < cl->view->nr_members; i++)
		cl->ops->member_removed(cl, cl->view->members[i].nodeid);
	mutex_unlock(&ls->view_mutex);
}

/* Everything that the lockspace has, in reverse order; nobody may call into it any more. */
static void dissolve(struct dlm_lockspace *ls)
{
	struct dlm_node *node = ls->node;

	percpu_ref_kill(&ls->calls);
	wait_for_completion(&ls->calls_done);
	dlm_recovery_halt(ls);
	remove_members(ls);
	dlm_deliver_drop_all(ls);
	dlm_recovery_quiesce(ls);
	dlm_lockspace_clear(ls);

	mutex_lock(&node->spaces_mutex);
	dlm_registry_remove(ls);
	mutex_unlock(&node->spaces_mutex);
	synchronize_rcu();
	wake_up_all(&node->spaces_wait);
	dlm_lockspace_put(ls);
	dlm_node_transport_put(node);
	module_put(THIS_MODULE);
}

/* Visible, joined, recovered; undone by the caller's dissolve() after an error. */
static int join(struct dlm_lockspace *ls)
{
	const struct dlm_control_ops *control = ls->node->control;
	int err;

	err = control->add(ls);
	if (err)
		return err;
	control->online(ls);
	err = wait_for_event(ls);
	if (err < 0)
		goto err_remove;
	err = wait_for_completion_killable(&ls->joined);
	if (!err)
		err = ls->join_result;
	else
		err = -EINTR;
	if (err)
		goto err_offline;
	control->show(ls);
	return 0;

err_offline:
	leave_group(ls);
err_remove:
	control->remove(ls);
	return err;
}

enum find {
	FIND_NEW,      /* = 0: not there: one was made, JOINING, ours to join */
	FIND_EXISTING, /* one more use */
	FIND_WAIT,     /* that name is just coming or going */
};

/* Files have '!' for '/'. */
static bool same_file_name(const char *a, const char *b)
{
	for (; *a || *b; a++, b++)
		if ((*a == '/' ? '!' : *a) != (*b == '/' ? '!' : *b))
			return false;
	return true;
}

/* spaces_mutex held. */
static bool file_name_taken(struct dlm_node *node, const char *name)
{
	struct dlm_lockspace *ls;

	list_for_each_entry(ls, &node->spaces, link)
		if (same_file_name(ls->name, name))
			return true;
	return false;
}

static int make(struct dlm_node *node, const struct dlm_lockspace_args *args, bool callbacks,
		struct dlm_lockspace **ls)
{
	int err;

	if (file_name_taken(node, args->name))
		return -EEXIST;
	*ls = dlm_lockspace_alloc(node, args);
	if (IS_ERR(*ls))
		return PTR_ERR(*ls);
	if (callbacks) {
		(*ls)->ops = args->ops;
		(*ls)->ops_arg = args->ops_arg;
	}
	err = dlm_registry_add(*ls);
	if (err) {
		dlm_recovery_quiesce(*ls);
		dlm_lockspace_clear(*ls);
		dlm_lockspace_put(*ls);
		return err;
	}
	__module_get(THIS_MODULE);
	return FIND_NEW;
}

/* enum find or an error. */
static int find_or_make(struct dlm_node *node, const struct dlm_lockspace_args *args,
			bool callbacks, struct dlm_lockspace **ls)
{
	int result;

	mutex_lock(&node->spaces_mutex);
	*ls = dlm_registry_by_name(node, args->name, strlen(args->name));
	if (!*ls) {
		result = make(node, args, callbacks, ls);
	} else if ((*ls)->state != DLM_LS_LIVE) {
		result = FIND_WAIT;
	} else if (args->flags & DLM_LSFL_NEWEXCL) {
		result = -EEXIST;
	} else {
		(*ls)->use_count++;
		result = FIND_EXISTING;
	}
	mutex_unlock(&node->spaces_mutex);
	return result;
}

static bool name_settled(struct dlm_node *node, const char *name)
{
	struct dlm_lockspace *ls;
	bool settled;

	mutex_lock(&node->spaces_mutex);
	ls = dlm_registry_by_name(node, name, strlen(name));
	settled = !ls || ls->state == DLM_LS_LIVE;
	mutex_unlock(&node->spaces_mutex);
	return settled;
}

static int obtain(struct dlm_node *node, const struct dlm_lockspace_args *args, bool callbacks,
		  struct dlm_lockspace **ls)
{
	int result;

	for (;;) {
		result = find_or_make(node, args, callbacks, ls);
		if (result != FIND_WAIT)
			return result;
		if (wait_event_killable(node->spaces_wait, name_settled(node, args->name)))
			return -EINTR;
	}
}

/* The caller's use of the transport goes to a new lockspace, and back in other cases. */
int dlm_lockspace_new(struct dlm_node *node, const struct dlm_lockspace_args *args,
		      struct dlm_lockspace **ls)
{
	bool callbacks = dlm_node_tunable(node, DLM_TUNABLE_RECOVER_CALLBACKS);
	int result;

	result = dlm_node_transport_get(node);
	if (result)
		return result;
	result = check_args(node, args, callbacks);
	if (!result)
		result = obtain(node, args, callbacks, ls);
	if (result != FIND_NEW) {
		dlm_node_transport_put(node);
		if (result == FIND_EXISTING && args->ops && args->ops_result)
			*args->ops_result = -EEXIST;
		return result < 0 ? result : 0;
	}

	result = join(*ls);
	if (result) {
		set_state(*ls, DLM_LS_LEAVING);
		dissolve(*ls);
		return result;
	}
	set_state(*ls, DLM_LS_LIVE);
	return 0;
}

/* ---- release ---- */

static bool not_held_here(struct dlm_lock_entry *le, void *arg)
{
	struct dlm_resource_entry *re = dlm_lock_resource(le);
	bool *held = arg;

	dlm_resource_lock(re);
	*held = !dlm_lkb_is_master_copy(&le->lkb) && dlm_is_master(&re->ls->cl, &re->res) &&
		le->lkb.granted_mode != DLM_LOCK_IV;
	dlm_resource_unlock(re);
	return !*held;
}

static bool busy(struct dlm_lockspace *ls, int force)
{
	bool held = false;

	if (force <= 0)
		return dlm_lockspace_nr_locks(ls) > 0;
	if (force == 1)
		dlm_lock_table_each(&ls->locks, not_held_here, &held);
	return held;
}

/* One use less; the last one begins to leave. 0 or as dlm_lockspace_release(). */
static int give_back(struct dlm_lockspace *ls, int force)
{
	int result = 0;

	mutex_lock(&ls->node->spaces_mutex);
	if (ls->state != DLM_LS_LIVE)
		result = -EINVAL;
	else if (ls->use_count > 1)
		result = --ls->use_count;
	else if (busy(ls, force))
		result = -EBUSY;
	else
		ls->state = DLM_LS_LEAVING;
	mutex_unlock(&ls->node->spaces_mutex);
	return result;
}

static void finish_release(struct dlm_lockspace *ls)
{
	const struct dlm_control_ops *control = ls->node->control;

	control->hide(ls);
	control->remove(ls);
	dissolve(ls);
}

static void release_work(struct work_struct *work)
{
	struct dlm_lockspace *ls = container_of(work, struct dlm_lockspace, release_work);

	ls->node->devices->wait_closed(ls, TASK_IDLE);
	/* Nothing of the lockspace is left after this; the module's exit waits for our return. */
	finish_release(ls);
}

/* Whoever released it was killed, perhaps because it has the device open itself. */
static void release_later(struct dlm_lockspace *ls)
{
	INIT_WORK(&ls->release_work, release_work);
	dlm_recovery_queue(&ls->release_work);
}

/* 0: nobody can get at it any more, and the control daemon knows. */
static int begin_release(struct dlm_lockspace *ls, int force)
{
	int result = give_back(ls, force);

	if (result)
		return result;
	ls->node->devices->withdraw(ls);
	if (force < 3 && dlm_node_daemon_available(ls->node))
		leave_group(ls);
	return 0;
}

int dlm_lockspace_release(struct dlm_lockspace *ls, int force)
{
	int result = begin_release(ls, force);

	if (result)
		return result;
	ls->node->devices->wait_closed(ls, TASK_IDLE);
	finish_release(ls);
	return 0;
}

int dlm_lockspace_release_killable(struct dlm_lockspace *ls, int force)
{
	int result = begin_release(ls, force);

	if (result)
		return result;
	if (ls->node->devices->wait_closed(ls, TASK_KILLABLE)) {
		release_later(ls);
		return -EINTR;
	}
	finish_release(ls);
	return 0;
}

/* ---- all of them ---- */

static struct dlm_lockspace *next_running(struct dlm_node *node)
{
	struct dlm_lockspace *ls, *found = NULL;

	mutex_lock(&node->spaces_mutex);
	list_for_each_entry(ls, &node->spaces, link) {
		if (!dlm_lockspace_stopped(ls)) {
			dlm_lockspace_get(ls);
			found = ls;
			break;
		}
	}
	mutex_unlock(&node->spaces_mutex);
	return found;
}

void dlm_lockspaces_stop_all(struct dlm_node *node)
{
	struct dlm_lockspace *ls;

	while ((ls = next_running(node))) {
		dlm_lockspace_stop(ls);
		dlm_lockspace_put(ls);
	}
}
