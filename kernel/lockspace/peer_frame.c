// SPDX-License-Identifier: GPL-2.0
/*
 * Memory of frames: one slab cache per size class, named, so that a leak can be
 * read off its counter.  Nearly all messages fit the first.
 */
#include <linux/kernel.h>
#include <linux/slab.h>

#include "lockspace/peer.h"

static struct frame_class {
	const char *name;
	u32 object_size;
	struct kmem_cache *cache;
} frame_classes[] = {
	{ .name = "dlm_frame", .object_size = 256 },
	{ .name = "dlm_frame_1k", .object_size = 1024 },
	{ .name = "dlm_frame_4k", .object_size = sizeof(struct dlm_frame) + DLM_WIRE_MAX },
};

static u32 class_room(const struct frame_class *fc)
{
	return fc->object_size - offsetof(struct dlm_frame, data);
}

static struct frame_class *class_for(size_t len)
{
	struct frame_class *fc;

	for (fc = frame_classes; fc < frame_classes + ARRAY_SIZE(frame_classes); fc++)
		if (len <= class_room(fc))
			return fc;
	return NULL;
}

struct dlm_frame *dlm_frame_alloc(size_t len, gfp_t gfp)
{
	struct frame_class *fc;
	struct dlm_frame *frame;

	if (WARN_ON_ONCE(len > DLM_WIRE_MAX))
		return NULL;
	fc = class_for(len);
	frame = kmem_cache_alloc(fc->cache, gfp);
	if (!frame)
		return NULL;
	INIT_LIST_HEAD(&frame->link);
	frame->seq = 0;
	frame->association = 0;
	frame->size = min_t(u32, class_room(fc), DLM_WIRE_MAX);
	frame->len = len;
	frame->flags = 0;
	return frame;
}

void dlm_frame_free(struct dlm_frame *frame)
{
	kmem_cache_free(class_for(frame->size)->cache, frame);
}

int dlm_peer_caches_init(void)
{
	struct frame_class *fc;

	for (fc = frame_classes; fc < frame_classes + ARRAY_SIZE(frame_classes); fc++) {
		fc->cache = kmem_cache_create(fc->name, fc->object_size, 0, 0, NULL);
		if (!fc->cache) {
			dlm_peer_caches_exit();
			return -ENOMEM;
		}
	}
	return 0;
}

void dlm_peer_caches_exit(void)
{
	struct frame_class *fc;

	for (fc = frame_classes; fc < frame_classes + ARRAY_SIZE(frame_classes); fc++) {
		kmem_cache_destroy(fc->cache);
		fc->cache = NULL;
	}
}
