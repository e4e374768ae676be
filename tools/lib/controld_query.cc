// SPDX-License-Identifier: LGPL-2.1-or-later
// One request to dlm_controld. All numbers are in the host's byte order: both ends are on it.
#include "lib/controld_query.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <poll.h>
#include <sys/socket.h>

#include "base/unix_socket.h"

namespace dlm::lib {

using base::Error;
using base::Result;

namespace {

constexpr uint32_t controld_magic = 0xd13cd13c;
constexpr uint32_t controld_version = 0x00010001;
// Far above what the daemon has room for.
constexpr uint32_t max_answer = 64 << 20;

struct ControldHeader {
    uint32_t magic;
    uint32_t version;  // the upper half must be equal
    uint32_t command;
    uint32_t option;
    uint32_t length;  // of the whole message
    int32_t data;     // of an answer: a result
    uint32_t flags;
    uint32_t unused;
    char name[64];
};
static_assert(sizeof(ControldHeader) == 96);

Result<ControldHeader> request_header(ControldQuery query, const std::string &lockspace)
{
    ControldHeader header{};
    if (lockspace.size() > sizeof header.name)
        return Error(fmt::format("\"{}\" is too long for the name of a lockspace", lockspace),
                     ENAMETOOLONG);
    header.magic = controld_magic;
    header.version = controld_version;
    header.command = static_cast<uint32_t>(query);
    header.length = sizeof header;
    memcpy(header.name, lockspace.data(), lockspace.size());
    return header;
}

// So many bytes more; fewer if the daemon closes the connection.
Result<std::string> receive_bytes(int fd, size_t length, const base::Deadline &deadline)
{
    std::string bytes;
    while (bytes.size() < length) {
        pollfd wait{fd, POLLIN, 0};
        int ready = poll(&wait, 1, static_cast<int>(deadline.left().count()));
        if (ready == 0)
            return Error("dlm_controld does not answer", ETIMEDOUT);
        char chunk[16384];
        ssize_t got =
            ready < 0 ? -1 : recv(fd, chunk, std::min(sizeof chunk, length - bytes.size()), 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return Error::from_errno(errno, "dlm_controld");
        if (got == 0)
            break;
        bytes.append(chunk, static_cast<size_t>(got));
    }
    return bytes;
}

Error bad_answer()
{
    return Error("the answer of dlm_controld is not understood", EBADMSG);
}

Result<std::string> receive_text(int fd, ControldQuery query, const base::Deadline &deadline)
{
    auto bytes = receive_bytes(fd, sizeof(ControldHeader), deadline);
    if (!bytes)
        return bytes;
    if (bytes->empty())
        return Error("dlm_controld closed the connection without an answer", ECONNRESET);
    ControldHeader header;
    if (bytes->size() < sizeof header)
        return bad_answer();
    memcpy(&header, bytes->data(), sizeof header);
    if (header.magic != controld_magic || header.version >> 16 != controld_version >> 16 ||
        header.command != static_cast<uint32_t>(query) || header.length < sizeof header ||
        header.length > max_answer)
        return bad_answer();
    if (header.data < 0)
        return Error::from_errno(-header.data, "dlm_controld");
    const size_t length = header.length - sizeof header;
    auto text = receive_bytes(fd, length, deadline);
    if (text && text->size() < length)
        return Error("the answer of dlm_controld is cut off", EBADMSG);
    return text;
}

}  // namespace

Result<std::string> query_controld(const std::string &socket, ControldQuery query,
                                   const std::string &lockspace, base::milliseconds timeout)
{
    const base::Deadline deadline(timeout);
    auto header = request_header(query, lockspace);
    if (!header)
        return std::move(header).error();
    auto fd = base::connect_unix(socket);
    if (!fd && fd.error().code() == ENOENT)
        return Error("no dlm_controld: " + fd.error().message(), ECONNREFUSED);
    if (!fd)
        return std::move(fd).error().context("no dlm_controld");
    // As small as this, it is taken whole.
    if (send(fd->get(), &*header, sizeof *header, MSG_NOSIGNAL) !=
        static_cast<ssize_t>(sizeof *header))
        return Error::from_errno(errno, socket);
    return receive_text(fd->get(), query, deadline);
}

}  // namespace dlm::lib
