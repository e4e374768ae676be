// SPDX-License-Identifier: GPL-2.0-or-later
// PeerConnection: one TCP connection to another daemon, as frames. It knows nothing of what they
// mean.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/unique_fd.h"
#include "daemon/event_loop.h"
#include "daemon/frame_stream.h"
#include "daemon/message_json.h"
#include "lib/socket_address.h"

namespace dlm::daemon {

class PeerConnection {
public:
    struct Handlers {
        std::function<void(PeerConnection &)> connected;
        std::function<void(PeerConnection &, const std::string &frame)> frame;
        std::function<void(PeerConnection &, const std::string &reason)> closed;  // once
    };

    // `fd` is non-blocking; `connecting` says that connect() is still under way.
    static base::Result<std::shared_ptr<PeerConnection>> start(EventLoop &loop, base::unique_fd fd,
                                                               bool connecting, int node,
                                                               Handlers handlers);

    void send(const Frame &frame);
    // No handler is called after it. The object may be destroyed only outside of its handlers.
    void close();
    // Sends what is queued, then nothing more.
    bool flushed() const { return out_.empty(); }

    int node() const { return node_; }
    bool connecting() const { return connecting_; }
    base::milliseconds age() const;
    base::milliseconds silence() const;

    // Set by the owner: our hello was sent and the peer's was accepted.
    bool up = false;
    // As the owner's hello gave it.
    std::string instance;

private:
    void ready(uint32_t events);
    void finish_connect();
    void receive();
    void flush();
    void fail(const std::string &reason);

    base::unique_fd fd_;
    std::unique_ptr<IoSource> source_;
    int node_ = 0;
    bool connecting_ = false;
    bool closed_ = false;
    Handlers handlers_;
    FrameStream in_;
    std::string out_;
    base::Clock::time_point made_ = base::Clock::now();
    base::Clock::time_point heard_ = base::Clock::now();
};

}  // namespace dlm::daemon
