// SPDX-License-Identifier: LGPL-2.1-or-later
// Whole-file reads and single-write stores.
#include "base/file_io.h"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <unistd.h>

namespace dlm::base {

Result<unique_fd> open_file(const std::string &path, int flags, int mode)
{
    unique_fd fd(open(path.c_str(), flags | O_CLOEXEC, mode));
    if (!fd)
        return Error::from_errno(errno, path);
    return fd;
}

Result<std::string> read_file(const std::string &path)
{
    auto fd = open_file(path, O_RDONLY);
    if (!fd)
        return std::move(fd).error();
    std::string text;
    char chunk[16384];
    for (;;) {
        ssize_t got = read(fd->get(), chunk, sizeof chunk);
        if (got == 0)
            return text;
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return Error::from_errno(errno, path);
        text.append(chunk, static_cast<size_t>(got));
    }
}

static Result<void> write_once(int fd, const std::string &path, std::string_view bytes)
{
    ssize_t put;
    do
        put = write(fd, bytes.data(), bytes.size());
    while (put < 0 && errno == EINTR);
    if (put < 0)
        return Error::from_errno(errno, path);
    if (static_cast<size_t>(put) != bytes.size())
        return Error(fmt::format("{}: only {} of {} bytes taken", path, put, bytes.size()), EIO);
    return {};
}

Result<void> store_file(const std::string &path, std::string_view bytes, int extra_flags)
{
    auto fd = open_file(path, O_WRONLY | extra_flags, 0644);
    if (!fd)
        return std::move(fd).error();
    return write_once(fd->get(), path, bytes);
}

Result<void> replace_file(const std::string &path, std::string_view bytes, int mode)
{
    std::string draft = path + ".new";
    auto fd = open_file(draft, O_WRONLY | O_CREAT | O_TRUNC, mode);
    if (!fd)
        return std::move(fd).error();
    if (auto put = write_once(fd->get(), draft, bytes); !put)
        return put;
    if (rename(draft.c_str(), path.c_str()) < 0)
        return Error::from_errno(errno, path);
    return {};
}

}  // namespace dlm::base
