// SPDX-License-Identifier: GPL-2.0-or-later
// flags.yaml: request flags, where they may be given, and pairs that exclude each other.
#include <algorithm>

#include "codegen/parse.h"
#include "codegen/yaml.h"

namespace dlm::codegen {
namespace {

using base::Error;
using base::Result;

Result<Flag> parse_flag(const YAML::Node &node)
{
    Flag flag;
    flag.name = required<std::string>(node, "name");
    flag.value = required<std::uint32_t>(node, "value");
    flag.needs_lvb = optional(node, "needs_lvb", false);
    flag.only_mode = optional<std::string>(node, "only_mode", "");
    flag.doc = required<std::string>(node, "doc");
    for (const auto &use : section(node, "uses")) {
        const auto word = use.as<std::string>();
        if (word == "request")
            flag.in_request = true;
        else if (word == "convert")
            flag.in_convert = true;
        else if (word == "unlock")
            flag.in_unlock = true;
        else if (word == "cancel")
            flag.in_cancel = true;
        else
            return Error(fmt::format("{}: unknown use \"{}\"", flag.name, word));
    }
    if (flag.value == 0 || (flag.value & (flag.value - 1)) != 0)
        return Error(fmt::format("{}: not one bit", flag.name));
    return flag;
}

bool known(const Flags &spec, const std::string &name)
{
    return std::any_of(spec.flags.begin(), spec.flags.end(),
                       [&](const Flag &flag) { return flag.name == name; });
}

Result<Flags> parse(const YAML::Node &root)
{
    Flags spec;
    spec.doc = required<std::string>(root, "doc");
    spec.error = required<std::string>(root, "error");
    std::uint32_t seen = 0;
    for (const auto &node : section(root, "flags")) {
        auto flag = parse_flag(node);
        if (!flag)
            return std::move(flag).error();
        if (seen & flag->value)
            return Error(fmt::format("{}: its bit is taken", flag->name));
        seen |= flag->value;
        spec.flags.push_back(*std::move(flag));
    }
    for (const char *name : {"CONVERT", "CANCEL"})
        if (!known(spec, name))
            return Error(fmt::format("no flag {}: it tells the operations apart", name));
    for (const auto &node : section(root, "exclusive")) {
        const auto names = node.as<std::vector<std::string>>();
        if (names.size() != 2)
            return Error("exclusive: not a pair");
        for (const auto &name : names)
            if (!known(spec, name))
                return Error(fmt::format("exclusive: no flag {}", name));
        spec.exclusive.emplace_back(names[0], names[1]);
    }
    for (const auto &node : section(root, "status_flags"))
        spec.status_flags.push_back({required<std::string>(node, "name"),
                                     required<std::uint32_t>(node, "value"),
                                     required<std::string>(node, "doc")});
    return spec;
}

}  // namespace

Result<Flags> parse_flags(const std::string &text)
{
    return guarded<Flags>(text, parse);
}

}  // namespace dlm::codegen
