// SPDX-License-Identifier: LGPL-2.1-or-later
// Parser of debugfs <lockspace>_locks.
#include "lib/debug_locks.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/number.h"

namespace dlm::lib {

static constexpr size_t nr_numbers = 13;

static std::optional<std::array<std::string_view, nr_numbers>> take_numbers(std::string_view &text)
{
    std::array<std::string_view, nr_numbers> words;
    std::string_view rest = text;
    for (auto &word : words) {
        size_t end = rest.find_first_of(" \n");
        if (end == std::string_view::npos || end == 0 || rest[end] != ' ')
            return std::nullopt;
        word = rest.substr(0, end);
        rest.remove_prefix(end + 1);
    }
    text = rest;
    return words;
}

static bool ends_line(std::string_view text, size_t quote)
{
    return quote < text.size() && text[quote] == '"' &&
           (quote + 1 == text.size() || text[quote + 1] == '\n');
}

// Where the name is known, its bytes up to a NUL are in the file.
static bool is_shown(std::string_view text, std::string_view name)
{
    std::string_view shown = name.substr(0, name.find('\0'));
    return text.substr(1).starts_with(shown) && ends_line(text, shown.size() + 1);
}

// The closing quote by the name where it is known, by length where that fits; else (a name cut at
// NUL) the first quote that ends a line.
static std::optional<std::string_view> take_name(std::string_view &text, size_t length,
                                                 const std::string *known)
{
    if (!text.starts_with('"'))
        return std::nullopt;
    if (known && known->size() == length && is_shown(text, *known)) {
        text.remove_prefix(std::min(std::min(known->find('\0'), length) + 3, text.size()));
        return *known;
    }
    size_t close = length + 1;
    if (!ends_line(text, close)) {
        close = 1;
        while (close < text.size() && !ends_line(text, close))
            close++;
        if (close >= text.size())
            return std::nullopt;
    }
    std::string_view name = text.substr(1, close - 1);
    text.remove_prefix(std::min(close + 2, text.size()));
    return name;
}

static std::optional<LockRecord> to_record(const std::array<std::string_view, nr_numbers> &words)
{
    std::array<int64_t, nr_numbers> n;
    for (size_t i = 0; i < nr_numbers; i++) {
        bool hex = i == 0 || i == 2 || i == 5 || i == 6;
        auto value = base::parse_signed(words[i], hex ? 16 : 10);
        // xid is a full unsigned 64 bit number.
        auto wide = i == 4 ? base::parse_unsigned(words[i]) : std::nullopt;
        if (!value && !wide)
            return std::nullopt;
        n[i] = wide ? static_cast<int64_t>(*wide) : *value;
    }
    LockRecord lock{};
    lock.id = static_cast<uint32_t>(n[0]);
    lock.nodeid = static_cast<int>(n[1]);
    lock.remote_id = static_cast<uint32_t>(n[2]);
    lock.pid = static_cast<int>(n[3]);
    lock.xid = static_cast<uint64_t>(n[4]);
    lock.request_flags = static_cast<uint32_t>(n[5]);
    lock.internal_flags = static_cast<uint32_t>(n[6]);
    lock.status = static_cast<int>(n[7]);
    lock.granted_mode = static_cast<int>(n[8]);
    lock.requested_mode = static_cast<int>(n[9]);
    lock.queued_us = static_cast<uint64_t>(n[10]);
    lock.master = static_cast<uint32_t>(n[11]);
    lock.name_length = static_cast<uint32_t>(n[12]);
    return lock;
}

static void skip_line(std::string_view &text)
{
    size_t end = text.find('\n');
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
}

LockTable parse_locks(std::string_view text, const LockNames &names)
{
    LockTable table;
    if (text.starts_with("id "))
        skip_line(text);
    while (!text.empty()) {
        std::string_view line = text;
        auto words = take_numbers(line);
        auto lock = words ? to_record(*words) : std::nullopt;
        auto known = lock ? names.find(lock->id) : names.end();
        auto name = lock ? take_name(line, lock->name_length,
                                     known == names.end() ? nullptr : &known->second)
                         : std::nullopt;
        if (!name) {
            skip_line(text);
            table.malformed++;
            continue;
        }
        lock->name = std::string(*name);
        table.locks.push_back(std::move(*lock));
        text = line;
    }
    return table;
}

bool has_doubtful_name(const LockTable &table)
{
    return std::any_of(table.locks.begin(), table.locks.end(), [](const LockRecord &lock) {
        return lock.name.size() != lock.name_length || lock.name.find('\n') != std::string::npos;
    });
}

void put_paths(LockTable &table, const SublockTable &sublocks)
{
    const auto paths = paths_by_id(sublocks);
    for (auto &lock : table.locks)
        // The other side of another node's lock has an id of the same kind, and no path.
        if (auto found = paths.find(lock.id); found != paths.end() && !lock.is_master_copy())
            lock.path = *found->second;
}

}  // namespace dlm::lib
