// SPDX-License-Identifier: GPL-2.0-or-later
//
// The control plane as scenarios drive it in guests: "%" operations and those commands of a client
// that need an answer of the control plane.
//
//   %cut A, %cut A B     all links of A, or the one; %heal the same way
//   %wait 500            milliseconds
//   %kill M              power cut; nobody is told
//   %recover             what follows: all stop, the dead are removed, all start
//   %stop AB, %start AB  the steps, on these nodes; members are all that live
//   %leave M             in order, with all its locks; the others go on
//   %join NAME MA words  these make a lockspace, created with these words; %part NAME ends it
//   %user_join NAME M    a program of user space on M makes it; %user_part NAME removes it
//   %pending M NAME      a creation that nobody answers; ETIMEDOUT if the kernel does not even ask
//   %answer M NAME 0     the answer; its result is what the creation returned
//   %absent M NAME       nothing is left of that lockspace
//   %config M KEY VALUE  a value of configfs; %unconfigure M all of it away; %configure M
//   %took 2000           the last step's callbacks ran within that time; else ETIMEDOUT
//   %failslab on MAB     one in a hundred allocations of the module fails; %failslab off MAB
//   %reload              all leave, the module is unloaded, nothing is left of it; back again
//   A:join(NAME,words)   A wants to be one more member, and may be refused
//   A:leave(NAME,words)  A releases it
// "=ETIMEDOUT" or "=0:ETIMEDOUT" at the end of a "%" operation is what must come of it.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "client_cluster.h"
#include "scenario_run.h"

namespace dlm::client {

int node_of(char letter);
char letter_of(int node);

class ScenarioCluster {
public:
    explicit ScenarioCluster(ClientCluster &cluster) : cluster_(cluster) {}

    void begin() { killed_ = false; }
    // A "%" operation; result: what it came to.
    guest::Outcome run(const std::string &text, int &result);
    // A command; false if it is an ordinary one of the client.
    bool command(int node, const std::string &text, Returned &returned, std::string &error);
    // The members of the scenario's lockspace that live.
    std::set<int> alive() const;
    // Links whole, all nodes alive and members again.
    guest::Outcome restore();
    // For %took.
    void callbacks_took(guest::Milliseconds time) { took_ = time; }

private:
    guest::Outcome kill(const std::set<int> &nodes);
    guest::Outcome stop(const std::set<int> &nodes);
    guest::Outcome start(const std::set<int> &nodes);
    guest::Outcome leave(int node);
    guest::Outcome join(const std::string &space, const std::set<int> &nodes,
                        const std::string &words);
    guest::Outcome part(const std::string &space);
    guest::Outcome answer(int node, const std::string &space, int value, int &result);
    guest::Outcome links(const std::string &letters, bool cut);
    guest::Outcome config(int node, const std::string &key, const std::string &value);
    Returned created(int node, const std::string &space);
    Returned released(int node, const std::string &space);
    std::vector<Event> all_events(int node);
    std::vector<int> members() const { return cluster_.members(); }
    std::set<int> member_set() const;

    ClientCluster &cluster_;
    std::set<int> dead_, gone_;
    bool stopped_ = false, killed_ = false;
    std::set<std::pair<int, int>> cut_;
    guest::Milliseconds took_{0};
};

}  // namespace dlm::client
