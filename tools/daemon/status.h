// SPDX-License-Identifier: GPL-2.0-or-later
// Status of the daemon as JSON: what dlm_tool prints.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "daemon/config.h"
#include "daemon/membership.h"
#include "lib/kernel_files.h"

namespace dlm::daemon {

using LinkProblem = std::function<std::string(int node)>;

nlohmann::json status_of(const Membership &membership, const Config &config,
                         const lib::KernelFiles &files, const LinkProblem &problem);

// One sentence for each thing that is waited for, and for whom. Empty: nothing is.
std::vector<std::string> waits_of(const Membership &membership, const LinkProblem &problem);

}  // namespace dlm::daemon
