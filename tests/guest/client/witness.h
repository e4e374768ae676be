/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The disk as witness: a judge of the lock manager that does not use it.
 *
 * On a raw shared disk each resource has one block with a number and one block
 * for each writer (a thread of a node). A holder writes the mode that it holds
 * into its own block, then reads all the others': of two holders that must not
 * be there together, the later one sees the earlier. Holders of PW and EX count
 * the number up; the value block carries the same number.
 *
 * Without a disk the claims are kept in memory and judge this node alone.
 * Called by the load generator's threads, which may sleep.
 */
#ifndef DLM_CLIENT_WITNESS_H
#define DLM_CLIENT_WITNESS_H

#include <linux/types.h>

struct witness;

struct witness_config {
	const char *device; /* path of the raw disk, or NULL */
	u64 offset;	    /* of the area on it, in bytes, a multiple of 4096 */
	unsigned int nr_resources;
	unsigned int nr_nodes;	 /* node ids are 1 .. nr_nodes */
	unsigned int nr_threads; /* on each node */
	unsigned int node;
	bool zero; /* start from nothing: for the first node only */
};

struct witness *witness_open(const struct witness_config *config); /* or ERR_PTR */
void witness_close(struct witness *w);

bool witness_has_disk(const struct witness *w);

/*
 * From now on this thread holds @mode (never more than it surely holds). Tells
 * of a contradiction by a violation event, and returns how many it found, or a
 * negative errno of the disk.
 */
int witness_claim(struct witness *w, unsigned int resource, unsigned int thread, int mode);

/* The number of the resource; steady while CW, PR, PW or EX is held. */
int witness_read(struct witness *w, unsigned int resource, u64 *number);
/* Writes it. Hold PW or EX. */
int witness_write(struct witness *w, unsigned int resource, u64 number);

/* Blocks of a dead node stay on the disk: do not look at them, or do again. */
void witness_ignore(struct witness *w, unsigned int node, bool ignore);

#endif
