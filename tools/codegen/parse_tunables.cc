// SPDX-License-Identifier: GPL-2.0-or-later
// tunables.yaml: attributes of the cluster directory.
#include "codegen/parse.h"
#include "codegen/yaml.h"

namespace dlm::codegen {
namespace {

using base::Error;
using base::Result;

Result<Tunable> parse_tunable(const YAML::Node &node)
{
    Tunable tunable;
    tunable.name = required<std::string>(node, "name");
    tunable.doc = required<std::string>(node, "doc");
    tunable.max = required<std::uint32_t>(node, "max");
    tunable.admin = required<bool>(node, "admin");
    tunable.busy_while_running = optional(node, "busy_while_running", false);
    tunable.error = optional<std::string>(node, "error", "EINVAL");
    const auto type = required<std::string>(node, "type");
    if (type == "string") {
        tunable.is_string = true;
        return tunable;
    }
    if (type != "u32")
        return Error(fmt::format("{}: unknown type \"{}\"", tunable.name, type));
    tunable.default_value = required<std::uint32_t>(node, "default");
    tunable.min = required<std::uint32_t>(node, "min");
    if (tunable.default_value < tunable.min || tunable.default_value > tunable.max)
        return Error(fmt::format("{}: default is out of range", tunable.name));
    return tunable;
}

Result<Tunables> parse(const YAML::Node &root)
{
    Tunables spec;
    spec.doc = required<std::string>(root, "doc");
    for (const auto &node : section(root, "tunables")) {
        auto tunable = parse_tunable(node);
        if (!tunable)
            return std::move(tunable).error();
        spec.tunables.push_back(*std::move(tunable));
    }
    return spec;
}

}  // namespace

Result<Tunables> parse_tunables(const std::string &text)
{
    return guarded<Tunables>(text, parse);
}

}  // namespace dlm::codegen
