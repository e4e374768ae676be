/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One connection: a connected (or connecting) socket, the bytes received and not
 * yet cut into messages, and the events that its owner wants to hear of.
 *
 * Lifetime: the owner holds a reference while the connection is in its list, and so does each
 * thread that reads or writes it. dlm_conn_close() ends events and traffic at once,
 * the socket is released with the last reference, in process context.
 *
 * Events come in softirq context under the socket's sk_callback_lock; after
 * dlm_conn_close() has returned none comes any more. So the owner must live
 * until it has closed the connection, and no longer.
 */
#ifndef DLM_TRANSPORT_CONN_H
#define DLM_TRANSPORT_CONN_H

#include <linux/list.h>
#include <linux/refcount.h>
#include <linux/types.h>
#include <linux/uio.h>

struct dlm_conn;
struct sock;
struct socket;

enum dlm_conn_event {
	DLM_CONN_EV_READABLE, /* also: ended, failed, connected */
	DLM_CONN_EV_WRITABLE, /* there was no room, now there is */
};

struct dlm_conn_ops {
	/* Softirq or process context, sk_callback_lock held for reading: only queue work. */
	void (*event)(struct dlm_conn *conn, enum dlm_conn_event event);
};

enum dlm_conn_state {
	DLM_CONN_CONNECTING,
	DLM_CONN_UP,
	DLM_CONN_LOST, /* ended or failed; close it */
};

/* What the sockets had before us. */
struct dlm_conn_callbacks {
	void (*data_ready)(struct sock *sk);
	void (*write_space)(struct sock *sk);
	void (*state_change)(struct sock *sk);
	void (*error_report)(struct sock *sk);
};

struct dlm_conn {
	refcount_t refs;
	struct socket *sock;
	const struct dlm_conn_ops *ops;
	struct dlm_conn_callbacks saved;
	int error;   /* why it is lost, 0: not or not known; any thread, once */
	bool failed; /* given up; any thread, never taken back */

	/* The owner's. */
	void *owner;
	struct list_head link;
	bool attached;
	bool accepted;
	bool heard;   /* something valid came over it */
	u64 since_ms; /* made at */

	/* The reader's: one at a time. */
	bool rx_done; /* ended or failed: there is nothing more to read */
	u32 rx_start; /* first byte not cut */
	u32 rx_end;
	u32 rx_size;
	u8 rx_buf[];
};

/* Takes over @sock, also if it fails (-ENOMEM). Events come from now on. */
struct dlm_conn *dlm_conn_alloc(struct socket *sock, const struct dlm_conn_callbacks *saved,
				u32 rx_size, const struct dlm_conn_ops *ops, void *owner);
void dlm_conn_get(struct dlm_conn *conn);
void dlm_conn_put(struct dlm_conn *conn);

enum dlm_conn_state dlm_conn_state(const struct dlm_conn *conn);
/* Give it up: state becomes LOST. The first error is kept. */
void dlm_conn_fail(struct dlm_conn *conn, int error);
/*
 * No events, no traffic. @abort: the other side sees a reset, and what was not sent is dropped;
 * else it gets everything that was written, then the end. Once; the caller's reference stays.
 * May sleep.
 */
void dlm_conn_close(struct dlm_conn *conn, bool abort);

/*
 * Reads what is there, as far as there is room: bytes read, 0 at the end (then the state is LOST),
 * -EAGAIN nothing is there, or an error (LOST too). A failed write does not keep from reading what
 * came before. rx_buf[rx_start .. rx_end) is then to be cut.
 */
int dlm_conn_read(struct dlm_conn *conn);
/*
 * Writes without waiting: bytes written, -EAGAIN (WRITABLE will come), or an error (LOST).
 * @more: more is about to follow.
 */
int dlm_conn_write(struct dlm_conn *conn, struct kvec *vec, size_t nr, size_t bytes, bool more);

#endif /* DLM_TRANSPORT_CONN_H */
