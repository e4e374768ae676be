// SPDX-License-Identifier: GPL-2.0-or-later
//
// Scenarios carried out by kernel clients in guests: one client for each node letter.
#pragma once

#include <functional>
#include <map>
#include <set>

#include "client.h"
#include "scenario_run.h"

namespace dlm::client {

// The line for the kernel client that carries an operation out; resource: if it names none itself.
std::string command_line(const Operation &op, const std::string &space,
                         const std::string &resource);

class ClientBackend : public ScenarioBackend {
public:
    using ClusterCommand = std::function<guest::Outcome(const std::string &)>;

    // Letter M is the node that becomes master. cluster carries out %cut, %heal and the like.
    explicit ClientBackend(std::map<char, Client *> clients, ClusterCommand cluster = {});

    void begin(const Scenario &scenario) override;
    int run(const Scenario &scenario, const Operation &op, std::string &error) override;
    std::vector<Callback> settle(std::string &error) override;
    std::string buffer(const LockName &lock) override;
    void end(const Scenario &scenario, std::string &error) override;

private:
    Client *client(const LockName &lock, std::string &error);
    void take(char node, Event event, std::vector<Callback> &callbacks);
    bool give_back(char node, bool forced);
    std::string left(char node);

    std::map<char, Client *> clients_;
    ClusterCommand cluster_;
    std::set<LockName> used_;
    std::map<char, std::uint64_t> began_;  // number of the scenario's first event
    std::string violations_;
};

}  // namespace dlm::client
