/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The life of an association with a peer as a table: from CLOSED through
 * ESTABLISHED to the exchange of FIN messages and back (wire spec 3.5).
 */
#ifndef DLM_SESSION_STATE_H
#define DLM_SESSION_STATE_H

#include "platform/dlm_platform.h"

enum dlm_session_state {
	DLM_SESSION_ILLEGAL, /* no state: the answer of a missing cell */
	DLM_SESSION_CLOSED,  /* nothing; numbers 0 */
	DLM_SESSION_ESTABLISHED,
	DLM_SESSION_FIN_WAIT1,	/* our FIN is under way */
	DLM_SESSION_FIN_WAIT2,	/* our FIN is acknowledged, the peer's outstanding */
	DLM_SESSION_CLOSING,	/* both FINs sent, ours not acknowledged */
	DLM_SESSION_CLOSE_WAIT, /* peer's FIN came, it is still our member */
	DLM_SESSION_LAST_ACK,	/* peer's FIN came and ours is under way */
	DLM_SESSION_STATE_NR,
};

enum dlm_session_event {
	DLM_SESSION_EV_ADDED,	   /* member of a first lockspace */
	DLM_SESSION_EV_REMOVED,	   /* member of no lockspace any more */
	DLM_SESSION_EV_HEARD,	   /* first valid message of this association */
	DLM_SESSION_EV_RELEASED,   /* our last lockspace is gone */
	DLM_SESSION_EV_FIN_USED,   /* peer's FIN, while it is a member */
	DLM_SESSION_EV_FIN_UNUSED, /* peer's FIN, member of nothing */
	DLM_SESSION_EV_FIN_ACKED,  /* our FIN was acknowledged */
	DLM_SESSION_EV_EXPIRED,	   /* waited long enough for the peer */
	DLM_SESSION_EV_FORGOTTEN,  /* the peer was fenced */
	DLM_SESSION_EVENT_NR,
};

/* struct dlm_session_step.actions */
#define DLM_SESSION_ACT_FIN   BIT(0) /* send FIN */
#define DLM_SESSION_ACT_RESET BIT(1) /* a new association: numbers 0, queue dropped */

struct dlm_session_step {
	u8 next;    /* enum dlm_session_state; ILLEGAL: cannot happen */
	u8 actions; /* DLM_SESSION_ACT_ bits */
};

struct dlm_session_step dlm_session_next(enum dlm_session_state state,
					 enum dlm_session_event event);

/* "CLOSED" .., as debugfs and the log show it. */
const char *dlm_session_state_name(enum dlm_session_state state);

#endif /* DLM_SESSION_STATE_H */
