// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a kernel log may say. Two rules: no line may match the list of reports (guest-recipe,
// section 15, and those of the debug kernels), and after boot no line may be a warning or worse.
// Exceptions are exact: by full text, by node kind and by module.
#pragma once

#include <string>
#include <vector>

#include "node.h"

namespace dlm::guest {

struct LogPolicy {
    Kind kind;
    Module module;
    std::vector<std::string> expected;  // regular expressions of this test
};

// text is the output of dmesg -r; seen is the number of lines already checked, and moves on.
void check_dmesg(const LogPolicy &policy, const std::string &text, std::size_t &seen,
                 std::vector<std::string> &findings);
void check_console(const LogPolicy &policy, const std::string &text,
                   std::vector<std::string> &findings);

}  // namespace dlm::guest
