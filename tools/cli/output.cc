// SPDX-License-Identifier: GPL-2.0-or-later
// The end of printing.
#include "cli/output.h"

#include <cerrno>

namespace dlm::cli {

bool output_complete()
{
    return (std::fflush(stdout) == 0 && !std::ferror(stdout)) || errno == EPIPE;
}

}  // namespace dlm::cli
