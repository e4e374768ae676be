// SPDX-License-Identifier: GPL-2.0-or-later
// wire.yaml: layouts and message types. Offsets are written down in the file and checked here, so
// that a field put into the wrong place is found before it is printed.
#include <algorithm>
#include <array>

#include "codegen/parse.h"
#include "codegen/yaml.h"

namespace dlm::codegen {
namespace {

using base::Error;
using base::Result;

struct TypeSize {
    const char *name;
    std::uint32_t size;
};

constexpr std::array<TypeSize, 6> type_sizes = {
    {{"u8", 1}, {"u16", 2}, {"u32", 4}, {"u64", 8}, {"s8", 1}, {"s32", 4}}};

Result<std::uint32_t> field_size(const YAML::Node &node, const std::string &type)
{
    if (type == "bytes")
        return required<std::uint32_t>(node, "length");
    for (const auto &entry : type_sizes)
        if (type == entry.name)
            return entry.size;
    return Error(fmt::format("unknown type \"{}\"", type));
}

Result<WireField> parse_field(const YAML::Node &node, const Wire &spec)
{
    WireField field;
    field.name = required<std::string>(node, "name");
    field.type = required<std::string>(node, "type");
    field.offset = required<std::uint32_t>(node, "offset");
    field.kept = optional<std::string>(node, "host", "") != "none";
    field.translate = optional(node, "translate", false);
    field.mask = optional<std::string>(node, "mask", "");
    field.doc = required<std::string>(node, "doc");
    auto size = field_size(node, field.type);
    if (!size)
        return std::move(size).error().context("field {}", field.name);
    field.size = *size;
    const bool mask_known =
        field.mask.empty() ||
        std::any_of(spec.constants.begin(), spec.constants.end(),
                    [&](const WireConstant &constant) { return constant.name == field.mask; });
    if (!mask_known)
        return Error(fmt::format("field {}: no constant {}", field.name, field.mask));
    return field;
}

Result<WireStruct> parse_struct(const YAML::Node &node, const Wire &spec)
{
    WireStruct layout;
    layout.name = required<std::string>(node, "name");
    layout.host = required<std::string>(node, "host");
    layout.prefix = required<std::string>(node, "prefix");
    layout.size = required<std::uint32_t>(node, "size");
    layout.behind_header = optional(node, "behind_header", false);
    layout.doc = required<std::string>(node, "doc");
    std::uint32_t end = 0;
    for (const auto &child : section(node, "fields")) {
        auto field = parse_field(child, spec);
        if (!field)
            return std::move(field).error().context("struct {}", layout.name);
        if (field->offset != end)
            return Error(fmt::format("struct {}: field {} is at {}, the one before ends at {}",
                                     layout.name, field->name, field->offset, end));
        end += field->size;
        layout.fields.push_back(*std::move(field));
    }
    if (end != layout.size)
        return Error(fmt::format("struct {}: size {}, but its fields end at {}", layout.name,
                                 layout.size, end));
    return layout;
}

const WireStruct *find_struct(const Wire &spec, const std::string &name)
{
    for (const auto &layout : spec.structs)
        if (layout.name == name)
            return &layout;
    return nullptr;
}

Result<MsgType> parse_msg_type(const YAML::Node &node, const WireStruct &msg)
{
    MsgType type;
    type.name = required<std::string>(node, "name");
    type.value = required<std::uint32_t>(node, "value");
    type.to = required<std::string>(node, "to");
    type.reply = optional<std::string>(node, "reply", "");
    type.payload = required<std::string>(node, "payload");
    type.uses = required<std::vector<std::string>>(node, "uses");
    type.doc = required<std::string>(node, "doc");
    if (type.payload != "none" && type.payload != "name" && type.payload != "lvb")
        return Error(fmt::format("{}: unknown payload \"{}\"", type.name, type.payload));
    if (type.payload == "name") {
        const auto word = required<std::string>(node, "long_name");
        if (word != "answer" && word != "drop")
            return Error(fmt::format("{}: long_name is answer or drop", type.name));
        type.long_name_answered = word == "answer";
    }
    for (const auto &use : type.uses)
        if (std::none_of(msg.fields.begin(), msg.fields.end(),
                         [&](const WireField &field) { return field.name == use; }))
            return Error(fmt::format("{}: no field {}", type.name, use));
    return type;
}

Result<RcomType> parse_rcom_type(const YAML::Node &node)
{
    static const std::array<const char *, 6> payloads = {"none",  "name",   "status",
                                                         "names", "config", "lock"};
    RcomType type;
    type.name = required<std::string>(node, "name");
    type.value = required<std::uint32_t>(node, "value");
    type.bare = required<bool>(node, "bare");
    type.send_bare = required<std::string>(node, "send") == "bare";
    type.reply_to = required<std::string>(node, "reply_to");
    type.payload = required<std::string>(node, "payload");
    type.min_payload = required<std::uint32_t>(node, "min_payload");
    type.doc = required<std::string>(node, "doc");
    if (std::find(payloads.begin(), payloads.end(), type.payload) == payloads.end())
        return Error(fmt::format("{}: unknown payload \"{}\"", type.name, type.payload));
    return type;
}

// Numbers from 1 without a gap: tables are indexed by them.
template <typename Type>
Result<void> check_numbers(const std::vector<Type> &types)
{
    for (size_t i = 0; i < types.size(); i++)
        if (types[i].value != i + 1)
            return Error(fmt::format("{} has to be number {}", types[i].name, i + 1));
    return {};
}

Result<void> parse_types(const YAML::Node &root, Wire &spec)
{
    const WireStruct *msg = find_struct(spec, "msg");
    if (msg == nullptr)
        return Error("no struct msg");
    for (const auto &node : section(root, "msg_types")) {
        auto type = parse_msg_type(node, *msg);
        if (!type)
            return std::move(type).error().context("msg_types");
        spec.msg_types.push_back(*std::move(type));
    }
    for (const auto &node : section(root, "rcom_types")) {
        auto type = parse_rcom_type(node);
        if (!type)
            return std::move(type).error().context("rcom_types");
        spec.rcom_types.push_back(*std::move(type));
    }
    if (auto numbers = check_numbers(spec.msg_types); !numbers)
        return std::move(numbers).error().context("msg_types");
    if (auto numbers = check_numbers(spec.rcom_types); !numbers)
        return std::move(numbers).error().context("rcom_types");
    return check_numbers(spec.commands);
}

Result<Wire> parse(const YAML::Node &root)
{
    Wire spec;
    spec.doc = required<std::string>(root, "doc");
    for (const auto &node : section(root, "constants"))
        spec.constants.push_back({required<std::string>(node, "name"),
                                  required<std::uint32_t>(node, "value"),
                                  required<std::string>(node, "doc")});
    for (const auto &node : section(root, "commands"))
        spec.commands.push_back(
            {required<std::string>(node, "name"), required<std::uint32_t>(node, "value"),
             required<std::uint32_t>(node, "min_length"), required<bool>(node, "outer"),
             required<bool>(node, "inner"), required<std::string>(node, "doc")});
    for (const auto &node : section(root, "structs")) {
        auto layout = parse_struct(node, spec);
        if (!layout)
            return std::move(layout).error();
        spec.structs.push_back(*std::move(layout));
    }
    if (auto types = parse_types(root, spec); !types)
        return std::move(types).error();
    for (const auto &node : section(root, "results"))
        spec.results.push_back(
            {required<std::string>(node, "name"), required<std::uint32_t>(node, "wire")});
    return spec;
}

}  // namespace

Result<Wire> parse_wire(const std::string &text)
{
    return guarded<Wire>(text, parse);
}

}  // namespace dlm::codegen
