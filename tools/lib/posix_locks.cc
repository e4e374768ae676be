// SPDX-License-Identifier: LGPL-2.1-or-later
// Parser of dlm_controld's list of POSIX locks.
#include "lib/posix_locks.h"

#include <optional>

#include "base/number.h"

namespace dlm::lib {

using base::parse_signed;
using base::parse_unsigned;

using Words = std::vector<std::string_view>;

static Words words_of(std::string_view line)
{
    Words words;
    while (!line.empty()) {
        size_t end = line.find(' ');
        if (end != 0)
            words.push_back(line.substr(0, end));
        line.remove_prefix(end == std::string_view::npos ? line.size() : end + 1);
    }
    return words;
}

static std::optional<PosixLock::State> state_of(const Words &words, size_t at)
{
    if (words.size() == at)
        return PosixLock::State::held;
    if (words.size() == at + 1 && words[at] == "WAITING")
        return PosixLock::State::waiting;
    if (words.size() == at + 1 && words[at] == "PENDING")
        return PosixLock::State::pending;
    return std::nullopt;
}

// INODE WR|RD START-END nodeid N pid P owner HEX rown N [WAITING|PENDING]
static std::optional<PosixLock> parse_lock(const Words &words)
{
    if (words.size() < 11 || (words[1] != "WR" && words[1] != "RD") || words[3] != "nodeid" ||
        words[5] != "pid" || words[7] != "owner" || words[9] != "rown")
        return std::nullopt;
    size_t dash = words[2].find('-');
    if (dash == std::string_view::npos)
        return std::nullopt;
    auto inode = parse_unsigned(words[0]), start = parse_unsigned(words[2].substr(0, dash)),
         end = parse_unsigned(words[2].substr(dash + 1)), owner = parse_unsigned(words[8], 16);
    auto node = parse_signed(words[4]), pid = parse_signed(words[6]),
         file_owner = parse_signed(words[10]);
    auto state = state_of(words, 11);
    if (!inode || !start || !end || !owner || !node || !pid || !file_owner || !state)
        return std::nullopt;
    return PosixLock{*inode,
                     words[1] == "WR",
                     *start,
                     *end,
                     static_cast<int>(*node),
                     *pid,
                     *owner,
                     static_cast<int>(*file_owner),
                     *state};
}

// INODE rown N unused_ms MS
static std::optional<PosixFile> parse_file(const Words &words)
{
    if (words.size() != 5 || words[1] != "rown" || words[3] != "unused_ms")
        return std::nullopt;
    auto inode = parse_unsigned(words[0]), unused_ms = parse_unsigned(words[4]);
    auto file_owner = parse_signed(words[2]);
    if (!inode || !unused_ms || !file_owner)
        return std::nullopt;
    return PosixFile{*inode, static_cast<int>(*file_owner), *unused_ms};
}

PosixLockTable parse_posix_locks(std::string_view text)
{
    PosixLockTable table;
    while (!text.empty()) {
        size_t end = text.find('\n');
        const Words words = words_of(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (auto lock = parse_lock(words))
            table.locks.push_back(*lock);
        else if (auto file = parse_file(words))
            table.files.push_back(*file);
        else
            table.malformed++;
    }
    return table;
}

}  // namespace dlm::lib
