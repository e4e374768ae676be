// SPDX-License-Identifier: GPL-2.0-or-later
//
// Runs a scenario on a backend and says where what came differs from what is written.
#pragma once

#include <string>
#include <vector>

#include "scenario.h"

namespace dlm::client {

struct Callback {
    char kind = 'c';  // as in Expectation
    LockName lock;
    int status = 0;
    unsigned flags = 0;
    int mode = 0;
    std::string subject;  // s: the node, and its slot if it had another; d: the members
    Words words;          // all words of the event, for {...} in expectations
    std::string text() const;
};

// "A2:PR", "1:PR>EX", "3:EX", each in the order of its queue.
struct Queues {
    std::vector<std::string> granted, converting, waiting;
};

enum class Implementation { ours, stock };

struct Returned {
    int ret = 0;
    Words words;  // of a command's answer
};

// Carries operations out: the kernel client in guests, or the pure layers in one process.
class ScenarioBackend {
public:
    virtual ~ScenarioBackend() = default;

    virtual Implementation implementation(char node) = 0;
    // Where chance begins.
    virtual unsigned seed() const { return 16; }
    virtual void begin(const Scenario &scenario) = 0;
    // An operation that could not be made at all sets error.
    virtual Returned run(const Scenario &scenario, const Operation &op, std::string &error) = 0;
    // Until nothing happens any more, then the callbacks since the last time, in order for each
    // node. Waits with patience for as many as are expected.
    virtual std::vector<Callback> settle(std::size_t expected, std::string &error) = 0;
    virtual std::string buffer(const LockName &lock) = 0;
    // Of the scenario's own resource, as the node knows it; '*': the node that is master.
    virtual Queues queues(const Scenario &scenario, char node, std::string &error) = 0;
    // Gives back every lock that is left.
    virtual void end(const Scenario &scenario, std::string &error) = 0;
};

// Empty: as written.
std::vector<std::string> run_scenario(const Scenario &scenario, ScenarioBackend &backend);

}  // namespace dlm::client
