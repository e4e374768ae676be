// SPDX-License-Identifier: GPL-2.0
/*
 * One object per lockspace under /sys/kernel/dlm, by which the control daemon
 * stops, starts and answers, and the uevents that it listens to.
 *
 * Errors of a start do not reach the writer: programs exist that would take
 * them for something else. The log has them.
 */
#include "control/sysfs.h"

#include <linux/kobject.h>
#include <linux/kstrtox.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/sysfs.h>

#include "compat/kobject.h"
#include "control/configfs.h"
#include "lockspace/lockspace.h"

struct space_object {
	struct kobject kobj;
	struct dlm_lockspace *ls; /* valid until the object has been removed */
	int start_error;	  /* of the last start that was asked for */
};

struct space_attribute {
	struct attribute attr;
	ssize_t (*show)(struct dlm_lockspace *ls, char *buf);
	ssize_t (*store)(struct dlm_lockspace *ls, const char *buf, size_t len);
};

/* Registration of this door. */
static struct kset *spaces_kset;

static struct space_object *to_object(const struct kobject *kobj)
{
	return container_of(kobj, struct space_object, kobj);
}

static struct space_object *to_control(struct dlm_lockspace *ls)
{
	return ls->control;
}

static int start_recovery(struct dlm_lockspace *ls)
{
	struct dlm_member_list list;
	int err;

	if (!dlm_lockspace_stopped(ls)) {
		dlm_lockspace_log(ls, DLM_LOG_ERROR, "start ignored: the lockspace runs");
		return -EBUSY;
	}
	err = dlm_configfs_members(ls->name, &list);
	if (err) {
		dlm_lockspace_log(ls, DLM_LOG_ERROR,
				  "start ignored: members cannot be read, error %d", err);
		return err;
	}
	err = dlm_lockspace_start(ls, list.members, list.nr);
	if (err)
		dlm_lockspace_log(ls, DLM_LOG_ERROR, "start with %d members failed, error %d",
				  list.nr, err);
	else
		dlm_configfs_members_used(ls->name, &list);
	dlm_member_list_free(&list);
	return err;
}

static ssize_t control_store(struct dlm_lockspace *ls, const char *buf, size_t len)
{
	int value, err;

	err = kstrtoint(buf, 0, &value);
	if (err)
		return err;
	switch (value) {
	case 0:
		err = dlm_lockspace_stop(ls);
		break;
	case 1:
		WRITE_ONCE(to_control(ls)->start_error, start_recovery(ls));
		break;
	default:
		err = -EINVAL;
	}
	return err ? err : len;
}

static ssize_t event_done_store(struct dlm_lockspace *ls, const char *buf, size_t len)
{
	int value, err;

	err = kstrtoint(buf, 0, &value);
	if (err)
		return err;
	dlm_lockspace_event_done(ls, value);
	return len;
}

static ssize_t id_show(struct dlm_lockspace *ls, char *buf)
{
	return sysfs_emit(buf, "%u\n", dlm_lockspace_id(ls));
}

static ssize_t id_store(struct dlm_lockspace *ls, const char *buf, size_t len)
{
	u32 id;
	int err;

	err = kstrtou32(buf, 0, &id);
	if (err)
		return err;
	dlm_lockspace_set_id(ls, id);
	return len;
}

static ssize_t nodir_show(struct dlm_lockspace *ls, char *buf)
{
	return sysfs_emit(buf, "%d\n", dlm_lockspace_nodir(ls));
}

static ssize_t nodir_store(struct dlm_lockspace *ls, const char *buf, size_t len)
{
	int value, err;

	err = kstrtoint(buf, 0, &value);
	if (err)
		return err;
	if (value == 1)
		dlm_lockspace_set_nodir(ls);
	return len;
}

static ssize_t sublocks_show(struct dlm_lockspace *ls, char *buf)
{
	return sysfs_emit(buf, "%d\n", dlm_lockspace_sublocks(ls));
}

static ssize_t sublocks_store(struct dlm_lockspace *ls, const char *buf, size_t len)
{
	bool on;
	int err;

	err = kstrtobool(buf, &on);
	if (err)
		return err;
	dlm_lockspace_set_sublocks(ls, on);
	return len;
}

static ssize_t recover_status_show(struct dlm_lockspace *ls, char *buf)
{
	return sysfs_emit(buf, "%x\n", dlm_lockspace_recover_status(ls));
}

static ssize_t recover_nodeid_show(struct dlm_lockspace *ls, char *buf)
{
	return sysfs_emit(buf, "%d\n", dlm_lockspace_recover_nodeid(ls));
}

/* What recover_status does not say, and what the writer of control is not told. */
static ssize_t state_show(struct dlm_lockspace *ls, char *buf)
{
	return sysfs_emit(buf, "%s\n", dlm_lockspace_state_name(ls));
}

static ssize_t start_error_show(struct dlm_lockspace *ls, char *buf)
{
	int err = READ_ONCE(to_control(ls)->start_error);

	return sysfs_emit(buf, "%d\n", err ?: dlm_lockspace_recover_error(ls));
}

#define SPACE_ATTRIBUTE(_name, _mode, _show, _store)         \
	static struct space_attribute space_attr_##_name = { \
		.attr = { .name = #_name, .mode = _mode },   \
		.show = _show,                               \
		.store = _store,                             \
	}

SPACE_ATTRIBUTE(control, 0200, NULL, control_store);
SPACE_ATTRIBUTE(event_done, 0200, NULL, event_done_store);
SPACE_ATTRIBUTE(id, 0644, id_show, id_store);
SPACE_ATTRIBUTE(nodir, 0644, nodir_show, nodir_store);
SPACE_ATTRIBUTE(sublocks, 0644, sublocks_show, sublocks_store);
SPACE_ATTRIBUTE(recover_status, 0444, recover_status_show, NULL);
SPACE_ATTRIBUTE(recover_nodeid, 0444, recover_nodeid_show, NULL);
SPACE_ATTRIBUTE(state, 0444, state_show, NULL);
SPACE_ATTRIBUTE(start_error, 0444, start_error_show, NULL);

static struct attribute *space_attrs[] = {
	&space_attr_control.attr,
	&space_attr_event_done.attr,
	&space_attr_id.attr,
	&space_attr_nodir.attr,
	&space_attr_sublocks.attr,
	&space_attr_recover_status.attr,
	&space_attr_recover_nodeid.attr,
	&space_attr_state.attr,
	&space_attr_start_error.attr,
	NULL,
};
ATTRIBUTE_GROUPS(space);

static ssize_t attr_show(struct kobject *kobj, struct attribute *attr, char *buf)
{
	struct space_attribute *sa = container_of(attr, struct space_attribute, attr);

	return sa->show ? sa->show(to_object(kobj)->ls, buf) : -EIO;
}

static ssize_t attr_store(struct kobject *kobj, struct attribute *attr, const char *buf, size_t len)
{
	struct space_attribute *sa = container_of(attr, struct space_attribute, attr);

	return sa->store ? sa->store(to_object(kobj)->ls, buf, len) : -EIO;
}

static const struct sysfs_ops space_sysfs_ops = {
	.show = attr_show,
	.store = attr_store,
};

static void object_release(struct kobject *kobj)
{
	kfree(to_object(kobj));
}

static struct kobj_type space_ktype = {
	.default_groups = space_groups,
	.sysfs_ops = &space_sysfs_ops,
	.release = object_release,
};

/* Existing daemons take the name from here; the path has '!' for '/'. */
static int space_uevent(dlm_uevent_kobject *kobj, struct kobj_uevent_env *env)
{
	return add_uevent_var(env, "LOCKSPACE=%s", to_object(kobj)->ls->name);
}

static const struct kset_uevent_ops space_uevent_ops = {
	.uevent = space_uevent,
};

int dlm_sysfs_add(struct dlm_lockspace *ls)
{
	struct space_object *object;
	int err;

	object = kzalloc(sizeof(*object), GFP_KERNEL);
	if (!object)
		return -ENOMEM;
	object->ls = ls;
	object->kobj.kset = spaces_kset;
	err = kobject_init_and_add(&object->kobj, &space_ktype, NULL, "%s", ls->name);
	if (err) {
		kobject_put(&object->kobj);
		return err;
	}
	ls->control = object;
	kobject_uevent(&object->kobj, KOBJ_ADD);
	return 0;
}

void dlm_sysfs_remove(struct dlm_lockspace *ls)
{
	struct space_object *object = ls->control;

	if (!object)
		return;
	ls->control = NULL;
	kobject_del(&object->kobj); /* with the uevent "remove" */
	kobject_put(&object->kobj);
}

void dlm_sysfs_online(struct dlm_lockspace *ls)
{
	struct space_object *object = ls->control;

	kobject_uevent(&object->kobj, KOBJ_ONLINE);
}

void dlm_sysfs_offline(struct dlm_lockspace *ls)
{
	struct space_object *object = ls->control;

	kobject_uevent(&object->kobj, KOBJ_OFFLINE);
}

int dlm_sysfs_init(void)
{
	spaces_kset = kset_create_and_add("dlm", &space_uevent_ops, kernel_kobj);
	return spaces_kset ? 0 : -ENOMEM;
}

void dlm_sysfs_exit(void)
{
	kset_unregister(spaces_kset);
	spaces_kset = NULL;
}
