// SPDX-License-Identifier: LGPL-2.1-or-later
// Kernel object events of the DLM: the parser and the netlink socket.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/unique_fd.h"

namespace dlm::lib {

struct Uevent {
    enum class Action { add, online, offline, remove, other };

    Action action;
    // As the creator gave it: a '/' in the name is a '/' here.
    std::string lockspace;
    // From 6.18 on, in an offline event: the leave counts as a failure.
    bool release_recover = false;
};

// Nothing when the datagram is not an event of subsystem dlm or lacks a variable that is needed.
// ACTION, DEVPATH and SUBSYSTEM must be there; a missing LOCKSPACE is taken from DEVPATH.
std::optional<Uevent> parse_uevent(std::string_view datagram);

class UeventSocket {
public:
    // Kernel events (group 1), large receive buffer, non-blocking.
    static base::Result<UeventSocket> open();
    // For trees below a prefix: a unix datagram socket at `path` that takes the same payloads.
    static base::Result<UeventSocket> open_unix(const std::string &path);

    int fd() const { return fd_.get(); }
    // Empty when nothing is waiting. ENOBUFS: events were lost, look at sysfs.
    base::Result<std::string> receive() const;

private:
    explicit UeventSocket(base::unique_fd fd, bool netlink) : fd_(std::move(fd)), netlink_(netlink)
    {
    }

    base::unique_fd fd_;
    bool netlink_;
};

}  // namespace dlm::lib
