// SPDX-License-Identifier: GPL-2.0
/* Conversions: the mode of a lock that exists changes, up or down. */
#include "examples.h"

void example_convert(dlm_lockspace_t *ls)
{
	struct waiting_lock w;

	waiting_lock_init(&w, ls);
	/* A lock in NL costs nobody anything; it keeps the resource and its value block alive. */
	EXPECT(!waiting_lock_take(&w, DLM_LOCK_NL, 0, "convert"));
	EXPECT(!waiting_lock_convert(&w, DLM_LOCK_EX, 0));
	EXPECT(!waiting_lock_convert(&w, DLM_LOCK_CR, 0));
	/* Flags that do not go together: nothing was done, and no completion comes. */
	EXPECT(waiting_lock_call(&w, DLM_LOCK_NL, DLM_LKF_CONVERT | DLM_LKF_EXPEDITE, NULL) ==
	       -EINVAL);
	EXPECT(!waiting_lock_drop(&w, 0));
}

void example_busy(dlm_lockspace_t *ls)
{
	struct waiting_lock holder, w;

	waiting_lock_init(&holder, ls);
	waiting_lock_init(&w, ls);
	EXPECT(!waiting_lock_take(&holder, DLM_LOCK_PR, 0, "busy"));
	EXPECT(!waiting_lock_take(&w, DLM_LOCK_PR, 0, "busy"));

	/* It waits for the holder, and one operation at a time is all that a lock can do. */
	EXPECT(!waiting_lock_call(&w, DLM_LOCK_EX, DLM_LKF_CONVERT, NULL));
	EXPECT(waiting_lock_call(&w, DLM_LOCK_NL, DLM_LKF_CONVERT, NULL) == -EBUSY);

	/* The way is free: the conversion is granted. */
	EXPECT(!waiting_lock_drop(&holder, 0));
	EXPECT(!waiting_lock_wait(&w));
	EXPECT(!waiting_lock_drop(&w, 0));
}
