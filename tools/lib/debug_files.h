// SPDX-License-Identifier: LGPL-2.1-or-later
// The debugfs files of one lockspace, read and parsed.
#pragma once

#include <string>

#include "lib/debug_locks.h"
#include "lib/debug_waiters.h"
#include "lib/kernel_files.h"

namespace dlm::lib {

// ENOENT: the lockspace does not exist here, or its join is not complete.
base::Result<LockTable> read_locks(const KernelFiles &files, const std::string &lockspace);
base::Result<WaiterTable> read_waiters(const KernelFiles &files, const std::string &lockspace);

}  // namespace dlm::lib
