// SPDX-License-Identifier: GPL-2.0-or-later
//
// Owner of one file descriptor, and the two kinds of socket pairs that machines are wired with.
#pragma once

#include <sys/socket.h>
#include <unistd.h>

#include <utility>

namespace dlm::guest {

class UniqueFd {
public:
    UniqueFd() = default;
    explicit UniqueFd(int fd) : fd_(fd) {}
    UniqueFd(UniqueFd &&other) noexcept : fd_(other.release()) {}
    UniqueFd &operator=(UniqueFd &&other) noexcept
    {
        reset(other.release());
        return *this;
    }
    ~UniqueFd() { reset(); }

    int get() const { return fd_; }
    explicit operator bool() const { return fd_ >= 0; }
    int release() { return std::exchange(fd_, -1); }
    void reset(int fd = -1)
    {
        if (fd_ >= 0)
            close(fd_);
        fd_ = fd;
    }

private:
    int fd_ = -1;
};

// type is SOCK_STREAM (agent, monitor) or SOCK_DGRAM (one datagram is one Ethernet frame).
inline std::pair<UniqueFd, UniqueFd> socket_pair(int type)
{
    int fd[2] = {-1, -1};
    if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, fd))
        return {};
    return {UniqueFd(fd[0]), UniqueFd(fd[1])};
}

}  // namespace dlm::guest
