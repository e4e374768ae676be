// SPDX-License-Identifier: GPL-2.0-or-later
// Commands that read debugfs: lockdump, sublocks and waiters.
#pragma once

#include <optional>
#include <string>

#include "cli/context.h"

namespace dlm::cli {

struct LockFilter {
    std::optional<std::string> resource;  // exactly this name
    bool blocked_only = false;            // converting and waiting ones
};

int lockdump(const Context &context, const std::string &lockspace, const LockFilter &filter);
int sublocks(const Context &context, const std::string &lockspace);
int waiters(const Context &context, const std::string &lockspace);

}  // namespace dlm::cli
