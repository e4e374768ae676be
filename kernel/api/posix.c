// SPDX-License-Identifier: GPL-2.0
/*
 * The exported calls for POSIX locks of cluster file systems. What they do is in
 * posix_calls.c; here they are exported, and nothing else.
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

#include "api/posix_calls.h"

/**
 * dlm_posix_lock() - take a POSIX lock on a file of a cluster file system
 * @lockspace: handle of the file system's lockspace
 * @number: inode number, the same on all nodes
 * @file: open file
 * @cmd: F_SETLK or F_SETLKW
 * @fl: the lock. One with an lm_grant function (of an NFS server) is answered through it
 *
 * The control daemon decides. A lock that is granted is recorded in the local VFS too.
 *
 * Context: process context; sleeps; a fatal signal ends it.
 * Return: 0; %FILE_LOCK_DEFERRED: lm_grant will be called. %-EINVAL: bad handle. %-EAGAIN: in
 * conflict, and F_SETLK. %-ERESTARTSYS: killed. %-EIO: no daemon for a while. %-ENOMEM; or what
 * the daemon says.
 * Note: source: in-tree dlm 6.1.
 */
int dlm_posix_lock(dlm_lockspace_t *lockspace, u64 number, struct file *file, int cmd,
		   struct file_lock *fl)
{
	return dlm_posix_do_lock(lockspace, number, file, cmd, fl);
}
EXPORT_SYMBOL_GPL(dlm_posix_lock);

/**
 * dlm_posix_unlock() - drop a POSIX lock
 * @lockspace: handle of the file system's lockspace
 * @number: inode number, the same on all nodes
 * @file: open file
 * @fl: the range; with FL_CLOSE nothing is waited for
 *
 * Context: process context; sleeps; a fatal signal ends the waiting, not the unlock.
 * Return: 0, also if there was no lock. %-EINVAL: bad handle. %-ENOMEM, %-EIO, or what the daemon
 * says.
 * Note: source: in-tree dlm 6.1.
 */
int dlm_posix_unlock(dlm_lockspace_t *lockspace, u64 number, struct file *file,
		     struct file_lock *fl)
{
	return dlm_posix_do_unlock(lockspace, number, file, fl);
}
EXPORT_SYMBOL_GPL(dlm_posix_unlock);

/**
 * dlm_posix_get() - find out who holds a conflicting POSIX lock
 * @lockspace: handle of the file system's lockspace
 * @number: inode number, the same on all nodes
 * @file: open file
 * @fl: the lock that is wanted; on return the one in conflict, its process negative if it is one
 *	of another node, or of type F_UNLCK
 *
 * Context: process context; sleeps; a fatal signal ends it.
 * Return: 0. %-EINVAL: bad handle. %-ERESTARTSYS, %-ENOMEM, %-EIO, or what the daemon says.
 * Note: source: in-tree dlm 6.1.
 */
int dlm_posix_get(dlm_lockspace_t *lockspace, u64 number, struct file *file, struct file_lock *fl)
{
	return dlm_posix_do_get(lockspace, number, file, fl);
}
EXPORT_SYMBOL_GPL(dlm_posix_get);
