// SPDX-License-Identifier: LGPL-2.1-or-later
// Where the DLM's character devices are: /dev/<name>, or /dev/misc/<name> where only udev's link
// exists.
#pragma once

#include <optional>
#include <string>

#include "lib/kernel_files.h"

namespace dlm::lib {

base::Result<std::string> misc_device_path(const KernelFiles &files, const std::string &name);

// Minor number of the device dlm_<lockspace>, from /proc/misc. ENOENT: no device of that name.
base::Result<int> lockspace_minor(const KernelFiles &files, const std::string &lockspace);

}  // namespace dlm::lib
