// SPDX-License-Identifier: GPL-2.0-or-later
//
// Carries out many sequences at once on a cluster of guests. Each has locks and resources of its
// own, so they do not touch each other; they go in step, one step of each between two points at
// which everything rests. That there is rest is not guessed from time: each node asks each other
// one, and streams keep their order.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "client_lib/client_cluster.h"
#include "history.h"

namespace dlm::differential {

class Runner {
public:
    explicit Runner(client::ClientCluster &cluster) : cluster_(cluster) {}

    // Everybody joins a lockspace in which names are never forgotten.
    guest::Outcome start();
    guest::Outcome stop();
    guest::Outcome run(const std::vector<Sequence> &sequences,
                       std::map<std::string, History> &histories);

private:
    // One lock of one sequence.
    struct State {
        bool live = false;
        bool granted = false;
        std::string resource;
    };
    struct Run {
        const Sequence *sequence = nullptr;
        std::size_t next = 0;
        std::map<LockName, State> locks;
        std::map<std::string, int> masters;  // by resource: who was seen to be it last
        History history;
    };
    // A line for the client and whose answer it is.
    struct Line {
        std::string text;
        Run *run = nullptr;
        const Operation *op = nullptr;
    };
    using Lines = std::map<int, std::vector<Line>>;  // by node
    using Recorders = std::map<Run *, Recorder>;

    guest::Outcome steps(bool overlap, bool &any);
    void collect_lines(Run &run, const Step &step, Recorder &recorder, Lines &lines);
    std::vector<const Operation *> possible(Run &run, const Step &step);
    guest::Outcome send(const Lines &lines, Recorders &recorders);
    guest::Outcome come_to_rest(int hops);
    guest::Outcome take_callbacks(Recorders &recorders);
    void take_event(int node, const client::Event &event, Recorders &recorders);
    guest::Outcome take_queues(Recorders &recorders);
    void take_lock_line(int node, const std::string &line, Recorders &recorders);
    guest::Outcome give_back();
    guest::Outcome on_each(const std::function<guest::Outcome(int)> &what);
    std::string label(const Run &run, const LockName &lock) const;
    Run *run_of_label(const std::string &label, LockName &lock);

    client::ClientCluster &cluster_;
    std::vector<Run> runs_;
    std::map<std::string, Run *> by_resource_;                           // whole name
    std::map<int, std::map<unsigned, std::pair<Run *, LockName>>> ids_;  // by node
};

}  // namespace dlm::differential
