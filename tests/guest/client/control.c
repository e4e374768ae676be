// SPDX-License-Identifier: GPL-2.0
/*
 * The "command" file (control.h). Each opening is a client of its own: its
 * lines run one after another in the writer's context, other openings run at
 * the same time. A line runs when its newline arrives. Answers are kept until
 * read; a read of an empty answer gives end of file.
 */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/seq_buf.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "command.h"
#include "control.h"

#define ANSWER_SIZE  (128 * 1024)
#define LINE_MAX_LEN 1023

struct session {
	struct mutex mutex; /* all of it */
	struct seq_buf answer;
	size_t taken; /* bytes of the answer already read */
	unsigned int line_len;
	char line[LINE_MAX_LEN + 1];
};

static int control_open(struct inode *inode, struct file *file)
{
	struct session *session = kzalloc(sizeof(*session), GFP_KERNEL);
	char *buffer = kvmalloc(ANSWER_SIZE, GFP_KERNEL);

	if (!session || !buffer) {
		kfree(session);
		kvfree(buffer);
		return -ENOMEM;
	}
	mutex_init(&session->mutex);
	seq_buf_init(&session->answer, buffer, ANSWER_SIZE);
	file->private_data = session;
	return stream_open(inode, file);
}

static int control_release(struct inode *inode, struct file *file)
{
	struct session *session = file->private_data;

	kvfree(session->answer.buffer);
	kfree(session);
	return 0;
}

static void take_char(struct session *session, char c)
{
	if (c != '\n') {
		/* An overlong line is cut, and refused by its handler's checks. */
		if (session->line_len < LINE_MAX_LEN)
			session->line[session->line_len++] = c;
		return;
	}
	session->line[session->line_len] = '\0';
	if (session->line_len == LINE_MAX_LEN)
		seq_buf_printf(&session->answer, "bad=%d line\n", -E2BIG);
	else if (session->line_len && session->line[0] != '#')
		command_run(session->line, &session->answer);
	session->line_len = 0;
}

static ssize_t control_write(struct file *file, const char __user *from, size_t count, loff_t *pos)
{
	struct session *session = file->private_data;
	char *text;
	size_t i;

	count = min_t(size_t, count, PAGE_SIZE);
	text = memdup_user_nul(from, count);
	if (IS_ERR(text))
		return PTR_ERR(text);
	mutex_lock(&session->mutex);
	for (i = 0; i < count; i++)
		take_char(session, text[i]);
	mutex_unlock(&session->mutex);
	kfree(text);
	return count;
}

static ssize_t control_read(struct file *file, char __user *to, size_t count, loff_t *pos)
{
	struct session *session = file->private_data;
	size_t len;

	mutex_lock(&session->mutex);
	len = min(count, seq_buf_used(&session->answer) - session->taken);
	if (copy_to_user(to, session->answer.buffer + session->taken, len)) {
		mutex_unlock(&session->mutex);
		return -EFAULT;
	}
	session->taken += len;
	if (session->taken == seq_buf_used(&session->answer)) {
		seq_buf_clear(&session->answer);
		session->taken = 0;
	}
	mutex_unlock(&session->mutex);
	return len;
}

const struct file_operations control_file = {
	.owner = THIS_MODULE,
	.open = control_open,
	.release = control_release,
	.write = control_write,
	.read = control_read,
	.llseek = no_llseek,
};
