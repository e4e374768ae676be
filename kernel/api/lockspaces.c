// SPDX-License-Identifier: GPL-2.0
/*
 * dlm_new_lockspace() and dlm_release_lockspace(): the exported calls that make,
 * join and leave a lockspace, on the initial node.
 */
#include <linux/dlm.h>
#include <linux/export.h>

#include "lockspace/lockspace.h"
#include "lockspace/node.h"
#include "lockspace/registry.h"

/**
 * dlm_new_lockspace() - make a lockspace known to this node and join its other members
 * @name: 1 .. DLM_LOCKSPACE_LEN bytes, NUL terminated
 * @cluster: name of the cluster to which the caller believes to belong, or NULL. Compared with the
 *	configured one if recovery callbacks are enabled
 * @flags: DLM_LSFL_ bits. Except for NEWEXCL they must be the same on all members
 * @lvblen: length of a value block in bytes: a multiple of 8, the same on all members; 0: there
 *	is none
 * @ops: recovery callbacks, or NULL; must stay valid until the release
 * @ops_arg: their argument
 * @ops_result: says whether @ops will be used: 0, %-EOPNOTSUPP (disabled by configuration),
 *	%-EEXIST (the lockspace was there; the ops of its creator stay). NULL if nobody wants to
 *	know
 * @lockspace: where the handle goes on success
 *
 * Waits until the control daemon has admitted this node and the first recovery is over; a fatal
 * signal ends the wait. If the lockspace is there already, it is used once more.
 *
 * Context: process context; sleeps.
 * Return: 0, or: %-ENOTCONN: no local address configured. %-EINVAL: name, lvblen. %-EUNATCH: no
 * control daemon. %-EBADR: other cluster. %-EEXIST: NEWEXCL and it is there. %-EPROTO: a member
 * has another lvblen or flags. %-EINTR: killed. %-ENOMEM, or what the daemon says.
 * Note: source: in-tree dlm 6.1.
 */
int dlm_new_lockspace(const char *name, const char *cluster, u32 flags, int lvblen,
		      const struct dlm_lockspace_ops *ops, void *ops_arg, int *ops_result,
		      dlm_lockspace_t **lockspace)
{
	struct dlm_lockspace_args args = {
		.name = name,
		.cluster = cluster,
		.flags = flags | DLM_LSFL_FS_BIT,
		.lvblen = lvblen,
		.ops = ops,
		.ops_arg = ops_arg,
		.ops_result = ops_result,
	};
	struct dlm_lockspace *ls;
	int err;

	err = dlm_lockspace_new(dlm_initial_node, &args, &ls);
	if (!err)
		*lockspace = dlm_lockspace_handle(ls);
	return err;
}
EXPORT_SYMBOL_GPL(dlm_new_lockspace);

/**
 * dlm_release_lockspace() - give a lockspace back
 * @lockspace: handle from dlm_new_lockspace()
 * @force: 0: refuse while any lock exists here; 1: refuse while a lock is held here that this
 *	node masters; 2: never refuse; 3: nor tell the control daemon
 *
 * Locks that are still there vanish: their owners hear nothing any more, other nodes see an
 * orderly leave. When 0 has been returned, no callback runs and the handle is dead.
 *
 * Context: process context; sleeps. Not from a callback of the lockspace.
 * Return: 0; the positive number of uses that remain; %-EBUSY; %-EINVAL: not a live lockspace.
 * Note: source: in-tree dlm 6.1.
 */
int dlm_release_lockspace(dlm_lockspace_t *lockspace, int force)
{
	struct dlm_lockspace *ls = dlm_lockspace_enter(dlm_initial_node, lockspace);
	int result;

	if (!ls)
		return -EINVAL;
	/* Memory stays, but a release waits for those who have entered. */
	dlm_lockspace_get(ls);
	dlm_lockspace_leave(ls);
	result = dlm_lockspace_release(ls, force);
	dlm_lockspace_put(ls);
	return result;
}
EXPORT_SYMBOL_GPL(dlm_release_lockspace);
