// SPDX-License-Identifier: GPL-2.0
/*
 * lock, convert, unlock, cancel (call.h): the words of the command become the
 * arguments of one call into the lock manager, legal or not. Nothing is checked
 * here that the lock manager is to check. Each call and its result is an event.
 *
 * Words of lock and convert: mode= name= namelen= flags= lksb=own|other|null
 * ast=a|b|null bast=a|b|null lvb=none|TEXT|hex:.. arg=a|b|c|d|null parent= lkid=
 */
#include <linux/errno.h>
#include <linux/seq_buf.h>
#include <linux/string.h>

#include "call.h"
#include "event.h"
#include "lock.h"
#include "words.h"

struct call_args {
	int mode;
	u32 flags;
	char name_bytes[160];
	const void *name;
	u32 namelen;
	int which; /* status block, -1 for NULL */
	u32 parent;
	void (*cast)(void *arg);
	void *arg;
	void (*bast)(void *arg, int mode);
};

static int parse_lksb(const char *text, int *which)
{
	if (!text)
		return 0;
	if (!strcmp(text, "own"))
		*which = LKSB_OWN;
	else if (!strcmp(text, "other"))
		*which = LKSB_OTHER;
	else if (!strcmp(text, "null"))
		*which = -1;
	else
		return -EINVAL;
	return 0;
}

static int parse_arg(struct client_lock *lock, const char *text, void **arg)
{
	if (!text)
		text = "a";
	if (!strcmp(text, "null")) {
		lock_expect_null_arg(lock);
		*arg = NULL;
		return 0;
	}
	if (text[0] < 'a' || text[0] >= 'a' + LOCK_NR_ARGS || text[1])
		return -EINVAL;
	*arg = &lock->args[text[0] - 'a'];
	return 0;
}

/* 0 or 1 for functions a and b, -1 for NULL. */
static int parse_function(const char *text, int *index)
{
	*index = 0;
	if (!text || !strcmp(text, "a"))
		return 0;
	if (!strcmp(text, "b"))
		*index = 1;
	else if (!strcmp(text, "null"))
		*index = -1;
	else
		return -EINVAL;
	return 0;
}

static int parse_name(struct words *w, struct call_args *args)
{
	const char *text = words_value(w, "name");
	int len = 0;

	if (text && strcmp(text, "null")) {
		len = words_bytes(text, args->name_bytes, sizeof(args->name_bytes));
		if (len < 0)
			return len;
		args->name = args->name_bytes;
	}
	args->namelen = len;
	if (words_u32(w, "namelen", &args->namelen))
		return -EINVAL;
	/* The lock manager may read that many bytes before it refuses them. */
	return args->namelen > sizeof(args->name_bytes) ? -E2BIG : 0;
}

static int parse(struct client_lock *lock, struct words *w, struct call_args *args)
{
	const char *mode = words_value(w, "mode");
	const char *flags = words_value(w, "flags");
	int cast, bast;
	int err;

	memset(args, 0, sizeof(*args));
	args->which = lock->new_lksb;
	if (!mode || words_mode(mode, &args->mode))
		return -EINVAL;
	err = (flags ? words_lock_flags(flags, &args->flags) : 0)	 ?:
		      parse_name(w, args)				 ?:
		      parse_lksb(words_value(w, "lksb"), &args->which)	 ?:
		      parse_arg(lock, words_value(w, "arg"), &args->arg) ?:
		      parse_function(words_value(w, "ast"), &cast)	 ?:
		      parse_function(words_value(w, "bast"), &bast)	 ?:
		      words_u32(w, "parent", &args->parent);
	if (err)
		return err;
	args->cast = cast < 0 ? NULL : client_casts[cast];
	args->bast = bast < 0 ? NULL : client_basts[bast];
	return 0;
}

/* lvb=: none passes no buffer, bytes fill it first, absent passes it as it is. */
static int set_lvb(struct client_lock *lock, struct words *w, int which)
{
	const char *text = words_value(w, "lvb");

	if (which < 0)
		return 0;
	lock->lksb[which].sb_lvbptr = lock->lvb[which];
	if (!text)
		return 0;
	if (!strcmp(text, "none")) {
		lock->lksb[which].sb_lvbptr = NULL;
		return 0;
	}
	return min(words_bytes(text, lock->lvb[which], lock->lvb_size), 0);
}

static int do_call(struct client_lock *lock, const char *op, struct call_args *args, u32 *lkid)
{
	struct dlm_lksb *lksb = args->which < 0 ? NULL : &lock->lksb[args->which];
	int ret;

	event_add("call", "space=%s lock=%s op=%s mode=%d flags=%#x", lock->space->label,
		  lock->label, op, args->mode, args->flags);
	ret = dlm_lock(lock->space->handle, args->mode, lksb, args->flags, args->name,
		       args->namelen, args->parent, args->cast, args->arg, args->bast);
	*lkid = lksb ? lksb->sb_lkid : 0;
	event_add("return", "space=%s lock=%s op=%s ret=%d lkid=%#x", lock->space->label,
		  lock->label, op, ret, *lkid);
	return ret;
}

/* Starts a new life of the label. False if the old one has not ended. */
static bool begin_life(struct client_lock *lock, u32 lkid)
{
	bool fresh;
	int i;

	spin_lock(&lock->guard);
	fresh = !lock->live;
	if (fresh) {
		lock->live = true;
		lock->granted = false;
		lock->new_lksb = LKSB_OWN;
		for (i = 0; i < LKSB_NR; i++) {
			lock->lksb[i].sb_status = STATUS_UNSET;
			lock->lksb[i].sb_flags = FLAGS_UNSET;
			lock->lksb[i].sb_lkid = lkid;
		}
	}
	spin_unlock(&lock->guard);
	return fresh;
}

static void refused(struct client_lock *lock)
{
	spin_lock(&lock->guard);
	lock->live = false;
	spin_unlock(&lock->guard);
}

/* Completions so far: the next one is number casts + 1, for "wait". */
static unsigned int casts_before(struct client_lock *lock)
{
	unsigned int casts;

	spin_lock(&lock->guard);
	casts = lock->casts;
	spin_unlock(&lock->guard);
	return casts;
}

static int new_request(struct client_lock *lock, struct words *w, struct seq_buf *out)
{
	unsigned int casts = casts_before(lock);
	struct call_args args;
	u32 lkid = 0;
	int err, ret;

	if (words_u32(w, "lkid", &lkid))
		return -EINVAL;
	if (!begin_life(lock, lkid))
		return -EBUSY;
	err = parse(lock, w, &args) ?: set_lvb(lock, w, args.which);
	if (err) {
		refused(lock);
		return err;
	}
	if (args.which >= 0)
		lock->new_lksb = args.which;
	ret = do_call(lock, "lock", &args, &lkid);
	if (ret)
		refused(lock);
	seq_buf_printf(out, "ret=%d lkid=%#x casts=%u\n", ret, lkid, casts);
	return 0;
}

static int convert(struct client_lock *lock, struct words *w, struct seq_buf *out)
{
	unsigned int casts = casts_before(lock);
	int before = lock->new_lksb;
	u32 old = lock->lksb[before].sb_lkid;
	struct call_args args;
	u32 lkid = old;
	int err, ret;

	err = parse(lock, w, &args) ?: words_u32(w, "lkid", &lkid) ?: set_lvb(lock, w, args.which);
	if (err)
		return err;
	args.flags |= DLM_LKF_CONVERT;
	if (args.which >= 0) {
		lock->lksb[args.which].sb_lkid = lkid;
		lock->new_lksb = args.which;
	}
	ret = do_call(lock, "convert", &args, &lkid);
	if (ret) {
		lock->new_lksb = before;
		lock->lksb[before].sb_lkid = old;
	}
	seq_buf_printf(out, "ret=%d lkid=%#x casts=%u\n", ret, lkid, casts);
	return 0;
}

static int unlock(struct client_lock *lock, struct words *w, struct seq_buf *out, u32 more_flags)
{
	const char *flags_text = words_value(w, "flags");
	unsigned int casts = casts_before(lock);
	u32 lkid = lock->lksb[lock->new_lksb].sb_lkid;
	const char *lvb = words_value(w, "lvb");
	struct dlm_lksb *lksb = NULL;
	int which = -1;
	u32 flags = 0;
	void *arg;
	int err;
	int ret;

	err = (flags_text ? words_lock_flags(flags_text, &flags) : 0) ?:
		      parse_lksb(words_value(w, "lksb"), &which)      ?:
		      parse_arg(lock, words_value(w, "arg"), &arg)    ?:
									words_u32(w, "lkid", &lkid);
	if (!err && lvb)
		err = set_lvb(lock, w, which < 0 ? lock->new_lksb : which);
	if (err)
		return err;
	flags |= more_flags;
	if (which >= 0)
		lksb = &lock->lksb[which];
	event_add("call", "space=%s lock=%s op=unlock flags=%#x lkid=%#x", lock->space->label,
		  lock->label, flags, lkid);
	ret = dlm_unlock(lock->space->handle, lkid, flags, lksb, arg);
	event_add("return", "space=%s lock=%s op=unlock ret=%d", lock->space->label, lock->label,
		  ret);
	seq_buf_printf(out, "ret=%d casts=%u\n", ret, casts);
	return 0;
}

/* lock SPACE LOCK mode= name= ... */
int call_cmd_lock(struct words *w, struct seq_buf *out)
{
	struct client_lock *lock = lock_of_words(w, true);
	int err;

	if (!lock)
		return -ENOENT;
	err = new_request(lock, w, out);
	lock_put(lock);
	return err;
}

/* convert SPACE LOCK mode= ... */
int call_cmd_convert(struct words *w, struct seq_buf *out)
{
	struct client_lock *lock = lock_of_words(w, true);
	int err;

	if (!lock)
		return -ENOENT;
	err = convert(lock, w, out);
	lock_put(lock);
	return err;
}

static int unlock_words(struct words *w, struct seq_buf *out, u32 more_flags)
{
	struct client_lock *lock = lock_of_words(w, true);
	int err;

	if (!lock)
		return -ENOENT;
	err = unlock(lock, w, out, more_flags);
	lock_put(lock);
	return err;
}

/* unlock SPACE LOCK [flags=] [lkid=] [lksb=] [arg=] [lvb=] */
int call_cmd_unlock(struct words *w, struct seq_buf *out)
{
	return unlock_words(w, out, 0);
}

/*
 * drop SPACE LOCK [flags=]: unlock if its last completion is still to come, else
 * -ENOENT without a call: its id may be another lock's by now.
 */
int call_cmd_drop(struct words *w, struct seq_buf *out)
{
	struct client_lock *lock = lock_of_words(w, false);
	bool live;
	int err = 0;

	if (!lock)
		return -ENOENT;
	spin_lock(&lock->guard);
	live = lock->live;
	spin_unlock(&lock->guard);
	if (live)
		err = unlock(lock, w, out, 0);
	else
		seq_buf_printf(out, "ret=%d\n", -ENOENT);
	lock_put(lock);
	return err;
}

/* cancel SPACE LOCK: the same with CANCEL */
int call_cmd_cancel(struct words *w, struct seq_buf *out)
{
	return unlock_words(w, out, DLM_LKF_CANCEL);
}
