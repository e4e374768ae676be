// SPDX-License-Identifier: GPL-2.0-or-later
//
// The cluster network: a thread that forwards Ethernet frames between the machines of a cluster,
// each at the other end of a datagram socket pair, by the last byte of the MAC. It cuts, drops,
// delays, counts, captures and injects as a test asks. Rules are per direction of a pair of nodes
// and survive a restart of a machine.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "outcome.h"
#include "unique_fd.h"

namespace dlm::guest {

class Switch {
public:
    struct Counters {
        std::uint64_t forwarded = 0;
        std::uint64_t cut = 0;      // by a cut link, a loss or a filter
        std::uint64_t overrun = 0;  // the receiver's queue was full
    };
    // True: drop it.
    using Filter = std::function<bool(const std::string &frame)>;

    Switch();
    ~Switch();
    Switch(const Switch &) = delete;
    Switch &operator=(const Switch &) = delete;

    // Plugs node in (its old cable is pulled); the machine's end.
    UniqueFd attach(int node);
    void detach(int node);

    void cut(int a, int b);  // both directions
    void cut_direction(int from, int to);
    void heal(int a, int b);
    void isolate(int node);  // from everybody
    void rejoin(int node);
    void heal_all();  // every rule goes
    // Frames of all links wait, and go on in their order: nothing is lost, only late.
    void hold_all();
    void release_all();
    void set_loss(int from, int to, double share);
    void set_delay(int from, int to, Milliseconds delay);
    void set_filter(int from, int to, Filter filter);
    // The DLM alone suffers: TCP frames with that port, both directions.
    void cut_tcp_port(int a, int b, std::uint16_t port);

    Counters counters(int from, int to) const;

    void start_capture();
    std::vector<std::string> stop_capture();  // frames in the order in which they came in
    static Outcome write_pcap(const std::string &path, const std::vector<std::string> &frames);
    void inject(int to, const std::string &frame);

private:
    struct Rule {
        bool cut = false;
        double loss = 0;
        Milliseconds delay{0};
        Filter filter;
        Counters counters;
    };
    struct Waiting {
        Clock::time_point due;
        std::string frame;
    };
    struct Port {
        UniqueFd fd;
        std::deque<Waiting> queue;
    };

    void loop();
    void receive(int node, int fd);
    void forward(int from, int to, const std::string &frame);
    void flush(Port &port);
    int next_timeout_ms() const;
    void wake();
    bool lost(double share);

    mutable std::mutex mutex_;
    std::map<int, Port> ports_;
    std::map<std::pair<int, int>, Rule> rules_;
    std::vector<int> isolated_;
    bool capturing_ = false;
    std::vector<std::string> captured_;
    std::uint64_t random_ = 88172645463325252ull;
    bool held_ = false;
    bool stop_ = false;
    UniqueFd wake_;
    std::thread thread_;
};

}  // namespace dlm::guest
