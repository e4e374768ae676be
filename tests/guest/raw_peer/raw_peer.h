// SPDX-License-Identifier: GPL-2.0-or-later
//
// A peer made of bytes: a node that runs no lock manager but speaks to one, well or badly, as the
// test says. RawPeer is the connection, by guest_raw_peer.cc in the guest; RawSession numbers and
// acknowledges as the protocol wants it, and answers what a recovery asks of a member that has
// nothing.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

extern "C" {
#include "gen/dlm_wire.h"
#include "wire/decode.h"
}

#include "harness/node.h"

namespace dlm::guest {

using Bytes = std::vector<std::uint8_t>;

enum class End { open, eof, reset };

class RawPeer {
public:
    explicit RawPeer(Node &node) : node_(node) {}
    ~RawPeer() { stop(); }
    RawPeer(const RawPeer &) = delete;
    RawPeer &operator=(const RawPeer &) = delete;

    Outcome start();
    void stop();
    // From that address of the node; a connection that was open is closed.
    Outcome connect(const std::string &from, const std::string &to);
    Outcome send(const Bytes &bytes);
    // Whole messages, until nothing came for that time; end() tells how it ended.
    std::vector<Bytes> receive(Milliseconds quiet);
    End end() const { return end_; }
    // Several connections one after the other: how many were ended by the other side.
    Outcome knock(const std::string &from, const std::string &to, int count, int &ended,
                  Milliseconds &took);

private:
    std::string ask(const std::string &line);

    Node &node_;
    Command command_;
    bool running_ = false;
    std::size_t read_ = 0;  // bytes of the program's output already taken
    Bytes partial_;
    End end_ = End::eof;
};

// One message from the other side, decoded; in points into bytes.
struct Heard {
    Bytes bytes;
    dlm_in in;
};

class RawSession {
public:
    RawSession(RawPeer &peer, std::string from, std::string to, std::uint32_t nodeid)
        : peer_(peer), from_(std::move(from)), to_(std::move(to)), nodeid_(nodeid)
    {
    }

    std::uint32_t nodeid() const { return nodeid_; }
    // A connection, and the number that the other side expects next.
    Outcome connect();
    // The same on the connection that there is.
    Outcome synchronize();
    bool is_open() const { return peer_.end() == End::open; }
    End end() const { return peer_.end(); }

    std::uint32_t next() const { return next_; }
    void skip(std::uint32_t numbers) { next_ += numbers; }
    // As they are.
    Outcome send(const Bytes &bytes) { return peer_.send(bytes); }
    // With the next number.
    Outcome send_numbered(Bytes message);
    // Asks for an acknowledgement now: a number that has long been used.
    Outcome probe();
    std::uint32_t acked() const { return acked_; }

    // Receives, acknowledges, answers; what came is kept.
    void pump();
    Outcome wait(const std::string &what, const std::function<bool()> &condition,
                 Milliseconds deadline = Seconds(30));
    const std::vector<Heard> &heard() const { return heard_; }
    void forget_heard() { heard_.clear(); }

    // A message to be sent with send() or send_numbered().
    Bytes msg(std::uint32_t lockspace, const dlm_msg &msg, const std::string &extra = "") const;
    Bytes rcom(std::uint32_t lockspace, const dlm_rcom &rcom, const std::string &extra = "") const;
    Bytes status(std::uint32_t lockspace, std::uint64_t id) const;

private:
    Outcome answer(const dlm_in &in);

    RawPeer &peer_;
    const std::string from_, to_;
    const std::uint32_t nodeid_;
    std::uint32_t next_ = 0;
    std::uint32_t acked_ = 0;
    bool ack_came_ = false;
    bool fin_came_ = false;
    std::uint32_t expected_ = 0;        // number of the other side
    std::uint64_t hello_ = 0x4e110000;  // id of the last STATUS
    std::vector<Heard> heard_;
};

}  // namespace dlm::guest
