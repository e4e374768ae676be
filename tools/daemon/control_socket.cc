// SPDX-License-Identifier: GPL-2.0-or-later
// The daemon's control socket.
#include "daemon/control_socket.h"

#include <cerrno>
#include <cstring>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"

namespace dlm::daemon {

using base::Error;
using base::Result;
using base::unique_fd;
using nlohmann::json;

static constexpr size_t max_clients = 32;
static constexpr size_t max_line_len = 64 << 10;

json ControlSocket::failure(const std::string &text)
{
    return {{"ok", false}, {"error", text}};
}

Result<std::unique_ptr<ControlSocket>> ControlSocket::open(EventLoop &loop, const std::string &path,
                                                           Serve serve)
{
    std::unique_ptr<ControlSocket> self(new ControlSocket(loop, path, std::move(serve)));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path)
        return Error(path + ": path too long for a socket", ENAMETOOLONG);
    memcpy(address.sun_path, path.c_str(), path.size());

    self->fd_.reset(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!self->fd_)
        return Error::from_errno(errno, "control socket");
    unlink(path.c_str());
    if (bind(self->fd_.get(), reinterpret_cast<sockaddr *>(&address), sizeof address) < 0 ||
        chmod(path.c_str(), 0666) < 0 || listen(self->fd_.get(), 16) < 0)
        return Error::from_errno(errno, path);
    auto *raw = self.get();
    auto source = loop.io(self->fd_.get(), EPOLLIN, [raw](uint32_t) { raw->accept_one(); });
    if (!source)
        return std::move(source).error();
    self->source_ = std::move(*source);
    return self;
}

ControlSocket::~ControlSocket()
{
    unlink(path_.c_str());
}

void ControlSocket::accept_one()
{
    clients_.remove_if([](const Client &client) { return client.gone; });
    unique_fd fd(accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!fd || clients_.size() >= max_clients)
        return;
    ucred peer{};
    socklen_t length = sizeof peer;
    if (getsockopt(fd.get(), SOL_SOCKET, SO_PEERCRED, &peer, &length) < 0)
        return;
    Client &client = clients_.emplace_back();
    auto source =
        loop_.io(fd.get(), EPOLLIN, [this, &client](uint32_t events) { ready(client, events); });
    if (!source) {
        clients_.pop_back();
        return;
    }
    client.may_change = peer.uid == 0 || peer.uid == geteuid();
    client.source = std::move(*source);
    client.fd = std::move(fd);
}

void ControlSocket::ready(Client &client, uint32_t events)
{
    if (client.gone)
        return;
    if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
        receive(client);
    if (!client.gone)
        flush(client);
}

// The source cannot end inside of its own handler: the next accept clears away.
void ControlSocket::leave(Client &client)
{
    client.gone = true;
    client.source->want(0);
    shutdown(client.fd.get(), SHUT_RDWR);
}

std::string ControlSocket::answer(const Client &client, const std::string &line) const
{
    json request = json::parse(line, nullptr, false);
    json reply;
    if (!request.is_object())
        reply = failure("the request is not a JSON object");
    else
        reply = serve_(request, client.may_change);
    return reply.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

void ControlSocket::receive(Client &client)
{
    char chunk[4096];
    ssize_t got = recv(client.fd.get(), chunk, sizeof chunk, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0)
        return leave(client);
    client.in.append(chunk, static_cast<size_t>(got));
    for (size_t end; (end = client.in.find('\n')) != std::string::npos;) {
        std::string line = client.in.substr(0, end);
        client.in.erase(0, end + 1);
        client.out += answer(client, line);
    }
    if (client.in.size() > max_line_len)
        leave(client);
}

void ControlSocket::flush(Client &client)
{
    while (!client.out.empty()) {
        ssize_t put = ::send(client.fd.get(), client.out.data(), client.out.size(),
                             MSG_DONTWAIT | MSG_NOSIGNAL);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0 && errno != EAGAIN)
            return leave(client);
        if (put < 0)
            break;
        client.out.erase(0, static_cast<size_t>(put));
    }
    client.source->want(client.out.empty() ? EPOLLIN : EPOLLIN | EPOLLOUT);
}

}  // namespace dlm::daemon
