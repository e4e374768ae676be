// SPDX-License-Identifier: GPL-2.0-or-later
// ControlSocket: the unix socket on which dlm_tool asks. One JSON object per line each way.
// Everybody may connect; whoever serves a request is told whether the peer may change things.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <string>

#include <nlohmann/json.hpp>

#include "base/unique_fd.h"
#include "daemon/event_loop.h"

namespace dlm::daemon {

class ControlSocket {
public:
    // May the peer change things: root, or the user that the daemon runs as.
    using Serve = std::function<nlohmann::json(const nlohmann::json &request, bool may_change)>;

    static base::Result<std::unique_ptr<ControlSocket>> open(EventLoop &loop,
                                                             const std::string &path, Serve serve);
    ~ControlSocket();

    static nlohmann::json failure(const std::string &text);

private:
    struct Client {
        base::unique_fd fd;
        std::unique_ptr<IoSource> source;
        bool may_change = false;
        bool gone = false;
        std::string in, out;
    };

    ControlSocket(EventLoop &loop, std::string path, Serve serve)
        : loop_(loop), path_(std::move(path)), serve_(std::move(serve))
    {
    }
    void accept_one();
    void ready(Client &client, uint32_t events);
    void receive(Client &client);
    void flush(Client &client);
    void leave(Client &client);
    std::string answer(const Client &client, const std::string &line) const;

    EventLoop &loop_;
    std::string path_;
    Serve serve_;
    base::unique_fd fd_;
    std::unique_ptr<IoSource> source_;
    std::list<Client> clients_;
};

}  // namespace dlm::daemon
