// SPDX-License-Identifier: LGPL-2.1-or-later
// Names of the lock modes and lock states, as numbers in the kernel's files and as words for
// people.
#pragma once

#include <string_view>

namespace dlm::lib {

// "IV" for -1, NL CR CW PR PW EX for 0..5, "??" for anything else.
std::string_view mode_name(int mode);
// "waiting", "granted", "converting" for 1..3 of the _locks file, "unknown" for anything else.
std::string_view lock_status_name(int status);

}  // namespace dlm::lib
