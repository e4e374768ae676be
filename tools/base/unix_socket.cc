// SPDX-License-Identifier: LGPL-2.1-or-later
// Connections to servers on this machine.
#include "base/unix_socket.h"

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>

namespace dlm::base {

Result<unique_fd> connect_unix(const std::string &name)
{
    unique_fd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!fd)
        return Error::from_errno(errno, "socket");
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (name.size() >= sizeof address.sun_path)
        return Error(name + ": too long a name for a socket", ENAMETOOLONG);
    memcpy(address.sun_path, name.data(), name.size());
    auto length = static_cast<socklen_t>(sizeof address);
    if (name.starts_with('@')) {
        // All bytes up to the length are the name, also zeroes.
        address.sun_path[0] = '\0';
        length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    }
    if (connect(fd.get(), reinterpret_cast<sockaddr *>(&address), length) < 0)
        return Error::from_errno(errno, name);
    return fd;
}

}  // namespace dlm::base
