// SPDX-License-Identifier: GPL-2.0-or-later
#include "uevents.h"

#include <cstdio>
#include <cstring>
#include <string>

#include <linux/netlink.h>
#include <sys/socket.h>
#include <unistd.h>

namespace dlm::guest {

int print_uevents()
{
    int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);
    sockaddr_nl address{};
    address.nl_family = AF_NETLINK;
    address.nl_groups = 1;
    if (fd < 0 || bind(fd, reinterpret_cast<sockaddr *>(&address), sizeof(address))) {
        std::perror("guest-agent: uevents");
        return 1;
    }
    std::setvbuf(stdout, nullptr, _IONBF, 0);
    std::puts("listening");
    char buf[8192];
    for (ssize_t got; (got = recv(fd, buf, sizeof(buf) - 1, 0)) > 0;) {
        buf[got] = '\0';
        std::string action, subsystem, space;
        for (const char *word = buf; word < buf + got; word += std::strlen(word) + 1) {
            const std::string text(word);
            if (text.starts_with("ACTION="))
                action = text.substr(7);
            else if (text.starts_with("SUBSYSTEM="))
                subsystem = text.substr(10);
            else if (text.starts_with("LOCKSPACE="))
                space = text.substr(10);
        }
        if (subsystem == "dlm")
            std::printf("%s %s\n", action.c_str(), space.c_str());
    }
    return 1;
}

}  // namespace dlm::guest
