// SPDX-License-Identifier: GPL-2.0-or-later
// Printing POSIX locks.
#include "cli/plock_text.h"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

namespace dlm::cli {

using lib::PosixFile;
using lib::PosixLock;
using nlohmann::json;

static std::string_view state_word(PosixLock::State state)
{
    switch (state) {
    case PosixLock::State::held: return "held";
    case PosixLock::State::waiting: return "waiting";
    case PosixLock::State::pending: return "pending";
    }
    return "unknown";
}

static bool reaches_end(const PosixLock &lock)
{
    return lock.end >= PosixLock::end_of_file;
}

static std::string plock_line(const PosixLock &lock)
{
    const std::string end = reaches_end(lock) ? "end" : std::to_string(lock.end);
    const std::string file_owner =
        lock.file_owner > 0 ? fmt::format(" file owner {}", lock.file_owner) : "";
    return fmt::format("inode {} {:<7} {} {}-{} node {} pid {} owner {:016x}{}\n", lock.inode,
                       state_word(lock.state), lock.exclusive ? "WR" : "RD", lock.start, end,
                       lock.node, lock.pid, lock.owner, file_owner);
}

static std::string plock_file_line(const PosixFile &file)
{
    return fmt::format("inode {} without locks file owner {} for {}.{:03} s\n", file.inode,
                       file.file_owner, file.unused_ms / 1000, file.unused_ms % 1000);
}

// 0 and -1 are no nodes.
static json node_or_null(int node)
{
    return node > 0 ? json(node) : json(nullptr);
}

static json plock_json(const PosixLock &lock)
{
    return {{"inode", lock.inode},
            {"state", state_word(lock.state)},
            {"mode", lock.exclusive ? "WR" : "RD"},
            {"start", lock.start},
            {"end", reaches_end(lock) ? json(nullptr) : json(lock.end)},
            {"node", lock.node},
            {"pid", lock.pid},
            {"owner", fmt::format("{:016x}", lock.owner)},
            {"file_owner", node_or_null(lock.file_owner)}};
}

void sort_plocks(lib::PosixLockTable &table)
{
    auto key = [](const PosixLock &lock) {
        const bool held = lock.state == PosixLock::State::held;
        return std::tuple(lock.inode, lock.state, held ? lock.start : 0);
    };
    std::stable_sort(table.locks.begin(), table.locks.end(),
                     [&](const PosixLock &a, const PosixLock &b) { return key(a) < key(b); });
    std::stable_sort(table.files.begin(), table.files.end(),
                     [](const PosixFile &a, const PosixFile &b) { return a.inode < b.inode; });
}

std::string plocks_text(const lib::PosixLockTable &table)
{
    std::string text;
    for (const auto &lock : table.locks)
        text += plock_line(lock);
    for (const auto &file : table.files)
        text += plock_file_line(file);
    return text;
}

json plocks_json(const lib::PosixLockTable &table)
{
    json locks = json::array(), files = json::array();
    for (const auto &lock : table.locks)
        locks.push_back(plock_json(lock));
    for (const auto &file : table.files)
        files.push_back({{"inode", file.inode},
                         {"file_owner", node_or_null(file.file_owner)},
                         {"unused_ms", file.unused_ms}});
    return {{"locks", locks}, {"files", files}};
}

}  // namespace dlm::cli
