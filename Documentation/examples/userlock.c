// SPDX-License-Identifier: GPL-2.0-or-later
/* A lock of a program, from request to release: cc -pthread userlock.c -ldlm */
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <libdlm.h>

static int ask(dlm_lshandle_t ls, int mode, int flags, struct dlm_lksb *sb)
{
	int err = dlm_ls_lock_wait(ls, mode, sb, flags, "door", 4, 0, NULL, NULL, NULL);

	printf("mode %d: result %d, status %d\n", mode, err, sb->sb_status);
	return err ? err : sb->sb_status;
}

int main(void)
{
	char value[DLM_LVB_LEN] = "";
	struct dlm_lksb sb = { .sb_lvbptr = value };
	dlm_lshandle_t ls = dlm_create_lockspace("example", 0600);

	if (!ls || dlm_ls_pthread_init(ls) || ask(ls, LKM_PRMODE, LKF_VALBLK, &sb)) {
		perror("lockspace example");
		return 1;
	}
	printf("value: \"%s\"\n", value);
	strcpy(value, "I was here");
	if (ask(ls, LKM_EXMODE, LKF_CONVERT, &sb) ||
	    ask(ls, LKM_NLMODE, LKF_CONVERT | LKF_VALBLK, &sb) ||
	    dlm_ls_unlock_wait(ls, sb.sb_lkid, 0, &sb) || sb.sb_status != EUNLOCK)
		return 1;
	puts("unlocked");
	return dlm_release_lockspace("example", ls, 1);
}
