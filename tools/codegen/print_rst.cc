// SPDX-License-Identifier: GPL-2.0-or-later
// Documentation/gen/: tables that the documentation includes.
#include <fmt/format.h>

#include "codegen/print.h"
#include "codegen/text.h"

namespace dlm::codegen {
namespace {

using Rows = std::vector<std::vector<std::string>>;

Rows mode_head(const Modes &spec)
{
    Rows rows(1);
    rows[0].emplace_back();
    for (const auto &mode : spec.modes)
        rows[0].push_back(mode.name);
    return rows;
}

std::string bit_table(const Modes &spec, const std::vector<std::vector<bool>> &bits)
{
    Rows rows = mode_head(spec);
    for (size_t i = 0; i < spec.modes.size(); i++) {
        std::vector<std::string> row = {spec.modes[i].name};
        for (bool bit : bits[i])
            row.emplace_back(bit ? "yes" : "no");
        rows.push_back(std::move(row));
    }
    return rst_table(rows);
}

std::string word(char cell)
{
    switch (cell) {
    case 'S': return "same";
    case 'U': return "up";
    case 'D': return "down";
    case 'M': return "middle";
    case 'R': return "read";
    case 'W': return "write";
    default: return "none";
    }
}

std::vector<std::string> word_row(const std::string &name, const std::string &cells)
{
    std::vector<std::string> row = {name};
    for (char cell : cells)
        row.push_back(word(cell));
    return row;
}

std::string yes_no(bool value)
{
    return value ? "yes" : "no";
}

std::string layout_table(const WireStruct &layout)
{
    Rows rows = {{"offset", "type", "name", "meaning"}};
    for (const auto &field : layout.fields)
        rows.push_back({fmt::format("{}", field.offset + (layout.behind_header ? 16 : 0)),
                        field.type == "bytes" ? fmt::format("{} bytes", field.size) : field.type,
                        layout.prefix + field.name, field.doc});
    return rst_table(rows);
}

}  // namespace

std::string print_modes_rst(const Modes &spec)
{
    std::string out = rst_banner("modes.yaml") + rst_title("Lock modes", '=');
    Rows names = {{"mode", "number", "meaning"},
                  {spec.none.name, fmt::format("{}", spec.none.value), spec.none.doc}};
    for (const auto &mode : spec.modes)
        names.push_back({mode.name, fmt::format("{}", mode.value), mode.doc});
    out += rst_table(names);
    out += rst_title("May be held together", '-') + bit_table(spec, spec.compatible);
    out += rst_title("Kind of a conversion, from row to column", '-');
    Rows kinds = mode_head(spec);
    for (size_t i = 0; i < spec.modes.size(); i++)
        kinds.push_back(word_row(spec.modes[i].name, spec.convert[i]));
    out += rst_table(kinds);
    out += rst_title("Conversions that may say QUECVT, from row to column", '-') +
           bit_table(spec, spec.quecvt);
    out += rst_title("Value block, from mode held (row) to mode granted (column)", '-');
    Rows lvb = mode_head(spec);
    lvb[0].emplace_back("unlock");
    for (size_t i = 0; i < spec.lvb.size(); i++)
        lvb.push_back(word_row(i == 0 ? "new" : spec.modes[i - 1].name, spec.lvb[i]));
    return out + rst_table(lvb);
}

std::string print_flags_rst(const Flags &spec)
{
    std::string out = rst_banner("flags.yaml") + rst_title("Flags of lock operations", '=');
    Rows rows = {{"flag", "value", "request", "convert", "unlock", "cancel", "meaning"}};
    for (const auto &flag : spec.flags)
        rows.push_back({flag.name, fmt::format("{:#010x}", flag.value), yes_no(flag.in_request),
                        yes_no(flag.in_convert), yes_no(flag.in_unlock), yes_no(flag.in_cancel),
                        flag.doc});
    out += rst_table(rows) + rst_title("Pairs that exclude each other", '-');
    for (const auto &[a, b] : spec.exclusive)
        out += fmt::format("- {} and {}\n", a, b);
    out += "\n" + rst_title("Flags of the status block", '-');
    Rows status = {{"flag", "value", "meaning"}};
    for (const auto &flag : spec.status_flags)
        status.push_back({flag.name, fmt::format("{:#04x}", flag.value), flag.doc});
    return out + rst_table(status);
}

std::string print_tunables_rst(const Tunables &spec)
{
    std::string out = rst_banner("tunables.yaml") + rst_title("Tunables", '=');
    Rows rows = {
        {"name", "default", "range", "error", "while running", "CAP_SYS_ADMIN", "meaning"}};
    for (const auto &tunable : spec.tunables)
        rows.push_back(
            {tunable.name, tunable.is_string ? "empty" : fmt::format("{}", tunable.default_value),
             tunable.is_string ? fmt::format("{} bytes", tunable.max)
                               : fmt::format("{}..{}", tunable.min, tunable.max),
             tunable.is_string ? "" : tunable.error, tunable.busy_while_running ? "EBUSY" : "yes",
             yes_no(tunable.admin), tunable.doc});
    return out + rst_table(rows);
}

std::string print_wire_rst(const Wire &spec)
{
    std::string out = rst_banner("wire.yaml") + rst_title("Messages between nodes", '=');
    out += rst_title("Commands", '-');
    Rows commands = {{"h_cmd", "name", "shortest", "alone", "inside OPTS", "meaning"}};
    for (const auto &cmd : spec.commands)
        commands.push_back({fmt::format("{}", cmd.value), cmd.name,
                            fmt::format("{}", cmd.min_length), yes_no(cmd.outer), yes_no(cmd.inner),
                            cmd.doc});
    out += rst_table(commands);
    for (const auto &layout : spec.structs)
        out +=
            rst_title(fmt::format("{}: {}", layout.name, layout.doc), '-') + layout_table(layout);
    out += rst_title("Types of lock messages", '-');
    Rows msgs = {{"m_type", "name", "to", "payload", "reply", "meaning"}};
    for (const auto &type : spec.msg_types)
        msgs.push_back({fmt::format("{}", type.value), type.name, type.to, type.payload,
                        type.reply.empty() ? "none" : type.reply, type.doc});
    out += rst_table(msgs) + rst_title("Types of recovery messages", '-');
    Rows rcoms = {{"rc_type", "name", "received bare", "sent", "payload", "meaning"}};
    for (const auto &type : spec.rcom_types)
        rcoms.push_back({fmt::format("{}", type.value), type.name, yes_no(type.bare),
                         type.send_bare ? "bare" : "in OPTS", type.payload, type.doc});
    out += rst_table(rcoms) + rst_title("Error numbers in m_result", '-');
    Rows results = {{"error", "on the wire"}};
    for (const auto &result : spec.results)
        results.push_back({result.name, fmt::format("-{}", result.wire)});
    return out + rst_table(results);
}

}  // namespace dlm::codegen
