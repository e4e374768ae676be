// SPDX-License-Identifier: LGPL-2.1-or-later
// Reading debugfs.
#include "lib/debug_files.h"

#include <algorithm>
#include <cerrno>

namespace dlm::lib {

using base::Error;
using base::Result;

static constexpr const char *root = "/sys/kernel/debug/dlm";

// As in sysfs, '/' is no letter of a name.
static std::string file_of(std::string lockspace, const char *suffix)
{
    std::replace(lockspace.begin(), lockspace.end(), '/', '!');
    return fmt::format("{}/{}{}", root, lockspace, suffix);
}

static Result<std::string> load(const KernelFiles &files, const std::string &lockspace,
                                const char *suffix)
{
    auto text = files.load(file_of(lockspace, suffix));
    if (text || text.error().code() != ENOENT)
        return text;
    if (!files.exists(root))
        return Error(
            fmt::format("{} does not exist: is debugfs mounted and the dlm module loaded?", root),
            ENOTDIR);
    return Error(fmt::format("lockspace \"{}\" is not there", lockspace), ENOENT);
}

Result<LockTable> read_locks(const KernelFiles &files, const std::string &lockspace)
{
    auto text = load(files, lockspace, "_locks");
    if (!text)
        return std::move(text).error();
    LockTable table = parse_locks(*text);
    if (table.malformed || has_doubtful_name(table))
        // Without that file it stays as it is.
        if (auto names = load(files, lockspace, "_all"))
            table = parse_locks(*text, parse_lock_names(*names));
    if (auto sublocks = read_sublocks(files, lockspace))
        put_paths(table, *sublocks);
    return table;
}

Result<WaiterTable> read_waiters(const KernelFiles &files, const std::string &lockspace)
{
    auto text = load(files, lockspace, "_waiters");
    if (!text)
        return std::move(text).error();
    WaiterTable table = parse_waiters(*text);
    if (auto sublocks = read_sublocks(files, lockspace))
        put_paths(table, *sublocks);
    return table;
}

Result<SublockTable> read_sublocks(const KernelFiles &files, const std::string &lockspace)
{
    auto text = load(files, lockspace, "_sublocks");
    if (text)
        return parse_sublocks(*text);
    if (text.error().code() == ENOENT && files.exists(file_of(lockspace, "_locks")))
        return Error("the dlm module of this node knows no sublocks", EOPNOTSUPP);
    return std::move(text).error();
}

}  // namespace dlm::lib
