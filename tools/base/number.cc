// SPDX-License-Identifier: LGPL-2.1-or-later
// Strict numbers from text.
#include "base/number.h"

#include <charconv>

namespace dlm::base {

template <typename T>
static std::optional<T> parse(std::string_view text, int base)
{
    if (text.ends_with('\n'))
        text.remove_suffix(1);
    T value{};
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (error != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

std::optional<uint64_t> parse_unsigned(std::string_view text, int base)
{
    return parse<uint64_t>(text, base);
}

std::optional<int64_t> parse_signed(std::string_view text, int base)
{
    return parse<int64_t>(text, base);
}

}  // namespace dlm::base
