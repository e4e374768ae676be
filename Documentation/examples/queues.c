// SPDX-License-Identifier: GPL-2.0
/* Flags that say where an operation waits, and whether it waits at all. */
#include "examples.h"

void example_expedite(dlm_lockspace_t *ls)
{
	struct waiting_lock holder, asker, plain, expedited;

	waiting_lock_init(&holder, ls);
	waiting_lock_init(&asker, ls);
	waiting_lock_init(&plain, ls);
	waiting_lock_init(&expedited, ls);
	EXPECT(!waiting_lock_take(&holder, DLM_LOCK_EX, 0, "expedite"));
	EXPECT(!waiting_lock_call(&asker, DLM_LOCK_PR, 0, "expedite"));

	/* NL is in nobody's way, and yet a new request stands behind those that wait. */
	EXPECT(!waiting_lock_call(&plain, DLM_LOCK_NL, 0, "expedite"));
	EXPECT(waiting_lock_waits(&plain));
	/* Not with EXPEDITE, which only such requests may have. */
	EXPECT(!waiting_lock_take(&expedited, DLM_LOCK_NL, DLM_LKF_EXPEDITE, "expedite"));
	EXPECT(!waiting_lock_drop(&expedited, 0));
	EXPECT(waiting_lock_call(&expedited, DLM_LOCK_PR, DLM_LKF_EXPEDITE, "expedite") == -EINVAL);

	EXPECT(!waiting_lock_drop(&holder, 0));
	EXPECT(!waiting_lock_wait(&asker));
	EXPECT(!waiting_lock_wait(&plain));
	EXPECT(!waiting_lock_drop(&plain, 0));
	EXPECT(!waiting_lock_drop(&asker, 0));
}

void example_head_of_queue(dlm_lockspace_t *ls)
{
	struct waiting_lock holder, first, urgent;

	waiting_lock_init(&holder, ls);
	waiting_lock_init(&first, ls);
	waiting_lock_init(&urgent, ls);
	EXPECT(!waiting_lock_take(&holder, DLM_LOCK_EX, 0, "head"));
	EXPECT(!waiting_lock_call(&first, DLM_LOCK_EX, 0, "head"));

	/* HEADQUE: it came later, and is granted first. */
	EXPECT(!waiting_lock_call(&urgent, DLM_LOCK_EX, DLM_LKF_HEADQUE, "head"));
	EXPECT(!waiting_lock_drop(&holder, 0));
	EXPECT(!waiting_lock_wait(&urgent));
	EXPECT(waiting_lock_waits(&first));
	EXPECT(!waiting_lock_drop(&urgent, 0));
	EXPECT(!waiting_lock_wait(&first));
	EXPECT(!waiting_lock_drop(&first, 0));
}

void example_no_order(dlm_lockspace_t *ls)
{
	struct waiting_lock holder, writer, reader, hasty;

	waiting_lock_init(&holder, ls);
	waiting_lock_init(&writer, ls);
	waiting_lock_init(&reader, ls);
	waiting_lock_init(&hasty, ls);
	EXPECT(!waiting_lock_take(&holder, DLM_LOCK_PR, 0, "no order"));
	EXPECT(!waiting_lock_call(&writer, DLM_LOCK_EX, 0, "no order"));

	/* The holder is not in the way of a reader, but the writer was there before. */
	EXPECT(!waiting_lock_call(&reader, DLM_LOCK_PR, 0, "no order"));
	EXPECT(waiting_lock_waits(&reader));
	/* NOORDER looks only at what is held. */
	EXPECT(!waiting_lock_take(&hasty, DLM_LOCK_PR, DLM_LKF_NOORDER, "no order"));

	EXPECT(!waiting_lock_drop(&hasty, 0));
	EXPECT(!waiting_lock_drop(&holder, 0));
	EXPECT(!waiting_lock_wait(&writer));
	EXPECT(!waiting_lock_drop(&writer, 0));
	EXPECT(!waiting_lock_wait(&reader));
	EXPECT(!waiting_lock_drop(&reader, 0));
}

void example_queued_conversion(dlm_lockspace_t *ls)
{
	struct waiting_lock holder, first, second;

	waiting_lock_init(&holder, ls);
	waiting_lock_init(&first, ls);
	waiting_lock_init(&second, ls);
	EXPECT(!waiting_lock_take(&holder, DLM_LOCK_PR, 0, "quecvt"));
	EXPECT(!waiting_lock_take(&first, DLM_LOCK_NL, 0, "quecvt"));
	EXPECT(!waiting_lock_take(&second, DLM_LOCK_NL, 0, "quecvt"));
	EXPECT(!waiting_lock_call(&first, DLM_LOCK_EX, DLM_LKF_CONVERT, NULL));

	/* A conversion that could be granted overtakes others, unless it has QUECVT. */
	EXPECT(!waiting_lock_convert(&second, DLM_LOCK_CR, 0));
	EXPECT(!waiting_lock_convert(&second, DLM_LOCK_NL, 0));
	EXPECT(!waiting_lock_call(&second, DLM_LOCK_CR, DLM_LKF_CONVERT | DLM_LKF_QUECVT, NULL));
	EXPECT(waiting_lock_waits(&second));

	EXPECT(!waiting_lock_drop(&holder, 0));
	EXPECT(!waiting_lock_wait(&first));
	EXPECT(!waiting_lock_drop(&first, 0));
	EXPECT(!waiting_lock_wait(&second));
	EXPECT(!waiting_lock_drop(&second, 0));
}
