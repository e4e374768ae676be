// SPDX-License-Identifier: LGPL-2.1-or-later
// Where log lines go: standard error, with the journal's level prefix when systemd reads it.
#pragma once

#include <spdlog/spdlog.h>

namespace dlm::base {

// Called once by main(), before the first line. Each line is flushed.
void log_init(bool debug);

}  // namespace dlm::base
