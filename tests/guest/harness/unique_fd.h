// SPDX-License-Identifier: GPL-2.0-or-later
//
// The two kinds of socket pairs that machines are wired with.
#pragma once

#include <sys/socket.h>

#include <utility>

#include "base/unique_fd.h"

namespace dlm::guest {

using UniqueFd = base::unique_fd;

// type is SOCK_STREAM (agent, monitor) or SOCK_DGRAM (one datagram is one Ethernet frame).
inline std::pair<UniqueFd, UniqueFd> socket_pair(int type)
{
    int fd[2] = {-1, -1};
    if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, fd))
        return {};
    return {UniqueFd(fd[0]), UniqueFd(fd[1])};
}

}  // namespace dlm::guest
