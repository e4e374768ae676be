// SPDX-License-Identifier: GPL-2.0
/*
 * The question (ask.h). Logs no events. If no answer comes in time, the
 * callback inherits the memory and gives a late grant back.
 */
#include <linux/completion.h>
#include <linux/dlm.h>
#include <linux/jiffies.h>
#include <linux/kref.h>
#include <linux/seq_buf.h>
#include <linux/slab.h>

#include "ask.h"
#include "event.h"
#include "space.h"
#include "words.h"

struct question {
	struct kref ref; /* the asker and the coming callback */
	struct client_space *space;
	struct dlm_lksb lksb;
	struct completion answered;
	spinlock_t guard; /* abandoned, done */
	bool abandoned;
	bool done;
	char lvb[];
};

static void question_free(struct kref *ref)
{
	struct question *q = container_of(ref, struct question, ref);

	space_put(q->space);
	kfree(q);
}

static void question_put(struct question *q)
{
	kref_put(&q->ref, question_free);
}

static int give_back(struct question *q)
{
	return dlm_unlock(q->space->handle, q->lksb.sb_lkid, 0, NULL, q);
}

static void on_cast(void *arg)
{
	struct question *q = arg;
	bool abandoned;

	spin_lock(&q->guard);
	abandoned = q->abandoned;
	q->done = true;
	spin_unlock(&q->guard);
	if (!abandoned) {
		complete(&q->answered);
		return;
	}
	if (!q->lksb.sb_status && !give_back(q))
		return; /* comes here once more, with the unlock's completion */
	question_put(q);
}

/* True if the callback has taken over the memory. */
static bool wait_answer(struct question *q, u32 timeout_ms)
{
	bool left;

	if (wait_for_completion_timeout(&q->answered, msecs_to_jiffies(timeout_ms)))
		return false;
	spin_lock(&q->guard);
	left = !q->done;
	q->abandoned = left;
	spin_unlock(&q->guard);
	return left;
}

static int ask(struct question *q, struct words *w, u32 timeout_ms, struct seq_buf *out)
{
	const char *flags_text = words_value(w, "flags") ?: "noqueue";
	const char *name_text = words_value(w, "name");
	const char *mode_text = words_value(w, "mode");
	char hex[2 * EVENT_LVB_MAX + 5];
	int lvblen = q->space->lvblen;
	char name[64];
	int namelen, mode, ret;
	u32 flags;

	if (!name_text || !mode_text || words_mode(mode_text, &mode) ||
	    words_lock_flags(flags_text, &flags))
		return -EINVAL;
	namelen = words_bytes(name_text, name, sizeof(name));
	if (namelen < 0)
		return namelen;

	kref_get(&q->ref);
	ret = dlm_lock(q->space->handle, mode, &q->lksb, flags, name, namelen, 0, on_cast, q, NULL);
	if (ret) {
		question_put(q);
		seq_buf_printf(out, "ret=%d\n", ret);
		return 0;
	}
	if (wait_answer(q, timeout_ms)) {
		seq_buf_printf(out, "ret=%d\n", -ETIMEDOUT);
		return 0;
	}
	event_hex(q->lvb, lvblen, hex);
	seq_buf_printf(out, "ret=0 status=%d flags=%#x lvb=%s\n", q->lksb.sb_status,
		       q->lksb.sb_flags, hex);
	if (q->lksb.sb_status) {
		question_put(q);
		return 0;
	}
	q->done = false;
	reinit_completion(&q->answered);
	if (give_back(q))
		event_violation("what=ask_unlock_refused");
	else if (wait_answer(q, timeout_ms))
		return 0;
	question_put(q);
	return 0;
}

/* ask SPACE name= mode= [flags=noqueue] [timeout_ms=20000] */
int ask_cmd(struct words *w, struct seq_buf *out)
{
	u32 timeout_ms = 20000;
	struct client_space *space;
	struct question *q;
	int lvblen, err;

	if (words_u32(w, "timeout_ms", &timeout_ms))
		return -EINVAL;
	space = space_get(w->pos[0]);
	if (!space)
		return -ENOENT;
	lvblen = max(space->lvblen, 32);
	q = kzalloc(struct_size(q, lvb, lvblen), GFP_KERNEL);
	if (!q) {
		space_put(space);
		return -ENOMEM;
	}
	kref_init(&q->ref);
	q->space = space;
	q->lksb.sb_lvbptr = q->lvb;
	init_completion(&q->answered);
	spin_lock_init(&q->guard);
	err = ask(q, w, timeout_ms, out);
	question_put(q);
	return err;
}
