// SPDX-License-Identifier: GPL-2.0-or-later
// kernel/gen/dlm_wire.c: layouts with their asserts, field by field copies, tables of types.
#include <fmt/format.h>

#include "codegen/print.h"
#include "codegen/text.h"

namespace dlm::codegen {
namespace {

const char *const about =
    "Layouts of the messages between nodes, the way between them and structures\n"
    "in host order, and the tables of message types.";

std::string wire_member(const WireStruct &layout, const WireField &field)
{
    const auto name = layout.prefix + field.name;
    if (field.type == "bytes")
        return fmt::format("u8 {}[{}]", name, field.size);
    switch (field.size) {
    case 1: return fmt::format("{} {}", field.type, name);
    case 2: return "__le16 " + name;
    case 4: return "__le32 " + name;
    default: return "__le64 " + name;
    }
}

std::string wire_struct(const WireStruct &layout)
{
    std::string out = fmt::format("/* {} */\nstruct dlm_wire_{} {{\n", layout.doc, layout.name);
    for (const auto &field : layout.fields)
        out += fmt::format("\t{};\n", wire_member(layout, field));
    out += "} __packed;\n\n";
    out +=
        fmt::format("static_assert(sizeof(struct dlm_wire_{}) == {});\n", layout.name, layout.size);
    for (const auto &field : layout.fields)
        out += fmt::format("static_assert(offsetof(struct dlm_wire_{}, {}{}) == {});\n",
                           layout.name, layout.prefix, field.name, field.offset);
    return out;
}

std::string put_value(const WireField &field)
{
    std::string value = "from->" + field.name;
    if (field.translate)
        value = fmt::format("dlm_wire_result_encode({})", value);
    if (!field.mask.empty())
        value += " & DLM_WIRE_" + field.mask;
    if (field.size == 1)
        return value;
    if (field.type[0] == 's')
        value = "(u32)" + value;
    return fmt::format("cpu_to_le{}({})", field.size * 8, value);
}

std::string put_function(const WireStruct &layout)
{
    std::string out = fmt::format(
        "void dlm_wire_put_{0}(u8 *buf, const struct dlm_{1} *from)\n{{\n"
        "\tstruct dlm_wire_{0} *to = (struct dlm_wire_{0} *)buf;\n\n",
        layout.name, layout.host);
    for (const auto &field : layout.fields) {
        const auto name = layout.prefix + field.name;
        if (!field.kept)
            out += fmt::format("\tto->{} = 0;\n", name);
        else if (field.type == "bytes")
            out +=
                fmt::format("\tmemcpy(to->{0}, from->{1}, sizeof(to->{0}));\n", name, field.name);
        else
            out += fmt::format("\tto->{} = {};\n", name, put_value(field));
    }
    return out + "}\n";
}

std::string get_value(const WireStruct &layout, const WireField &field)
{
    std::string value = "from->" + layout.prefix + field.name;
    if (field.size != 1)
        value = fmt::format("le{}_to_cpu({})", field.size * 8, value);
    if (field.size != 1 && field.type[0] == 's')
        value = "(s32)" + value;
    if (!field.mask.empty())
        value += " & DLM_WIRE_" + field.mask;
    if (field.translate)
        value = fmt::format("dlm_wire_result_decode({})", value);
    return value;
}

std::string get_function(const WireStruct &layout)
{
    std::string out = fmt::format(
        "void dlm_wire_get_{0}(struct dlm_{1} *to, const u8 *buf)\n{{\n"
        "\tconst struct dlm_wire_{0} *from = (const struct dlm_wire_{0} *)buf;\n\n",
        layout.name, layout.host);
    for (const auto &field : layout.fields) {
        if (!field.kept)
            continue;
        if (field.type == "bytes")
            out += fmt::format("\tmemcpy(to->{0}, from->{1}{0}, sizeof(to->{0}));\n", field.name,
                               layout.prefix);
        else
            out += fmt::format("\tto->{} = {};\n", field.name, get_value(layout, field));
    }
    return out + "}\n";
}

std::string result_functions(const Wire &spec)
{
    std::string out = "s32 dlm_wire_result_encode(s32 result)\n{\n\tswitch (result) {\n";
    for (const auto &result : spec.results)
        out += fmt::format("\tcase -{}:\n\t\treturn -{};\n", result.name, result.wire);
    out +=
        "\tdefault:\n\t\treturn result;\n\t}\n}\n\n"
        "s32 dlm_wire_result_decode(s32 result)\n{\n\tswitch (result) {\n";
    for (const auto &result : spec.results)
        out += fmt::format("\tcase -{}:\n\t\treturn -{};\n", result.wire, result.name);
    return out + "\tdefault:\n\t\treturn result;\n\t}\n}\n";
}

const char *truth(bool value)
{
    return value ? "true" : "false";
}

std::string cmd_table(const Wire &spec)
{
    std::string out = "static const struct dlm_cmd_rule cmd_rules[] = {\n";
    for (const auto &cmd : spec.commands)
        out += fmt::format(
            "\t[DLM_CMD_{0}] = {{\n\t\t.name = \"{0}\",\n\t\t.min_length = {1},\n"
            "\t\t.outer = {2},\n\t\t.inner = {3},\n\t}},\n",
            cmd.name, cmd.min_length, truth(cmd.outer), truth(cmd.inner));
    return out + "};\n";
}

std::string msg_table(const Wire &spec)
{
    std::string out = "static const struct dlm_msg_rule msg_rules[] = {\n";
    for (const auto &type : spec.msg_types) {
        std::string uses;
        for (const auto &use : type.uses)
            uses += fmt::format("{}DLM_MSG_USES_{}", uses.empty() ? "" : " |\n\t\t\t", upper(use));
        out += fmt::format(
            "\t[DLM_MSG_{0}] = {{\n\t\t.name = \"{0}\",\n\t\t.uses = {1},\n"
            "\t\t.payload = DLM_PAYLOAD_{2},\n",
            type.name, uses, upper(type.payload));
        if (type.payload == "name")
            out += fmt::format("\t\t.long_name_answered = {},\n", truth(type.long_name_answered));
        out += "\t},\n";
    }
    return out + "};\n";
}

std::string rcom_table(const Wire &spec)
{
    std::string out = "static const struct dlm_rcom_rule rcom_rules[] = {\n";
    for (const auto &type : spec.rcom_types)
        out += fmt::format(
            "\t[DLM_RCOM_{0}] = {{\n\t\t.name = \"{0}\",\n\t\t.min_payload = {1},\n"
            "\t\t.payload = DLM_PAYLOAD_{2},\n\t\t.bare = {3},\n"
            "\t\t.send_bare = {4},\n\t\t.reply = {5},\n\t}},\n",
            type.name, type.min_payload, upper(type.payload), truth(type.bare),
            truth(type.send_bare), truth(type.reply_to != "none"));
    return out + "};\n";
}

std::string rule_function(const char *kind, const char *argument)
{
    return fmt::format(
        "const struct dlm_{0}_rule *dlm_{0}_rule(u32 {1})\n{{\n"
        "\tif (!{1} || {1} >= ARRAY_SIZE({0}_rules))\n\t\treturn NULL;\n"
        "\treturn &{0}_rules[{1}];\n}}\n",
        kind, argument);
}

std::string name_function(const char *function, const char *kind, const char *argument)
{
    return fmt::format(
        "const char *{0}(u32 {2})\n{{\n"
        "\tconst struct dlm_{1}_rule *rule = dlm_{1}_rule({2});\n\n"
        "\treturn rule ? rule->name : \"?\";\n}}\n",
        function, kind, argument);
}

std::string keep_function(const Wire &spec)
{
    std::string out = "void dlm_msg_keep(struct dlm_msg *m, u32 uses)\n{\n";
    for (const auto &layout : spec.structs) {
        if (layout.name != "msg")
            continue;
        for (const auto &field : layout.fields)
            if (field.name != "type")
                out += fmt::format("\tif (!(uses & DLM_MSG_USES_{}))\n\t\tm->{} = 0;\n",
                                   upper(field.name), field.name);
    }
    return out + "}\n";
}

}  // namespace

std::string print_wire_c(const Wire &spec)
{
    std::string out = c_banner("wire.yaml", "GPL-2.0", false, about);
    out += "#include \"gen/dlm_wire.h\"\n\n";
    for (const auto &layout : spec.structs)
        out += wire_struct(layout) + "\n";
    out += result_functions(spec) + "\n";
    for (const auto &layout : spec.structs)
        out += put_function(layout) + "\n" + get_function(layout) + "\n";
    out += cmd_table(spec) + "\n" + msg_table(spec) + "\n" + rcom_table(spec) + "\n";
    out += rule_function("cmd", "cmd") + "\n" + rule_function("msg", "type") + "\n" +
           rule_function("rcom", "type") + "\n";
    out += name_function("dlm_cmd_name", "cmd", "cmd") + "\n" +
           name_function("dlm_msg_type_name", "msg", "type") + "\n" +
           name_function("dlm_rcom_type_name", "rcom", "type") + "\n";
    return out + keep_function(spec);
}

}  // namespace dlm::codegen
