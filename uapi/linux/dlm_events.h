/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * What the generic netlink family of linux/dlm_netlink.h (DLM_GENL_NAME) tells
 * beyond that header: events for any number of listeners, by multicast.
 *
 * Joining the group needs no HELLO. DLM_EVENT_LATE comes in the same moment as
 * DLM_CMD_TIMEOUT, and carries the same attribute DLM_TYPE_LOCK.
 */
#ifndef _UAPI_DLM_EVENTS_H
#define _UAPI_DLM_EVENTS_H

#define DLM_EVENTS_GROUP "events"

enum {
	DLM_EVENT_LATE = 16, /* a lock has waited for timewarn_cs: LOCKSPACE, DLM_TYPE_LOCK */
	DLM_EVENT_DEADLOCK, /* a cycle of waits was broken: LOCKSPACE, VICTIM, WAIT for each lock */
};

/* Attributes; smaller numbers are DLM_TYPE_ of linux/dlm_netlink.h. */
enum {
	DLM_EVENT_A_LOCKSPACE = 16, /* string: its name */
	DLM_EVENT_A_VICTIM,	    /* u32: which WAIT gave way, from 0 */
	DLM_EVENT_A_WAIT, /* nested DLM_EVENT_W_; waits for the next, the last for the first */
	__DLM_EVENT_A_MAX,
};

#define DLM_EVENT_A_MAX (__DLM_EVENT_A_MAX - 1)

enum {
	DLM_EVENT_W_UNSPEC,
	DLM_EVENT_W_NODE,      /* u32: node of the lock that waits */
	DLM_EVENT_W_LOCK,      /* u32: its id there */
	DLM_EVENT_W_MODE,      /* u32: mode that it asks for */
	DLM_EVENT_W_WAITED_MS, /* u32 */
	DLM_EVENT_W_MASTER,    /* u32: node that decides */
	DLM_EVENT_W_RESOURCE,  /* bytes: name of the resource */
	DLM_EVENT_W_BY_NODE,   /* u32: node of the lock that is in its way */
	DLM_EVENT_W_BY_LOCK,   /* u32: its id there */
	__DLM_EVENT_W_MAX,
};

#define DLM_EVENT_W_MAX (__DLM_EVENT_W_MAX - 1)

#endif /* _UAPI_DLM_EVENTS_H */
