// SPDX-License-Identifier: GPL-2.0-or-later
//
// Random operations of a few locks on one resource, each awaited, and after each the rule about
// blocking callbacks (lock-semantics 10.5): of each waiter's blockers on the grant queue everyone
// has been told, since it was last granted, a mode that its own does not go with; and every mode
// told was asked for by somebody. "%random 400" in a scenario; works on any backend.
#pragma once

#include "scenario_run.h"

namespace dlm::client {

std::vector<std::string> run_random_load(const Scenario &scenario, ScenarioBackend &backend,
                                         int operations);

}  // namespace dlm::client
