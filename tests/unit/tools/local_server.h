// SPDX-License-Identifier: GPL-2.0-or-later
// LocalServer: one connection to an abstract name is answered by fixed bytes.
#pragma once

#include <cstddef>
#include <cstring>
#include <string>
#include <thread>

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace dlm::test {

class LocalServer {
public:
    // After a request of so many bytes it writes the answer, and closes the connection, or, with
    // keep_open, waits until the other side has closed it.
    LocalServer(size_t request_length, const std::string &answer, bool keep_open = false)
        : name_("dlm-test-" + std::to_string(getpid()) + "-" + std::to_string(count_++)),
          listener_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0))
    {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        memcpy(address.sun_path + 1, name_.data(), name_.size());
        const auto length =
            static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name_.size());
        if (bind(listener_, reinterpret_cast<sockaddr *>(&address), length) || listen(listener_, 1))
            return;
        thread_ = std::thread([this, request_length, answer, keep_open] {
            serve(request_length, answer, keep_open);
        });
    }
    ~LocalServer()
    {
        shutdown(listener_, SHUT_RDWR);
        if (thread_.joinable())
            thread_.join();
        close(listener_);
    }
    LocalServer(const LocalServer &) = delete;
    LocalServer &operator=(const LocalServer &) = delete;

    std::string name() const { return "@" + name_; }
    // What was asked; waits for the end of the connection.
    std::string request()
    {
        thread_.join();
        return request_;
    }

private:
    void serve(size_t request_length, const std::string &answer, bool keep_open)
    {
        const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (fd < 0)
            return;
        char chunk[4096];
        for (ssize_t got = 1; request_.size() < request_length && got > 0;) {
            got = read(fd, chunk, sizeof chunk);
            if (got > 0)
                request_.append(chunk, static_cast<size_t>(got));
        }
        for (size_t done = 0; done < answer.size();) {
            ssize_t put = send(fd, answer.data() + done, answer.size() - done, MSG_NOSIGNAL);
            if (put <= 0)
                break;
            done += static_cast<size_t>(put);
        }
        while (keep_open && read(fd, chunk, sizeof chunk) > 0) {
        }
        close(fd);
    }

    static inline int count_ = 0;
    std::string name_;
    int listener_;
    std::string request_;
    std::thread thread_;
};

}  // namespace dlm::test
