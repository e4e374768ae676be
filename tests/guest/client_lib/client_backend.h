// SPDX-License-Identifier: GPL-2.0-or-later
//
// Scenarios carried out by kernel clients in guests: letter M is node 1, A node 2, B node 3. All
// are members of one lockspace, or of none if the scenarios make their own.
#pragma once

#include <map>
#include <set>

#include "scenario_cluster.h"
#include "scenario_run.h"

namespace dlm::client {

// The line for the kernel client that carries an operation out; resource: if it names none itself.
std::string command_line(const Operation &op, const std::string &space,
                         const std::string &resource);

class ClientBackend : public ScenarioBackend {
public:
    explicit ClientBackend(ClientCluster &cluster) : cluster_(cluster), control_(cluster) {}

    Implementation implementation(char node) override;
    void begin(const Scenario &scenario) override;
    Returned run(const Scenario &scenario, const Operation &op, std::string &error) override;
    std::vector<Callback> settle(std::size_t expected, std::string &error) override;
    std::string buffer(const LockName &lock) override;
    Queues queues(const Scenario &scenario, char node, std::string &error) override;
    void end(const Scenario &scenario, std::string &error) override;
    // The cluster could not be brought back to what it was.
    bool broken() const { return broken_; }

private:
    Client *client(char letter, std::string &error);
    std::string resource(const Scenario &scenario, const Operation &op);
    std::string line(const Scenario &scenario, const Operation &op, Client &client);
    Returned command(const Operation &op, std::string &error);
    void settle_once(guest::Milliseconds time, std::vector<Callback> &callbacks,
                     std::string &error);
    void take(char node, Event event, std::vector<Callback> &callbacks);
    void take_recovery(char node, Event &event, std::vector<Callback> &callbacks);
    bool give_back(char node, bool forced);
    std::string left(char node);
    std::string label(int node, unsigned id);

    ClientCluster &cluster_;
    ScenarioCluster control_;
    std::string letters_;       // nodes that this scenario looks at
    std::vector<int> members_;  // when it began
    std::set<LockName> used_;
    std::map<char, std::uint64_t> began_;  // number of the scenario's first event
    std::string own_name_;                 // of the scenario's resource
    std::string violations_;
    std::uint64_t first_cast_ = 0;  // when the step's first completion came at M
    bool broken_ = false;
    std::map<char, std::map<int, int>> slots_;  // what each node's last recover_done said
    std::map<char, unsigned long> generation_;
};

}  // namespace dlm::client
