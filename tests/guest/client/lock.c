// SPDX-License-Identifier: GPL-2.0
/*
 * Lock objects and the callbacks given to the lock manager (lock.h). call.c
 * makes the calls; here is what outlives them: memory, counts, the record of
 * each callback.
 */
#include <linux/delay.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/seq_buf.h>
#include <linux/slab.h>
#include <linux/wait.h>

#include "event.h"
#include "lock.h"
#include "react.h"
#include "words.h"

static DEFINE_MUTEX(locks_mutex);	       /* client_space.locks */
static DECLARE_WAIT_QUEUE_HEAD(callback_wait); /* woken after every callback */
static struct client_lock *null_arg_lock;      /* WRITE_ONCE in call.c's context */

static void lock_free(struct kref *ref)
{
	struct client_lock *lock = container_of(ref, struct client_lock, ref);

	react_drop_all(lock);
	space_put(lock->space);
	kfree(lock->lvb[LKSB_OWN]);
	kfree(lock->lvb[LKSB_OTHER]);
	kfree(lock);
}

void lock_put(struct client_lock *lock)
{
	kref_put(&lock->ref, lock_free);
}

static struct client_lock *find_locked(struct client_space *space, const char *label)
{
	struct client_lock *lock;

	list_for_each_entry(lock, &space->locks, entry)
		if (!strcmp(lock->label, label))
			return lock;
	return NULL;
}

struct client_lock *lock_get(struct client_space *space, const char *label)
{
	struct client_lock *lock;

	mutex_lock(&locks_mutex);
	lock = find_locked(space, label);
	if (lock)
		kref_get(&lock->ref);
	mutex_unlock(&locks_mutex);
	return lock;
}

static struct client_lock *lock_new(struct client_space *space, const char *label)
{
	struct client_lock *lock = kzalloc(sizeof(*lock), GFP_KERNEL);
	int i;

	if (!lock)
		return NULL;
	kref_init(&lock->ref);
	kref_get(&space->ref);
	lock->space = space;
	spin_lock_init(&lock->guard);
	INIT_LIST_HEAD(&lock->on_cast);
	INIT_LIST_HEAD(&lock->on_bast);
	for (i = 0; i < LOCK_NR_ARGS; i++) {
		lock->args[i].lock = lock;
		lock->args[i].tag = 'a' + i;
	}
	/* Exactly as long as the lock manager may write: KASAN sees the rest. */
	lock->lvb_size = space->lvblen > 0 ? space->lvblen : 32;
	for (i = 0; i < LKSB_NR; i++)
		lock->lvb[i] = kzalloc(lock->lvb_size, GFP_KERNEL);
	if (!lock->lvb[LKSB_OWN] || !lock->lvb[LKSB_OTHER] ||
	    strscpy(lock->label, label, sizeof(lock->label)) < 0) {
		lock_put(lock);
		return NULL;
	}
	return lock;
}

struct client_lock *lock_get_or_new(struct client_space *space, const char *label)
{
	struct client_lock *lock;

	mutex_lock(&locks_mutex);
	lock = find_locked(space, label);
	if (!lock) {
		lock = lock_new(space, label);
		if (lock)
			list_add_tail(&lock->entry, &space->locks);
	}
	if (lock)
		kref_get(&lock->ref);
	mutex_unlock(&locks_mutex);
	return lock;
}

struct client_lock *lock_of_words(struct words *w, bool create)
{
	struct client_space *space = space_get(w->pos[0]);
	struct client_lock *lock;

	if (!space)
		return NULL;
	lock = create ? lock_get_or_new(space, w->pos[1]) : lock_get(space, w->pos[1]);
	space_put(space);
	return lock;
}

void locks_space_gone(struct client_space *space)
{
	struct client_lock *lock;
	bool busy;

	mutex_lock(&locks_mutex);
	list_for_each_entry(lock, &space->locks, entry) {
		spin_lock(&lock->guard);
		lock->live = false;
		busy = lock->in_callback;
		spin_unlock(&lock->guard);
		if (busy)
			event_violation("what=callback_outlives_release space=%s lock=%s",
					space->label, lock->label);
	}
	mutex_unlock(&locks_mutex);
}

static void forget_locked(struct client_lock *lock)
{
	if (READ_ONCE(null_arg_lock) == lock)
		WRITE_ONCE(null_arg_lock, NULL);
	list_del(&lock->entry);
	lock_put(lock);
}

void locks_forget(struct client_space *space)
{
	struct client_lock *lock, *next;

	mutex_lock(&locks_mutex);
	list_for_each_entry_safe(lock, next, &space->locks, entry)
		forget_locked(lock);
	mutex_unlock(&locks_mutex);
}

void lock_expect_null_arg(struct client_lock *lock)
{
	WRITE_ONCE(null_arg_lock, lock);
}

static struct client_lock *lock_of_arg(void *arg, char *tag)
{
	struct client_arg *given = arg;

	*tag = given ? given->tag : '0';
	return given ? given->lock : READ_ONCE(null_arg_lock);
}

/* The status block that was written since the last completion, or -1. */
static int written_lksb(struct client_lock *lock)
{
	int i;

	for (i = 0; i < LKSB_NR; i++)
		if (READ_ONCE(lock->lksb[i].sb_status) != STATUS_UNSET)
			return i;
	return -1;
}

/* Books a completion; true if it came after the last one. */
static bool book_cast(struct client_lock *lock, int which, int status, u8 flags)
{
	bool late;

	spin_lock(&lock->guard);
	late = !lock->live;
	if (!status)
		lock->granted = true;
	if (status == -DLM_EUNLOCK || (!lock->granted && status))
		lock->live = false;
	lock->last_lksb = max(which, 0);
	lock->last_status = status;
	lock->last_flags = flags;
	spin_unlock(&lock->guard);
	return late;
}

/* The memory stays while a callback runs, even if the lock is forgotten meanwhile. */
static void callback_enter(struct client_lock *lock)
{
	bool crowded;

	kref_get(&lock->ref);
	spin_lock(&lock->guard);
	crowded = lock->in_callback;
	lock->in_callback = true;
	spin_unlock(&lock->guard);
	if (crowded)
		event_violation("what=callbacks_overlap space=%s lock=%s", lock->space->label,
				lock->label);
}

/* Counts come last: who waits for them finds the events logged. */
static void callback_leave(struct client_lock *lock, unsigned int *count)
{
	spin_lock(&lock->guard);
	++*count;
	lock->in_callback = false;
	spin_unlock(&lock->guard);
	wake_up_all(&callback_wait);
	lock_put(lock);
}

#define CAST_EVENT "space=%s lock=%s fn=%c arg=%c lksb=%s status=%d flags=%#x lkid=%#x lvb=%s"

static void do_cast(void *arg, char fn)
{
	char lvb[2 * EVENT_LVB_MAX + 5];
	struct client_lock *lock;
	int status = STATUS_UNSET;
	u8 flags = FLAGS_UNSET;
	bool slept = false;
	bool late;
	char tag;
	u32 lkid;
	int i;

	lock = lock_of_arg(arg, &tag);
	if (!lock) {
		event_violation("what=cast_with_null_arg");
		return;
	}
	callback_enter(lock);
	i = written_lksb(lock);
	if (i >= 0) {
		status = lock->lksb[i].sb_status;
		flags = lock->lksb[i].sb_flags;
		lkid = lock->lksb[i].sb_lkid;
		event_hex(lock->lksb[i].sb_lvbptr, lock->lvb_size, lvb);
		lock->lksb[i].sb_flags = FLAGS_UNSET;
		WRITE_ONCE(lock->lksb[i].sb_status, STATUS_UNSET);
		late = book_cast(lock, i, status, flags);
		event_add("cast", CAST_EVENT, lock->space->label, lock->label, fn, tag,
			  i ? "other" : "own", status, flags, lkid, lvb);
	} else {
		late = book_cast(lock, i, status, flags);
		event_violation("what=status_not_written space=%s lock=%s", lock->space->label,
				lock->label);
	}
	if (late)
		event_violation("what=cast_after_last space=%s lock=%s status=%d",
				lock->space->label, lock->label, status);
	if (lock->cast_sleep_ms) {
		msleep(lock->cast_sleep_ms);
		slept = true;
	}
	if (react_run(lock, &lock->on_cast) || slept)
		event_add("cast_end", "space=%s lock=%s", lock->space->label, lock->label);
	callback_leave(lock, &lock->casts);
}

static void do_bast(void *arg, int mode, char fn)
{
	struct client_lock *lock;
	bool slept = false;
	bool live;
	char tag;

	lock = lock_of_arg(arg, &tag);
	if (!lock) {
		event_violation("what=bast_with_null_arg");
		return;
	}
	callback_enter(lock);
	event_add("bast", "space=%s lock=%s fn=%c arg=%c mode=%d", lock->space->label, lock->label,
		  fn, tag, mode);
	spin_lock(&lock->guard);
	live = lock->live;
	lock->last_bast = mode;
	spin_unlock(&lock->guard);
	if (!live)
		event_violation("what=bast_after_last space=%s lock=%s mode=%d", lock->space->label,
				lock->label, mode);
	if (lock->bast_sleep_ms) {
		msleep(lock->bast_sleep_ms);
		slept = true;
	}
	if (react_run(lock, &lock->on_bast) || slept)
		event_add("bast_end", "space=%s lock=%s", lock->space->label, lock->label);
	callback_leave(lock, &lock->basts);
}

static void cast_a(void *arg)
{
	do_cast(arg, 'a');
}

static void cast_b(void *arg)
{
	do_cast(arg, 'b');
}

static void bast_a(void *arg, int mode)
{
	do_bast(arg, mode, 'a');
}

static void bast_b(void *arg, int mode)
{
	do_bast(arg, mode, 'b');
}

void (*const client_casts[2])(void *arg) = { cast_a, cast_b };
void (*const client_basts[2])(void *arg, int mode) = { bast_a, bast_b };

struct wait_goal {
	unsigned int casts;
	unsigned int basts;
	int over;
};

static bool reached(struct client_lock *lock, const struct wait_goal *goal)
{
	bool yes;

	spin_lock(&lock->guard);
	yes = lock->casts >= goal->casts && lock->basts >= goal->basts &&
	      !(goal->over && (lock->live || lock->in_callback));
	spin_unlock(&lock->guard);
	return yes;
}

/* wait SPACE LOCK [casts=n] [basts=n] [over=1] [timeout_ms=10000]: counts since the label exists */
int lock_cmd_wait(struct words *w, struct seq_buf *out)
{
	char lvb[2 * EVENT_LVB_MAX + 5];
	struct wait_goal goal = {};
	u32 timeout_ms = 10000;
	struct client_lock *lock;
	long left;

	if (words_u32(w, "casts", &goal.casts) || words_u32(w, "basts", &goal.basts) ||
	    words_int(w, "over", &goal.over) || words_u32(w, "timeout_ms", &timeout_ms))
		return -EINVAL;
	lock = lock_of_words(w, false);
	if (!lock)
		return -ENOENT;
	left = wait_event_interruptible_timeout(callback_wait, reached(lock, &goal),
						msecs_to_jiffies(timeout_ms));
	event_hex(lock->lvb[lock->last_lksb], lock->lvb_size, lvb);
	seq_buf_printf(out, "ret=%d casts=%u basts=%u status=%d flags=%#x lvb=%s\n",
		       left > 0 ? 0 :
		       left < 0 ? -EINTR :
				  -ETIMEDOUT,
		       lock->casts, lock->basts, lock->last_status, lock->last_flags, lvb);
	lock_put(lock);
	return 0;
}

/* show SPACE LOCK */
int lock_cmd_show(struct words *w, struct seq_buf *out)
{
	struct client_lock *lock = lock_of_words(w, false);

	if (!lock)
		return -ENOENT;
	spin_lock(&lock->guard);
	seq_buf_printf(out, "ret=0 live=%d granted=%d casts=%u basts=%u bast=%d", lock->live,
		       lock->granted, lock->casts, lock->basts, lock->last_bast);
	seq_buf_printf(out, " status=%d flags=%#x own=%#x other=%#x\n", lock->last_status,
		       lock->last_flags, lock->lksb[LKSB_OWN].sb_lkid,
		       lock->lksb[LKSB_OTHER].sb_lkid);
	spin_unlock(&lock->guard);
	lock_put(lock);
	return 0;
}

/* set SPACE LOCK [cast_sleep=ms] [bast_sleep=ms]: delays inside the callbacks */
int lock_cmd_set(struct words *w, struct seq_buf *out)
{
	struct client_lock *lock = lock_of_words(w, true);
	int err;

	if (!lock)
		return -ENOENT;
	err = words_u32(w, "cast_sleep", &lock->cast_sleep_ms) ?:
		      words_u32(w, "bast_sleep", &lock->bast_sleep_ms);
	if (!err)
		seq_buf_printf(out, "ret=0\n");
	lock_put(lock);
	return err;
}

/* lvb SPACE LOCK [lksb=own|other] [value=TEXT|hex:..]: writes if a value is given, shows */
int lock_cmd_lvb(struct words *w, struct seq_buf *out)
{
	const char *which = words_value(w, "lksb");
	const char *value = words_value(w, "value");
	char text[2 * EVENT_LVB_MAX + 5];
	struct client_lock *lock;
	char *lvb;
	int err = 0;

	lock = lock_of_words(w, true);
	if (!lock)
		return -ENOENT;
	lvb = lock->lvb[which && !strcmp(which, "other") ? LKSB_OTHER : LKSB_OWN];
	if (value)
		err = min(words_bytes(value, lvb, lock->lvb_size), 0);
	if (!err) {
		event_hex(lvb, lock->lvb_size, text);
		seq_buf_printf(out, "ret=0 lvb=%s\n", text);
	}
	lock_put(lock);
	return err;
}

/* forget SPACE LOCK: refused while its last callback is to come */
int lock_cmd_forget(struct words *w, struct seq_buf *out)
{
	struct client_lock *lock = lock_of_words(w, false);
	int err = 0;

	if (!lock)
		return -ENOENT;
	mutex_lock(&locks_mutex);
	spin_lock(&lock->guard);
	if (lock->live)
		err = -EBUSY;
	spin_unlock(&lock->guard);
	if (!err)
		forget_locked(lock);
	mutex_unlock(&locks_mutex);
	lock_put(lock);
	seq_buf_printf(out, "ret=%d\n", err);
	return 0;
}
