// SPDX-License-Identifier: GPL-2.0-or-later
//
// The control plane of a cluster, done by the harness itself: configuration through configfs,
// answers to joins and leaves through sysfs, membership changes in the order that the kernel
// relies on (all old members have stopped before anybody starts). No daemon runs in the guests.
//
// A lockspace is joined by a command of the test (mount, a line to the kernel client, dlm_tool)
// that blocks until the control plane has answered; this file starts it in the background and
// waits for it.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "cluster.h"

namespace dlm::guest {

class ManualControl {
public:
    explicit ManualControl(Cluster &cluster, std::string cluster_name = "test")
        : cluster_(cluster), cluster_name_(std::move(cluster_name))
    {
    }

    // Cluster name, one comm per node of the cluster, who this node is. The module is loaded.
    Outcome configure(const std::vector<int> &nodes);
    Outcome configure() { return configure(cluster_.running_ids()); }

    // Each start of this lockspace is told to do without a directory.
    void without_directory(const std::string &ls) { lockspace(ls).nodir = true; }

    // One more node joins the lockspace (or makes it).
    Outcome join(const std::string &ls, int node, const std::string &command);
    // All of them make it together; nobody has it before.
    Outcome join_together(const std::string &ls, const std::vector<int> &nodes,
                          const std::string &command);
    // A node leaves; the others go on without it.
    Outcome leave(const std::string &ls, int node, const std::string &command);
    // One after the other, each while the rest still is a member.
    Outcome leave_in_turn(const std::string &ls, const std::string &command);
    // All leave at the same moment. Stock needs minutes for that.
    Outcome leave_together(const std::string &ls, const std::string &command);

    // The node is dead (see to that first): every lockspace it was in goes on without it.
    Outcome died(int node);
    // The same without what follows: it is a member of nothing, the others still do not know.
    void lost(int node);
    // It has booted again and loaded the module: configured, known to the others, member of
    // nothing yet.
    Outcome came_back(int node);

    // The single steps, for tests that interrupt one with another.
    Outcome stop(const std::string &ls, const std::vector<int> &nodes);
    Outcome set_members_and_start(const std::string &ls, const std::vector<int> &nodes,
                                  const std::vector<int> &members);
    Outcome wait_recovered(const std::string &ls, const std::vector<int> &members,
                           Milliseconds deadline = recovery_deadline);

    std::vector<int> members(const std::string &ls) const;

    // A join that the lockspace may refuse: then the command fails, and the others go on without.
    Outcome join_or_be_refused(const std::string &ls, int node, const std::string &command);
    // A join that is not answered; failure: the kernel does not ask in time.
    Outcome begin_join(const std::string &ls, int node, const std::string &command,
                       Milliseconds deadline);
    // The answer to it: 0, and the node is the only member, or a negative number.
    Outcome answer_join(const std::string &ls, int node, int value);

private:
    struct Lockspace {
        std::uint32_t id = 0;
        std::set<int> members;
        bool nodir = false;
    };

    // The kernel's wishes, as uevents of that node: how many of that kind there were so far.
    int uevents(int node, const std::string &action, const std::string &ls) const;
    // Until one more has come than before; a command that ends early is a failure.
    Outcome wait_uevent(Node &node, const std::string &action, const std::string &ls, int before,
                        const Command &command);
    Outcome drop_and_answer(const std::string &ls, const std::vector<int> &nodes);
    std::string member_words(const std::vector<int> &members) const;
    std::string addresses() const;
    Lockspace &lockspace(const std::string &ls);

    Cluster &cluster_;
    std::string cluster_name_;
    std::map<std::string, Lockspace> lockspaces_;
    std::set<int> configured_;
    std::map<int, Command> listeners_;
    std::map<std::string, std::pair<Command, int>> pending_;  // and how many wishes there were
};

}  // namespace dlm::guest
