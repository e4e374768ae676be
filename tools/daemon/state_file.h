// SPDX-License-Identifier: GPL-2.0-or-later
// The state file: what a daemon that starts anew on the same boot must know of lockspaces that
// exist in the kernel. It lives in /run, and is worth nothing after a reboot.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "daemon/membership.h"
#include "lib/kernel_files.h"

namespace dlm::daemon {

base::Result<void> save_state(const std::string &path, const SavedState &state);
// Nothing when there is no file, or it is of another boot.
base::Result<std::optional<SavedState>> load_state(const std::string &path,
                                                   const std::string &boot);

// What a daemon finds in the kernel when it starts.
struct Found {
    std::vector<std::string> to_join;   // nobody has answered their join yet
    std::vector<std::string> vanished;  // in the state file, no longer in the kernel
};

// Whether the state file explains every lockspace in the kernel. An error names what it does not:
// members of a running lockspace cannot be guessed.
base::Result<Found> compare_with_kernel(const lib::KernelFiles &files,
                                        const std::optional<SavedState> &state);

}  // namespace dlm::daemon
