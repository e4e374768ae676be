// SPDX-License-Identifier: LGPL-2.1-or-later
// Reading debugfs.
#include "lib/debug_files.h"

#include <cerrno>

namespace dlm::lib {

using base::Error;
using base::Result;

static constexpr const char *root = "/sys/kernel/debug/dlm";

static Result<std::string> load(const KernelFiles &files, const std::string &lockspace,
                                const char *suffix)
{
    auto text = files.load(fmt::format("{}/{}{}", root, lockspace, suffix));
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
    return parse_locks(*text);
}

Result<WaiterTable> read_waiters(const KernelFiles &files, const std::string &lockspace)
{
    auto text = load(files, lockspace, "_waiters");
    if (!text)
        return std::move(text).error();
    return parse_waiters(*text);
}

}  // namespace dlm::lib
