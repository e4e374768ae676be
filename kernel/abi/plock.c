// SPDX-License-Identifier: GPL-2.0
/*
 * Answers to POSIX lock requests.
 */
#include "abi/plock.h"

void dlm_plock_set_version(struct dlm_plock_info *info)
{
	info->version[0] = DLM_PLOCK_VERSION_MAJOR;
	info->version[1] = DLM_PLOCK_VERSION_MINOR;
	info->version[2] = DLM_PLOCK_VERSION_PATCH;
}

int dlm_plock_check_version(const struct dlm_plock_info *info)
{
	if (info->version[0] != DLM_PLOCK_VERSION_MAJOR ||
	    info->version[1] > DLM_PLOCK_VERSION_MINOR)
		return -EINVAL;
	return 0;
}

/* Several may wait for the same file: all that was asked has to agree. */
static bool same_wait(const struct dlm_plock_info *a, const struct dlm_plock_info *b)
{
	return a->number == b->number && a->owner == b->owner && a->pid == b->pid &&
	       a->start == b->start && a->end == b->end && a->ex == b->ex;
}

/* An answer to "who holds it?" brings range, kind and process of the holder. */
static bool same_question(const struct dlm_plock_info *a, const struct dlm_plock_info *b)
{
	return a->number == b->number && a->owner == b->owner && a->optype == b->optype;
}

enum dlm_plock_match dlm_plock_match(const struct dlm_plock_info *asked,
				     const struct dlm_plock_info *answer)
{
	if (asked->fsid != answer->fsid || !asked->wait != !answer->wait)
		return DLM_PLOCK_NO;
	if (asked->wait)
		return same_wait(asked, answer) ? DLM_PLOCK_YES : DLM_PLOCK_NO;
	return same_question(asked, answer) ? DLM_PLOCK_YES : DLM_PLOCK_MAY;
}
