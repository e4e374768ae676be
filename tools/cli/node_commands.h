// SPDX-License-Identifier: GPL-2.0-or-later
// Commands to the daemon: status, node-dead, node-alive, shutdown.
#pragma once

#include <string>

#include "cli/context.h"

namespace dlm::cli {

int status(const Context &context);

struct NodeStatement {
    int node = 0;
    bool dead = false;
    bool fenced = false;
    int wait_s = 0;  // until nothing is waited for; 0: do not
};

int declare_node(const Context &context, const NodeStatement &statement);
int shutdown_daemon(const Context &context, bool force);

}  // namespace dlm::cli
