// SPDX-License-Identifier: GPL-2.0-or-later
// PeerNetwork: links to the daemons of all other nodes. The node with the higher id connects. A
// connection is taken only from a configured address, and is a link once both have accepted the
// other's hello. A lost link says nothing about the life of the node.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "daemon/config.h"
#include "daemon/event_loop.h"
#include "daemon/membership.h"
#include "daemon/peer_connection.h"

namespace dlm::daemon {

class PeerListener {
public:
    virtual ~PeerListener() = default;
    virtual HelloAnswer peer_hello(int node, const std::string &boot) = 0;
    virtual void peer_up(int node) = 0;
    virtual void peer_down(int node) = 0;
    virtual void peer_message(int node, const Message &message) = 0;
    virtual std::string own_instance() = 0;
    // This instance of ours was declared dead, says the peer.
    virtual void peer_declared_us_dead(int node, const std::string &instance) = 0;
};

class PeerNetwork {
public:
    PeerNetwork(EventLoop &loop, const Config &config, int self, PeerListener &listener);
    ~PeerNetwork();

    // Binds the daemon port on each of our own addresses.
    base::Result<void> open();
    void send(int node, const Message &message);
    void close_link(int node);
    // No new connections from now on; links that are there stay until the object goes.
    void quiesce(bool on) { quiesced_ = on; }
    bool flushed() const;

    // Why there is no link; empty when there is one.
    std::string problem(int node) const;

private:
    using Connection = std::shared_ptr<PeerConnection>;

    base::Result<void> listen_on(const lib::SocketAddress &address);
    void accept_one(int listener_fd);
    std::optional<int> node_at(const lib::SocketAddress &address) const;
    void connect_to(int node);
    base::Result<Connection> begin_connect(int node, const lib::SocketAddress &to);
    base::Result<Connection> adopt(base::unique_fd fd, bool connecting, int node);
    void say_hello(PeerConnection &connection);
    void got_frame(PeerConnection &connection, const std::string &frame);
    void got_hello(PeerConnection &connection, const Hello &hello);
    std::string check_hello(const PeerConnection &connection, const Hello &hello) const;
    void refuse(PeerConnection &connection, bool declared_dead, const std::string &reason);
    void drop(PeerConnection &connection, const std::string &reason);
    void note(int node, const std::string &problem);
    void tick();

    EventLoop &loop_;
    const Config &config_;
    const int self_;
    PeerListener &listener_;
    bool quiesced_ = false;
    std::vector<base::unique_fd> listener_fds_;
    std::vector<std::unique_ptr<IoSource>> listener_sources_;
    std::unique_ptr<TimerSource> ticker_;
    std::vector<Connection> connections_;  // all that are open, several per node for a moment
    std::vector<Connection> closed_;       // destroyed at the next tick, outside of their handlers
    std::map<int, std::string> problems_;
    std::map<int, size_t> next_address_;
    base::Clock::time_point stranger_noted_{};
};

}  // namespace dlm::daemon
