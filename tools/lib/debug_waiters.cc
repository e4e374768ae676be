// SPDX-License-Identifier: LGPL-2.1-or-later
// Parser of debugfs <lockspace>_waiters.
#include "lib/debug_waiters.h"

#include <optional>

#include "base/number.h"

namespace dlm::lib {

static std::optional<std::string_view> take_word(std::string_view &line)
{
    size_t end = line.find(' ');
    if (end == std::string_view::npos || end == 0)
        return std::nullopt;
    std::string_view word = line.substr(0, end);
    line.remove_prefix(end + 1);
    return word;
}

static std::optional<WaiterRecord> parse_line(std::string_view line)
{
    auto id_word = take_word(line), type_word = take_word(line), node_word = take_word(line);
    if (!id_word || !type_word || !node_word)
        return std::nullopt;
    auto id = base::parse_unsigned(*id_word, 16);
    auto type = base::parse_signed(*type_word), node = base::parse_signed(*node_word);
    if (!id || !type || !node)
        return std::nullopt;
    return WaiterRecord{static_cast<uint32_t>(*id),
                        static_cast<int>(*type),
                        static_cast<int>(*node),
                        std::string(line),
                        {}};
}

WaiterTable parse_waiters(std::string_view text)
{
    WaiterTable table;
    while (!text.empty()) {
        size_t end = text.find('\n');
        std::string_view line = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (auto waiter = parse_line(line))
            table.waiters.push_back(std::move(*waiter));
        else
            table.malformed++;
    }
    return table;
}

void put_paths(WaiterTable &table, const SublockTable &sublocks)
{
    const auto paths = paths_by_id(sublocks);
    for (auto &waiter : table.waiters)
        if (auto found = paths.find(waiter.id); found != paths.end())
            waiter.path = *found->second;
}

std::string_view wait_type_name(int wait_type)
{
    switch (wait_type) {
    case 1: return "request";
    case 2: return "convert";
    case 3: return "unlock";
    case 4: return "cancel";
    case 11: return "lookup";
    default: return "message";
    }
}

}  // namespace dlm::lib
