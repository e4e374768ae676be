/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One resource as text, in the formats that people, dlm_tool and glocktop read
 * (control-plane.md section 7). The res_lock is held.
 */
#ifndef DLM_CONTROL_DEBUG_RESOURCE_H
#define DLM_CONTROL_DEBUG_RESOURCE_H

struct dlm_resource_entry;
struct seq_file;

/* What stands before the first resource of each format that has such a line. */
#define DLM_DEBUG_LOCKS_HEADER \
	"id nodeid remid pid xid exflags flags sts grmode rqmode time_ms r_nodeid r_len r_name\n"
#define DLM_DEBUG_ALL_HEADER	"version rsb 1.1 lvb 1.1 lkb 1.1\n"
#define DLM_DEBUG_UNUSED_HEADER "version 4 rsb 2\n"

/* Format 1: the queues, for people. */
void dlm_debug_queues(struct seq_file *m, struct dlm_resource_entry *re);
/* Format 2: a line for each lock. */
void dlm_debug_locks(struct seq_file *m, struct dlm_resource_entry *re);
/* Format 3: everything about a resource in use. */
void dlm_debug_all(struct seq_file *m, struct dlm_resource_entry *re);
/* Format 4: a resource that is kept, but not in use. */
void dlm_debug_unused(struct seq_file *m, struct dlm_resource_entry *re);
/* A line for each lock whose fate another node decides. */
void dlm_debug_waiters(struct seq_file *m, struct dlm_resource_entry *re);

#endif /* DLM_CONTROL_DEBUG_RESOURCE_H */
