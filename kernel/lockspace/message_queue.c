// SPDX-License-Identifier: GPL-2.0
/*
 * Saved lock messages. What stands here is bounded by what can be under way: a
 * peer has a few messages for each lock it holds here. An acknowledged message must
 * not be lost, so keeping one does not fail; it waits for memory.
 */
#include <linux/slab.h>

#include "cluster/recover.h"
#include "lockspace/lockspace.h"
#include "lockspace/memory.h"
#include "lockspace/message_queue.h"
#include "lockspace/receive.h"

static u8 *payload_room(struct dlm_saved_message *saved, size_t len)
{
	if (len <= sizeof(saved->payload))
		return saved->payload;
	saved->buffer = kmalloc(len, GFP_NOFS | __GFP_NOFAIL);
	return saved->buffer;
}

static struct dlm_saved_message *copy_message(int from, const struct dlm_in *in)
{
	struct dlm_saved_message *saved;
	size_t name_len = in->name ? in->name_len : 0, lvb_len = in->lvb ? in->lvb_len : 0;
	u8 *room;

	saved = dlm_object_alloc(DLM_OBJECT_SAVED, GFP_NOFS | __GFP_NOFAIL);
	saved->from = from;
	saved->in = *in;
	room = payload_room(saved, name_len + lvb_len);
	if (name_len) {
		memcpy(room, in->name, name_len);
		saved->in.name = room;
	}
	if (lvb_len) {
		memcpy(room + name_len, in->lvb, lvb_len);
		saved->in.lvb = room + name_len;
	}
	return saved;
}

static void free_message(struct dlm_saved_message *saved)
{
	kfree(saved->buffer);
	dlm_object_free(DLM_OBJECT_SAVED, saved);
}

/*
 * No member can have counted on this node in this life: the message is meant for a former
 * one (wire spec 6.1). The generation comes with the first barrier; a member that is
 * faster may send from the last one on, while this node still recovers.
 */
static bool of_a_former_life(const struct dlm_lockspace *ls)
{
	return !READ_ONCE(ls->cl.recover.generation);
}

bool dlm_saved_keep(struct dlm_lockspace *ls, int from, const struct dlm_in *in)
{
	struct dlm_saved_message *saved;
	bool open;

	if (READ_ONCE(ls->cl.gate) == DLM_GATE_OPEN)
		return false;
	saved = of_a_former_life(ls) ? NULL : copy_message(from, in);
	spin_lock(&ls->saved_lock);
	open = ls->cl.gate == DLM_GATE_OPEN;
	if (!open && saved) {
		list_add_tail(&saved->link, &ls->saved);
		ls->nr_saved++;
		saved = NULL;
	}
	spin_unlock(&ls->saved_lock);
	if (saved)
		free_message(saved);
	return !open;
}

void dlm_saved_purge(struct dlm_lockspace *ls)
{
	struct dlm_saved_message *saved, *next;
	LIST_HEAD(stale);

	lockdep_assert_held(&ls->view_mutex);
	spin_lock(&ls->saved_lock);
	list_for_each_entry_safe(saved, next, &ls->saved, link) {
		if (!dlm_saved_stale(&ls->cl, saved->from, saved->in.msg.type))
			continue;
		list_move_tail(&saved->link, &stale);
		ls->nr_saved--;
	}
	spin_unlock(&ls->saved_lock);
	list_for_each_entry_safe(saved, next, &stale, link)
		free_message(saved);
}

enum drain {
	DRAIN_MESSAGE,
	DRAIN_DONE,
	DRAIN_STOPPED,
};

/* The first one stays in the list until it is handled: a newer one may not overtake it. */
static enum drain first_saved(struct dlm_lockspace *ls, struct dlm_saved_message **saved)
{
	enum drain drain = DRAIN_MESSAGE;

	spin_lock(&ls->saved_lock);
	*saved = list_first_entry_or_null(&ls->saved, struct dlm_saved_message, link);
	if (ls->cl.gate != DLM_GATE_DRAINING) {
		drain = DRAIN_STOPPED;
	} else if (!*saved) {
		WRITE_ONCE(ls->cl.gate, DLM_GATE_OPEN);
		drain = DRAIN_DONE;
	}
	spin_unlock(&ls->saved_lock);
	return drain;
}

static void remove_saved(struct dlm_lockspace *ls, struct dlm_saved_message *saved)
{
	spin_lock(&ls->saved_lock);
	list_del(&saved->link);
	ls->nr_saved--;
	spin_unlock(&ls->saved_lock);
	free_message(saved);
}

bool dlm_saved_drain(struct dlm_lockspace *ls)
{
	struct dlm_saved_message *saved;
	enum drain drain;

	while ((drain = first_saved(ls, &saved)) == DRAIN_MESSAGE) {
		if (!dlm_receive_msg(ls, saved->from, &saved->in))
			return false;
		remove_saved(ls, saved);
		cond_resched();
	}
	return drain == DRAIN_DONE;
}

void dlm_saved_drop_all(struct dlm_lockspace *ls)
{
	struct dlm_saved_message *saved, *next;

	list_for_each_entry_safe(saved, next, &ls->saved, link) {
		list_del(&saved->link);
		free_message(saved);
	}
	ls->nr_saved = 0;
}
