// SPDX-License-Identifier: LGPL-2.1-or-later
// Addresses of cluster nodes.
#include "lib/socket_address.h"

#include <arpa/inet.h>
#include <cerrno>
#include <cstring>

namespace dlm::lib {

using base::Error;
using base::Result;

static_assert(sizeof(sockaddr_storage) == 128, "the kernel takes exactly 128 bytes");

static sockaddr_in &as_v4(sockaddr_storage &storage)
{
    return reinterpret_cast<sockaddr_in &>(storage);
}

static sockaddr_in6 &as_v6(sockaddr_storage &storage)
{
    return reinterpret_cast<sockaddr_in6 &>(storage);
}

Result<SocketAddress> SocketAddress::parse(std::string_view text)
{
    std::string name(text);
    SocketAddress address;
    if (inet_pton(AF_INET, name.c_str(), &as_v4(address.storage_).sin_addr) == 1) {
        address.storage_.ss_family = AF_INET;
        return address;
    }
    address.storage_ = {};
    if (inet_pton(AF_INET6, name.c_str(), &as_v6(address.storage_).sin6_addr) == 1) {
        address.storage_.ss_family = AF_INET6;
        return address;
    }
    return Error(fmt::format("\"{}\" is not an IPv4 or IPv6 address", text), EINVAL);
}

SocketAddress SocketAddress::from(const sockaddr_storage &storage)
{
    SocketAddress address;
    sockaddr_storage copy = storage;
    if (storage.ss_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&as_v6(copy).sin6_addr)) {
        address.storage_.ss_family = AF_INET;
        memcpy(&as_v4(address.storage_).sin_addr, as_v6(copy).sin6_addr.s6_addr + 12, 4);
        return address;
    }
    address.storage_.ss_family = storage.ss_family;
    if (storage.ss_family == AF_INET)
        as_v4(address.storage_).sin_addr = as_v4(copy).sin_addr;
    else if (storage.ss_family == AF_INET6)
        as_v6(address.storage_).sin6_addr = as_v6(copy).sin6_addr;
    return address;
}

std::string SocketAddress::text() const
{
    sockaddr_storage copy = storage_;
    char text[INET6_ADDRSTRLEN] = "";
    if (copy.ss_family == AF_INET)
        inet_ntop(AF_INET, &as_v4(copy).sin_addr, text, sizeof text);
    else if (copy.ss_family == AF_INET6)
        inet_ntop(AF_INET6, &as_v6(copy).sin6_addr, text, sizeof text);
    return text;
}

std::string_view SocketAddress::image() const
{
    return {reinterpret_cast<const char *>(&storage_), sizeof storage_};
}

sockaddr_storage SocketAddress::with_port(uint16_t port) const
{
    sockaddr_storage copy = storage_;
    if (copy.ss_family == AF_INET)
        as_v4(copy).sin_port = htons(port);
    else
        as_v6(copy).sin6_port = htons(port);
    return copy;
}

socklen_t SocketAddress::length() const
{
    return storage_.ss_family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
}

}  // namespace dlm::lib
