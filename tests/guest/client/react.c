// SPDX-License-Identifier: GPL-2.0
/*
 * Commands inside callbacks and on workers (react.h). A callback may make any
 * locking call; this is how the tests make them there.
 */
#include <linux/list.h>
#include <linux/seq_buf.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include "command.h"
#include "event.h"
#include "lock.h"
#include "react.h"
#include "words.h"

#define REACT_ANSWER 512

struct reaction {
	struct list_head entry; /* client_lock.on_cast or on_bast; its guard */
	char text[];
};

struct errand {
	struct work_struct work;
	char tag[LABEL_MAX];
	char text[];
};

static struct workqueue_struct *errands;

/* Runs @text and logs its answer, lines joined by "; ". */
static void run_and_log(const char *kind, const char *who, char *text)
{
	char *answer = kmalloc(REACT_ANSWER, GFP_NOFS | __GFP_NOFAIL);
	struct seq_buf out;

	seq_buf_init(&out, answer, REACT_ANSWER - 1);
	command_run(text, &out);
	answer[seq_buf_used(&out)] = '\0';
	strreplace(strim(answer), '\n', ';');
	event_add(kind, "%s %s", who, answer);
	kfree(answer);
}

bool react_run(struct client_lock *lock, struct list_head *queue)
{
	char who[2 * LABEL_MAX + 16];
	struct reaction *reaction;

	spin_lock(&lock->guard);
	reaction = list_first_entry_or_null(queue, struct reaction, entry);
	if (reaction)
		list_del(&reaction->entry);
	spin_unlock(&lock->guard);
	if (!reaction)
		return false;
	snprintf(who, sizeof(who), "space=%s lock=%s", lock->space->label, lock->label);
	run_and_log("reaction", who, reaction->text);
	kfree(reaction);
	return true;
}

/* The caller is the last user of @lock. */
void react_drop_all(struct client_lock *lock)
{
	struct reaction *reaction, *next;

	list_splice_init(&lock->on_bast, &lock->on_cast);
	list_for_each_entry_safe(reaction, next, &lock->on_cast, entry)
		kfree(reaction);
}

static int queue_reaction(struct words *w, struct seq_buf *out, bool on_cast)
{
	size_t size = strlen(w->rest) + 1;
	struct client_lock *lock = lock_of_words(w, true);
	struct reaction *reaction;

	if (!lock)
		return -ENOENT;
	reaction = kmalloc(struct_size(reaction, text, size), GFP_KERNEL);
	if (!reaction) {
		lock_put(lock);
		return -ENOMEM;
	}
	memcpy(reaction->text, w->rest, size);
	spin_lock(&lock->guard);
	list_add_tail(&reaction->entry, on_cast ? &lock->on_cast : &lock->on_bast);
	spin_unlock(&lock->guard);
	lock_put(lock);
	seq_buf_printf(out, "ret=0\n");
	return 0;
}

/* on_cast SPACE LOCK COMMAND: runs in the next completion; several queue up */
int react_cmd_on_cast(struct words *w, struct seq_buf *out)
{
	return queue_reaction(w, out, true);
}

/* on_bast SPACE LOCK COMMAND: the same for blocking callbacks */
int react_cmd_on_bast(struct words *w, struct seq_buf *out)
{
	return queue_reaction(w, out, false);
}

static void run_errand(struct work_struct *work)
{
	struct errand *errand = container_of(work, struct errand, work);
	char who[LABEL_MAX + 8];

	snprintf(who, sizeof(who), "tag=%s", errand->tag);
	run_and_log("async", who, errand->text);
	kfree(errand);
}

/* async TAG COMMAND: for commands that may block */
int react_cmd_async(struct words *w, struct seq_buf *out)
{
	size_t size = strlen(w->rest) + 1;
	struct errand *errand = kmalloc(struct_size(errand, text, size), GFP_KERNEL);

	if (!errand)
		return -ENOMEM;
	INIT_WORK(&errand->work, run_errand);
	strscpy(errand->tag, w->pos[0], sizeof(errand->tag));
	memcpy(errand->text, w->rest, size);
	queue_work(errands, &errand->work);
	seq_buf_printf(out, "ret=0\n");
	return 0;
}

int react_init(void)
{
	errands = alloc_workqueue("dlm_client", WQ_UNBOUND, 256);
	return errands ? 0 : -ENOMEM;
}

void react_exit(void)
{
	destroy_workqueue(errands);
}
