// SPDX-License-Identifier: LGPL-2.1-or-later
// Reader of the names in debugfs <lockspace>_all, which, unlike those of the other files, are
// exact: whatever is no text stands there byte by byte.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

namespace dlm::lib {

// The name of the resource of each lock, by the lock's id.
using LockNames = std::unordered_map<uint32_t, std::string>;

// Lines that are not understood are left out.
LockNames parse_lock_names(std::string_view text);

}  // namespace dlm::lib
