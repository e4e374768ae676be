// SPDX-License-Identifier: GPL-2.0-or-later
// Exit codes of dlm_tool. They stand in Documentation/man/dlm_tool.8 too.
#pragma once

namespace dlm::cli {

enum ExitCode {
    exit_fine = 0,
    exit_failure = 1,  // also wrong usage
    exit_no_daemon = 2,
    exit_unknown_lockspace = 3,
    exit_waiting = 4,
    exit_stopped = 5,
};

}  // namespace dlm::cli
