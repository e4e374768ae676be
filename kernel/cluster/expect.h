/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The replies that a lock still expects, in the order of sending (wire spec 6.8).
 * One master, one ordered stream: they come in that order. A reply meets its own
 * entry and can never complete a newer operation.
 */
#ifndef DLM_CLUSTER_EXPECT_H
#define DLM_CLUSTER_EXPECT_H

#include "core/resource.h"

/* The resource knows how many REQUESTs are out. */
static inline void dlm_expect_count(struct dlm_lkb *lkb, u8 entry, int change)
{
	if ((entry & ~DLM_EXPECTED_OVERTAKEN) == DLM_WAIT_REQUEST)
		lkb->res->nr_asked += change;
}

/* A message that has a reply was sent. */
static inline void dlm_expect(struct dlm_lkb *lkb, enum dlm_wait type)
{
	/*
	 * Four are enough: a cancel that was overtaken, a conversion, its cancel, its unlock.
	 * All before the first of them have been answered by then.
	 */
	if (WARN_ON_ONCE(lkb->nr_expected >= DLM_LKB_EXPECTED_MAX))
		return;
	lkb->expected[lkb->nr_expected++] = type;
	dlm_expect_count(lkb, type, 1);
	if (lkb->wait_type == DLM_WAIT_NONE)
		lkb->wait_type = type;
}

static inline bool dlm_expects(const struct dlm_lkb *lkb, enum dlm_wait type)
{
	int i;

	for (i = 0; i < lkb->nr_expected; i++)
		if (lkb->expected[i] == type)
			return true;
	return false;
}

/* Whose reply decides next. */
static inline enum dlm_wait dlm_expect_next(const struct dlm_lkb *lkb)
{
	int i;

	for (i = 0; i < lkb->nr_expected; i++)
		if (!(lkb->expected[i] & DLM_EXPECTED_OVERTAKEN))
			return (enum dlm_wait)lkb->expected[i];
	return DLM_WAIT_NONE;
}

/* The operation was decided without its reply, which will come nevertheless. */
static inline void dlm_expect_overtaken(struct dlm_lkb *lkb, enum dlm_wait type)
{
	int i;

	for (i = 0; i < lkb->nr_expected; i++)
		if (lkb->expected[i] == type)
			lkb->expected[i] |= DLM_EXPECTED_OVERTAKEN;
	if (lkb->wait_type == type)
		lkb->wait_type = dlm_expect_next(lkb);
}

static inline void dlm_expect_nothing(struct dlm_lkb *lkb)
{
	int i;

	for (i = 0; i < lkb->nr_expected; i++)
		dlm_expect_count(lkb, lkb->expected[i], -1);
	lkb->nr_expected = 0;
	lkb->wait_type = DLM_WAIT_NONE;
}

/* Take the oldest entry off. */
static inline u8 dlm_expect_pop(struct dlm_lkb *lkb)
{
	u8 first = lkb->expected[0];

	dlm_expect_count(lkb, first, -1);
	lkb->nr_expected--;
	memmove(lkb->expected, lkb->expected + 1, lkb->nr_expected);
	lkb->wait_type = dlm_expect_next(lkb);
	return first;
}

#endif /* DLM_CLUSTER_EXPECT_H */
