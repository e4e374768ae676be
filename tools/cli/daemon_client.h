// SPDX-License-Identifier: GPL-2.0-or-later
// Asking the daemon over its control socket.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "base/result.h"

namespace dlm::cli {

// The daemon's answer. ECONNREFUSED or ENOENT: no daemon listens there. EREMOTEIO: it refused, and
// why.
base::Result<nlohmann::json> ask_daemon(const std::string &socket, const nlohmann::json &request,
                                        base::milliseconds timeout = base::milliseconds(10000));

bool is_daemon_absent(const base::Error &error);

}  // namespace dlm::cli
