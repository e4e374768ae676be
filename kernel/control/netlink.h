/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The generic netlink family "DLM": warnings of locks that wait too long, to who said
 * HELLO (linux/dlm_netlink.h) and to all that listen (linux/dlm_events.h), and
 * deadlocks that were broken.
 */
#ifndef DLM_CONTROL_NETLINK_H
#define DLM_CONTROL_NETLINK_H

struct dlm_chain;
struct dlm_lock_data;
struct dlm_lockspace;

int dlm_netlink_init(void);
void dlm_netlink_exit(void);
void dlm_netlink_late(struct dlm_lockspace *ls, const struct dlm_lock_data *data);
void dlm_netlink_deadlock(struct dlm_lockspace *ls, const struct dlm_chain *chain);

#endif /* DLM_CONTROL_NETLINK_H */
