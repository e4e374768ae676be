// SPDX-License-Identifier: GPL-2.0-or-later
// The end of a session that the tests of this directory use.
#include "session/end.h"

#include <cstdlib>
#include <cstring>

namespace dlm::session::test {

namespace {

constexpr std::uint32_t lockspace = 0x5a17c0de;

std::size_t encode_purge(std::uint8_t *buf, std::size_t size, std::uint32_t nodeid,
                         std::uint32_t seq, std::uint32_t value)
{
    dlm_wire_from from = {};
    from.lockspace = lockspace;
    from.nodeid = nodeid;
    from.seq = seq;
    dlm_msg m = {};
    m.type = DLM_MSG_PURGE;
    m.nodeid = 1;
    m.pid = value;
    return dlm_wire_encode_msg(buf, size, &from, &m, nullptr, 0);
}

std::size_t encode_status(std::uint8_t *buf, std::size_t size, std::uint32_t nodeid,
                          std::uint32_t value)
{
    dlm_wire_from from = {};
    from.lockspace = lockspace;
    from.nodeid = nodeid;
    dlm_rcom rc = {};
    rc.type = DLM_RCOM_STATUS;
    rc.id = value;
    std::uint8_t payload[DLM_WIRE_RCOM_STATUS_SIZE] = {};
    return dlm_wire_encode_rcom(buf, size, &from, &rc, payload, sizeof(payload));
}

}  // namespace

End::End(int nodeid, std::uint32_t limit)
    : nodeid_(static_cast<std::uint32_t>(nodeid)), ack_(allocate(16)), fin_(allocate(40))
{
    frames_ = 0;
    dlm_session_init(&s, ack_, fin_, limit);
    dlm_session_open(&s, nodeid_);
}

End::~End()
{
    restart();
    forget();
    std::free(ack_);
    std::free(fin_);
}

dlm_frame *End::allocate(std::size_t size)
{
    auto *frame = static_cast<dlm_frame *>(std::calloc(1, sizeof(dlm_frame) + size));
    frame->size = static_cast<std::uint16_t>(size);
    frame->len = frame->size;
    frames_++;
    return frame;
}

void End::free_all(list_head *list)
{
    while (!list_empty(list)) {
        dlm_frame *frame = list_first_entry(list, dlm_frame, link);
        list_del(&frame->link);
        std::free(frame);
        frames_--;
    }
}

int End::queue(dlm_frame *frame)
{
    int err = dlm_session_queue(&s, frame);
    if (err) {
        std::free(frame);
        frames_--;
    }
    return err;
}

int End::send(std::uint32_t value)
{
    dlm_frame *frame = allocate(dlm_wire_msg_size(0));
    frame->len =
        static_cast<std::uint16_t>(encode_purge(frame->data, frame->size, nodeid_, 0, value));
    return queue(frame);
}

int End::send_status(std::uint32_t value)
{
    dlm_frame *frame = allocate(dlm_wire_rcom_size(DLM_RCOM_STATUS, DLM_WIRE_RCOM_STATUS_SIZE));
    frame->len =
        static_cast<std::uint16_t>(encode_status(frame->data, frame->size, nodeid_, value));
    return queue(frame);
}

std::size_t End::take(std::uint32_t max)
{
    LIST_HEAD(batch);
    dlm_session_take(&s, &batch, max);
    while (!list_empty(&batch)) {
        dlm_frame *frame = list_first_entry(&batch, dlm_frame, link);
        list_del(&frame->link);
        batch_.push_back(frame);
    }
    return batch_.size();
}

std::vector<Bytes> End::write(std::size_t nr)
{
    std::vector<Bytes> out;
    while (nr-- && !batch_.empty()) {
        dlm_frame *frame = batch_.front();
        batch_.pop_front();
        out.emplace_back(frame->data, frame->data + frame->len);
        call([&](auto *done) { dlm_session_written(&s, frame, done); });
    }
    return out;
}

void End::restart()
{
    LIST_HEAD(batch);
    for (dlm_frame *frame : batch_)
        list_add_tail(&frame->link, &batch);
    batch_.clear();
    call([&](auto *done) { dlm_session_restart(&s, &batch, done); });
}

std::vector<Bytes> End::flush()
{
    std::vector<Bytes> out;
    while (batch() || dlm_session_can_send(&s)) {
        if (!batch())
            take();
        for (auto &message : write())
            out.push_back(std::move(message));
    }
    return out;
}

void End::receive(const Bytes &message)
{
    dlm_in in = {};
    if (dlm_wire_decode(message.data(), message.size(), &in) != DLM_WIRE_OK)
        std::abort();
    if (in.hdr.cmd == DLM_CMD_ACK) {
        call([&](auto *done) { dlm_session_acked(&s, in.seq, now, done); });
        return;
    }
    bool deliver = false;
    call([&](auto *done) {
        if (in.flags & DLM_IN_SEQUENCED)
            deliver = dlm_session_receive_sequenced(&s, in.seq, in.hdr.cmd == DLM_CMD_FIN, now,
                                                    done) == DLM_SESSION_DELIVER;
        else
            deliver = dlm_session_receive(&s, now, done) == DLM_SESSION_DELIVER;
    });
    if (!deliver)
        return;
    if (in.hdr.cmd == DLM_CMD_MSG)
        delivered.push_back(in.msg.pid);
    else
        statuses.push_back(static_cast<std::uint32_t>(in.rcom.id));
}

void End::receive(const std::vector<Bytes> &messages)
{
    for (const Bytes &message : messages)
        receive(message);
}

std::string describe(const Bytes &message)
{
    dlm_in in = {};
    if (dlm_wire_decode(message.data(), message.size(), &in) != DLM_WIRE_OK)
        return "malformed";
    switch (in.hdr.cmd) {
    case DLM_CMD_ACK: return "ACK " + std::to_string(in.seq);
    case DLM_CMD_FIN: return "FIN " + std::to_string(in.seq);
    case DLM_CMD_MSG: return "MSG " + std::to_string(in.seq);
    default: return "STATUS";
    }
}

std::vector<std::string> describe(const std::vector<Bytes> &messages)
{
    std::vector<std::string> out;
    for (const Bytes &message : messages)
        out.push_back(describe(message));
    return out;
}

Bytes ack(std::uint32_t seq)
{
    Bytes out(DLM_WIRE_HEADER_SIZE);
    dlm_wire_encode_ack(out.data(), out.size(), 2, seq);
    return out;
}

Bytes fin(std::uint32_t seq)
{
    Bytes out(DLM_WIRE_OPTS_SIZE + DLM_WIRE_HEADER_SIZE);
    dlm_wire_encode_fin(out.data(), out.size(), 2, seq);
    return out;
}

Bytes msg(std::uint32_t seq, std::uint32_t value)
{
    Bytes out(dlm_wire_msg_size(0));
    encode_purge(out.data(), out.size(), 2, seq, value);
    return out;
}

Bytes status()
{
    Bytes out(dlm_wire_rcom_size(DLM_RCOM_STATUS, DLM_WIRE_RCOM_STATUS_SIZE));
    encode_status(out.data(), out.size(), 2, 0);
    return out;
}

void exchange(End &a, End &b)
{
    for (bool busy = true; busy;) {
        auto to_b = a.flush();
        auto to_a = b.flush();
        b.receive(to_b);
        a.receive(to_a);
        busy = !to_a.empty() || !to_b.empty();
    }
}

void establish(End &a, End &b)
{
    a.add();
    b.add();
    a.send_status(0);
    b.send_status(0);
    exchange(a, b);
    a.statuses.clear();
    b.statuses.clear();
}

}  // namespace dlm::session::test
