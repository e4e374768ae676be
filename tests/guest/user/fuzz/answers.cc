// SPDX-License-Identifier: GPL-2.0-or-later
//
// The table, written by hand from the specification before anything was run. A row is as narrow as
// the specification allows: a request that is too short has one answer, not any of the device's.
#include "answers.h"

#include <cerrno>

namespace dlm::user {
namespace {

Answers row(const char *section, Good good, std::set<int> errors)
{
    return {section, good, std::move(errors)};
}

Answers refused(const char *section, int error)
{
    return {section, Good::none, {error}};
}

// For root as in row(), for others only that error, and those for which nobody asks who it is.
Answers privileged(const char *section, Good good, std::set<int> errors, int error,
                   const std::set<int> &before = {})
{
    std::set<int> others = before;
    others.insert(error);
    errors.insert(before.begin(), before.end());
    return {section, good, std::move(errors), Good::none, std::move(others), true};
}

constexpr Good any = Good::any, zero = Good::zero, positive = Good::positive;

}  // namespace

const std::map<std::string, Answers> &answers()
{
    static const std::map<std::string, Answers> table = {
        // Devices as udev's rules leave them, open to all.
        {"open", row("5.1", any, {})},
        {"size", refused("5.3", EINVAL)},
        {"version", refused("5.2", EBADE)},
        {"command", refused("5.5", EINVAL)},
        {"bad buffer", refused("5.6", EFAULT)},
        {"read version", row("5.2", any, {})},

        // dlm-control. EAGAIN is what the daemon of these tests says to a join.
        {"CREATE", privileged("4.2", any, {EINVAL, EEXIST, EAGAIN}, EPERM)},
        {"CREATE name", privileged("4.2", Good::none, {EINVAL}, EPERM)},
        {"REMOVE", privileged("5.5", zero, {}, EPERM)},
        {"REMOVE minor", privileged("5.5", Good::none, {ENOENT}, EPERM)},
        {"control read size", refused("5.6", EINVAL)},
        {"control poll", row("5.1", any, {})},

        // dlm-monitor.
        {"monitor read", refused("5.1", EINVAL)},
        {"monitor write", refused("5.1", EINVAL)},

        // dlm_<lockspace>. The rows of calls about locks also depend on who has them; EBUSY and
        // EINVAL of the last group are those of an operation under way (L 7.3).
        {"LOCK addresses", refused("5.5", EINVAL)},
        {"LOCK", row("5.5, L 6.1", positive, {EINVAL})},
        {"LOCK below", row("L 17.1", positive, {EINVAL, ENOENT, EBUSY})},
        {"LOCK orphan", row("5.5, L 16.5", positive, {EINVAL, EAGAIN, ENOENT})},
        {"CONVERT", row("5.5, L 6.1", zero, {EINVAL, ENOENT, EBUSY})},
        {"UNLOCK", row("5.5, L 7.3, L 17.1", zero, {EINVAL, ENOENT, EBUSY, ENOTEMPTY})},
        {"UNLOCK forced", row("5.5, L 7.3", zero, {EINVAL, ENOENT})},
        {"CANCEL", row("5.5, L 7.3", zero, {EINVAL, ENOENT})},
        {"DEADLOCK", row("5.5, L 16.8", zero, {EINVAL, ENOENT})},
        {"UNLOCK flags", row("5.5", Good::none, {EINVAL, ENOENT})},
        {"PURGE", row("5.5, L 16.7", zero, {})},
        {"PURGE node", row("5.5", zero, {ENOBUFS})},
        {"read size", refused("5.6", EINVAL)},
        {"read", row("5.6", any, {EAGAIN})},
        {"read between", row("5.6", any, {EAGAIN, EINVAL})},
        {"read buffer", row("5.6", Good::none, {EAGAIN, EFAULT})},
        {"space poll", row("5.6", any, {})},

        // dlm_plock.
        {"plock size", refused("6.3", EINVAL)},
        {"plock version", refused("6.2", EINVAL)},
        {"plock write", row("6.3", any, {})},
        {"plock bad write", refused("6.3", EFAULT)},
        {"plock read", row("6.3", any, {EAGAIN})},
        {"plock bad read", row("6.3", Good::none, {EAGAIN, EFAULT})},

        // configfs. That a name is there, or too long, is said by the VFS. Where the mode alone
        // protects a file, a descriptor that root has opened works
        // for everybody. A write of nothing, and a read of
        // nothing, are the framework's business.
        {"configfs nothing", refused("2.2", EFAULT)},
        {"configfs bad buffer", refused("2.2", EFAULT)},
        {"configfs open", privileged("2.2", any, {}, EACCES)},
        {"configfs open read-only", refused("2.4", EACCES)},
        {"configfs read", row("2.2", any, {})},
        {"configfs read of nothing", refused("2.2", EFAULT)},
        {"cluster number", privileged("2.3", any, {EINVAL, ERANGE}, EPERM)},
        {"cluster transport", privileged("2.3", Good::none, {EINVAL, ERANGE, EBUSY}, EPERM)},
        {"cluster_name", privileged("2.3, W13", any, {}, EPERM)},
        {"comm nodeid", row("2.4, W10", any, {EINVAL, ERANGE, EEXIST})},
        {"comm local", row("2.4", any, {EINVAL, ERANGE})},
        {"comm mark", row("2.4", any, {EINVAL, ERANGE, ENOENT})},
        {"comm addr", row("2.4", any, {EINVAL, ENOSPC, EEXIST})},
        {"comm addr size", refused("2.4", EINVAL)},
        {"node nodeid", row("2.5", any, {EINVAL, ERANGE})},
        {"node weight", row("2.5", any, {EINVAL, ERANGE})},
        {"mkdir cluster",
         privileged("2.1, W8", Good::none, {EBUSY}, EACCES, {EEXIST, ENAMETOOLONG})},
        {"mkdir inside", privileged("2.1", zero, {}, EACCES, {EEXIST, ENAMETOOLONG})},
        {"mkdir in item", privileged("2.1", Good::none, {EPERM}, EACCES, {ENAMETOOLONG})},
        {"rmdir inside", privileged("2.1", zero, {ENOENT, ENOTEMPTY}, EACCES)},
        {"rmdir group", privileged("2.1", Good::none, {EPERM}, EACCES)},
        {"create file", privileged("2.1", Good::none, {EACCES, EPERM}, EACCES)},

        // sysfs. A write of nothing is 0.
        {"sysfs nothing", row("2.2, 3.1", zero, {})},
        {"sysfs bad buffer", refused("3.1", EFAULT)},
        {"sysfs open", privileged("3.1", any, {}, EACCES)},
        {"sysfs open denied", refused("3.1", EACCES)},
        {"sysfs read", row("3.1", any, {})},
        {"sysfs read of nothing", row("3.1", zero, {})},
        {"control", row("3.1", any, {EINVAL, ERANGE})},
        {"event_done", row("3.1", any, {EINVAL, ERANGE})},
        {"id", row("3.1", any, {EINVAL, ERANGE})},
        {"nodir", row("3.1", any, {EINVAL, ERANGE})},
        {"sublocks", row("L 17.1", any, {EINVAL})},
    };
    return table;
}

}  // namespace dlm::user
