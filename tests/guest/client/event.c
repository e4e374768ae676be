// SPDX-License-Identifier: GPL-2.0
/*
 * The event log (event.h). Keeps the newest EVENT_KEEP lines; a reader whose
 * cursor points at dropped lines is told how many it lost. One spinlock gives
 * the number and the place in the list, so both orders are the same.
 */
#include <linux/delay.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/poll.h>
#include <linux/seq_buf.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#include "event.h"

#define EVENT_KEEP 16384

struct event {
	u64 time_ns;
	char *text; /* "kind=..." and what follows, without newline */
};

#define LINE_SIZE 1024

static DEFINE_SPINLOCK(log_lock);     /* ring, next_seq, first_seq, last_ns */
static struct event ring[EVENT_KEEP]; /* event number n lives at n % EVENT_KEEP */
static u64 first_seq = 1;
static u64 next_seq = 1;
static u64 last_ns;
static atomic_t violations = ATOMIC_INIT(0);
static DECLARE_WAIT_QUEUE_HEAD(log_wait);

static void append(char *text)
{
	struct event *ev;
	char *old;

	spin_lock(&log_lock);
	ev = &ring[next_seq++ % EVENT_KEEP];
	old = ev->text;
	ev->text = text;
	ev->time_ns = ktime_get_ns();
	last_ns = ev->time_ns;
	if (next_seq - first_seq > EVENT_KEEP)
		first_seq++;
	spin_unlock(&log_lock);
	kfree(old);
	wake_up_all(&log_wait);
}

static void add(const char *kind, struct va_format *vaf)
{
	append(kasprintf(GFP_NOFS | __GFP_NOFAIL, "kind=%s %pV", kind, vaf));
}

void event_add(const char *kind, const char *fmt, ...)
{
	struct va_format vaf = { .fmt = fmt };
	va_list args;

	va_start(args, fmt);
	vaf.va = &args;
	add(kind, &vaf);
	va_end(args);
}

void event_violation(const char *fmt, ...)
{
	struct va_format vaf = { .fmt = fmt };
	va_list args;

	atomic_inc(&violations);
	va_start(args, fmt);
	vaf.va = &args;
	add("violation", &vaf);
	va_end(args);
}

unsigned int event_violations(void)
{
	return atomic_read(&violations);
}

void event_hex(const void *bytes, int len, char *out)
{
	if (!bytes) {
		strcpy(out, "none");
		return;
	}
	len = min(len, EVENT_LVB_MAX);
	*bin2hex(out, bytes, len) = '\0';
}

u64 event_next(void)
{
	u64 seq;

	spin_lock(&log_lock);
	seq = next_seq;
	spin_unlock(&log_lock);
	return seq;
}

/*
 * Copies the line of the first event at or after @from into @line and moves
 * @from behind it. False if there is none.
 */
static bool take_line(u64 *from, char *line, size_t size)
{
	struct event *ev;
	u64 lost;

	spin_lock(&log_lock);
	if (*from < first_seq) {
		lost = first_seq - *from;
		*from = first_seq;
		spin_unlock(&log_lock);
		scnprintf(line, size, "lost=%llu\n", lost);
		return true;
	}
	if (*from >= next_seq) {
		spin_unlock(&log_lock);
		return false;
	}
	ev = &ring[*from % EVENT_KEEP];
	scnprintf(line, size, "seq=%llu t=%llu %s\n", *from, ev->time_ns, ev->text);
	++*from;
	spin_unlock(&log_lock);
	return true;
}

void event_print(u64 from, struct seq_buf *out)
{
	char *line = kmalloc(LINE_SIZE, GFP_KERNEL);
	u64 shown = max_t(u64, from, 1);
	u64 next = shown;
	bool more = false;

	if (!line) {
		seq_buf_printf(out, "ret=%d\n", -ENOMEM);
		return;
	}
	while (take_line(&next, line, LINE_SIZE)) {
		if (seq_buf_buffer_left(out) < strlen(line) + 64) {
			more = true;
			break;
		}
		seq_buf_printf(out, "%s", line);
		shown = next;
	}
	seq_buf_printf(out, "next=%llu more=%d\n", shown, more);
	kfree(line);
}

int event_settle(unsigned int quiet_ms, unsigned int timeout_ms)
{
	u64 quiet_ns = (u64)quiet_ms * NSEC_PER_MSEC;
	u64 start = ktime_get_ns();
	u64 end = start + (u64)timeout_ms * NSEC_PER_MSEC;
	u64 now, last;

	for (;;) {
		now = ktime_get_ns();
		spin_lock(&log_lock);
		last = max(last_ns, start);
		spin_unlock(&log_lock);
		if (now >= last + quiet_ns)
			return 0;
		if (now >= end)
			return -ETIMEDOUT;
		if (msleep_interruptible(div_u64(last + quiet_ns - now, NSEC_PER_MSEC) + 1))
			return -EINTR;
	}
}

/* The file position is the sequence number of the next line to read. */
static ssize_t events_read(struct file *file, char __user *to, size_t count, loff_t *pos)
{
	char *line = kmalloc(LINE_SIZE, GFP_KERNEL);
	u64 cursor = max_t(u64, *pos, 1);
	size_t done = 0;
	u64 next;
	size_t len;

	if (!line)
		return -ENOMEM;
	for (next = cursor; take_line(&next, line, LINE_SIZE); cursor = next) {
		len = strlen(line);
		if (len > count - done)
			break;
		if (copy_to_user(to + done, line, len)) {
			kfree(line);
			return -EFAULT;
		}
		done += len;
	}
	if (!done && next != cursor) {
		kfree(line);
		return -EINVAL;
	}
	*pos = cursor;
	kfree(line);
	return done;
}

static __poll_t events_poll(struct file *file, poll_table *wait)
{
	poll_wait(file, &log_wait, wait);
	return event_next() > max_t(u64, file->f_pos, 1) ? EPOLLIN | EPOLLRDNORM : 0;
}

const struct file_operations event_file = {
	.owner = THIS_MODULE,
	.read = events_read,
	.poll = events_poll,
	.llseek = default_llseek,
};

void event_exit(void)
{
	int i;

	for (i = 0; i < EVENT_KEEP; i++)
		kfree(ring[i].text);
}
