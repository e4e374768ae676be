// SPDX-License-Identifier: GPL-2.0-or-later
// tools/base/gen/: the same facts for C++, as constexpr arrays.
#include <fmt/format.h>

#include "codegen/print.h"
#include "codegen/text.h"

namespace dlm::codegen {
namespace {

const char *const open_namespace = "\nnamespace dlm::base {\n\n";
const char *const close_namespace = "\n} // namespace dlm::base\n";
const char *const includes = "\n#include <array>\n#include <cstdint>\n#include <string_view>\n";

std::string array_of(const char *type, const char *name, size_t count)
{
    return fmt::format("inline constexpr std::array<{}, {}> {} = {{{{\n", type, count, name);
}

template <typename Type>
std::string enum_class(const char *name, const std::vector<Type> &types)
{
    std::string out = fmt::format("enum class {} : std::uint32_t {{\n", name);
    for (const auto &type : types)
        out += fmt::format("    {} = {},\n", type.name, type.value);
    return out + "};\n\n";
}

template <typename Type>
std::string name_array(const char *name, const std::vector<Type> &types)
{
    std::string out = array_of("TypeInfo", name, types.size());
    for (const auto &type : types)
        out +=
            fmt::format("    {{{}, {}, {}}},\n", quoted(type.name), type.value, quoted(type.doc));
    return out + "}};\n";
}

const char *truth(bool value)
{
    return value ? "true" : "false";
}

}  // namespace

std::string print_modes_cpp(const Modes &spec)
{
    std::string out = cpp_banner("modes.yaml", "Lock modes: names and meaning.");
    out += std::string(includes) + open_namespace;
    out +=
        "struct ModeInfo {\n    std::string_view name;\n    int value;\n"
        "    std::string_view doc;\n};\n\n";
    out += fmt::format("// In ascending order; mode n stands at place n + {}.\n", -spec.none.value);
    out += array_of("ModeInfo", "modes", spec.modes.size() + 1);
    const auto row = [](const Mode &mode) {
        return fmt::format("    {{{}, {}, {}}},\n", quoted(mode.name), mode.value,
                           quoted(mode.doc));
    };
    out += row(spec.none);
    for (const auto &mode : spec.modes)
        out += row(mode);
    out +=
        "}};\n\n// \"??\" for a number that is no mode.\n"
        "constexpr std::string_view mode_name(int mode) {\n"
        "    for (const auto &info : modes)\n        if (info.value == mode)\n"
        "            return info.name;\n    return \"?\?\";\n}\n";
    return out + close_namespace;
}

std::string print_flags_cpp(const Flags &spec)
{
    std::string out = cpp_banner("flags.yaml", "Flags of lock operations and of the status block.");
    out += std::string(includes) + open_namespace;
    out +=
        "struct FlagInfo {\n    std::string_view name; // without prefix\n"
        "    std::uint32_t value;\n    std::string_view doc;\n};\n\n";
    out += "// DLM_LKF_\n" + array_of("FlagInfo", "lock_flags", spec.flags.size());
    for (const auto &flag : spec.flags)
        out += fmt::format("    {{{}, {:#010x}, {}}},\n", quoted(flag.name), flag.value,
                           quoted(flag.doc));
    out += "}};\n\n// DLM_SBF_\n" + array_of("FlagInfo", "status_flags", spec.status_flags.size());
    for (const auto &flag : spec.status_flags)
        out += fmt::format("    {{{}, {:#04x}, {}}},\n", quoted(flag.name), flag.value,
                           quoted(flag.doc));
    return out + "}};\n" + close_namespace;
}

std::string print_tunables_cpp(const Tunables &spec)
{
    std::string out =
        cpp_banner("tunables.yaml", "Attributes of the cluster directory in configfs.");
    out += std::string(includes) + open_namespace;
    out +=
        "struct TunableInfo {\n    std::string_view name;\n    bool is_string;\n"
        "    std::uint32_t default_value;\n    std::uint32_t min;\n"
        "    std::uint32_t max; // of a string: the longest length kept\n"
        "    bool busy_while_running;\n    bool admin;\n    std::string_view doc;\n};\n\n";
    out += array_of("TunableInfo", "tunables", spec.tunables.size());
    for (const auto &tunable : spec.tunables)
        out += fmt::format("    {{{}, {}, {}, {}, {}U, {}, {},\n     {}}},\n", quoted(tunable.name),
                           truth(tunable.is_string), tunable.default_value, tunable.min,
                           tunable.max, truth(tunable.busy_while_running), truth(tunable.admin),
                           quoted(tunable.doc));
    return out + "}};\n" + close_namespace;
}

std::string print_wire_cpp(const Wire &spec)
{
    std::string out = cpp_banner("wire.yaml", "Numbers and names of the messages between nodes.");
    out += std::string(includes) + open_namespace;
    for (const auto &constant : spec.constants)
        out += fmt::format("// {}\ninline constexpr std::uint32_t wire_{} = {:#x};\n", constant.doc,
                           lower(constant.name), constant.value);
    out += "\n";
    for (const auto &layout : spec.structs)
        out += fmt::format("inline constexpr std::uint32_t wire_{}_size = {};\n", layout.name,
                           layout.size + (layout.behind_header ? 16 : 0));
    out += "\n" + enum_class("WireCommand", spec.commands) + enum_class("MsgType", spec.msg_types) +
           enum_class("RcomType", spec.rcom_types);
    out +=
        "struct TypeInfo {\n    std::string_view name;\n    std::uint32_t value;\n"
        "    std::string_view doc;\n};\n\n";
    out += name_array("wire_commands", spec.commands) + "\n" +
           name_array("msg_types", spec.msg_types) + "\n" +
           name_array("rcom_types", spec.rcom_types);
    return out + close_namespace;
}

}  // namespace dlm::codegen
