// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/event_stream.h"

#include <cerrno>
#include <cstring>

#include <linux/dlm_netlink.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>
#include <poll.h>

#include "linux/dlm_events.h"

namespace dlm::lib {

using base::Error;
using base::Result;

static Error failed(int code, const char *what)
{
    return Error(std::string(what) + ": " + nl_geterror(code));
}

static std::string text_of(nlattr *attribute)
{
    return attribute ? std::string(nla_get_string(attribute)) : std::string();
}

static std::uint32_t number_of(nlattr *attribute)
{
    return attribute ? nla_get_u32(attribute) : 0;
}

static std::optional<KernelEvent> parse_late(nlattr **attributes)
{
    dlm_lock_data data;
    nlattr *raw = attributes[DLM_TYPE_LOCK];
    if (!raw || nla_len(raw) < static_cast<int>(sizeof(data)))
        return std::nullopt;
    std::memcpy(&data, nla_data(raw), sizeof(data));
    if (data.version != DLM_LOCK_DATA_VERSION || data.resource_namelen < 0 ||
        data.resource_namelen > DLM_RESNAME_MAXLEN)
        return std::nullopt;
    LateLock late;
    late.lockspace = text_of(attributes[DLM_EVENT_A_LOCKSPACE]);
    late.lockspace_id = data.lockspace_id;
    late.master = data.nodeid;
    late.pid = data.ownpid;
    late.id = data.id;
    late.remote_id = data.remid;
    late.converts = data.status == DLM_STATUS_CONVERT;
    late.granted = data.grmode;
    late.requested = data.rqmode;
    late.waited = std::chrono::microseconds(data.timestamp);
    late.resource.assign(data.resource_name, static_cast<std::size_t>(data.resource_namelen));
    return late;
}

static std::optional<Wait> parse_wait(nlattr *nest)
{
    nlattr *w[DLM_EVENT_W_MAX + 1];
    if (nla_parse_nested(w, DLM_EVENT_W_MAX, nest, nullptr) < 0)
        return std::nullopt;
    Wait wait;
    wait.node = number_of(w[DLM_EVENT_W_NODE]);
    wait.lock = number_of(w[DLM_EVENT_W_LOCK]);
    wait.mode = static_cast<int>(number_of(w[DLM_EVENT_W_MODE]));
    wait.waited = std::chrono::milliseconds(number_of(w[DLM_EVENT_W_WAITED_MS]));
    wait.master = number_of(w[DLM_EVENT_W_MASTER]);
    wait.by_node = number_of(w[DLM_EVENT_W_BY_NODE]);
    wait.by_lock = number_of(w[DLM_EVENT_W_BY_LOCK]);
    if (nlattr *name = w[DLM_EVENT_W_RESOURCE])
        wait.resource.assign(static_cast<const char *>(nla_data(name)),
                             static_cast<std::size_t>(nla_len(name)));
    return wait;
}

static std::optional<KernelEvent> parse_deadlock(nlmsghdr *message, nlattr **attributes)
{
    Deadlock deadlock;
    deadlock.lockspace = text_of(attributes[DLM_EVENT_A_LOCKSPACE]);
    deadlock.victim = number_of(attributes[DLM_EVENT_A_VICTIM]);
    auto *head = static_cast<genlmsghdr *>(nlmsg_data(message));
    nlattr *attribute;
    int rest;
    nla_for_each_attr(attribute, genlmsg_attrdata(head, 0), genlmsg_attrlen(head, 0), rest)
    {
        if (nla_type(attribute) != DLM_EVENT_A_WAIT)
            continue;
        auto wait = parse_wait(attribute);
        if (!wait)
            return std::nullopt;
        deadlock.waits.push_back(*std::move(wait));
    }
    if (deadlock.victim >= deadlock.waits.size())
        return std::nullopt;
    return deadlock;
}

std::optional<KernelEvent> parse_event(nlmsghdr *message)
{
    nlattr *attributes[DLM_EVENT_A_MAX + 1];
    if (!genlmsg_valid_hdr(message, 0) ||
        genlmsg_parse(message, 0, attributes, DLM_EVENT_A_MAX, nullptr) < 0)
        return std::nullopt;
    switch (static_cast<genlmsghdr *>(nlmsg_data(message))->cmd) {
    case DLM_CMD_TIMEOUT:
    case DLM_EVENT_LATE: return parse_late(attributes);
    case DLM_EVENT_DEADLOCK: return parse_deadlock(message, attributes);
    default: return std::nullopt;
    }
}

void EventStream::Free::operator()(nl_sock *socket) const
{
    nl_socket_free(socket);
}

Result<EventStream::Socket> EventStream::connect()
{
    Socket socket(nl_socket_alloc());
    if (!socket)
        return Error("no memory for a netlink socket", ENOMEM);
    if (const int code = genl_connect(socket.get()); code < 0)
        return failed(code, "generic netlink");
    // Events are answers to no question.
    nl_socket_disable_seq_check(socket.get());
    return socket;
}

Result<EventStream> EventStream::open()
{
    auto socket = connect();
    if (!socket)
        return std::move(socket).error();
    const int group = genl_ctrl_resolve_grp(socket->get(), DLM_GENL_NAME, DLM_EVENTS_GROUP);
    if (group < 0)
        return Error("the kernel has no events of the lock manager: is the module loaded?", ENOENT);
    if (const int code = nl_socket_add_membership(socket->get(), group); code < 0)
        return failed(code, "joining the group of events");
    return EventStream(std::move(*socket));
}

Result<EventStream> EventStream::open_listener()
{
    auto socket = connect();
    if (!socket)
        return std::move(socket).error();
    const int family = genl_ctrl_resolve(socket->get(), DLM_GENL_NAME);
    if (family < 0)
        return Error("the kernel has no warnings of the lock manager: is the module loaded?",
                     ENOENT);
    int code = genl_send_simple(socket->get(), family, DLM_CMD_HELLO, DLM_GENL_VERSION, 0);
    if (code >= 0)
        code = nl_wait_for_ack(socket->get());
    if (code < 0)
        return failed(code, "saying HELLO");
    return EventStream(std::move(*socket));
}

// The first event of what came in one read; the kernel sends one message at a time.
static int take(nl_msg *message, void *into)
{
    auto &event = *static_cast<std::optional<KernelEvent> *>(into);
    if (!event)
        event = parse_event(nlmsg_hdr(message));
    return NL_OK;
}

Result<std::optional<KernelEvent>> EventStream::next(std::chrono::milliseconds timeout)
{
    std::optional<KernelEvent> event;
    const auto end = std::chrono::steady_clock::now() + timeout;
    nl_socket_modify_cb(socket_.get(), NL_CB_VALID, NL_CB_CUSTOM, take, &event);
    while (!event) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            end - std::chrono::steady_clock::now());
        pollfd fd{nl_socket_get_fd(socket_.get()), POLLIN, 0};
        const int ready = poll(&fd, 1, left.count() > 0 ? static_cast<int>(left.count()) : 0);
        if (ready < 0)
            return Error::from_errno(errno, "waiting for events");
        if (ready == 0)
            break;
        const int code = nl_recvmsgs_default(socket_.get());
        if (code < 0 && code != -NLE_NOMEM)
            return failed(code, "reading events");
    }
    return event;
}

}  // namespace dlm::lib
