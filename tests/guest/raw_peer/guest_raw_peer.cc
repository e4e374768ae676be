// SPDX-License-Identifier: GPL-2.0-or-later
//
// In the guest: a peer without a lock manager. One TCP connection at a time, told by lines on
// standard input what to do with it; each line is answered by one line. Knows nothing of messages:
// what is sent comes in hex, what is received goes out in hex (raw_peer.h is the other side).
//
//   open FROM TO PORT        -> ok | error ERRNO
//   send HEX                 -> ok | error ERRNO
//   read QUIET_MS            -> data HEX END: what came until QUIET_MS without a byte, or the end
//   close                    -> ok
//   knock FROM TO PORT N     -> knocked MS CLOSED: N connections, how many the other side ended
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

using Clock = std::chrono::steady_clock;

constexpr int knock_wait_ms = 10000;
constexpr std::size_t read_limit = 1u << 20;

int connection = -1;

sockaddr_in address(const std::string &text, int port)
{
    sockaddr_in addr{};
    addr.sin_family = AF_INET;
    addr.sin_port = htons(static_cast<std::uint16_t>(port));
    inet_pton(AF_INET, text.c_str(), &addr.sin_addr);
    return addr;
}

// The descriptor, or the negative error.
int open_tcp(const std::string &from, const std::string &to, int port)
{
    const sockaddr_in local = address(from, 0), remote = address(to, port);
    const int one = 1;
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0)
        return -errno;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    if (bind(fd, reinterpret_cast<const sockaddr *>(&local), sizeof(local)) ||
        connect(fd, reinterpret_cast<const sockaddr *>(&remote), sizeof(remote))) {
        const int error = errno;
        close(fd);
        return -error;
    }
    return fd;
}

void close_connection()
{
    if (connection >= 0)
        close(connection);
    connection = -1;
}

std::string status(int error)
{
    return error ? "error " + std::to_string(error) : "ok";
}

std::string do_open(std::istringstream &words)
{
    std::string from, to;
    int port = 0;
    words >> from >> to >> port;
    close_connection();
    connection = open_tcp(from, to, port);
    return status(connection < 0 ? -connection : 0);
}

std::string do_send(std::istringstream &words)
{
    std::string hex, bytes;
    words >> hex;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
        bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
    for (std::size_t done = 0; done < bytes.size();) {
        const ssize_t n = send(connection, bytes.data() + done, bytes.size() - done, MSG_NOSIGNAL);
        if (n < 0)
            return status(errno);
        done += static_cast<std::size_t>(n);
    }
    return status(0);
}

// "open" when nothing came in that time, "eof" or "reset" when the other side has ended it.
const char *receive(int fd, int quiet_ms, std::string &bytes)
{
    char part[16384];
    while (bytes.size() < read_limit) {
        pollfd ready{fd, POLLIN, 0};
        if (poll(&ready, 1, quiet_ms) <= 0)
            return "open";
        const ssize_t n = recv(fd, part, sizeof(part), 0);
        if (n == 0)
            return "eof";
        if (n < 0)
            return "reset";
        bytes.append(part, static_cast<std::size_t>(n));
    }
    return "open";
}

std::string do_read(std::istringstream &words)
{
    static const char digits[] = "0123456789abcdef";
    std::string bytes, hex;
    int quiet_ms = 0;
    words >> quiet_ms;
    const char *end = receive(connection, quiet_ms, bytes);
    for (unsigned char byte : bytes) {
        hex += digits[byte >> 4];
        hex += digits[byte & 15];
    }
    return "data " + (hex.empty() ? std::string("-") : hex) + " " + end;
}

std::string do_knock(std::istringstream &words)
{
    std::string from, to, bytes;
    int port = 0, wanted = 0, ended = 0;
    words >> from >> to >> port >> wanted;
    const auto start = Clock::now();
    std::vector<int> fds;
    for (int i = 0; i < wanted; i++) {
        const int fd = open_tcp(from, to, port);
        if (fd >= 0)
            fds.push_back(fd);
        else
            ended += fd == -ECONNREFUSED || fd == -ECONNRESET;
    }
    for (int fd : fds) {
        ended += receive(fd, knock_wait_ms, bytes) != std::string("open");
        close(fd);
    }
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start);
    return "knocked " + std::to_string(took.count()) + " " + std::to_string(ended);
}

std::string answer(const std::string &line)
{
    std::istringstream words(line);
    std::string verb;
    words >> verb;
    if (verb == "open")
        return do_open(words);
    if (verb == "send")
        return do_send(words);
    if (verb == "read")
        return do_read(words);
    if (verb == "knock")
        return do_knock(words);
    if (verb != "close")
        return status(EINVAL);
    close_connection();
    return status(0);
}

}  // namespace

int main()
{
    std::ios::sync_with_stdio(false);
    for (std::string line; std::getline(std::cin, line);)
        std::cout << answer(line) << "\n" << std::flush;
    return 0;
}
