/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The event queue and the network of a simulated run. */
#include "world.hh"

#include <cstdio>

#include "space.hh"

namespace dlm::sim {

uint64_t Random::next()
{
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return (state_ * 0x2545F4914F6CDD1Dull) >> 16;
}

Counters &Counters::operator+=(const Counters &o)
{
    events += o.events;
    messages += o.messages;
    operations += o.operations;
    completions += o.completions;
    basts += o.basts;
    crashes += o.crashes;
    leaves += o.leaves;
    joins += o.joins;
    recoveries += o.recoveries;
    recoveries_interrupted += o.recoveries_interrupted;
    resets += o.resets;
    resent += o.resent;
    values_read += o.values_read;
    grants_checked += o.grants_checked;
    return *this;
}

void World::at(uint64_t delay_us, std::function<void()> action)
{
    queue_.push(Event{now_us_ + delay_us, order_++, std::move(action)});
}

bool World::step()
{
    if (queue_.empty() || failed())
        return false;
    Event event = queue_.top();
    queue_.pop();
    now_us_ = event.time;
    counters.events++;
    event.action();
    return true;
}

void World::run_for(uint64_t duration_us)
{
    const uint64_t end = now_us_ + duration_us;
    while (!queue_.empty() && queue_.top().time <= end && step()) {
    }
    if (now_us_ < end && !failed())
        now_us_ = end;
}

void World::send(int from, int to, std::vector<uint8_t> bytes)
{
    Pipe &pipe = pipes_[{from, to}];
    counters.messages++;
    pipe.under_way.push_back(std::move(bytes));
    if (pipe.up)
        arrive_later(from, to);
    else
        pipe.held++;
}

/* The next one in order; when, is open. */
void World::arrive_later(int from, int to)
{
    Pipe &pipe = pipes_[{from, to}];
    uint64_t arrival = now_us_ + random.between(20, 600);
    if (random.chance(slow_percent))
        arrival += random.between(1000, 30000);
    if (arrival < pipe.last_us)
        arrival = pipe.last_us;
    pipe.last_us = arrival;
    const uint64_t generation = pipe.generation;
    at(arrival - now_us_, [this, from, to, generation] {
        if (pipes_[{from, to}].generation == generation)
            arrive(from, to);
    });
}

void World::arrive(int from, int to)
{
    Pipe &pipe = pipes_[{from, to}];
    if (!pipe.up) {
        pipe.held++;
        return;
    }
    const auto bytes = std::move(pipe.under_way.front());
    pipe.under_way.pop_front();
    auto node = nodes.find(to);
    if (node != nodes.end())
        node->second->links().arrived(from, bytes);
}

void World::Pipe::lose_all()
{
    generation++;
    under_way.clear();
    held = 0;
}

void World::set_link(int a, int b, bool up)
{
    for (auto key : {std::pair{a, b}, std::pair{b, a}}) {
        Pipe &pipe = pipes_[key];
        pipe.up = up;
        if (!up)
            continue;
        for (; pipe.held; pipe.held--)
            arrive_later(key.first, key.second);
    }
}

static std::pair<int, int> pair_of(int a, int b)
{
    return a < b ? std::pair{a, b} : std::pair{b, a};
}

void World::connect(int a, int b)
{
    bool &connected = connected_[pair_of(a, b)];
    if (connected || !nodes.count(a) || !nodes.count(b) || barred_.count(pair_of(a, b)))
        return;
    connected = true;
    nodes[a]->links().connection_up(b);
    nodes[b]->links().connection_up(a);
}

void World::bar(int a, int b, bool barred)
{
    if (barred)
        barred_.insert(pair_of(a, b));
    else
        barred_.erase(pair_of(a, b));
}

void World::reset(int a, int b)
{
    bool &connected = connected_[pair_of(a, b)];
    if (!connected)
        return;
    connected = false;
    uint32_t unacked = 0;
    for (auto [from, to] : {std::pair{a, b}, std::pair{b, a}}) {
        Pipe &pipe = pipes_[{from, to}];
        pipe.lose_all();
        if (nodes.count(from)) {
            unacked += nodes[from]->links().unacked(to);
            nodes[from]->links().connection_lost(to);
        }
    }
    if (unacked)
        counters.resets++;
}

void World::forget_links(int node)
{
    std::erase_if(barred_, [node](auto &key) { return key.first == node || key.second == node; });
    for (auto &[key, connected] : connected_) {
        if (!connected || (key.first != node && key.second != node))
            continue;
        connected = false;
        const int other = key.first == node ? key.second : key.first;
        auto found = nodes.find(other);
        if (found != nodes.end())
            found->second->links().connection_lost(node);
    }
    for (auto &[key, pipe] : pipes_) {
        if (key.first != node && key.second != node)
            continue;
        pipe.lose_all();
    }
}

void World::fail(const std::string &what)
{
    if (failure_.empty())
        failure_ = what;
}

void World::trace(const std::string &line)
{
    if (verbose)
        std::printf("%10.3f  %s\n", static_cast<double>(now_us_) / 1000, line.c_str());
}

}  // namespace dlm::sim
