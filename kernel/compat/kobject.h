/* SPDX-License-Identifier: GPL-2.0 */
/* The kobject of a kset's uevent operation became const in 6.2. */
#ifndef DLM_COMPAT_KOBJECT_H
#define DLM_COMPAT_KOBJECT_H

#include <linux/kobject.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
typedef const struct kobject dlm_uevent_kobject;
#else
typedef struct kobject dlm_uevent_kobject;
#endif

#endif /* DLM_COMPAT_KOBJECT_H */
