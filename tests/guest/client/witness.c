// SPDX-License-Identifier: GPL-2.0
/*
 * Reading and writing the witness disk (witness.h), block by block, past every
 * cache of this node, and the claims of this node in memory.
 */
#include <linux/bio.h>
#include <linux/bitmap.h>
#include <linux/blkdev.h>
#include <linux/dlm.h>
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "event.h"
#include "modes.h"
#include "witness.h"

#define BLOCK_SIZE_BYTES 4096
#define BLOCK_MAGIC	 0x64696e65737374ULL
#define MAX_NODES	 64

struct witness_block {
	__le64 magic;
	__le64 number; /* block 0 of a resource */
	__le32 mode;   /* a writer's block */
	__le32 node;
	__le32 thread;
};

struct witness {
	struct witness_config config;
	struct block_device *disk; /* NULL: memory only */
	DECLARE_BITMAP(ignored, MAX_NODES + 1);
	spinlock_t guard; /* held[] */
	int held[];	  /* [resource * nr_threads + thread] */
};

static unsigned int nr_writers(const struct witness *w)
{
	return w->config.nr_nodes * w->config.nr_threads;
}

static sector_t sector_of(const struct witness *w, unsigned int resource, unsigned int block)
{
	u64 index = (u64)resource * (1 + nr_writers(w)) + block;

	return (w->config.offset + index * BLOCK_SIZE_BYTES) >> SECTOR_SHIFT;
}

static int transfer(struct witness *w, blk_opf_t op, unsigned int resource, unsigned int block,
		    unsigned int nr_blocks, void *buffer)
{
	unsigned int nr_pages = DIV_ROUND_UP(nr_blocks * BLOCK_SIZE_BYTES, PAGE_SIZE);
	char *at = buffer;
	struct bio *bio;
	unsigned int i;
	int err;

	bio = bio_alloc(w->disk, nr_pages, op | REQ_SYNC, GFP_NOIO);
	if (!bio)
		return -ENOMEM;
	bio->bi_iter.bi_sector = sector_of(w, resource, block);
	for (i = 0; i < nr_blocks; i++, at += BLOCK_SIZE_BYTES) {
		if (bio_add_page(bio, virt_to_page(at), BLOCK_SIZE_BYTES, offset_in_page(at)) ==
		    BLOCK_SIZE_BYTES)
			continue;
		bio_put(bio);
		return -E2BIG;
	}
	err = submit_bio_wait(bio);
	bio_put(bio);
	return err;
}

/* Memory for @nr_blocks that a bio can take: whole pages, physically contiguous. */
static void *buffer_alloc(unsigned int nr_blocks)
{
	return alloc_pages_exact((size_t)nr_blocks * BLOCK_SIZE_BYTES,
				 GFP_NOIO | __GFP_ZERO | __GFP_NOWARN);
}

static void buffer_free(void *buffer, unsigned int nr_blocks)
{
	free_pages_exact(buffer, (size_t)nr_blocks * BLOCK_SIZE_BYTES);
}

static int write_block(struct witness *w, unsigned int resource, unsigned int block,
		       const struct witness_block *content)
{
	struct witness_block *buffer = buffer_alloc(1);
	int err;

	if (!buffer)
		return -ENOMEM;
	*buffer = *content;
	err = transfer(w, REQ_OP_WRITE, resource, block, 1, buffer);
	buffer_free(buffer, 1);
	return err;
}

static unsigned int own_block(struct witness *w, unsigned int thread)
{
	return 1 + (w->config.node - 1) * w->config.nr_threads + thread;
}

static int write_mode(struct witness *w, unsigned int resource, unsigned int thread, int mode)
{
	struct witness_block block = {
		.magic = cpu_to_le64(BLOCK_MAGIC),
		.mode = cpu_to_le32(mode),
		.node = cpu_to_le32(w->config.node),
		.thread = cpu_to_le32(thread),
	};

	return write_block(w, resource, own_block(w, thread), &block);
}

/* Against the other threads of this node; needs no disk. */
static int claim_in_memory(struct witness *w, unsigned int resource, unsigned int thread, int mode)
{
	int *held = &w->held[resource * w->config.nr_threads];
	int other = -1;
	unsigned int i;

	spin_lock(&w->guard);
	held[thread] = mode;
	for (i = 0; i < w->config.nr_threads; i++)
		if (i != thread && !modes_compatible(held[i], mode))
			other = i;
	spin_unlock(&w->guard);
	if (other < 0)
		return 0;
	event_violation("what=two_holders_here resource=%u thread=%u mode=%d other=%d", resource,
			thread, mode, other);
	return 1;
}

static int judge(struct witness *w, unsigned int resource, unsigned int thread, int mode,
		 const char *blocks)
{
	unsigned int own = own_block(w, thread);
	const struct witness_block *block;
	unsigned int i, node;
	int found = 0;

	for (i = 1; i <= nr_writers(w); i++) {
		block = (const void *)(blocks + (size_t)i * BLOCK_SIZE_BYTES);
		node = (i - 1) / w->config.nr_threads + 1;
		if (i == own || test_bit(node, w->ignored) ||
		    block->magic != cpu_to_le64(BLOCK_MAGIC) ||
		    modes_compatible(le32_to_cpu(block->mode), mode))
			continue;
		found++;
		event_violation("what=two_holders resource=%u mode=%d thread=%u node=%u holds=%u",
				resource, mode, thread, node, le32_to_cpu(block->mode));
	}
	return found;
}

static int read_and_judge(struct witness *w, unsigned int resource, unsigned int thread, int mode)
{
	unsigned int nr_blocks = 1 + nr_writers(w);
	char *blocks = buffer_alloc(nr_blocks);
	int ret;

	if (!blocks)
		return -ENOMEM;
	ret = transfer(w, REQ_OP_READ, resource, 0, nr_blocks, blocks);
	if (!ret)
		ret = judge(w, resource, thread, mode, blocks);
	buffer_free(blocks, nr_blocks);
	return ret;
}

int witness_claim(struct witness *w, unsigned int resource, unsigned int thread, int mode)
{
	int found = claim_in_memory(w, resource, thread, mode);
	int ret;

	if (!w->disk)
		return found;
	ret = write_mode(w, resource, thread, max(mode, DLM_LOCK_NL));
	if (!ret && mode > DLM_LOCK_NL)
		ret = read_and_judge(w, resource, thread, mode);
	return ret < 0 ? ret : found + ret;
}

int witness_read(struct witness *w, unsigned int resource, u64 *number)
{
	struct witness_block *buffer = buffer_alloc(1);
	int err;

	if (!buffer)
		return -ENOMEM;
	err = transfer(w, REQ_OP_READ, resource, 0, 1, buffer);
	*number = buffer->magic == cpu_to_le64(BLOCK_MAGIC) ? le64_to_cpu(buffer->number) : 0;
	buffer_free(buffer, 1);
	return err;
}

int witness_write(struct witness *w, unsigned int resource, u64 number)
{
	struct witness_block block = {
		.magic = cpu_to_le64(BLOCK_MAGIC),
		.number = cpu_to_le64(number),
	};

	return write_block(w, resource, 0, &block);
}

void witness_ignore(struct witness *w, unsigned int node, bool ignore)
{
	if (node > MAX_NODES)
		return;
	if (ignore)
		set_bit(node, w->ignored);
	else
		clear_bit(node, w->ignored);
}

bool witness_has_disk(const struct witness *w)
{
	return w->disk;
}

/* This node's own blocks, or with zero= all of them, say: holds nothing. */
static int prepare_area(struct witness *w)
{
	struct witness_block nothing = {};
	unsigned int r, i;
	int err = 0;

	for (r = 0; r < w->config.nr_resources && !err; r++) {
		for (i = 0; i <= nr_writers(w) && w->config.zero && !err; i++)
			err = write_block(w, r, i, &nothing);
		for (i = 0; i < w->config.nr_threads && !err; i++)
			err = write_mode(w, r, i, DLM_LOCK_NL);
	}
	return err;
}

static int open_disk(struct witness *w)
{
	struct block_device *disk;
	int err;

	disk = blkdev_get_by_path(w->config.device, FMODE_READ | FMODE_WRITE, NULL);
	if (IS_ERR(disk))
		return PTR_ERR(disk);
	w->disk = disk;
	err = prepare_area(w);
	if (err)
		blkdev_put(disk, FMODE_READ | FMODE_WRITE);
	return err;
}

struct witness *witness_open(const struct witness_config *config)
{
	size_t nr_held = (size_t)config->nr_resources * config->nr_threads;
	struct witness *w;
	int err;

	if (!config->node || config->node > config->nr_nodes || config->nr_nodes > MAX_NODES ||
	    config->offset % BLOCK_SIZE_BYTES)
		return ERR_PTR(-EINVAL);
	w = kvzalloc(struct_size(w, held, nr_held), GFP_KERNEL);
	if (!w)
		return ERR_PTR(-ENOMEM);
	w->config = *config;
	spin_lock_init(&w->guard);
	err = config->device ? open_disk(w) : 0;
	w->config.device = NULL; /* the caller's memory */
	if (!err)
		return w;
	kvfree(w);
	return ERR_PTR(err);
}

void witness_close(struct witness *w)
{
	if (w->disk)
		blkdev_put(w->disk, FMODE_READ | FMODE_WRITE);
	kvfree(w);
}
