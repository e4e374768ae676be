// SPDX-License-Identifier: LGPL-2.1-or-later
// The debugfs files of one lockspace, read and parsed.
#pragma once

#include <string>

#include "lib/debug_locks.h"
#include "lib/debug_sublocks.h"
#include "lib/debug_waiters.h"
#include "lib/kernel_files.h"

namespace dlm::lib {

// ENOENT: the lockspace does not exist here, or its join is not complete.
// Names that are no text come from a second file, and sublocks have their paths.
base::Result<LockTable> read_locks(const KernelFiles &files, const std::string &lockspace);
// Sublocks have their paths here too.
base::Result<WaiterTable> read_waiters(const KernelFiles &files, const std::string &lockspace);
// EOPNOTSUPP: the lockspace is there, but the module has no sublocks (the kernel's own).
base::Result<SublockTable> read_sublocks(const KernelFiles &files, const std::string &lockspace);

}  // namespace dlm::lib
