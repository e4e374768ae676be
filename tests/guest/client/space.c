// SPDX-License-Identifier: GPL-2.0
/*
 * Creating, releasing and watching lockspaces (space.h). Called by command.c
 * and, for the recovery callbacks, by the lock manager. A label stays known
 * after its release, so that calls on the dead handle can be made.
 */
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/seq_buf.h>
#include <linux/slab.h>

#include "event.h"
#include "load.h"
#include "lock.h"
#include "space.h"
#include "words.h"

/* What *ops_result holds if the lock manager never writes it. */
#define OPS_RESULT_UNSET 12345

static DEFINE_MUTEX(spaces_mutex); /* the list, and who on it is created */
static LIST_HEAD(spaces);

static void space_free(struct kref *ref)
{
	kfree(container_of(ref, struct client_space, ref));
}

void space_put(struct client_space *space)
{
	kref_put(&space->ref, space_free);
}

static struct client_space *find_locked(const char *label)
{
	struct client_space *space;

	list_for_each_entry(space, &spaces, entry)
		if (!strcmp(space->label, label))
			return space;
	return NULL;
}

struct client_space *space_get(const char *label)
{
	struct client_space *space;

	mutex_lock(&spaces_mutex);
	space = find_locked(label);
	if (space)
		kref_get(&space->ref);
	mutex_unlock(&spaces_mutex);
	return space;
}

static void on_prep(void *arg)
{
	struct client_space *space = arg;

	event_add("prep", "space=%s", space->label);
	if (space->prep_sleep_ms) {
		msleep(space->prep_sleep_ms);
		event_add("prep_end", "space=%s", space->label);
	}
	WRITE_ONCE(space->preps, space->preps + 1);
	wake_up_all(&space->wait);
}

static void on_slot(void *arg, struct dlm_slot *slot)
{
	struct client_space *space = arg;

	load_member_failed(space, slot->nodeid);
	event_add("slot", "space=%s nodeid=%d slot=%d", space->label, slot->nodeid, slot->slot);
	if (space->slot_sleep_ms) {
		msleep(space->slot_sleep_ms);
		event_add("slot_end", "space=%s", space->label);
	}
	WRITE_ONCE(space->slots, space->slots + 1);
	wake_up_all(&space->wait);
}

static void on_done(void *arg, struct dlm_slot *slots, int num_slots, int our_slot, u32 generation)
{
	struct client_space *space = arg;
	char members[256];
	int len = 0;
	int i;

	members[0] = '\0';
	for (i = 0; i < num_slots; i++)
		len += scnprintf(members + len, sizeof(members) - len, "%s%d:%d", i ? "," : "",
				 slots[i].nodeid, slots[i].slot);
	event_add("done", "space=%s slots=%s our_slot=%d gen=%u", space->label, members, our_slot,
		  generation);
	WRITE_ONCE(space->dones, space->dones + 1);
	wake_up_all(&space->wait);
}

static struct client_space *space_new(const char *label)
{
	struct client_space *space = kzalloc(sizeof(*space), GFP_KERNEL);

	if (!space)
		return ERR_PTR(-ENOMEM);
	if (strscpy(space->label, label, sizeof(space->label)) < 0) {
		kfree(space);
		return ERR_PTR(-E2BIG);
	}
	kref_init(&space->ref);
	INIT_LIST_HEAD(&space->locks);
	init_waitqueue_head(&space->wait);

	mutex_lock(&spaces_mutex);
	if (find_locked(label)) {
		mutex_unlock(&spaces_mutex);
		kfree(space);
		return ERR_PTR(-EEXIST);
	}
	kref_get(&space->ref); /* the caller's; the first one is the list's */
	list_add_tail(&space->entry, &spaces);
	mutex_unlock(&spaces_mutex);
	return space;
}

static void unlist(struct client_space *space)
{
	mutex_lock(&spaces_mutex);
	list_del(&space->entry);
	mutex_unlock(&spaces_mutex);
	space_put(space);
}

static int parse_ops(const char *text, struct dlm_lockspace_ops *ops)
{
	char copy[32];
	char *p = copy;
	char *word;

	if (strscpy(copy, text, sizeof(copy)) < 0)
		return -E2BIG;
	while ((word = strsep(&p, ","))) {
		if (!strcmp(word, "prep") || !strcmp(word, "all"))
			ops->recover_prep = on_prep;
		if (!strcmp(word, "slot") || !strcmp(word, "all"))
			ops->recover_slot = on_slot;
		if (!strcmp(word, "done") || !strcmp(word, "all"))
			ops->recover_done = on_done;
	}
	return 0;
}

/*
 * create LABEL [name=] [cluster=] [flags=] [lvblen=32] [ops=all|none|prep,slot,done]
 * The name is the label unless given ("hex:" gives an empty one).
 */
int space_cmd_create(struct words *w, struct seq_buf *out)
{
	const char *flags_text = words_value(w, "flags");
	const char *ops_text = words_value(w, "ops") ?: "all";
	const char *name_text = words_value(w, "name");
	int ops_result = OPS_RESULT_UNSET;
	int lvblen = 32;
	struct client_space *space;
	char name[128];
	u32 flags = 0;
	bool with_ops;
	int ret, err;

	if (flags_text && words_space_flags(flags_text, &flags))
		return -EINVAL;
	if (words_int(w, "lvblen", &lvblen))
		return -EINVAL;
	if (words_bytes(name_text ?: w->pos[0], name, sizeof(name) - 1) < 0)
		return -EINVAL;
	name[sizeof(name) - 1] = '\0';
	space = space_new(w->pos[0]);
	if (IS_ERR(space))
		return PTR_ERR(space);
	space->lvblen = lvblen;
	with_ops = strcmp(ops_text, "none");
	err = with_ops ? parse_ops(ops_text, &space->ops) : 0;
	if (err) {
		unlist(space);
		space_put(space);
		return err;
	}

	event_add("call", "space=%s op=create name=%s flags=%#x lvblen=%d", space->label, name,
		  flags, lvblen);
	ret = dlm_new_lockspace(name, words_value(w, "cluster"), flags, lvblen,
				with_ops ? &space->ops : NULL, space, &ops_result, &space->handle);
	event_add("return", "space=%s op=create ret=%d ops_result=%d", space->label, ret,
		  ops_result);
	if (ret) {
		unlist(space);
	} else {
		/* The command file is open, so a reference is there to add to. */
		__module_get(THIS_MODULE);
		mutex_lock(&spaces_mutex);
		space->created = true;
		mutex_unlock(&spaces_mutex);
	}
	seq_buf_printf(out, "ret=%d ops_result=%d handle=%lx\n", ret, ops_result,
		       (unsigned long)space->handle);
	space_put(space);
	return 0;
}

/* fake LABEL handle=0xNUMBER: a label for a handle nobody gave. */
int space_cmd_fake(struct words *w, struct seq_buf *out)
{
	const char *text = words_value(w, "handle") ?: "0";
	struct client_space *space;
	unsigned long handle;

	if (kstrtoul(text, 0, &handle))
		return -EINVAL;
	space = space_new(w->pos[0]);
	if (IS_ERR(space))
		return PTR_ERR(space);
	space->handle = (dlm_lockspace_t *)handle;
	space->lvblen = 32;
	space_put(space);
	seq_buf_printf(out, "ret=0\n");
	return 0;
}

static void after_release(struct client_space *space, int ret)
{
	bool was_created;

	if (ret < 0)
		return;
	mutex_lock(&spaces_mutex);
	was_created = space->created;
	space->created = false;
	mutex_unlock(&spaces_mutex);
	if (!ret)
		locks_space_gone(space);
	if (was_created)
		module_put(THIS_MODULE);
}

/* release LABEL [force=0]: the label stays, with its dead handle. */
int space_cmd_release(struct words *w, struct seq_buf *out)
{
	struct client_space *space;
	int force = 0;
	int ret;

	if (words_int(w, "force", &force))
		return -EINVAL;
	space = space_get(w->pos[0]);
	if (!space)
		return -ENOENT;
	event_add("call", "space=%s op=release force=%d", space->label, force);
	ret = dlm_release_lockspace(space->handle, force);
	event_add("return", "space=%s op=release ret=%d", space->label, ret);
	after_release(space, ret);
	seq_buf_printf(out, "ret=%d\n", ret);
	space_put(space);
	return 0;
}

/* forget LABEL: frees the label and its locks; refused while it is created. */
int space_cmd_forget(struct words *w, struct seq_buf *out)
{
	struct client_space *space = space_get(w->pos[0]);
	int err = 0;

	if (!space)
		return -ENOENT;
	mutex_lock(&spaces_mutex);
	if (space->created)
		err = -EBUSY;
	else
		list_del(&space->entry);
	mutex_unlock(&spaces_mutex);
	if (!err) {
		locks_forget(space);
		space_put(space);
	}
	space_put(space);
	seq_buf_printf(out, "ret=%d\n", err);
	return 0;
}

/* space_set LABEL [prep_sleep=ms] [slot_sleep=ms] */
int space_cmd_set(struct words *w, struct seq_buf *out)
{
	struct client_space *space = space_get(w->pos[0]);
	int err;

	if (!space)
		return -ENOENT;
	err = words_u32(w, "prep_sleep", &space->prep_sleep_ms) ?:
		      words_u32(w, "slot_sleep", &space->slot_sleep_ms);
	if (!err)
		seq_buf_printf(out, "ret=0\n");
	space_put(space);
	return err;
}

static bool reached(struct client_space *space, unsigned int preps, unsigned int slots,
		    unsigned int dones)
{
	return READ_ONCE(space->preps) >= preps && READ_ONCE(space->slots) >= slots &&
	       READ_ONCE(space->dones) >= dones;
}

/* space_wait LABEL [prep=n] [slot=n] [done=n] [timeout_ms=10000]: counts since create */
int space_cmd_wait(struct words *w, struct seq_buf *out)
{
	unsigned int preps = 0, slots = 0, dones = 0, timeout_ms = 10000;
	struct client_space *space;
	long left;

	if (words_u32(w, "prep", &preps) || words_u32(w, "slot", &slots) ||
	    words_u32(w, "done", &dones) || words_u32(w, "timeout_ms", &timeout_ms))
		return -EINVAL;
	space = space_get(w->pos[0]);
	if (!space)
		return -ENOENT;
	left = wait_event_interruptible_timeout(space->wait, reached(space, preps, slots, dones),
						msecs_to_jiffies(timeout_ms));
	seq_buf_printf(out, "ret=%d prep=%u slot=%u done=%u\n",
		       left > 0 ? 0 :
		       left < 0 ? -EINTR :
				  -ETIMEDOUT,
		       space->preps, space->slots, space->dones);
	space_put(space);
	return 0;
}

/* spaces: one line for each label, then ret=0 */
int space_cmd_show(struct words *w, struct seq_buf *out)
{
	struct client_space *space;

	mutex_lock(&spaces_mutex);
	list_for_each_entry(space, &spaces, entry)
		seq_buf_printf(out, "space=%s created=%d lvblen=%d prep=%u slot=%u done=%u\n",
			       space->label, space->created, space->lvblen, space->preps,
			       space->slots, space->dones);
	mutex_unlock(&spaces_mutex);
	seq_buf_printf(out, "ret=0\n");
	return 0;
}

/* At unload nothing is created any more: each created space pins the module. */
void space_exit(void)
{
	struct client_space *space, *next;

	list_for_each_entry_safe(space, next, &spaces, entry) {
		list_del(&space->entry);
		locks_forget(space);
		space_put(space);
	}
}
