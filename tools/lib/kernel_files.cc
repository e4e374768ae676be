// SPDX-License-Identifier: LGPL-2.1-or-later
// File operations on the kernel's trees.
#include "lib/kernel_files.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file_io.h"

namespace dlm::lib {

using base::Error;
using base::Result;

Result<void> KernelFiles::store(const std::string &path, std::string_view bytes) const
{
    return base::store_file(real_path(path), bytes, has_prefix() ? O_CREAT | O_TRUNC : 0);
}

Result<std::string> KernelFiles::load(const std::string &path) const
{
    return base::read_file(real_path(path));
}

Result<bool> KernelFiles::make_directory(const std::string &path) const
{
    if (has_prefix()) {
        std::error_code failed;
        bool made = std::filesystem::create_directories(real_path(path), failed);
        if (failed)
            return Error::from_errno(failed.value(), path);
        return made;
    }
    if (mkdir(path.c_str(), 0755) == 0)
        return true;
    if (errno == EEXIST)
        return false;
    return Error::from_errno(errno, path);
}

Result<void> KernelFiles::remove_directory(const std::string &path) const
{
    if (has_prefix()) {
        std::error_code failed;
        std::filesystem::remove_all(real_path(path), failed);
        if (failed)
            return Error::from_errno(failed.value(), path);
        return {};
    }
    if (rmdir(path.c_str()) < 0 && errno != ENOENT)
        return Error::from_errno(errno, path);
    return {};
}

std::vector<std::string> KernelFiles::directories(const std::string &path) const
{
    std::vector<std::string> names;
    std::error_code failed;
    std::filesystem::directory_iterator it(real_path(path), failed), end;
    while (!failed && it != end) {
        std::error_code unreadable;
        if (it->is_directory(unreadable))
            names.push_back(it->path().filename().string());
        it.increment(failed);
    }
    std::sort(names.begin(), names.end());
    return names;
}

bool KernelFiles::exists(const std::string &path) const
{
    return access(real_path(path).c_str(), F_OK) == 0;
}

}  // namespace dlm::lib
