// SPDX-License-Identifier: GPL-2.0-or-later
// One connection between daemons.
#include "daemon/peer_connection.h"

#include <cerrno>
#include <cstring>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

namespace dlm::daemon {

using base::Error;
using base::Result;

// Far more than all reports together; a peer that does not read that much is as good as cut off.
static constexpr size_t max_queued_len = 8 << 20;

Result<std::shared_ptr<PeerConnection>> PeerConnection::start(EventLoop &loop, base::unique_fd fd,
                                                              bool connecting, int node,
                                                              Handlers handlers)
{
    auto connection = std::make_shared<PeerConnection>();
    int on = 1;
    setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    auto *raw = connection.get();
    auto source = loop.io(fd.get(), connecting ? EPOLLOUT : EPOLLIN,
                          [raw](uint32_t events) { raw->ready(events); });
    if (!source)
        return std::move(source).error();
    connection->source_ = std::move(*source);
    connection->fd_ = std::move(fd);
    connection->node_ = node;
    connection->connecting_ = connecting;
    connection->handlers_ = std::move(handlers);
    return connection;
}

base::milliseconds PeerConnection::age() const
{
    return std::chrono::duration_cast<base::milliseconds>(base::Clock::now() - made_);
}

base::milliseconds PeerConnection::silence() const
{
    return std::chrono::duration_cast<base::milliseconds>(base::Clock::now() - heard_);
}

void PeerConnection::ready(uint32_t events)
{
    if (closed_)
        return;
    if (connecting_)
        return finish_connect();
    if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
        receive();
    if (!closed_ && (events & EPOLLOUT))
        flush();
}

void PeerConnection::finish_connect()
{
    int problem = 0;
    socklen_t length = sizeof problem;
    getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &problem, &length);
    if (problem)
        return fail(strerror(problem));
    connecting_ = false;
    heard_ = base::Clock::now();
    source_->want(EPOLLIN);
    handlers_.connected(*this);
}

void PeerConnection::receive()
{
    char chunk[65536];
    ssize_t got = recv(fd_.get(), chunk, sizeof chunk, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0)
        return fail(got < 0 ? strerror(errno) : "closed by the peer");
    heard_ = base::Clock::now();
    auto frames = in_.feed({chunk, static_cast<size_t>(got)});
    if (!frames)
        return fail(frames.error().message());
    for (const auto &frame : *frames) {
        handlers_.frame(*this, frame);
        if (closed_)
            return;
    }
}

void PeerConnection::send(const Frame &frame)
{
    if (closed_)
        return;
    out_ += frame_of(encode_frame(frame));
    if (!connecting_)
        flush();
}

void PeerConnection::flush()
{
    while (!out_.empty()) {
        ssize_t put = ::send(fd_.get(), out_.data(), out_.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (put < 0 && errno == EINTR)
            continue;
        // A broken connection is found by the read side too, outside of whoever sends.
        if (put < 0)
            break;
        out_.erase(0, static_cast<size_t>(put));
    }
    if (out_.size() > max_queued_len)
        shutdown(fd_.get(), SHUT_RDWR);
    source_->want(out_.empty() ? EPOLLIN : EPOLLIN | EPOLLOUT);
}

void PeerConnection::close()
{
    if (closed_)
        return;
    closed_ = true;
    source_->want(0);
    shutdown(fd_.get(), SHUT_RDWR);
}

void PeerConnection::fail(const std::string &reason)
{
    if (closed_)
        return;
    close();
    handlers_.closed(*this, reason);
}

}  // namespace dlm::daemon
