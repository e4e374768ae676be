// SPDX-License-Identifier: GPL-2.0-or-later
// The end of printing.
#include "cli/output.h"

#include <cerrno>

namespace dlm::cli {

int complain(const base::Error &error, int code)
{
    print_error("dlm_tool: {}\n", error.message());
    return code;
}

bool output_complete()
{
    return (std::fflush(stdout) == 0 && !std::ferror(stdout)) || errno == EPIPE;
}

}  // namespace dlm::cli
