/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Time, chance and the network of one simulated run. One seed gives one run:
 * everything that happens is an event in one queue, and every choice comes from
 * one generator.
 *
 * The network between two nodes is a pair of connections that keep order. A
 * connection can be cut (nothing is lost, only late) or reset (what is under
 * way is lost; the session above sends it again).
 */
#pragma once

#include <concepts>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <queue>
#include <set>
#include <string>
#include <vector>

namespace dlm::sim {

class Space;

class Random {
public:
    explicit Random(uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15ull + 0x1234567) {}
    uint64_t next();
    /* 0 .. n - 1, in the type of n; n is not negative */
    template <std::integral N>
    N below(N n)
    {
        return n ? static_cast<N>(next() % static_cast<uint64_t>(n)) : 0;
    }
    uint32_t between(uint32_t low, uint32_t high) { return low + below(high - low + 1); }
    bool chance(uint32_t percent) { return below(100u) < percent; }

private:
    uint64_t state_;
};

/* What a run did; printed, and held against floors. */
struct Counters {
    uint64_t events = 0;
    uint64_t messages = 0;
    uint64_t operations = 0;
    uint64_t completions = 0;
    uint64_t basts = 0;
    uint64_t crashes = 0;
    uint64_t leaves = 0;
    uint64_t joins = 0;
    uint64_t recoveries = 0; /* rounds completed, per node */
    uint64_t recoveries_interrupted = 0;
    uint64_t resets = 0; /* connections reset with messages under way */
    uint64_t resent = 0;
    uint64_t values_read = 0;
    uint64_t grants_checked = 0;

    Counters &operator+=(const Counters &other);
};

class World {
public:
    explicit World(uint64_t seed) : random(seed) {}

    uint64_t now_us() const { return now_us_; }
    void at(uint64_t delay_us, std::function<void()> action);
    /* Run until the queue is empty or @until_us; false: the queue is empty. */
    bool step();
    void run_for(uint64_t duration_us);

    /* Bytes of one message from one boot of a node to another node. */
    void send(int from, int to, std::vector<uint8_t> bytes);
    void set_link(int a, int b, bool up);
    /* A connection between two live nodes comes up, or is lost with all that is on it. */
    void connect(int a, int b);
    /* No connection between them is accepted: one of them takes the other for a dead instance. */
    void bar(int a, int b, bool barred);
    void reset(int a, int b);
    void forget_links(int node);

    void fail(const std::string &what);
    bool failed() const { return !failure_.empty(); }
    const std::string &failure() const { return failure_; }
    void trace(const std::string &line);

    Random random;
    Counters counters;
    std::map<int, Space *> nodes; /* live ones */
    bool verbose = false;
    uint32_t slow_percent = 3; /* of messages take long */

private:
    struct Event {
        uint64_t time;
        uint64_t order;
        std::function<void()> action;
        bool operator<(const Event &other) const
        {
            return time != other.time ? time > other.time : order > other.order;
        }
    };
    struct Pipe {
        uint64_t last_us = 0;
        bool up = true;
        std::deque<std::vector<uint8_t>> under_way; /* in the order of sending */
        size_t held = 0;                            /* of these, so many wait until it is up */
        uint64_t generation = 0;                    /* what was under way before a reset is lost */

        void lose_all();
    };

    void arrive_later(int from, int to);
    void arrive(int from, int to);

    std::priority_queue<Event> queue_;
    std::map<std::pair<int, int>, Pipe> pipes_;
    std::map<std::pair<int, int>, bool> connected_;
    std::set<std::pair<int, int>> barred_;
    uint64_t now_us_ = 0;
    uint64_t order_ = 0;
    std::string failure_;
};

}  // namespace dlm::sim
