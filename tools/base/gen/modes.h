// SPDX-License-Identifier: LGPL-2.1-or-later
// Do not edit: made from Documentation/specs/modes.yaml.
// Remake with: dlm_codegen --specs Documentation/specs --root . --write
//
// Lock modes: names and meaning.
// clang-format off
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace dlm::base {

struct ModeInfo {
    std::string_view name;
    int value;
    std::string_view doc;
};

// In ascending order; mode n stands at place n + 1.
inline constexpr std::array<ModeInfo, 7> modes = {{
    {"IV", -1, "invalid, or none"},
    {"NL", 0, "null: interest only"},
    {"CR", 1, "concurrent read: others may write"},
    {"CW", 2, "concurrent write: others may write too"},
    {"PR", 3, "protected read: shared, nobody writes"},
    {"PW", 4, "protected write: one writer, others may read unprotected"},
    {"EX", 5, "exclusive"},
}};

// "??" for a number that is no mode.
constexpr std::string_view mode_name(int mode) {
    for (const auto &info : modes)
        if (info.value == mode)
            return info.name;
    return "??";
}

} // namespace dlm::base
