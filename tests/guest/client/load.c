// SPDX-License-Identifier: GPL-2.0
/*
 * Starting, stopping and reading the load generator (load.h). One at a time;
 * load_mutex covers its life. It pins the module while it exists.
 */
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sched/task.h>
#include <linux/seq_buf.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "event.h"
#include "load.h"
#include "load_lock.h"
#include "space.h"
#include "witness.h"
#include "words.h"

#define MAX_THREADS   64
#define MAX_RESOURCES 1024

static const char *const counter_names[LOAD_NR_COUNTERS] = {
	[LOAD_REQUESTS] = "requests",
	[LOAD_CONVERSIONS] = "conversions",
	[LOAD_UNLOCKS] = "unlocks",
	[LOAD_CANCELS] = "cancels",
	[LOAD_FORCED] = "forced",
	[LOAD_GRANTED] = "granted",
	[LOAD_AGAIN] = "again",
	[LOAD_DEADLOCK] = "deadlock",
	[LOAD_CANCELLED] = "cancelled",
	[LOAD_DEMOTED] = "demoted",
	[LOAD_ALTMODE] = "altmode",
	[LOAD_BASTS] = "basts",
	[LOAD_INCREMENTS] = "increments",
	[LOAD_VALUES_CHECKED] = "values_checked",
	[LOAD_VALUES_INVALID] = "values_invalid",
	[LOAD_BUSY] = "busy",
	[LOAD_NOMEM] = "nomem",
	[LOAD_REFUSED] = "refused",
	[LOAD_STALLS] = "stalls",
	[LOAD_DISK_ERRORS] = "disk_errors",
};

static DEFINE_MUTEX(load_mutex);      /* the_load; who may start and stop */
static DEFINE_SPINLOCK(pointer_lock); /* the_load, for recover_slot and the file */
static struct load *the_load;

static void set_the_load(struct load *load)
{
	spin_lock(&pointer_lock);
	the_load = load;
	spin_unlock(&pointer_lock);
}

void load_member_failed(struct client_space *space, int node)
{
	spin_lock(&pointer_lock);
	if (the_load && the_load->space == space && node > 0)
		witness_ignore(the_load->witness, node, true);
	spin_unlock(&pointer_lock);
}

static void load_free(struct load *load)
{
	unsigned int i;

	for (i = 0; i < load->nr_threads; i++)
		kvfree(load->threads[i].locks);
	kvfree(load->anchors);
	if (load->witness)
		witness_close(load->witness);
	space_put(load->space);
	kfree(load);
	module_put(THIS_MODULE);
}

static struct load_lock *new_locks(struct load *load)
{
	struct load_lock *locks = kvcalloc(load->nr_resources, sizeof(*locks), GFP_KERNEL);
	unsigned int i;

	for (i = 0; locks && i < load->nr_resources; i++)
		load_lock_init(&locks[i], load, i);
	return locks;
}

/* An NL lock on each resource, so that its value outlives the threads' locks. */
static int drop_anchors(struct load *load)
{
	struct load_result result;
	unsigned int i;

	for (i = 0; i < load->nr_resources; i++) {
		if (load->anchors[i].mode == DLM_LOCK_IV)
			continue;
		if (load_lock_unlock_surely(&load->anchors[i], 0))
			return -EIO;
		load_lock_wait_long(&load->anchors[i], &result);
		load->anchors[i].mode = DLM_LOCK_IV;
	}
	return 0;
}

static int take_anchors(struct load *load)
{
	struct load_result result;
	unsigned int i;
	int err;

	for (i = 0; i < load->nr_resources; i++) {
		do {
			err = load_lock_request(&load->anchors[i], DLM_LOCK_NL,
						DLM_LKF_EXPEDITE | DLM_LKF_VALBLK);
		} while (err == -ENOMEM);
		if (err) {
			drop_anchors(load);
			return err;
		}
		load_lock_wait_long(&load->anchors[i], &result);
		load->anchors[i].mode = DLM_LOCK_NL;
	}
	return 0;
}

static void stop_threads(struct load *load)
{
	unsigned int i;

	for (i = 0; i < load->nr_threads; i++) {
		if (!load->threads[i].task)
			continue;
		kthread_stop(load->threads[i].task);
		put_task_struct(load->threads[i].task);
		load->threads[i].task = NULL;
	}
}

static int start_threads(struct load *load, u32 seed, u32 node)
{
	struct task_struct *task;
	unsigned int i;

	for (i = 0; i < load->nr_threads; i++) {
		struct load_thread *t = &load->threads[i];

		t->load = load;
		t->index = i;
		prandom_seed_state(&t->rnd, ((u64)seed << 16) + node * MAX_THREADS + i);
		t->locks = new_locks(load);
		if (!t->locks)
			return -ENOMEM;
		task = kthread_create(load_thread_run, t, "dlm_client/%u", i);
		if (IS_ERR(task))
			return PTR_ERR(task);
		t->task = get_task_struct(task);
	}
	for (i = 0; i < load->nr_threads; i++) {
		atomic_inc(&load->running);
		wake_up_process(load->threads[i].task);
	}
	return 0;
}

static int parse(struct load *load, struct words *w, struct witness_config *config, u32 *seed)
{
	const char *prefix = words_value(w, "prefix") ?: "load";
	u32 offset_mib = 0;
	u32 zero = 0;
	int err;

	err = words_u32(w, "resources", &load->nr_resources)		      ?:
		      words_u32(w, "hold_ms", &load->hold_ms)		      ?:
		      words_u32(w, "patience_ms", &load->patience_ms)	      ?:
		      words_u32(w, "patience_min_ms", &load->patience_min_ms) ?:
		      words_u32(w, "force", &load->force)		      ?:
		      words_u32(w, "ops", &load->nr_ops)		      ?:
		      words_u32(w, "alt", &load->alt)			      ?:
		      words_u32(w, "nofs", &load->nofs)			      ?:
		      words_u32(w, "seed", seed)			      ?:
		      words_u32(w, "node", &config->node)		      ?:
		      words_u32(w, "nodes", &config->nr_nodes)		      ?:
		      words_u32(w, "offset_mib", &offset_mib)		      ?:
		      words_u32(w, "zero", &zero);
	if (err)
		return err;
	if (!load->nr_resources || load->nr_resources > MAX_RESOURCES ||
	    strscpy(load->prefix, prefix, sizeof(load->prefix)) < 0 || load->space->lvblen < 16 ||
	    load->space->lvblen > LOAD_LVB_MAX)
		return -EINVAL;
	config->device = words_value(w, "device");
	config->offset = (u64)offset_mib << 20;
	config->zero = zero;
	config->nr_resources = load->nr_resources;
	config->nr_threads = load->nr_threads;
	return 0;
}

static int setup(struct load *load, struct words *w)
{
	struct witness_config config = { .node = 1, .nr_nodes = 1 };
	u32 seed = 1;
	int err;

	err = parse(load, w, &config, &seed);
	if (err)
		return err;
	load->witness = witness_open(&config);
	if (IS_ERR(load->witness)) {
		err = PTR_ERR(load->witness);
		load->witness = NULL;
		return err;
	}
	set_the_load(load); /* from here on recover_slot finds it */
	load->anchors = new_locks(load);
	if (!load->anchors)
		return -ENOMEM;
	err = take_anchors(load);
	if (err)
		return err;
	err = start_threads(load, seed, config.node);
	if (err) {
		stop_threads(load);
		drop_anchors(load);
	}
	return err;
}

static struct load *load_new(const char *label, u32 nr_threads)
{
	struct client_space *space = space_get(label);
	struct load *load;

	if (!space)
		return NULL;
	load = kzalloc(struct_size(load, threads, nr_threads), GFP_KERNEL);
	if (!load) {
		space_put(space);
		return NULL;
	}
	load->space = space;
	load->nr_threads = nr_threads;
	load->nr_resources = 8;
	load->hold_ms = 5;
	load->patience_ms = 200;
	load->force = 1;
	init_waitqueue_head(&load->wait);
	__module_get(THIS_MODULE); /* the command file holds another one */
	return load;
}

/*
 * load_start SPACE [threads=4] [resources=8] [node=1] [nodes=1] [seed=1] [hold_ms=5]
 *   [patience_ms=200] [patience_min_ms=0] [force=1] [ops=0] [alt=0] [nofs=0]
 *   [prefix=load] [device=] [offset_mib=0] [zero=0]
 * With a device: node and nodes as in the cluster, the same threads, resources
 * and offset on all of them; zero=1 on the first one to start, and only there.
 */
int load_cmd_start(struct words *w, struct seq_buf *out)
{
	u32 nr_threads = 4;
	struct load *load;
	int err;

	if (words_u32(w, "threads", &nr_threads) || !nr_threads || nr_threads > MAX_THREADS)
		return -EINVAL;
	mutex_lock(&load_mutex);
	if (the_load) {
		mutex_unlock(&load_mutex);
		return -EBUSY;
	}
	load = load_new(w->pos[0], nr_threads);
	if (!load) {
		mutex_unlock(&load_mutex);
		return -ENOENT;
	}
	err = setup(load, w);
	if (err) {
		set_the_load(NULL);
		load_free(load);
	}
	mutex_unlock(&load_mutex);
	seq_buf_printf(out, "ret=%d\n", err);
	return 0;
}

static void print_counters(struct load *load, char *text, size_t size)
{
	int len = 0;
	int i;

	for (i = 0; i < LOAD_NR_COUNTERS; i++)
		len += scnprintf(text + len, size - len, " %s=%lld", counter_names[i],
				 (long long)atomic64_read(&load->counters[i]));
}

/* The sum of the numbers on the disk: what all nodes' increments must come to. */
static u64 disk_total(struct load *load)
{
	u64 total = 0;
	u64 number;
	unsigned int i;

	if (!witness_has_disk(load->witness))
		return 0;
	for (i = 0; i < load->nr_resources; i++)
		if (!witness_read(load->witness, i, &number))
			total += number;
	return total;
}

#define COUNTERS_SIZE 1024

static void answer_stats(struct load *load, int ret, struct seq_buf *out)
{
	char *text = kmalloc(COUNTERS_SIZE, GFP_KERNEL);

	if (!text)
		return;
	print_counters(load, text, COUNTERS_SIZE);
	seq_buf_printf(out, "ret=%d running=%d violations=%u disk_total=%llu%s\n", ret,
		       atomic_read(&load->running), event_violations(), disk_total(load), text);
	kfree(text);
}

/* load_stats */
int load_cmd_stats(struct words *w, struct seq_buf *out)
{
	mutex_lock(&load_mutex);
	if (the_load)
		answer_stats(the_load, 0, out);
	else
		seq_buf_printf(out, "ret=%d\n", -ENOENT);
	mutex_unlock(&load_mutex);
	return 0;
}

/*
 * load_stop [timeout_ms=60000]: the threads give back all locks and end; the
 * answer has the counters. -ETIMEDOUT: they have not yet, ask again.
 */
int load_cmd_stop(struct words *w, struct seq_buf *out)
{
	u32 timeout_ms = 60000;
	struct load *load;
	long left;

	if (words_u32(w, "timeout_ms", &timeout_ms))
		return -EINVAL;
	mutex_lock(&load_mutex);
	load = the_load;
	if (!load) {
		mutex_unlock(&load_mutex);
		seq_buf_printf(out, "ret=%d\n", -ENOENT);
		return 0;
	}
	WRITE_ONCE(load->stop, true);
	left = wait_event_interruptible_timeout(load->wait, !atomic_read(&load->running),
						msecs_to_jiffies(timeout_ms));
	if (left > 0) {
		stop_threads(load);
		drop_anchors(load);
		answer_stats(load, 0, out);
		set_the_load(NULL);
		load_free(load);
	} else {
		answer_stats(load, left ? -EINTR : -ETIMEDOUT, out);
	}
	mutex_unlock(&load_mutex);
	return 0;
}

/* load_heed node=N [ignore=0]: look at that node's blocks (again, or no more) */
int load_cmd_heed(struct words *w, struct seq_buf *out)
{
	u32 node = 0;
	u32 ignore = 0;

	if (words_u32(w, "node", &node) || words_u32(w, "ignore", &ignore) || !node)
		return -EINVAL;
	mutex_lock(&load_mutex);
	if (the_load)
		witness_ignore(the_load->witness, node, ignore);
	seq_buf_printf(out, "ret=%d\n", the_load ? 0 : -ENOENT);
	mutex_unlock(&load_mutex);
	return 0;
}

/* The file "stats": one counter in a line. Does not wait for a start or stop. */
static int load_stats_show(struct seq_file *m, void *unused)
{
	int i;

	seq_printf(m, "violations %u\n", event_violations());
	spin_lock(&pointer_lock);
	if (the_load) {
		seq_printf(m, "running %d\n", atomic_read(&the_load->running));
		for (i = 0; i < LOAD_NR_COUNTERS; i++)
			seq_printf(m, "%s %lld\n", counter_names[i],
				   (long long)atomic64_read(&the_load->counters[i]));
	}
	spin_unlock(&pointer_lock);
	return 0;
}

DEFINE_SHOW_ATTRIBUTE(load_stats);
const struct file_operations *const load_stats_file = &load_stats_fops;
