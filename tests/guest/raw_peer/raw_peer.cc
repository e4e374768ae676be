// SPDX-License-Identifier: GPL-2.0-or-later
#include "raw_peer/raw_peer.h"

#include <sstream>
#include <thread>

extern "C" {
#include "wire/encode.h"
#include "wire/frame.h"
#include "wire/names.h"
}

namespace dlm::guest {
namespace {

constexpr int port = 21064;
constexpr Milliseconds quiet{30};
constexpr std::uint32_t no_lockspace = 0x0badc0de;
// Compared without regard to wraps it comes before any number that a test reaches.
constexpr std::uint32_t long_used = 0xffffffff;
// Own bits of a member whose recovery is over: NODES, DIR, LOCKS, DONE.
constexpr std::int32_t recovered = 0x55;

std::string hex(const Bytes &bytes)
{
    static const char digits[] = "0123456789abcdef";
    std::string text;
    for (std::uint8_t byte : bytes) {
        text += digits[byte >> 4];
        text += digits[byte & 15];
    }
    return text;
}

void append_hex(Bytes &bytes, const std::string &text)
{
    for (std::size_t i = 0; i + 1 < text.size(); i += 2)
        bytes.push_back(static_cast<std::uint8_t>(std::stoi(text.substr(i, 2), nullptr, 16)));
}

Outcome understood(const std::string &line, const std::string &answer)
{
    if (answer == "ok")
        return ok();
    return fail() << "raw peer: " << line.substr(0, 60) << ": " << answer;
}

}  // namespace

Outcome RawPeer::start()
{
    command_ = node_.start("exec raw-peer", "", true);
    running_ = true;
    read_ = 0;
    return understood("close", ask("close"));
}

void RawPeer::stop()
{
    if (running_)
        command_.close_stdin();
    running_ = false;
}

std::string RawPeer::ask(const std::string &line)
{
    const auto end = Clock::now() + command_deadline;
    command_.write(line + "\n");
    for (;;) {
        const std::string out = command_.out_so_far();
        if (const auto at = out.find('\n', read_); at != std::string::npos) {
            std::string answer = out.substr(read_, at - read_);
            read_ = at + 1;
            return answer;
        }
        if (!command_.running() || Clock::now() > end)
            return "no answer";
        std::this_thread::sleep_for(Milliseconds(1));
    }
}

Outcome RawPeer::connect(const std::string &from, const std::string &to)
{
    partial_.clear();
    const std::string line = "open " + from + " " + to + " " + std::to_string(port);
    Outcome open = understood(line, ask(line));
    end_ = open ? End::open : End::eof;
    return open;
}

Outcome RawPeer::send(const Bytes &bytes)
{
    const std::string line = "send " + hex(bytes);
    return understood(line, ask(line));
}

std::vector<Bytes> RawPeer::receive(Milliseconds pause)
{
    std::istringstream words(ask("read " + std::to_string(pause.count())));
    std::string verb, data, how;
    std::vector<Bytes> messages;
    words >> verb >> data >> how;
    if (data != "-")
        append_hex(partial_, data);
    end_ = how == "open" ? End::open : how == "reset" ? End::reset : End::eof;
    std::size_t done = 0, length = 0;
    while (dlm_frame_next(partial_.data() + done, partial_.size() - done, &length) ==
           DLM_FRAME_MESSAGE) {
        const auto at = partial_.begin() + static_cast<std::ptrdiff_t>(done);
        messages.emplace_back(at, at + static_cast<std::ptrdiff_t>(length));
        done += length;
    }
    partial_.erase(partial_.begin(), partial_.begin() + static_cast<std::ptrdiff_t>(done));
    return messages;
}

Outcome RawPeer::knock(const std::string &from, const std::string &to, int count, int &ended,
                       Milliseconds &took)
{
    const std::string answer =
        ask("knock " + from + " " + to + " " + std::to_string(port) + " " + std::to_string(count));
    std::istringstream words(answer);
    std::string verb;
    long ms = 0;
    if (!(words >> verb >> ms >> ended))
        return fail() << "raw peer: knock: " << answer;
    took = Milliseconds(ms);
    return ok();
}

Outcome RawSession::connect()
{
    if (Outcome open = peer_.connect(from_, to_); !open)
        return open;
    return synchronize();
}

Outcome RawSession::synchronize()
{
    ack_came_ = fin_came_ = false;
    Outcome came = fail();
    // An answer may have gone to the connection before this one.
    for (int i = 0; i < 5 && (!ack_came_ || fin_came_); i++) {
        ack_came_ = fin_came_ = false;
        // What is not numbered opens the association.
        if (Outcome sent = send(status(no_lockspace, ++hello_)); !sent)
            return sent;
        if (Outcome sent = probe(); !sent)
            return sent;
        came = wait(
            "the number that the other side expects", [&] { return ack_came_; }, Seconds(6));
        // Acknowledges the end of an association that there was; the next one starts at 0.
        pump();
        if (!is_open())
            break;
    }
    next_ = acked_;
    return came;
}

Outcome RawSession::send_numbered(Bytes message)
{
    dlm_wire_set_seq(message.data(), next_++);
    return send(message);
}

Outcome RawSession::probe()
{
    Bytes message =
        rcom(no_lockspace,
             {.type = DLM_RCOM_LOOKUP, .result = 0, .id = 1, .seq = 1, .seq_reply = 0}, "probe");
    dlm_wire_set_seq(message.data(), long_used);
    return send(message);
}

Outcome RawSession::answer(const dlm_in &in)
{
    dlm_rcom reply{};
    Bytes payload;
    reply.id = in.rcom.id;
    reply.seq = 1;
    reply.seq_reply = in.rcom.seq;
    if (in.rcom.type == DLM_RCOM_STATUS) {
        dlm_rcom_config config{};
        config.lvblen = 32;
        payload.resize(DLM_WIRE_RCOM_CONFIG_SIZE);
        dlm_wire_put_rcom_config(payload.data(), &config);
        reply.type = DLM_RCOM_STATUS_REPLY;
        reply.result = recovered;
    } else if (in.rcom.type == DLM_RCOM_NAMES) {
        dlm_names_writer writer;
        payload.resize(DLM_WIRE_NAMES_LEN);
        dlm_names_writer_init(&writer, payload.data());
        dlm_names_finish(&writer);
        reply.type = DLM_RCOM_NAMES_REPLY;
    } else {
        return ok();
    }
    return send(rcom(in.hdr.lockspace, reply, std::string(payload.begin(), payload.end())));
}

void RawSession::pump()
{
    bool numbered = false;
    for (Bytes &bytes : peer_.receive(quiet)) {
        Heard one{std::move(bytes), {}};
        const auto verdict = dlm_wire_decode(one.bytes.data(), one.bytes.size(), &one.in);
        EXPECT_EQ(verdict, DLM_WIRE_OK) << "the node itself sends " << hex(one.bytes);
        if (verdict != DLM_WIRE_OK)
            continue;
        if (one.in.hdr.cmd == DLM_CMD_ACK) {
            acked_ = one.in.seq;
            ack_came_ = true;
        }
        if (one.in.flags & DLM_IN_SEQUENCED) {
            numbered = true;
            fin_came_ |= one.in.hdr.cmd == DLM_CMD_FIN;
            // The other side starts anew when an association has ended.
            expected_ = one.in.seq + 1;
        }
        if (one.in.hdr.cmd == DLM_CMD_RCOM && is_open())
            answer(one.in);
        heard_.push_back(std::move(one));
    }
    if (!numbered || !is_open())
        return;
    Bytes ack(DLM_WIRE_HEADER_SIZE);
    dlm_wire_encode_ack(ack.data(), ack.size(), nodeid_, expected_);
    send(ack);
}

Outcome RawSession::wait(const std::string &what, const std::function<bool()> &condition,
                         Milliseconds deadline)
{
    const auto end = Clock::now() + deadline;
    for (;;) {
        pump();
        if (condition())
            return ok();
        if (!is_open())
            return fail() << "the connection ended before: " << what;
        if (Clock::now() > end)
            return fail() << "did not come: " << what;
    }
}

Bytes RawSession::msg(std::uint32_t lockspace, const dlm_msg &msg, const std::string &extra) const
{
    const dlm_wire_from from = {lockspace, nodeid_, 0};
    Bytes buf(DLM_WIRE_MAX);
    buf.resize(
        dlm_wire_encode_msg(buf.data(), buf.size(), &from, &msg, extra.data(), extra.size()));
    return buf;
}

Bytes RawSession::rcom(std::uint32_t lockspace, const dlm_rcom &rcom,
                       const std::string &extra) const
{
    const dlm_wire_from from = {lockspace, nodeid_, 0};
    Bytes buf(DLM_WIRE_MAX);
    buf.resize(
        dlm_wire_encode_rcom(buf.data(), buf.size(), &from, &rcom, extra.data(), extra.size()));
    return buf;
}

Bytes RawSession::status(std::uint32_t lockspace, std::uint64_t id) const
{
    std::string payload(DLM_WIRE_RCOM_STATUS_SIZE, '\0');
    return rcom(lockspace,
                {.type = DLM_RCOM_STATUS, .result = 0, .id = id, .seq = 1, .seq_reply = 0},
                payload);
}

}  // namespace dlm::guest
