// SPDX-License-Identifier: GPL-2.0
/* Blocking callbacks: keep a lock as long as nobody else wants it. */
#include "examples.h"

void example_blocking(dlm_lockspace_t *ls)
{
	struct waiting_lock holder, asker;

	waiting_lock_init(&holder, ls);
	waiting_lock_init(&asker, ls);
	EXPECT(!waiting_lock_take(&holder, DLM_LOCK_EX, 0, "blocking"));
	EXPECT(!waiting_lock_call(&asker, DLM_LOCK_PR, 0, "blocking"));

	/* The holder hears what is wanted, and decides itself how far and when it gives way. */
	EXPECT(wait_for_completion_timeout(&holder.blocked, 10 * HZ));
	EXPECT(holder.blocked_mode == DLM_LOCK_PR);
	EXPECT(!waiting_lock_convert(&holder, DLM_LOCK_PR, 0));

	EXPECT(!waiting_lock_wait(&asker));
	EXPECT(!waiting_lock_drop(&asker, 0));
	EXPECT(!waiting_lock_drop(&holder, 0));
}
