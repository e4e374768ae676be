// SPDX-License-Identifier: GPL-2.0
/*
 * Recovery messages, all under the view_mutex. What passes the filter of the
 * recovery machine goes to it, or to the resource that it names.
 */
#include <linux/slab.h>

#include "cluster/directory.h"
#include "cluster/rebuild.h"
#include "lockspace/effects.h"
#include "lockspace/lock_again.h"
#include "lockspace/lock_entry.h"
#include "lockspace/lockspace.h"
#include "lockspace/log.h"
#include "lockspace/patience.h"
#include "lockspace/receive.h"
#include "lockspace/resource_table.h"
#include "lockspace/send.h"
#include "lockspace/snapshot.h"
#include "lockspace/supply.h"
#include "wire/names.h"

#define RC_ID_DUMP 0xffffffffULL /* very old kernels asked so for a dump; no answer */

/* ---- NAMES ---- */

static bool listed(struct dlm_cluster *cl, struct dlm_resource_entry *re, int asker)
{
	bool yes;

	dlm_resource_lock(re);
	yes = !(re->res.state & DLM_RES_DEAD) && dlm_directory_lists(cl, &re->res, asker);
	dlm_resource_unlock(re);
	return yes;
}

/* Where the list for an asker goes on after @last; -1: a name that we have not said. */
static int names_start(struct dlm_lockspace *ls, const u8 *last, size_t len)
{
	struct dlm_resource_entry *re;
	int pos;

	if (len < 2)
		return 0; /* as stock: a name of one byte starts again */
	re = dlm_resource_find(ls, last, len);
	if (!re)
		return -1;
	pos = dlm_snapshot_find(ls->snapshot, re);
	dlm_resource_put(re);
	return pos < 0 ? -1 : pos + 1;
}

static void write_names(struct dlm_lockspace *ls, int asker, u32 pos, u8 *buf)
{
	const struct dlm_snapshot *snap = ls->snapshot;
	struct dlm_names_writer w;

	dlm_names_writer_init(&w, buf);
	for (; pos < snap->nr; pos++) {
		struct dlm_resource_entry *re = snap->entries[pos];

		if (!listed(&ls->cl, re, asker))
			continue;
		if (!dlm_names_add(&w, re->name, re->res.name_len)) {
			dlm_names_finish_full(&w);
			return;
		}
	}
	dlm_names_finish(&w);
}

static void send_names(struct dlm_lockspace *ls, int from, const struct dlm_in *in)
{
	struct dlm_rcom reply = {
		.type = DLM_RCOM_NAMES_REPLY,
		.id = in->rcom.id,
		.seq = ls->cl.recover.epoch,
		.seq_reply = in->rcom.seq,
	};
	int pos;
	u8 *buf;

	/* Once a recovery is over nobody can need its list any more. */
	if (!ls->snapshot)
		return;
	buf = kzalloc(DLM_WIRE_NAMES_LEN, GFP_NOFS);
	if (!buf)
		return; /* the asker asks again */
	pos = names_start(ls, in->name, in->name ? in->name_len : 0);
	if (pos >= 0)
		write_names(ls, from, pos, buf);
	dlm_send_rcom_sleeping(&ls->cl, from, &reply, buf, DLM_WIRE_NAMES_LEN);
	kfree(buf);
}

static int learn_name(struct dlm_lockspace *ls, int from, const u8 *name, size_t len)
{
	struct dlm_resource_entry *re;
	int err;

	re = dlm_patient_obtain_locked(ls, name, len, 0);
	dlm_resource_set_directory(re);
	err = dlm_directory_learn(&ls->cl, &re->res, from);
	dlm_resource_unlock_sending(re);
	dlm_resource_put(re);
	return err;
}

static void learn_names(struct dlm_lockspace *ls, int from, const struct dlm_in *in)
{
	enum dlm_names_item item;
	struct dlm_names_reader r;
	const u8 *name, *last = NULL;
	size_t len, last_len = 0;
	int nr = 0, err;

	if (!dlm_recover_names_wanted(&ls->cl, from, &in->rcom))
		return;
	dlm_names_reader_init(&r, in->names, in->names_len);
	while ((item = dlm_names_next(&r, &name, &len)) == DLM_NAMES_NAME) {
		err = learn_name(ls, from, name, len);
		if (err) {
			dlm_recover_fail(&ls->cl, err);
			return;
		}
		last = name;
		last_len = len;
		nr++;
	}
	if (item == DLM_NAMES_BAD)
		dlm_recover_fail(&ls->cl, -EINVAL);
	else
		dlm_recover_names_done(&ls->cl, from, last, last_len, nr, item == DLM_NAMES_END,
				       dlm_now_ms());
}

/* ---- LOOKUP ---- */

static void refuse_lookup(struct dlm_lockspace *ls, int from, const struct dlm_in *in)
{
	dlm_sending_begin(dlm_patient_frame(ls));
	dlm_rebuild_lookup_refuse(&ls->cl, from, &in->rcom);
	dlm_sending_end();
}

static void receive_lookup(struct dlm_lockspace *ls, int from, const struct dlm_in *in)
{
	struct dlm_cluster *cl = &ls->cl;
	struct dlm_resource_entry *re;

	if (in->rcom.id == RC_ID_DUMP)
		return;
	if ((in->flags & DLM_IN_NAME_TOO_LONG) ||
	    dlm_view_directory_node(cl->view, dlm_resource_hash(in->name, in->name_len)) !=
		    cl->our_nodeid) {
		refuse_lookup(ls, from, in);
		return;
	}
	re = dlm_patient_obtain_locked(ls, in->name, in->name_len, DLM_SUPPLY_FRAME);
	dlm_resource_set_directory(re);
	dlm_rebuild_lookup(cl, &re->res, from, &in->rcom);
	dlm_resource_unlock_sending(re);
	dlm_resource_put(re);
}

static void receive_lookup_reply(struct dlm_lockspace *ls, int from, const struct dlm_in *in)
{
	struct dlm_resource_entry *re;
	bool wanted;

	if (!ls->snapshot || !in->rcom.id || in->rcom.id > ls->snapshot->nr)
		return;
	re = ls->snapshot->entries[in->rcom.id - 1];
	dlm_resource_lock(re);
	wanted = re->res.recover_id == in->rcom.id && re->res.dir == from;
	if (wanted)
		dlm_rebuild_lookup_reply(&ls->cl, &re->res, &in->rcom);
	dlm_resource_unlock(re);
	if (wanted)
		dlm_recover_answered(&ls->cl, dlm_now_ms());
}

/* ---- LOCK ---- */

/* The resource that a LOCK names, with a reference; created in no-directory mode only. */
static struct dlm_resource_entry *named_resource(struct dlm_lockspace *ls, const struct dlm_in *in)
{
	struct dlm_resource_entry *re;

	if (in->flags & DLM_IN_NAME_TOO_LONG)
		return NULL;
	if (!ls->cl.nodir)
		return dlm_resource_find(ls, in->name, in->name_len);
	for (;;) {
		re = dlm_resource_obtain(ls, in->name, in->name_len);
		if (!IS_ERR(re))
			return re;
		dlm_patience();
	}
}

/* res_lock held. true: @fresh was taken. */
static bool rebuild(struct dlm_lockspace *ls, struct dlm_resource_entry *re,
		    struct dlm_lock_entry *fresh, int from, const struct dlm_in *in)
{
	struct dlm_cluster *cl = &ls->cl;
	struct dlm_lkb *existing;
	bool taken;

	existing = dlm_rebuild_find_copy(&re->res, from, in->lock.lkid);
	dlm_lock_set_resource(fresh, re);
	taken = dlm_rebuild_lock(cl, &re->res, existing, &fresh->lkb, from, in);
	if (taken)
		dlm_lock_publish(fresh);
	else
		fresh->lkb.res = NULL;
	return taken;
}

static void rebuild_unknown(struct dlm_lockspace *ls, int from, const struct dlm_in *in)
{
	dlm_sending_begin(dlm_patient_frame(ls));
	dlm_rebuild_lock(&ls->cl, NULL, NULL, NULL, from, in);
	dlm_sending_end();
}

static void receive_lock(struct dlm_lockspace *ls, int from, const struct dlm_in *in)
{
	struct dlm_resource_entry *re = named_resource(ls, in);
	struct dlm_lock_entry *fresh;
	bool taken = false;

	if (!re) {
		rebuild_unknown(ls, from, in);
		return;
	}
	fresh = dlm_patient_copy(ls, in->lock.exflags & DLM_LKF_VALBLK);
	dlm_patient_lock(re, DLM_SUPPLY_FRAME | DLM_SUPPLY_VALUE);
	if (re->res.state & DLM_RES_DEAD)
		dlm_rebuild_lock(&ls->cl, NULL, NULL, NULL, from, in);
	else
		taken = rebuild(ls, re, fresh, from, in);
	dlm_resource_unlock_sending(re);
	if (!taken) {
		dlm_copy_discard(ls, fresh);
		dlm_resource_put(re);
	}
}

static void receive_lock_reply(struct dlm_lockspace *ls, int from, const struct dlm_in *in)
{
	struct dlm_lock_entry *le = dlm_lock_find(&ls->locks, in->lock.lkid);
	struct dlm_resource_entry *re;
	int err = 0;

	if (le) {
		re = dlm_lock_resource(le);
		dlm_resource_lock(re);
		if (!(le->lkb.state & DLM_LKB_GONE))
			err = dlm_rebuild_lock_reply(&ls->cl, &le->lkb, from, in);
		dlm_resource_unlock(re);
		dlm_lock_put(le);
	}
	if (!err)
		dlm_recover_answered(&ls->cl, dlm_now_ms());
	else if (err == -EAGAIN)
		dlm_lock_again(ls, in->lock.lkid);
	else
		dlm_recover_fail(&ls->cl, err);
}

static void dispatch(struct dlm_lockspace *ls, int from, const struct dlm_in *in)
{
	switch (in->rcom.type) {
	case DLM_RCOM_STATUS:
		dlm_recover_status_request(&ls->cl, from, &in->rcom, &in->status);
		break;
	case DLM_RCOM_STATUS_REPLY:
		dlm_recover_status_reply(&ls->cl, from, in, dlm_now_ms());
		break;
	case DLM_RCOM_NAMES:
		send_names(ls, from, in);
		break;
	case DLM_RCOM_NAMES_REPLY:
		learn_names(ls, from, in);
		break;
	case DLM_RCOM_LOOKUP:
		receive_lookup(ls, from, in);
		break;
	case DLM_RCOM_LOOKUP_REPLY:
		receive_lookup_reply(ls, from, in);
		break;
	case DLM_RCOM_LOCK:
		receive_lock(ls, from, in);
		break;
	case DLM_RCOM_LOCK_REPLY:
		receive_lock_reply(ls, from, in);
		break;
	}
}

void dlm_receive_rcom(struct dlm_lockspace *ls, int from, const struct dlm_in *in)
{
	mutex_lock(&ls->view_mutex);
	if (dlm_recover_accepts(&ls->cl, &in->rcom))
		dispatch(ls, from, in);
	mutex_unlock(&ls->view_mutex);
}
