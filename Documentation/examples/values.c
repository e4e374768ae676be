// SPDX-License-Identifier: GPL-2.0
/* Value blocks: a few bytes that travel with the lock. */
#include <linux/string.h>

#include "examples.h"

void example_values(dlm_lockspace_t *ls)
{
	struct waiting_lock writer, reader;

	waiting_lock_init(&writer, ls);
	waiting_lock_init(&reader, ls);
	EXPECT(!waiting_lock_take(&writer, DLM_LOCK_EX, DLM_LKF_VALBLK, "values"));
	strscpy(writer.value, "seven", sizeof(writer.value));
	/* Down from EX or PW with VALBLK writes it. */
	EXPECT(!waiting_lock_convert(&writer, DLM_LOCK_NL, DLM_LKF_VALBLK));

	/* A new request with VALBLK, and a conversion up, reads it. */
	EXPECT(!waiting_lock_take(&reader, DLM_LOCK_CR, DLM_LKF_VALBLK, "values"));
	EXPECT(!strcmp(reader.value, "seven"));
	EXPECT(!(reader.lksb.sb_flags & DLM_SBF_VALNOTVALID));
	EXPECT(!waiting_lock_drop(&reader, 0));
	EXPECT(!waiting_lock_drop(&writer, 0));
}

void example_invalid_value(dlm_lockspace_t *ls)
{
	struct waiting_lock keeper, writer;

	waiting_lock_init(&keeper, ls);
	waiting_lock_init(&writer, ls);
	/* Without any lock on the resource the value would be gone. */
	EXPECT(!waiting_lock_take(&keeper, DLM_LOCK_NL, DLM_LKF_VALBLK, "invalid"));
	EXPECT(!waiting_lock_take(&writer, DLM_LOCK_EX, DLM_LKF_VALBLK, "invalid"));
	strscpy(writer.value, "half", sizeof(writer.value));
	EXPECT(!waiting_lock_convert(&writer, DLM_LOCK_NL, DLM_LKF_VALBLK));

	/* IVVALBLK: whoever reads is told not to trust it. So does the death of a writer. */
	EXPECT(!waiting_lock_convert(&writer, DLM_LOCK_EX, DLM_LKF_VALBLK));
	EXPECT(!waiting_lock_drop(&writer, DLM_LKF_IVVALBLK));
	EXPECT(!waiting_lock_convert(&keeper, DLM_LOCK_PW, DLM_LKF_VALBLK));
	EXPECT(keeper.lksb.sb_flags & DLM_SBF_VALNOTVALID);

	/* The next write makes it good again; flags of an earlier call are remembered here. */
	strscpy(keeper.value, "whole", sizeof(keeper.value));
	EXPECT(!waiting_lock_convert(&keeper, DLM_LOCK_CR, DLM_LKF_VALBLK));
	EXPECT(!waiting_lock_convert(&keeper, DLM_LOCK_PR, DLM_LKF_VALBLK));
	EXPECT(!(keeper.lksb.sb_flags & DLM_SBF_VALNOTVALID));
	EXPECT(!strcmp(keeper.value, "whole"));
	EXPECT(!waiting_lock_drop(&keeper, 0));
}
