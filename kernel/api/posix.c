// SPDX-License-Identifier: GPL-2.0
/*
 * The exported calls for POSIX locks of cluster file systems. The device through
 * which a daemon would answer is not served, so they say that there are none.
 *
 * The headers below, in this order, give the symbols the CRCs that modules built
 * against the in-tree implementation expect: a CRC covers the whole of a type that
 * is visible where the symbol is exported.
 */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/poll.h>
#include <linux/dlm.h>
#include <linux/dlm_plock.h>
#include <linux/slab.h>
#include <linux/sched.h>
#include <linux/types.h>
#include <linux/ctype.h>
#include <linux/spinlock.h>
#include <linux/vmalloc.h>
#include <linux/list.h>
#include <linux/errno.h>
#include <linux/random.h>
#include <linux/delay.h>
#include <linux/socket.h>
#include <linux/kthread.h>
#include <linux/kobject.h>
#include <linux/kref.h>
#include <linux/kernel.h>
#include <linux/jhash.h>
#include <linux/mutex.h>
#include <linux/idr.h>
#include <linux/ratelimit.h>
#include <linux/uaccess.h>

static int refuse(void)
{
	pr_info_once("dlm: POSIX locks are not served\n");
	return -EOPNOTSUPP;
}

/**
 * dlm_posix_lock() - take a POSIX lock on a file of a cluster file system
 * @lockspace: handle of the file system's lockspace
 * @number: inode number
 * @file: open file
 * @cmd: F_SETLK or F_SETLKW
 * @fl: the lock
 *
 * Return: %-EOPNOTSUPP.
 */
int dlm_posix_lock(dlm_lockspace_t *lockspace, u64 number, struct file *file, int cmd,
		   struct file_lock *fl)
{
	return refuse();
}
EXPORT_SYMBOL_GPL(dlm_posix_lock);

/**
 * dlm_posix_unlock() - drop a POSIX lock
 * @lockspace: handle of the file system's lockspace
 * @number: inode number
 * @file: open file
 * @fl: the range
 *
 * Return: %-EOPNOTSUPP.
 */
int dlm_posix_unlock(dlm_lockspace_t *lockspace, u64 number, struct file *file,
		     struct file_lock *fl)
{
	return refuse();
}
EXPORT_SYMBOL_GPL(dlm_posix_unlock);

/**
 * dlm_posix_get() - find out who holds a conflicting POSIX lock
 * @lockspace: handle of the file system's lockspace
 * @number: inode number
 * @file: open file
 * @fl: the lock that is wanted; the conflicting one on return
 *
 * Return: %-EOPNOTSUPP.
 */
int dlm_posix_get(dlm_lockspace_t *lockspace, u64 number, struct file *file, struct file_lock *fl)
{
	return refuse();
}
EXPORT_SYMBOL_GPL(dlm_posix_get);
