// SPDX-License-Identifier: LGPL-2.1-or-later
// Connections to servers on this machine.
#pragma once

#include <string>

#include "base/result.h"
#include "base/unique_fd.h"

namespace dlm::base {

// A stream socket connected to the server at `name`: a path, or "@NAME" for one of the abstract
// names, which are in no file system. ECONNREFUSED or ENOENT: no server there.
Result<unique_fd> connect_unix(const std::string &name);

}  // namespace dlm::base
