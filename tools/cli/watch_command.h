// SPDX-License-Identifier: GPL-2.0-or-later
// watch: what the kernel tells of its own accord.
#pragma once

#include <optional>

#include "cli/context.h"

namespace dlm::cli {

struct WatchOptions {
    bool listener = false;              // of linux/dlm_netlink.h
    std::optional<unsigned> count;      // events to print
    std::optional<unsigned> timeout_s;  // for all of them
};

// One line, or with --json one object, for each event. 1 when the time is over before count.
int watch(const Context &context, const WatchOptions &options);

}  // namespace dlm::cli
