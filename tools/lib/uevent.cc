// SPDX-License-Identifier: LGPL-2.1-or-later
// Kernel object events.
#include "lib/uevent.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace dlm::lib {

using base::Error;
using base::Result;
using base::unique_fd;

static Uevent::Action action_of(std::string_view word)
{
    if (word == "add")
        return Uevent::Action::add;
    if (word == "online")
        return Uevent::Action::online;
    if (word == "offline")
        return Uevent::Action::offline;
    if (word == "remove")
        return Uevent::Action::remove;
    return Uevent::Action::other;
}

// /kernel/dlm/<name> and nothing below it.
static std::optional<std::string> name_in_path(std::string_view devpath)
{
    constexpr std::string_view parent = "/kernel/dlm/";
    if (!devpath.starts_with(parent))
        return std::nullopt;
    std::string name(devpath.substr(parent.size()));
    if (name.empty() || name.find('/') != std::string::npos)
        return std::nullopt;
    std::replace(name.begin(), name.end(), '!', '/');
    return name;
}

std::optional<Uevent> parse_uevent(std::string_view datagram)
{
    std::optional<std::string_view> action, devpath, subsystem, lockspace;
    bool release_recover = false;

    while (!datagram.empty()) {
        std::string_view field = datagram.substr(0, datagram.find('\0'));
        datagram.remove_prefix(std::min(field.size() + 1, datagram.size()));
        size_t equals = field.find('=');
        if (equals == std::string_view::npos)
            continue;
        std::string_view key = field.substr(0, equals), value = field.substr(equals + 1);
        if (key == "ACTION")
            action = value;
        else if (key == "DEVPATH")
            devpath = value;
        else if (key == "SUBSYSTEM")
            subsystem = value;
        else if (key == "LOCKSPACE")
            lockspace = value;
        else if (key == "RELEASE_RECOVER")
            release_recover = value == "1";
    }
    if (!action || !devpath || subsystem != "dlm")
        return std::nullopt;
    auto name = name_in_path(*devpath);
    if (!name)
        return std::nullopt;
    if (lockspace && !lockspace->empty())
        name = std::string(*lockspace);
    return Uevent{action_of(*action), *name, release_recover};
}

Result<UeventSocket> UeventSocket::open()
{
    unique_fd fd(
        socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT));
    if (!fd)
        return Error::from_errno(errno, "uevent socket");
    int bytes = 2 << 20;
    setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes);
    sockaddr_nl address{};
    address.nl_family = AF_NETLINK;
    address.nl_groups = 1;
    if (bind(fd.get(), reinterpret_cast<sockaddr *>(&address), sizeof address) < 0)
        return Error::from_errno(errno, "binding the uevent socket");
    return UeventSocket(std::move(fd), true);
}

Result<UeventSocket> UeventSocket::open_unix(const std::string &path)
{
    unique_fd fd(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd)
        return Error::from_errno(errno, "uevent socket");
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path)
        return Error(path + ": path too long for a socket", ENAMETOOLONG);
    memcpy(address.sun_path, path.c_str(), path.size());
    unlink(path.c_str());
    if (bind(fd.get(), reinterpret_cast<sockaddr *>(&address), sizeof address) < 0)
        return Error::from_errno(errno, path);
    return UeventSocket(std::move(fd), false);
}

Result<std::string> UeventSocket::receive() const
{
    for (;;) {
        char buffer[8192];
        sockaddr_nl sender{};
        socklen_t length = sizeof sender;
        ssize_t got = recvfrom(fd_.get(), buffer, sizeof buffer, 0,
                               netlink_ ? reinterpret_cast<sockaddr *>(&sender) : nullptr,
                               netlink_ ? &length : nullptr);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return std::string();
        if (got < 0)
            return Error::from_errno(errno, "receiving a uevent");
        // Any local process may send to the group's sockets by port; only the kernel is 0.
        if (netlink_ && sender.nl_pid != 0)
            continue;
        if (got > 0)
            return std::string(buffer, static_cast<size_t>(got));
    }
}

}  // namespace dlm::lib
