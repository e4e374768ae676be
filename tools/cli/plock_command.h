// SPDX-License-Identifier: GPL-2.0-or-later
// Command that asks dlm_controld for the POSIX locks of a lockspace.
#pragma once

#include <string>

#include "cli/context.h"

namespace dlm::cli {

int plocks(const Context &context, const std::string &lockspace);

}  // namespace dlm::cli
