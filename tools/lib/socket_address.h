// SPDX-License-Identifier: LGPL-2.1-or-later
// SocketAddress: an IPv4 or IPv6 address without a port, as text and as the kernel's
// sockaddr_storage.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <string>
#include <string_view>

#include "base/result.h"

namespace dlm::lib {

class SocketAddress {
public:
    static base::Result<SocketAddress> parse(std::string_view text);
    // The port is dropped: what came from accept() compares equal to what was configured.
    static SocketAddress from(const sockaddr_storage &storage);

    int family() const { return storage_.ss_family; }
    std::string text() const;
    // 128 bytes, port 0: what the `addr` attribute of a comm directory wants in one write.
    std::string_view image() const;
    // For bind() and connect(): the same address with a port (host order).
    sockaddr_storage with_port(uint16_t port) const;
    socklen_t length() const;

    bool operator==(const SocketAddress &other) const { return text() == other.text(); }

private:
    sockaddr_storage storage_{};
};

}  // namespace dlm::lib
