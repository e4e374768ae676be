/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The lock order of the module. The names are those of the lockdep classes, so
 * that a report reads against this table.
 *
 * Lock order: take downwards only.
 *
 *   transport_mutex         start and stop of the transport       may sleep
 *     spaces_mutex          list of lockspaces, use counts         may sleep
 *     control_mutex         stop and start of one lockspace        may sleep
 *       user_mutex          recovery callbacks of one lockspace    may sleep
 *     view_mutex            view, recovery machine, snapshot       may sleep
 *       comm_mutex          comms and peers' addresses             may sleep
 *         config_mutex      which peers there are                  may sleep
 *           conn_mutex      connections of one peer                may sleep
 *           res_lock        queues, value, master of a resource    spin
 *             cb_lock       callback queue of one lock             spin
 *               collect_lock  locks with callbacks to be fetched   spin
 *             held_lock     who has a lock of user space           spin
 *               held_list_lock  locks of one owner                 spin
 *             family_lock   sublocks of one lockspace            spin
 *             watch_lock    waits of one lockspace               spin
 *             search_lock   steps of searches for deadlocks      spin
 *             saved_lock    saved messages of one lockspace        spin
 *             hold_lock     locks whose callbacks are held back    spin
 *             plock_lock    requests of POSIX locks                spin
 *             clock_lock    the lockspace's clock                  spin
 *             lru_lock      one shard of unused resources          spin
 *             drain_lock    one processor's callbacks              spin
 *             tx_lock       session and queue of one peer          spin
 *
 * The locks of sockets are below conn_mutex. What config_mutex, conn_mutex and
 * tx_lock guard is said in peer_object.h.
 *
 * Tables are rhashtable and xarray: their inner locks are leaves.
 * Never two res_locks at once. None of these is held when a completion or
 * blocking callback runs; user_mutex alone is held when a recovery callback runs.
 * Lookup without a lock: RCU, then dlm_resource_get() or dlm_lock_get(), which
 * may refuse; then the res_lock, then a look at DLM_RES_DEAD or DLM_LKB_GONE.
 *
 * The gate (cl->gate) is no lock: it is read under RCU, which each res_lock
 * implies. Who closes it writes it and waits for a grace period.
 *
 * No lock here is taken in interrupt or softirq context.
 */
#ifndef DLM_LOCKSPACE_LOCKS_H
#define DLM_LOCKSPACE_LOCKS_H

#include <linux/mutex.h>
#include <linux/spinlock.h>

#define DLM_INIT_MUTEX(field, name)                                   \
	do {                                                          \
		static struct lock_class_key dlm_class_##name;        \
		__mutex_init(field, "dlm_" #name, &dlm_class_##name); \
	} while (0)

static inline void dlm_spin_init(spinlock_t *lock, struct lock_class_key *key, const char *name)
{
	spin_lock_init(lock);
	lockdep_set_class_and_name(lock, key, name);
}

#define DLM_INIT_SPIN(field, name)                                     \
	do {                                                           \
		static struct lock_class_key dlm_class_##name;         \
		dlm_spin_init(field, &dlm_class_##name, "dlm_" #name); \
	} while (0)

#endif /* DLM_LOCKSPACE_LOCKS_H */
