// SPDX-License-Identifier: LGPL-2.1-or-later
// Parser of names: "rsb TOKEN MASTER FIRST FLAGS ROOT RECOVER COUNT LENGTH str|hex NAME", followed
// by "lkb ID .." for each lock on it, and other lines.
#include "lib/debug_names.h"

#include <algorithm>
#include <optional>

#include "base/number.h"

namespace dlm::lib {

static std::string_view next_word(std::string_view &line)
{
    std::string_view word = line.substr(0, line.find(' '));
    line.remove_prefix(std::min(word.size() + 1, line.size()));
    return word;
}

static std::optional<std::string> bytes_of(std::string_view hex)
{
    std::string bytes;
    while (!hex.empty()) {
        auto byte = base::parse_unsigned(next_word(hex), 16);
        if (!byte || *byte > 0xff)
            return std::nullopt;
        bytes += static_cast<char>(*byte);
    }
    return bytes;
}

static std::optional<std::string> name_in(std::string_view line)
{
    for (int i = 0; i < 7; i++)
        next_word(line);
    auto length = base::parse_unsigned(next_word(line));
    std::string_view kind = next_word(line);
    auto name = kind == "str"   ? std::optional(std::string(line))
                : kind == "hex" ? bytes_of(line)
                                : std::nullopt;
    if (!length || !name || name->size() != *length)
        return std::nullopt;
    return name;
}

LockNames parse_lock_names(std::string_view text)
{
    LockNames names;
    std::optional<std::string> name;
    while (!text.empty()) {
        size_t end = text.find('\n');
        std::string_view line = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        std::string_view kind = next_word(line);
        if (kind == "rsb")
            name = name_in(line);
        if (kind != "lkb" || !name)
            continue;
        if (auto id = base::parse_unsigned(next_word(line), 16))
            names[static_cast<uint32_t>(*id)] = *name;
    }
    return names;
}

}  // namespace dlm::lib
