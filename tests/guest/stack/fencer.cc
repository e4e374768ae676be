// SPDX-License-Identifier: GPL-2.0-or-later
#include "fencer.h"

#include <algorithm>
#include <sstream>
#include <string>

namespace dlm::guest {

Fencer::Fencer(Cluster &cluster) : cluster_(cluster), thread_([this] { loop(); }) {}

Fencer::~Fencer()
{
    {
        std::lock_guard hold(mutex_);
        stop_ = true;
    }
    thread_.join();
}

Outcome Fencer::listen_to(Node &node)
{
    Command relay = node.start("exec 2>&1; . guest-stack; relay_fencing", "", true);
    Outcome ready = wait_until(node.name() + ": relay of fence requests",
                               [&] { return relay.out_so_far().find("ready\n") == 0; });
    if (!ready)
        return ready;
    std::lock_guard hold(mutex_);
    lines_[node.id()] = Line{relay, std::string("ready\n").size()};
    return ready;
}

std::vector<Fencer::Event> Fencer::events() const
{
    std::lock_guard hold(mutex_);
    return events_;
}

int Fencer::count(int victim) const
{
    const auto all = events();
    return static_cast<int>(std::count_if(
        all.begin(), all.end(), [&](const Event &event) { return event.victim == victim; }));
}

void Fencer::loop()
{
    for (;;) {
        {
            std::lock_guard hold(mutex_);
            if (stop_)
                return;
            for (auto &[asker, line] : lines_)
                serve(asker, line);
        }
        std::this_thread::sleep_for(Milliseconds(50));
    }
}

void Fencer::serve(int asker, Line &line)
{
    const std::string fresh = line.relay.out_so_far(line.seen);
    const auto end = fresh.rfind('\n');
    if (end == std::string::npos)
        return;
    line.seen += end + 1;
    std::istringstream requests(fresh.substr(0, end));
    std::string text;
    while (std::getline(requests, text)) {
        std::istringstream words(text);
        int victim = 0, id = 0;
        words >> victim >> id;
        const std::string what = "n" + std::to_string(asker) + " fences \"" + text + "\"";
        if (!words || victim < 1 || victim > cluster_.size() || victim == asker) {
            cluster_.log().add(what + ": refused");
            line.relay.write(std::to_string(id) + " no\n");
            continue;
        }
        const bool was_running = cluster_.node(victim).running();
        cluster_.log().add(what + (was_running ? "" : ", which is off already"));
        if (was_running)
            cluster_.node(victim).power_cut();
        events_.push_back({asker, victim, was_running, Clock::now()});
        line.relay.write(std::to_string(id) + " ok\n");
    }
}

}  // namespace dlm::guest
