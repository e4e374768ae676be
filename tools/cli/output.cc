// SPDX-License-Identifier: GPL-2.0-or-later
// The end of printing.
#include "cli/output.h"

#include <cerrno>

#include <nlohmann/json.hpp>

namespace dlm::cli {

void print_json(const nlohmann::json &value)
{
    print("{}\n", value.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
}

int complain(const base::Error &error, int code)
{
    print_error("dlm_tool: {}\n", error.message());
    return code;
}

void note_malformed(int lines, std::string_view where)
{
    if (lines)
        print_error("dlm_tool: {} line(s) of {} were not understood\n", lines, where);
}

bool output_complete()
{
    return (std::fflush(stdout) == 0 && !std::ferror(stdout)) || errno == EPIPE;
}

}  // namespace dlm::cli
