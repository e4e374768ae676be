// SPDX-License-Identifier: GPL-2.0
/* Who makes a lockspace twice, and who may not make or release one. */
#include "examples.h"

static int make(const char *name, const char *cluster, u32 flags, int lvblen, dlm_lockspace_t **ls)
{
	return dlm_new_lockspace(name, cluster, flags, lvblen, NULL, NULL, NULL, ls);
}

void example_shared_lockspace(dlm_lockspace_t *ls)
{
	dlm_lockspace_t *again;

	/* One more user of the same lockspace; a release returns how many remain. */
	EXPECT(!make("examples", NULL, 0, EXAMPLE_LVB_LEN, &again));
	EXPECT(again == ls);
	EXPECT(dlm_release_lockspace(again, 0) == 1);

	EXPECT(make("examples", NULL, DLM_LSFL_NEWEXCL, EXAMPLE_LVB_LEN, &again) == -EEXIST);
}

void example_refused_lockspaces(dlm_lockspace_t *ls)
{
	dlm_lockspace_t *other;
	struct waiting_lock w;

	EXPECT(make("", NULL, 0, EXAMPLE_LVB_LEN, &other) == -EINVAL);
	EXPECT(make("odd", NULL, 0, 7, &other) == -EINVAL);
	EXPECT(make("elsewhere", "another cluster", 0, EXAMPLE_LVB_LEN, &other) == -EBADR);

	/* What was not made is no handle. */
	EXPECT(dlm_release_lockspace(NULL, 0) == -EINVAL);
	/* A lock holds up the last release that does not force it. */
	waiting_lock_init(&w, ls);
	EXPECT(!waiting_lock_take(&w, DLM_LOCK_NL, 0, "holds up"));
	EXPECT(dlm_release_lockspace(ls, 0) == -EBUSY);
	EXPECT(!waiting_lock_drop(&w, 0));
}
