// SPDX-License-Identifier: GPL-2.0-or-later
// Client of the control socket.
#include "cli/daemon_client.h"

#include <cerrno>
#include <poll.h>
#include <sys/socket.h>

#include "base/unix_socket.h"

namespace dlm::cli {

using base::Error;
using base::Result;
using nlohmann::json;

static Result<std::string> read_line(int fd, base::milliseconds timeout)
{
    base::Deadline deadline(timeout);
    std::string line;
    while (line.find('\n') == std::string::npos) {
        pollfd wait{fd, POLLIN, 0};
        if (poll(&wait, 1, static_cast<int>(deadline.left().count())) == 0)
            return Error("the daemon does not answer", ETIMEDOUT);
        char chunk[16384];
        ssize_t got = recv(fd, chunk, sizeof chunk, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return Error("the daemon closed the connection", ECONNRESET);
        line.append(chunk, static_cast<size_t>(got));
    }
    return line.substr(0, line.find('\n'));
}

Result<json> ask_daemon(const std::string &socket, const json &request, base::milliseconds timeout)
{
    auto fd = base::connect_unix(socket);
    if (!fd)
        return std::move(fd).error().context("no daemon");
    std::string line = request.dump() + "\n";
    if (send(fd->get(), line.data(), line.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(line.size()))
        return Error::from_errno(errno, socket);
    auto text = read_line(fd->get(), timeout);
    if (!text)
        return std::move(text).error();
    json reply = json::parse(*text, nullptr, false);
    if (!reply.is_object() || !reply.contains("ok"))
        return Error("the daemon's answer is not understood", EBADMSG);
    if (reply["ok"] != true)
        return Error(reply.value("error", std::string("refused")), EREMOTEIO);
    return reply;
}

bool is_daemon_absent(const Error &error)
{
    return error.code() == ECONNREFUSED || error.code() == ENOENT;
}

}  // namespace dlm::cli
