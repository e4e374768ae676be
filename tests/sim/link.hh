/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The other nodes as one simulated node sees them: a session each, and a
 * connection that can be lost at any time with all that is under way on it.
 */
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <vector>

extern "C" {
#include "session/receive.h"
#include "session/send.h"
#include "session/session.h"
}

#include "pure.hh"

namespace dlm::sim {

class Space;

class Links {
public:
    explicit Links(Space &space);
    ~Links();

    void send(int to, const std::vector<uint8_t> &bytes);
    /* Bytes of one message on the current connection. */
    void arrived(int from, const std::vector<uint8_t> &bytes);
    void member_added(int nodeid);
    void member_removed(int nodeid);
    void forget(int nodeid); /* it was fenced */
    void connection_lost(int nodeid);
    void connection_up(int nodeid);
    uint32_t unacked(int nodeid);

private:
    struct Peer {
        dlm_session session{};
        dlm_frame *ack = nullptr;
        dlm_frame *fin = nullptr;
        bool up = false;
        bool connecting = false;
        bool pump_due = false;
        uint64_t tick_due = 0;
    };

    Peer &peer(int nodeid);
    void pump(int nodeid);
    void pump_soon(int nodeid);
    void after_event(int nodeid, list_head *done);
    uint64_t now_ms() const;

    Space &space_;
    std::map<int, std::unique_ptr<Peer>> peers_;
};

}  // namespace dlm::sim
