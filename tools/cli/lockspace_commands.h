// SPDX-License-Identifier: GPL-2.0-or-later
// Commands on lockspaces: ls, join, leave.
#pragma once

#include <optional>
#include <string>

#include "cli/context.h"

namespace dlm::cli {

// What the kernel shows, and what the daemon knows where it runs.
int list_lockspaces(const Context &context, const std::optional<std::string> &name);
int join(const Context &context, const std::string &lockspace, bool exclusive);
int leave(const Context &context, const std::string &lockspace, bool force);

}  // namespace dlm::cli
