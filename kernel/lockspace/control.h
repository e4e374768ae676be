/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the shell asks of the control plane. Implemented in control/, handed over
 * at load by dlm_control_init(): lockspace/ itself calls nothing above it.
 *
 * All of them may sleep and are called without any lock of the shell.
 */
#ifndef DLM_LOCKSPACE_CONTROL_H
#define DLM_LOCKSPACE_CONTROL_H

struct dlm_chain;
struct dlm_lock_data;
struct dlm_lockspace;

struct dlm_control_ops {
	/*
	 * The lockspace becomes visible: its object in sysfs, uevent "add". May keep its own data
	 * in ls->control. From here until remove() the object's attributes may be used.
	 */
	int (*add)(struct dlm_lockspace *ls);
	/*
	 * The object goes, uevent "remove". No attribute is being read or written when it
	 * returns; it must not be called from inside one.
	 */
	void (*remove)(struct dlm_lockspace *ls);
	/* Uevents "online" and "offline"; the shell does the waiting for event_done. */
	void (*online)(struct dlm_lockspace *ls);
	void (*offline)(struct dlm_lockspace *ls);
	/* The join has succeeded: debugfs. Undone by hide(), before the locks are freed. */
	void (*show)(struct dlm_lockspace *ls);
	void (*hide)(struct dlm_lockspace *ls);
	/* A lock has waited for longer than timewarn_cs. */
	void (*late)(struct dlm_lockspace *ls, const struct dlm_lock_data *data);
	/* A cycle of waits was found; the link chain->head.at gave way. */
	void (*deadlock)(struct dlm_lockspace *ls, const struct dlm_chain *chain);
};

/* control/: registers configfs and sysfs, sets node->control. Called by module init and exit. */
struct dlm_node;
int dlm_control_init(struct dlm_node *node);
void dlm_control_exit(struct dlm_node *node);

#endif /* DLM_LOCKSPACE_CONTROL_H */
