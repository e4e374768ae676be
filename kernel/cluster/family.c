// SPDX-License-Identifier: GPL-2.0
/*
 * Sublocks: the tree of locks at their owner, and the names of their resources.
 *
 * A forced unlock of a lock with descendants takes them along, leaves first: the
 * record keeps the operation until the last child's completion has been delivered.
 */
#include "cluster/family.h"

#define NAME_VERSION 1
#define DIGEST_LEN   32
#define CHILD_ROOM   24 /* bytes of the child's own name; of a longer one */
#define CHILD_HEAD   8	/* its first bytes, then those of its digest */

static const u8 name_magic[] = { 0, 'S', 'U', 'B', NAME_VERSION };

void dlm_family_init(struct dlm_family *family, u32 id)
{
	memset(family, 0, sizeof(*family));
	INIT_LIST_HEAD(&family->children);
	INIT_LIST_HEAD(&family->sibling);
	INIT_LIST_HEAD(&family->due);
	family->id = id;
	family->depth = 1;
}

int dlm_family_admit(const struct dlm_lkb *parent, const struct dlm_family *family, u32 exflags,
		     u16 flags)
{
	if (dlm_lkb_is_master_copy(parent) || (parent->state & DLM_LKB_GONE))
		return -ENOENT;
	if ((parent->flags ^ flags) & DLM_IFL_USER)
		return -ENOENT;
	if (parent->granted_mode == DLM_LOCK_IV || parent->op_unlock || family->unlock)
		return -EBUSY;
	if (family->depth >= DLM_FAMILY_DEPTH_MAX)
		return -EINVAL;
	if ((exflags & DLM_LKF_PERSISTENT) && !(parent->exflags & DLM_LKF_PERSISTENT))
		return -EINVAL;
	return 0;
}

void dlm_family_join(struct dlm_family *parent, struct dlm_family *child)
{
	child->parent = parent;
	child->depth = parent->depth + 1;
	list_add_tail(&child->sibling, &parent->children);
	parent->nr_alive++;
}

int dlm_family_unlock(struct dlm_family *family, struct dlm_op *op, u32 flags, u32 ownpid)
{
	bool force = flags & DLM_LKF_FORCEUNLOCK;
	bool cancel = op->kind == DLM_OP_CANCEL;

	if (family->unlock)
		return force || cancel ? -EINVAL : -EBUSY;
	if (cancel)
		return DLM_FAMILY_NOW;
	if (!force)
		return family->nr_alive ? -ENOTEMPTY : DLM_FAMILY_NOW;
	if (list_empty(&family->children))
		return DLM_FAMILY_NOW;
	family->unlock = op;
	family->all_told = false;
	family->unlock_pid = ownpid;
	return DLM_FAMILY_LATER;
}

u32 dlm_family_next_child(struct dlm_family *family)
{
	struct dlm_family *child;

	/* Those that were told stand behind those that were not. */
	child = list_first_entry_or_null(&family->children, struct dlm_family, sibling);
	if (!child || child->told) {
		family->all_told = true;
		return 0;
	}
	child->told = true;
	list_move_tail(&child->sibling, &family->children);
	return child->id;
}

bool dlm_family_due(const struct dlm_family *family)
{
	return family->unlock && family->all_told && list_empty(&family->children);
}

void dlm_family_gone(struct dlm_family *family)
{
	if (family->gone)
		return;
	family->gone = true;
	if (family->parent)
		family->parent->nr_alive--;
}

struct dlm_family *dlm_family_leave(struct dlm_family *family)
{
	struct dlm_family *parent = family->parent;
	struct dlm_family *child, *next;

	dlm_family_gone(family);
	/* They are gone too, but for their callers' knowing it. */
	list_for_each_entry_safe(child, next, &family->children, sibling) {
		list_del_init(&child->sibling);
		child->parent = NULL;
	}
	list_del_init(&family->sibling);
	family->parent = NULL;
	return parent && dlm_family_due(parent) ? parent : NULL;
}

void dlm_family_name(u8 out[DLM_FAMILY_NAME_LEN], const u8 *parent, size_t parent_len, u8 depth,
		     const u8 *name, size_t len)
{
	u8 digest[DIGEST_LEN];
	u8 *at = out;

	memset(out, 0, DLM_FAMILY_NAME_LEN);
	memcpy(at, name_magic, sizeof(name_magic));
	at[5] = depth;
	at[6] = len;
	at += 8;
	sha256(parent, parent_len, at);
	at += DIGEST_LEN;
	if (len <= CHILD_ROOM) {
		if (len)
			memcpy(at, name, len);
		return;
	}
	sha256(name, len, digest);
	memcpy(at, name, CHILD_HEAD);
	memcpy(at + CHILD_HEAD, digest, CHILD_ROOM - CHILD_HEAD);
}

const u8 *dlm_family_own_name(const u8 wire_name[DLM_FAMILY_NAME_LEN], size_t *len, bool *whole)
{
	*whole = wire_name[6] <= CHILD_ROOM;
	*len = *whole ? wire_name[6] : CHILD_HEAD;
	return wire_name + DLM_FAMILY_NAME_LEN - CHILD_ROOM;
}

bool dlm_family_name_reserved(const u8 *name, size_t len)
{
	return len == DLM_FAMILY_NAME_LEN && !memcmp(name, name_magic, sizeof(name_magic));
}
