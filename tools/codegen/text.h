// SPDX-License-Identifier: GPL-2.0-or-later
// Pieces of text that several printers need.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace dlm::codegen {

// "Do not edit", which spec, how to remake; then what the file is about, one sentence per line.
std::string c_banner(std::string_view spec, std::string_view license, bool header,
                     std::string_view about);
std::string cpp_banner(std::string_view spec, std::string_view about);
std::string rst_banner(std::string_view spec);

std::string upper(std::string_view text);
std::string lower(std::string_view text);

// A title with its underline.
std::string rst_title(std::string_view title, char underline);

// A list-table; the first row is the head.
std::string rst_table(const std::vector<std::vector<std::string>> &rows);

// C string or C++ string literal with quotes.
std::string quoted(std::string_view text);

}  // namespace dlm::codegen
