// SPDX-License-Identifier: GPL-2.0-or-later
//
// Modes, statuses and status flags as the tests write them, by hand from the public headers.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace dlm::client {

enum class Mode { IV = -1, NL, CR, CW, PR, PW, EX };

inline constexpr int ecancel = -0x10001;
inline constexpr int eunlock = -0x10002;

inline constexpr unsigned demoted = 1;
inline constexpr unsigned value_invalid = 2;
inline constexpr unsigned alternative = 4;

std::string mode_name(int mode);
inline std::string mode_name(Mode mode)
{
    return mode_name(static_cast<int>(mode));
}
std::optional<int> mode_number(const std::string &name);

// 0, EAGAIN, ECANCEL, EUNLOCK, ... ; the negative number that stands for it.
std::string status_name(int status);
std::optional<int> status_number(const std::string &name);

// "DEM", "VNV", "ALT", joined by "/"; empty for 0.
std::string status_flag_names(unsigned flags);
std::optional<unsigned> status_flag(const std::string &name);

// May two locks hold these at the same time? And one that cannot be had beside it.
bool compatible(Mode a, Mode b);
Mode conflicting(Mode held);  // IV for NL, which conflicts with nothing

}  // namespace dlm::client
