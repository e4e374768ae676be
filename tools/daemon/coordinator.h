// SPDX-License-Identifier: GPL-2.0-or-later
// The coordinator's part: from the reports of all live nodes to numbered changes of each lockspace.
// A change is: stop everywhere, and only when everybody has stopped, start everywhere. Pure; it
// decides by what the reports say now, so that a lost command, a restart or a take-over need no
// cases of their own.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "daemon/message.h"

namespace dlm::daemon {

struct CommandTo {
    int node;
    std::variant<StopCommand, StartCommand, ReleaseCommand> command;
};

class Coordinator {
public:
    using Reports = std::map<int, Report>;  // of every node that is in, our own included

    // Called whenever a report changed, only while all reports show `facts`. `newest_change` is
    // at least what any report shows, and is raised by each new change. A command is given once;
    // forget_sent() makes it be given again.
    std::vector<CommandTo> step(const Reports &reports, const NodeFacts &facts,
                                uint64_t &newest_change);

    // The link to the node was made anew, or facts changed: it may have missed or refused commands.
    void forget_sent(int node);
    void forget_sent();
    // Somebody else is coordinator now.
    void reset();

    std::map<std::string, PendingChange> pending() const;

private:
    enum class Step { stopping, starting, done };
    enum class Kind { stop, start, release };

    struct Change {
        uint64_t number = 0;
        Step step = Step::done;
        Members members;
        std::vector<int> leavers;
        std::vector<int> waiting_for;
        std::map<int, std::pair<Kind, uint64_t>> sent;
    };

    struct Wanted {
        Members members;
        std::vector<int> leavers;
    };

    static Wanted wanted(const std::string &name, const Reports &reports, const NodeFacts &facts);
    static bool settled(const std::string &name, const Wanted &wanted, const Reports &reports);
    static bool must_change(const std::string &name, const Change &change, const Wanted &wanted,
                            const Reports &reports);
    void advance(const std::string &name, Change &change, const Wanted &wanted,
                 const Reports &reports, const NodeFacts &facts, std::vector<CommandTo> &out);
    void give(Change &change, int node, Kind kind, const std::string &name, const NodeFacts &facts,
              std::vector<CommandTo> &out);

    std::map<std::string, Change> changes_;
};

}  // namespace dlm::daemon
