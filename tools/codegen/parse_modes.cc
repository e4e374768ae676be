// SPDX-License-Identifier: GPL-2.0-or-later
// modes.yaml: lock modes and the square tables over them.
#include <string_view>

#include "codegen/parse.h"
#include "codegen/yaml.h"

namespace dlm::codegen {
namespace {

using base::Error;
using base::Result;

Mode parse_mode(const YAML::Node &node)
{
    return {required<std::string>(node, "name"), required<int>(node, "value"),
            required<std::string>(node, "doc")};
}

// One letter per cell; each must be among `letters`, each row must have `columns` of them.
Result<std::string> parse_row(const YAML::Node &table, const std::string &row, size_t columns,
                              std::string_view letters)
{
    std::string cells;
    for (const auto &cell : section(table, row.c_str())) {
        const auto text = cell.as<std::string>();
        if (text.size() != 1 || letters.find(text[0]) == letters.npos)
            return Error(fmt::format("row {}: bad cell \"{}\"", row, text));
        cells += text;
    }
    if (cells.size() != columns)
        return Error(fmt::format("row {}: {} cells instead of {}", row, cells.size(), columns));
    return cells;
}

Result<std::vector<std::vector<bool>>> parse_bits(const YAML::Node &table,
                                                  const std::vector<Mode> &modes)
{
    std::vector<std::vector<bool>> rows;
    for (const auto &mode : modes) {
        auto cells = parse_row(table, mode.name, modes.size(), "01");
        if (!cells)
            return std::move(cells).error();
        auto &row = rows.emplace_back();
        for (char cell : *cells)
            row.push_back(cell == '1');
    }
    return rows;
}

Result<void> check_symmetric(const Modes &spec)
{
    for (size_t i = 0; i < spec.modes.size(); i++)
        for (size_t j = 0; j < i; j++)
            if (spec.compatible[i][j] != spec.compatible[j][i])
                return Error(fmt::format("compatible: {} and {} contradict each other",
                                         spec.modes[i].name, spec.modes[j].name));
    return {};
}

Result<Modes> parse(const YAML::Node &root)
{
    Modes spec;
    spec.doc = required<std::string>(root, "doc");
    spec.none = parse_mode(section(root, "none"));
    for (const auto &node : section(root, "modes"))
        spec.modes.push_back(parse_mode(node));
    for (size_t i = 0; i < spec.modes.size(); i++)
        if (spec.modes[i].value != static_cast<int>(i))
            return Error(fmt::format("mode {} has to be number {}", spec.modes[i].name, i));
    if (spec.none.value != -1)
        return Error("the mode that means none has to be number -1");

    auto compatible = parse_bits(section(root, "compatible"), spec.modes);
    if (!compatible)
        return std::move(compatible).error().context("compatible");
    spec.compatible = *std::move(compatible);
    if (auto symmetric = check_symmetric(spec); !symmetric)
        return std::move(symmetric).error();

    auto quecvt = parse_bits(section(root, "quecvt"), spec.modes);
    if (!quecvt)
        return std::move(quecvt).error().context("quecvt");
    spec.quecvt = *std::move(quecvt);

    for (const auto &mode : spec.modes) {
        auto row = parse_row(section(root, "convert"), mode.name, spec.modes.size(), "SUDM");
        if (!row)
            return std::move(row).error().context("convert");
        spec.convert.push_back(*std::move(row));
    }
    std::vector<Mode> held = {spec.none};
    held.insert(held.end(), spec.modes.begin(), spec.modes.end());
    for (const auto &mode : held) {
        auto row = parse_row(section(root, "lvb"), mode.name, spec.modes.size() + 1, "RW-");
        if (!row)
            return std::move(row).error().context("lvb");
        spec.lvb.push_back(*std::move(row));
    }
    return spec;
}

}  // namespace

Result<Modes> parse_modes(const std::string &text)
{
    return guarded<Modes>(text, parse);
}

}  // namespace dlm::codegen
