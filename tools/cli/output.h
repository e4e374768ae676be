// SPDX-License-Identifier: GPL-2.0-or-later
// Printing: a reader that goes away (head, a closed terminal) is no reason to throw.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json_fwd.hpp>

#include "base/result.h"
#include "cli/exit_code.h"

namespace dlm::cli {

inline void put(std::FILE *to, std::string_view text)
{
    std::fwrite(text.data(), 1, text.size(), to);
}

template <typename... Args>
void print(fmt::format_string<Args...> format, Args &&...args)
{
    put(stdout, fmt::format(format, std::forward<Args>(args)...));
}

template <typename... Args>
void print_error(fmt::format_string<Args...> format, Args &&...args)
{
    put(stderr, fmt::format(format, std::forward<Args>(args)...));
}

// Over several lines. Bytes that are no UTF-8, which names of lockspaces may hold, are replaced.
void print_json(const nlohmann::json &value);

// Says on stderr what went wrong; returns @code, for the command to end with.
int complain(const base::Error &error, int code = exit_failure);

// Says on stderr how many lines of @where were skipped, if any.
void note_malformed(int lines, std::string_view where);

// False when the output could not be written, other than for lack of a reader.
bool output_complete();

}  // namespace dlm::cli
