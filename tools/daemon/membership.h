// SPDX-License-Identifier: GPL-2.0-or-later
// Membership: one daemon's view of the cluster and of its own lockspaces. Everything that happens
// arrives as a call; everything that it wants leaves as effects. Pure: no clock, no I/O, no
// randomness (the shell hands in the names of joins), so that tests run many of them against each
// other in any interleaving.
//
// What it keeps true: a kernel is told to start only when every live kernel that runs the lockspace
// has returned from its stop, and no kernel is started with a member that is known to be dead.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "daemon/coordinator.h"
#include "daemon/effect.h"
#include "daemon/message.h"

namespace dlm::daemon {

// What survives a restart of the daemon on the same boot.
struct SavedState {
    std::string boot;
    NodeFacts facts;
    uint64_t newest_change = 0;
    std::map<std::string, LockspaceReport> lockspaces;
};

enum class HelloAnswer {
    accepted,
    declared_dead,  // this very instance was declared dead: it must not come back
    other_boot,     // a new instance, but the old one has not been declared dead
};

class Membership {
public:
    Membership(int self, const std::string &boot, const std::set<int> &nodes);
    // The kernel stopped every lockspace when the previous daemon went.
    Membership(int self, const std::set<int> &nodes, const SavedState &saved);

    // Links. A link is up when both hellos were accepted.
    HelloAnswer peer_hello(int node, const std::string &boot);
    void link_up(int node);
    void link_down(int node);
    void received(int node, const Message &message);
    // A peer refused `instance` of ours because it was declared dead. With a lockspace that ran,
    // the node is a zombie then: it stops for good. Else it goes on as a new instance.
    void declared_dead(const std::string &instance);

    // The kernel.
    void kernel_join(const std::string &lockspace, const std::string &join);
    void kernel_leave(const std::string &lockspace);
    void kernel_gone(const std::string &lockspace);
    void stop_done(const std::string &lockspace, uint64_t change);
    void stop_failed(const std::string &lockspace, uint64_t change, const std::string &error);
    void start_done(const std::string &lockspace, uint64_t change);
    void start_failed(const std::string &lockspace, uint64_t change, const std::string &error);

    // The administrator. False: it is so already, or it is ourselves. If a new instance of the node
    // has been refused, it is the old one that is dead, and the new one comes in.
    bool node_dead(int node);
    bool node_alive(int node);
    // Tells everybody that we leave in order. Only without lockspaces.
    bool leave_cluster();

    std::deque<Effect> take_effects();
    SavedState saved_state() const;

    // For status.
    int self() const { return self_; }
    const std::string &instance() const { return boot_; }
    bool zombie() const { return zombie_; }
    const NodeFacts &facts() const { return facts_; }
    std::map<std::string, LockspaceReport> lockspaces() const;
    std::optional<int> coordinator() const;
    const Report *report_of(int node) const;
    // Boot id of a new instance whose predecessor has not been declared dead.
    std::optional<std::string> knocking(int node) const;
    bool linked(int node) const { return links_.contains(node); }
    // Nodes that are in but whose report is missing or shows other facts: until it is empty on the
    // coordinator, no change can begin.
    std::vector<int> not_agreed() const;
    // As the coordinator told it last.
    std::map<std::string, PendingChange> pending() const;

private:
    struct Local {
        LockspaceReport part;
        bool kernel_runs = false;  // from the moment it is told to start until a stop has returned
        Members starting;          // what the last start was given
    };

    void handle(int node, const Report &report);
    void handle(int node, const StopCommand &command);
    void handle(int node, const StartCommand &command);
    void handle(int node, const ReleaseCommand &command);
    bool may_command(int node, const NodeFacts &facts) const;
    void stop_lockspace(const std::string &name, Local &local, uint64_t change);
    bool members_are_in(const Members &members) const;
    std::vector<MemberToStart> members_to_start(const Local &local, const Members &members) const;

    HelloAnswer refuse_other_boot(int node, const std::string &boot);
    void set_fact(int node, const NodeFact &fact);
    void apply(const FactChange &change);
    void cut_link(int node);
    void bring_back_linked();
    void stop_for_death_of(int node);
    bool harmless() const;
    void hear_of_own_death();
    void be_reborn();
    void become_zombie();
    void drop_links();
    void remove_comms();
    bool coordinates() const;

    void settle();
    void coordinate();
    Report own_report() const;
    void send_reports();

    const int self_;
    std::string boot_;  // this instance: the kernel's boot id, "/2" and so on behind it when reborn
    NodeFacts facts_;
    uint64_t newest_change_ = 0;
    bool zombie_ = false;
    bool leaving_ = false;
    std::map<std::string, Local> locals_;
    std::map<int, std::string> links_;     // peers whose link is up, with their boot id
    std::map<int, std::string> knocking_;  // instances refused for the old one that is still in
    std::map<int, std::string> hello_;  // boot id of the last accepted hello, until the link is up
    Coordinator::Reports reports_;      // of the peers, each over the link that is up
    std::map<int, Report> sent_;        // last report to each peer over this link
    Coordinator coordinator_;
    std::deque<Effect> effects_;
};

}  // namespace dlm::daemon
