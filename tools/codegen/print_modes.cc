// SPDX-License-Identifier: GPL-2.0-or-later
// kernel/gen/dlm_modes.h and .c
#include <fmt/format.h>

#include "codegen/print.h"
#include "codegen/text.h"

namespace dlm::codegen {
namespace {

const char *const about =
    "Lock modes: names, which may be held together, the kind of a conversion and\n"
    "the direction in which the value block moves.";

const char *convert_name(char kind)
{
    switch (kind) {
    case 'S': return "DLM_CONVERT_SAME";
    case 'U': return "DLM_CONVERT_UP";
    case 'D': return "DLM_CONVERT_DOWN";
    default: return "DLM_CONVERT_MIDDLE";
    }
}

const char *lvb_name(char op)
{
    switch (op) {
    case 'R': return "DLM_LVB_READ";
    case 'W': return "DLM_LVB_WRITE";
    default: return "DLM_LVB_NONE";
    }
}

// Bit b of row a: modes a and b may be held together; both counted from the mode that means none.
std::string compatible_table(const Modes &spec)
{
    const size_t n = spec.modes.size();
    std::string out =
        "/* [held + 1], bit wanted + 1; place 0 is no mode, which conflicts with nothing. */\n"
        "static const u8 compatible[DLM_MODE_NR + 1] = {\n";
    out += fmt::format("\t{:#04x},\t/* {} */\n", (2u << n) - 1, spec.none.name);
    for (size_t held = 0; held < n; held++) {
        unsigned bits = 1;
        for (size_t wanted = 0; wanted < n; wanted++)
            if (spec.compatible[held][wanted])
                bits |= 2u << wanted;
        out += fmt::format("\t{:#04x},\t/* {} */\n", bits, spec.modes[held].name);
    }
    return out + "};\n";
}

std::string convert_table(const Modes &spec)
{
    std::string out = "static const u8 convert_kinds[DLM_MODE_NR][DLM_MODE_NR] = {\n";
    for (size_t from = 0; from < spec.modes.size(); from++) {
        out += fmt::format("\t[DLM_LOCK_{}] = {{\n", spec.modes[from].name);
        for (size_t to = 0; to < spec.modes.size(); to++)
            out += fmt::format("\t\t[DLM_LOCK_{}] = {},\n", spec.modes[to].name,
                               convert_name(spec.convert[from][to]));
        out += "\t},\n";
    }
    return out + "};\n";
}

std::string quecvt_table(const Modes &spec)
{
    std::string out = "/* [from], bit to */\nstatic const u8 quecvt[DLM_MODE_NR] = {\n";
    for (size_t from = 0; from < spec.modes.size(); from++) {
        unsigned bits = 0;
        for (size_t to = 0; to < spec.modes.size(); to++)
            if (spec.quecvt[from][to])
                bits |= 1u << to;
        out += fmt::format("\t[DLM_LOCK_{}] = {:#04x},\n", spec.modes[from].name, bits);
    }
    return out + "};\n";
}

std::string lvb_tables(const Modes &spec)
{
    const size_t n = spec.modes.size();
    std::string out =
        "/* [granted + 1][requested]; row 0 is a new request. */\n"
        "static const u8 lvb_ops[DLM_MODE_NR + 1][DLM_MODE_NR] = {\n";
    for (size_t row = 0; row <= n; row++) {
        const auto &held = row == 0 ? spec.none : spec.modes[row - 1];
        out += fmt::format("\t[DLM_LOCK_{} + 1] = {{\n", held.name);
        for (size_t to = 0; to < n; to++)
            out += fmt::format("\t\t[DLM_LOCK_{}] = {},\n", spec.modes[to].name,
                               lvb_name(spec.lvb[row][to]));
        out += "\t},\n";
    }
    out += "};\n\nstatic const u8 lvb_unlock_ops[DLM_MODE_NR + 1] = {\n";
    for (size_t row = 0; row <= n; row++) {
        const auto &held = row == 0 ? spec.none : spec.modes[row - 1];
        out += fmt::format("\t[DLM_LOCK_{} + 1] = {},\n", held.name, lvb_name(spec.lvb[row][n]));
    }
    return out + "};\n";
}

}  // namespace

std::string print_modes_h(const Modes &spec)
{
    std::string out = c_banner("modes.yaml", "GPL-2.0", true, about);
    out += R"(#ifndef DLM_GEN_MODES_H
#define DLM_GEN_MODES_H

#include "platform/dlm_platform.h"

)";
    const auto &low = spec.modes.front().name;
    const auto &high = spec.modes.back().name;
    out +=
        fmt::format("/* Modes that a lock can hold, DLM_LOCK_{} .. DLM_LOCK_{}. */\n", low, high);
    out += fmt::format("#define DLM_MODE_NR {}\n", spec.modes.size());
    out += R"(
enum dlm_convert_kind {
	DLM_CONVERT_SAME,
	DLM_CONVERT_UP,
	DLM_CONVERT_DOWN,
	DLM_CONVERT_MIDDLE,	/* neither of the two is above the other */
};

enum dlm_lvb_op {
	DLM_LVB_NONE,
	DLM_LVB_READ,		/* the resource's value goes to the caller */
	DLM_LVB_WRITE,		/* the caller's value goes to the resource */
};

/* A mode that a lock can hold; the mode that means none is not. */
static inline bool dlm_mode_valid(int mode)
{
)";
    out += fmt::format("\treturn mode >= DLM_LOCK_{} && mode <= DLM_LOCK_{};\n}}\n", low, high);
    out += R"(
/* Two letters; "??" for a number that is no mode. Never NULL. */
const char *dlm_mode_name(int mode);

/* May be held together. No mode conflicts with nothing, a number that is none with all. */
bool dlm_mode_compatible(int a, int b);

/* From no mode everything is up. */
enum dlm_convert_kind dlm_convert_kind(int from, int to);
bool dlm_quecvt_allowed(int from, int to);

/* @granted: mode held at that moment, DLM_LOCK_IV for a new request. */
enum dlm_lvb_op dlm_lvb_op(int granted, int requested);
enum dlm_lvb_op dlm_lvb_op_unlock(int granted);

#endif /* DLM_GEN_MODES_H */
)";
    return out;
}

std::string print_modes_c(const Modes &spec)
{
    std::string out = c_banner("modes.yaml", "GPL-2.0", false, about);
    out += "#include \"gen/dlm_modes.h\"\n\n";
    out += fmt::format("static_assert(DLM_LOCK_{} == {});\n", spec.none.name, spec.none.value);
    for (const auto &mode : spec.modes)
        out += fmt::format("static_assert(DLM_LOCK_{} == {});\n", mode.name, mode.value);
    out += fmt::format("\nstatic const char * const names[DLM_MODE_NR + 1] = {{\n\t\"{}\",\n",
                       spec.none.name);
    for (const auto &mode : spec.modes)
        out += fmt::format("\t\"{}\",\n", mode.name);
    out += "};\n\n" + compatible_table(spec) + "\n" + convert_table(spec) + "\n" +
           quecvt_table(spec) + "\n" + lvb_tables(spec);
    out += R"(
/* A mode, or none. */
static bool known(int mode)
{
	return mode == DLM_LOCK_IV || dlm_mode_valid(mode);
}

const char *dlm_mode_name(int mode)
{
	return known(mode) ? names[mode + 1] : "??";
}

bool dlm_mode_compatible(int a, int b)
{
	if (!known(a) || !known(b))
		return false;
	return compatible[a + 1] & BIT(b + 1);
}

enum dlm_convert_kind dlm_convert_kind(int from, int to)
{
	if (!dlm_mode_valid(from) || !dlm_mode_valid(to))
		return DLM_CONVERT_UP;
	return (enum dlm_convert_kind)convert_kinds[from][to];
}

bool dlm_quecvt_allowed(int from, int to)
{
	if (!dlm_mode_valid(from) || !dlm_mode_valid(to))
		return false;
	return quecvt[from] & BIT(to);
}

enum dlm_lvb_op dlm_lvb_op(int granted, int requested)
{
	if (!known(granted) || !dlm_mode_valid(requested))
		return DLM_LVB_NONE;
	return (enum dlm_lvb_op)lvb_ops[granted + 1][requested];
}

enum dlm_lvb_op dlm_lvb_op_unlock(int granted)
{
	if (!known(granted))
		return DLM_LVB_NONE;
	return (enum dlm_lvb_op)lvb_unlock_ops[granted + 1];
}
)";
    return out;
}

}  // namespace dlm::codegen
