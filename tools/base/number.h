// SPDX-License-Identifier: LGPL-2.1-or-later
// Strict numbers from text: all of it must be the number.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace dlm::base {

// One trailing newline is allowed, as kernel attributes print it; anything else beside the digits
// is refused.
std::optional<uint64_t> parse_unsigned(std::string_view text, int base = 10);
std::optional<int64_t> parse_signed(std::string_view text, int base = 10);

}  // namespace dlm::base
