// SPDX-License-Identifier: GPL-2.0-or-later
#include "names.h"

#include <array>
#include <cerrno>
#include <utility>

namespace dlm::client {
namespace {

constexpr std::array<const char *, 6> modes = {"NL", "CR", "CW", "PR", "PW", "EX"};

const std::pair<const char *, int> statuses[] = {
    {"0", 0},
    {"EAGAIN", -EAGAIN},
    {"EDEADLK", -EDEADLK},
    {"ETIMEDOUT", -ETIMEDOUT},
    {"ECANCEL", ecancel},
    {"EUNLOCK", eunlock},
    {"EINVAL", -EINVAL},
    {"ENOENT", -ENOENT},
    {"EBUSY", -EBUSY},
    {"EEXIST", -EEXIST},
    {"ENOTEMPTY", -ENOTEMPTY},
    {"ENOTCONN", -ENOTCONN},
    {"EUNATCH", -EUNATCH},
    {"EBADR", -EBADR},
    {"EPROTO", -EPROTO},
    {"ENOMEM", -ENOMEM},
    {"EOPNOTSUPP", -EOPNOTSUPP},
    {"EIO", -EIO},
};

const std::pair<const char *, unsigned> flags_of_status[] = {
    {"DEM", demoted},
    {"VNV", value_invalid},
    {"ALT", alternative},
};

}  // namespace

std::string mode_name(int mode)
{
    if (mode == -1)
        return "IV";
    if (mode < 0 || mode >= static_cast<int>(modes.size()))
        return std::to_string(mode);
    return modes[static_cast<std::size_t>(mode)];
}

std::optional<int> mode_number(const std::string &name)
{
    if (name == "IV")
        return -1;
    for (std::size_t i = 0; i < modes.size(); i++)
        if (name == modes[i])
            return static_cast<int>(i);
    return std::nullopt;
}

std::string status_name(int status)
{
    for (const auto &[name, number] : statuses)
        if (number == status)
            return name;
    return std::to_string(status);
}

std::optional<int> status_number(const std::string &name)
{
    for (const auto &[known, number] : statuses)
        if (name == known)
            return number;
    return std::nullopt;
}

std::string status_flag_names(unsigned flags)
{
    std::string text;
    for (const auto &[name, bit] : flags_of_status) {
        if (!(flags & bit))
            continue;
        text += (text.empty() ? "" : "/") + std::string(name);
        flags &= ~bit;
    }
    if (flags)
        text += (text.empty() ? "" : "/") + std::to_string(flags);
    return text;
}

std::optional<unsigned> status_flag(const std::string &name)
{
    for (const auto &[known, bit] : flags_of_status)
        if (name == known)
            return bit;
    return std::nullopt;
}

bool compatible(Mode a, Mode b)
{
    // Rows and columns NL CR CW PR PW EX.
    static constexpr std::array<const char *, 6> table = {
        "yyyyyy", "yyyyyn", "yyynnn", "yynynn", "yynnnn", "ynnnnn",
    };
    if (a == Mode::IV || b == Mode::IV)
        return true;
    return table[static_cast<std::size_t>(a)][static_cast<std::size_t>(b)] == 'y';
}

Mode conflicting(Mode held)
{
    for (Mode mode : {Mode::CR, Mode::CW, Mode::PR, Mode::PW, Mode::EX})
        if (!compatible(held, mode))
            return mode;
    return Mode::IV;
}

}  // namespace dlm::client
