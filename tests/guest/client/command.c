// SPDX-License-Identifier: GPL-2.0
/*
 * The table of commands (command.h): name, how many words must come first,
 * which keys are known. A key that is not in the table is refused, so that a
 * misspelt test does not pass by accident.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/seq_buf.h>
#include <linux/string.h>

#include "ask.h"
#include "call.h"
#include "command.h"
#include "event.h"
#include "load.h"
#include "lock.h"
#include "react.h"
#include "space.h"
#include "words.h"

#define LOCK_KEYS   "mode name namelen flags lksb ast bast lvb arg parent lkid"
#define UNLOCK_KEYS "flags lkid lksb arg lvb"
#define LOAD_KEYS                                                                              \
	"threads resources node nodes seed hold_ms patience_ms patience_min_ms force ops alt " \
	"prefix device offset_mib zero nofs"

struct command {
	const char *name;
	int nr_pos;
	bool rest; /* the rest of the line is a command itself */
	const char *keys;
	int (*run)(struct words *w, struct seq_buf *out);
};

/* events [from=1]: the log from that sequence number on */
static int cmd_events(struct words *w, struct seq_buf *out)
{
	u32 from = 1;

	if (words_u32(w, "from", &from))
		return -EINVAL;
	event_print(from, out);
	return 0;
}

/* settle [quiet_ms=200] [timeout_ms=10000]: until nothing happens any more */
static int cmd_settle(struct words *w, struct seq_buf *out)
{
	u32 quiet_ms = 200;
	u32 timeout_ms = 10000;

	if (words_u32(w, "quiet_ms", &quiet_ms) || words_u32(w, "timeout_ms", &timeout_ms))
		return -EINVAL;
	seq_buf_printf(out, "ret=%d next=%llu\n", event_settle(quiet_ms, timeout_ms), event_next());
	return 0;
}

/* violations: how many so far; each is an event as well */
static int cmd_violations(struct words *w, struct seq_buf *out)
{
	seq_buf_printf(out, "ret=0 violations=%u\n", event_violations());
	return 0;
}

static const struct command commands[] = {
	{ "create", 1, false, "name cluster flags lvblen ops", space_cmd_create },
	{ "fake", 1, false, "handle", space_cmd_fake },
	{ "release", 1, false, "force", space_cmd_release },
	{ "forget_space", 1, false, "", space_cmd_forget },
	{ "space_set", 1, false, "prep_sleep slot_sleep", space_cmd_set },
	{ "space_wait", 1, false, "prep slot done timeout_ms", space_cmd_wait },
	{ "spaces", 0, false, "", space_cmd_show },
	{ "lock", 2, false, LOCK_KEYS, call_cmd_lock },
	{ "convert", 2, false, LOCK_KEYS, call_cmd_convert },
	{ "unlock", 2, false, UNLOCK_KEYS, call_cmd_unlock },
	{ "drop", 2, false, "flags", call_cmd_drop },
	{ "cancel", 2, false, UNLOCK_KEYS, call_cmd_cancel },
	{ "ask", 1, false, "name mode flags timeout_ms", ask_cmd },
	{ "wait", 2, false, "casts basts over timeout_ms", lock_cmd_wait },
	{ "show", 2, false, "", lock_cmd_show },
	{ "set", 2, false, "cast_sleep bast_sleep", lock_cmd_set },
	{ "lvb", 2, false, "lksb value", lock_cmd_lvb },
	{ "forget", 2, false, "", lock_cmd_forget },
	{ "on_cast", 2, true, "", react_cmd_on_cast },
	{ "on_bast", 2, true, "", react_cmd_on_bast },
	{ "async", 1, true, "", react_cmd_async },
	{ "load_start", 1, false, LOAD_KEYS, load_cmd_start },
	{ "load_stop", 0, false, "timeout_ms", load_cmd_stop },
	{ "load_stats", 0, false, "", load_cmd_stats },
	{ "load_heed", 0, false, "node ignore", load_cmd_heed },
	{ "events", 0, false, "from", cmd_events },
	{ "settle", 0, false, "quiet_ms timeout_ms", cmd_settle },
	{ "violations", 0, false, "", cmd_violations },
};

static const struct command *find(const char *name)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

void command_run(char *line, struct seq_buf *out)
{
	const struct command *cmd;
	const char *stranger;
	struct words w;
	char *name;
	int err;

	line = skip_spaces(line);
	name = strsep(&line, " \t");
	cmd = find(name);
	if (!cmd) {
		seq_buf_printf(out, "bad=%d command %s\n", -ENOENT, name);
		return;
	}
	err = words_split(line ?: name + strlen(name), cmd->rest ? cmd->nr_pos : 0, &w);
	if (err || w.nr_pos != cmd->nr_pos) {
		seq_buf_printf(out, "bad=%d words of %s\n", err ?: -EINVAL, name);
		return;
	}
	stranger = words_stranger(&w, cmd->keys);
	if (stranger) {
		seq_buf_printf(out, "bad=%d key %s of %s\n", -EINVAL, stranger, name);
		return;
	}
	err = cmd->run(&w, out);
	if (err)
		seq_buf_printf(out, "bad=%d %s\n", err, name);
}
