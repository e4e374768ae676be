// SPDX-License-Identifier: GPL-2.0-or-later
#include "codegen/text.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

namespace dlm::codegen {
namespace {

constexpr std::string_view remake = "dlm_codegen --specs Documentation/specs --root . --write";

std::string about_lines(std::string_view about, std::string_view prefix)
{
    std::string out;
    while (!about.empty()) {
        const size_t end = about.find('\n');
        out += fmt::format("{}{}\n", prefix, about.substr(0, end));
        about = end == about.npos ? std::string_view() : about.substr(end + 1);
    }
    return out;
}

}  // namespace

std::string c_banner(std::string_view spec, std::string_view license, bool header,
                     std::string_view about)
{
    const auto spdx = header ? fmt::format("/* SPDX-License-Identifier: {} */\n", license)
                             : fmt::format("// SPDX-License-Identifier: {}\n", license);
    return fmt::format(
        "{}/*\n"
        " * Do not edit: made from Documentation/specs/{}.\n"
        " * Remake with: {}\n"
        " *\n{} */\n"
        "/* clang-format off */\n",
        spdx, spec, remake, about_lines(about, " * "));
}

std::string cpp_banner(std::string_view spec, std::string_view about)
{
    return fmt::format(
        "// SPDX-License-Identifier: LGPL-2.1-or-later\n"
        "// Do not edit: made from Documentation/specs/{}.\n"
        "// Remake with: {}\n"
        "//\n{}// clang-format off\n#pragma once\n",
        spec, remake, about_lines(about, "// "));
}

std::string rst_banner(std::string_view spec)
{
    return fmt::format(
        ".. SPDX-License-Identifier: GPL-2.0\n"
        ".. Do not edit: made from Documentation/specs/{}.\n"
        ".. Remake with: {}\n\n",
        spec, remake);
}

std::string upper(std::string_view text)
{
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return out;
}

std::string lower(std::string_view text)
{
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return out;
}

std::string rst_title(std::string_view title, char underline)
{
    return fmt::format("{}\n{}\n\n", title, std::string(title.size(), underline));
}

std::string rst_table(const std::vector<std::vector<std::string>> &rows)
{
    std::string out = ".. list-table::\n   :header-rows: 1\n\n";
    for (const auto &row : rows) {
        const char *lead = "   * - ";
        for (const auto &cell : row) {
            out += lead + cell;
            while (out.back() == ' ')
                out.pop_back();
            out += '\n';
            lead = "     - ";
        }
    }
    return out + "\n";
}

std::string quoted(std::string_view text)
{
    std::string out = "\"";
    for (char c : text) {
        if (c == '"' || c == '\\')
            out += '\\';
        out += c;
    }
    return out + '"';
}

}  // namespace dlm::codegen
