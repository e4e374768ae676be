// SPDX-License-Identifier: LGPL-2.1-or-later
// Parser of debugfs <lockspace>_sublocks: "root"/"child"/.. ID PARENT DEPTH
#include "lib/debug_sublocks.h"

#include <algorithm>
#include <optional>

#include "base/number.h"

namespace dlm::lib {

static bool take(std::string_view &line, std::string_view token)
{
    if (!line.starts_with(token))
        return false;
    line.remove_prefix(token.size());
    return true;
}

// Up to the closing quote; quotes and what is not printable stand as \xNN.
static std::optional<std::string> take_quoted(std::string_view &line)
{
    if (!take(line, "\""))
        return std::nullopt;
    std::string name;
    while (!line.empty() && line.front() != '"') {
        if (take(line, "\\x")) {
            auto byte = base::parse_unsigned(line.substr(0, 2), 16);
            if (!byte || line.size() < 2)
                return std::nullopt;
            name += static_cast<char>(*byte);
            line.remove_prefix(2);
        } else {
            name += line.front();
            line.remove_prefix(1);
        }
    }
    return take(line, "\"") ? std::optional(name) : std::nullopt;
}

static std::optional<SublockPath> take_path(std::string_view &line)
{
    SublockPath path;
    do {
        auto name = take_quoted(line);
        if (!name)
            return std::nullopt;
        bool cut = take(line, "..");
        path.push_back({std::move(*name), !cut});
    } while (take(line, "/"));
    return path;
}

static std::optional<uint64_t> take_number(std::string_view &line, int radix)
{
    if (!take(line, " "))
        return std::nullopt;
    auto number = base::parse_unsigned(line.substr(0, line.find(' ')), radix);
    line.remove_prefix(std::min(line.find(' '), line.size()));
    return number;
}

static std::optional<SublockRecord> parse_sublock(std::string_view line)
{
    auto path = take_path(line);
    if (!path)
        return std::nullopt;
    auto id = take_number(line, 16), parent = take_number(line, 16), depth = take_number(line, 10);
    if (!id || !parent || !depth || !line.empty() || path->size() < 2 || path->size() != *depth)
        return std::nullopt;
    return SublockRecord{std::move(*path), static_cast<uint32_t>(*id),
                         static_cast<uint32_t>(*parent)};
}

SublockTable parse_sublocks(std::string_view text)
{
    SublockTable table;
    take(text, "path id parent depth\n");
    while (!text.empty()) {
        size_t end = text.find('\n');
        std::string_view line = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (auto record = parse_sublock(line))
            table.sublocks.push_back(std::move(*record));
        else
            table.malformed++;
    }
    return table;
}

std::unordered_map<uint32_t, const SublockPath *> paths_by_id(const SublockTable &table)
{
    std::unordered_map<uint32_t, const SublockPath *> paths;
    for (const auto &sublock : table.sublocks)
        paths[sublock.id] = &sublock.path;
    return paths;
}

}  // namespace dlm::lib
