// SPDX-License-Identifier: GPL-2.0-or-later
//
// Runs a scenario on a backend and says where what came differs from what is written.
#pragma once

#include <string>
#include <vector>

#include "scenario.h"

namespace dlm::client {

struct Callback {
    LockName lock;
    bool completion = true;
    int status = 0;
    unsigned flags = 0;
    int mode = 0;
    Words words;  // all words of the event, for {...} in expectations
    std::string text() const;
};

// Carries operations out: the kernel client in guests, or the rules in one process.
class ScenarioBackend {
public:
    virtual ~ScenarioBackend() = default;

    virtual void begin(const Scenario &scenario) = 0;
    // What the call returned. An operation that could not be made at all sets error.
    virtual int run(const Scenario &scenario, const Operation &op, std::string &error) = 0;
    // Until nothing happens any more, then the callbacks since the last time.
    virtual std::vector<Callback> settle(std::string &error) = 0;
    virtual std::string buffer(const LockName &lock) = 0;
    // Gives back every lock that is left.
    virtual void end(const Scenario &scenario, std::string &error) = 0;
};

enum class Implementation { ours, stock };

// Empty: as written. The implementation is the master's.
std::vector<std::string> run_scenario(const Scenario &scenario, ScenarioBackend &backend,
                                      Implementation implementation);

}  // namespace dlm::client
