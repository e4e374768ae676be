// SPDX-License-Identifier: GPL-2.0-or-later
//
// The host's side of fence_host: cuts the power of the guest that another one asks it to, and
// says so once that guest is gone. A thread of its own, so that a test may wait for what follows.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "harness/cluster.h"

namespace dlm::guest {

class Fencer {
public:
    struct Event {
        int asker;
        int victim;
        bool was_running;
        Clock::time_point when;
    };

    explicit Fencer(Cluster &cluster);
    ~Fencer();
    Fencer(const Fencer &) = delete;
    Fencer &operator=(const Fencer &) = delete;

    // The node has booted: it may ask from now on.
    Outcome listen_to(Node &node);
    // What was done so far, oldest first.
    std::vector<Event> events() const;
    int count(int victim) const;

private:
    struct Line {
        Command relay;
        std::size_t seen = 0;
    };

    void loop();
    void serve(int asker, Line &line);

    Cluster &cluster_;
    mutable std::mutex mutex_;
    std::map<int, Line> lines_;
    std::vector<Event> events_;
    bool stop_ = false;
    std::thread thread_;
};

}  // namespace dlm::guest
