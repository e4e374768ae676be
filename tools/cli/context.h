// SPDX-License-Identifier: GPL-2.0-or-later
// What every command of dlm_tool gets: where to look, and how to print.
#pragma once

#include <string>

#include "lib/controld_query.h"
#include "lib/kernel_files.h"

namespace dlm::cli {

struct Context {
    lib::KernelFiles files;
    std::string socket = "/run/dlm_daemon.sock";
    std::string controld_socket = lib::controld_query_socket;
    bool json = false;
};

}  // namespace dlm::cli
