/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control plane of a simulated cluster: nodes boot, crash and leave, and the
 * others are stopped and started with new lists of members.
 */
#pragma once

#include <map>
#include <memory>
#include <set>
#include <vector>

#include "client.hh"

namespace dlm::sim {

class Control {
public:
    Control(World &world, Checker &checker, Clients &clients, bool nodir)
        : world_(world), checker_(checker), clients_(clients), nodir_(nodir)
    {
    }

    /* The node is there, and is in the next view; change() makes one. */
    void boot(int nodeid);
    /* The others hear of it a little later, by a change of their view. */
    void crash(int nodeid);
    void leave(int nodeid);
    /* A new view: stop everybody, each at its own time, then start everybody. */
    void change();

    /* All members run in the view that is wanted. */
    bool all_running() const;
    bool wait_running(uint64_t limit_us);
    /* All run, so what was told to the last start is done with. */
    void settled();

    const std::set<int> &members() const { return members_; }
    int random_member();

private:
    /* What one node has been told, and has to be told at its next stop and start. */
    struct Told {
        std::set<int> members; /* of its last start */
        std::set<int> dead;    /* to forget what was said to and by them */
        std::set<int> renewed; /* members that died since; they may be back */
    };

    void stop_all(uint64_t change);
    void start_all(uint64_t change);

    World &world_;
    Checker &checker_;
    Clients &clients_;
    bool nodir_;
    std::set<int> members_;         /* live and to be in the next view */
    std::set<int> failed_;          /* gone by failure, for recover_slot */
    std::map<uint64_t, Told> told_; /* by boot */
    std::vector<std::unique_ptr<Space>> spaces_;
    uint64_t change_ = 0;
    size_t to_stop_ = 0;
    bool starting_ = false;
};

}  // namespace dlm::sim
