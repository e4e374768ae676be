// SPDX-License-Identifier: GPL-2.0-or-later
// kernel/gen/dlm_flags.h and .c
#include <fmt/format.h>

#include "codegen/print.h"
#include "codegen/text.h"

namespace dlm::codegen {
namespace {

const char *const about =
    "Request flags: names, where each is legal, and the argument checks that\n"
    "depend on flags, mode and the presence of a value block only.";

// Flags for which `matches` holds, as a C expression in lines of its own.
template <typename Matches>
std::string mask(const char *name, const Flags &spec, Matches matches)
{
    std::string out = fmt::format("#define {}", name);
    std::string flags;
    for (const auto &flag : spec.flags)
        if (matches(flag))
            flags +=
                fmt::format("{}DLM_LKF_{}", flags.empty() ? " \\\n\t(" : " | \\\n\t ", flag.name);
    return out + (flags.empty() ? " 0\n" : flags + ")\n");
}

std::string uses(const Flag &flag)
{
    std::string out;
    const auto add = [&](bool used, const char *name) {
        if (used)
            out += (out.empty() ? "" : " | ") + std::string(name);
    };
    add(flag.in_request, "DLM_USE_REQUEST");
    add(flag.in_convert, "DLM_USE_CONVERT");
    add(flag.in_unlock, "DLM_USE_UNLOCK");
    add(flag.in_cancel, "DLM_USE_CANCEL");
    return out;
}

std::string masks(const Flags &spec)
{
    std::string out = "/* Known flags that the operation may not have. */\n";
    out += mask("NOT_IN_REQUEST", spec, [](const Flag &f) { return !f.in_request; });
    out += mask("NOT_IN_CONVERT", spec, [](const Flag &f) { return !f.in_convert; });
    out += "\n/* All that the operation may have. */\n";
    out += mask("ONLY_IN_UNLOCK", spec, [](const Flag &f) { return f.in_unlock; });
    out += mask("ONLY_IN_CANCEL", spec, [](const Flag &f) { return f.in_cancel; });
    out += "\n/* Not without a value block. */\n";
    out += mask("NEEDS_LVB", spec, [](const Flag &f) { return f.needs_lvb; });
    return out;
}

std::string pair_table(const Flags &spec)
{
    std::string out = "/* Flags that exclude each other. */\nstatic const u32 exclusive[] = {\n";
    for (const auto &[a, b] : spec.exclusive)
        out += fmt::format("\tDLM_LKF_{} | DLM_LKF_{},\n", a, b);
    return out + "};\n";
}

std::string mode_table(const Flags &spec)
{
    std::string out =
        "/* Flags that go with one mode only. */\n"
        "static const struct {\n\tu32 flag;\n\tint mode;\n} only_mode[] = {\n";
    for (const auto &flag : spec.flags)
        if (!flag.only_mode.empty())
            out += fmt::format("\t{{ DLM_LKF_{}, DLM_LOCK_{} }},\n", flag.name, flag.only_mode);
    return out + "};\n";
}

}  // namespace

std::string print_flags_h(const Flags &spec)
{
    std::string out = c_banner("flags.yaml", "GPL-2.0", true, about);
    out += R"(#ifndef DLM_GEN_FLAGS_H
#define DLM_GEN_FLAGS_H

#include "platform/dlm_platform.h"

/* Where a flag may be given: struct dlm_flag.uses */
#define DLM_USE_REQUEST	0x1
#define DLM_USE_CONVERT	0x2
#define DLM_USE_UNLOCK	0x4
#define DLM_USE_CANCEL	0x8

struct dlm_flag {
	const char *name;	/* without DLM_LKF_ */
	u32 value;
	u32 uses;		/* DLM_USE_ bits */
};

)";
    out += fmt::format("#define DLM_FLAG_NR {}\n", spec.flags.size());
    out += R"(extern const struct dlm_flag dlm_flag_table[DLM_FLAG_NR];

/* Name of one bit, NULL for a bit that has none. */
const char *dlm_flag_name(u32 bit);

/*
 * Arguments of a new request, or of a conversion if @flags has DLM_LKF_CONVERT.
 * Unknown bits are accepted. 0 or a negative error.
 */
int dlm_flags_check_lock(u32 flags, int mode, bool has_lvb);

/* Arguments of an unlock, or of a cancel if @flags has DLM_LKF_CANCEL. 0 or a negative error. */
int dlm_flags_check_unlock(u32 flags);

#endif /* DLM_GEN_FLAGS_H */
)";
    return out;
}

std::string print_flags_c(const Flags &spec)
{
    std::string out = c_banner("flags.yaml", "GPL-2.0", false, about);
    out += "#include \"gen/dlm_flags.h\"\n#include \"gen/dlm_modes.h\"\n\n";
    for (const auto &flag : spec.flags)
        out += fmt::format("static_assert(DLM_LKF_{} == {:#010x});\n", flag.name, flag.value);
    for (const auto &flag : spec.status_flags)
        out += fmt::format("static_assert(DLM_SBF_{} == {:#04x});\n", flag.name, flag.value);
    out += "\n" + masks(spec) + "\n" + pair_table(spec) + "\n" + mode_table(spec);
    out += "\nconst struct dlm_flag dlm_flag_table[DLM_FLAG_NR] = {\n";
    for (const auto &flag : spec.flags)
        out += fmt::format("\t{{ \"{0}\", DLM_LKF_{0},\n\t  {1} }},\n", flag.name, uses(flag));
    out += R"(};

const char *dlm_flag_name(u32 bit)
{
	size_t i;

	for (i = 0; i < DLM_FLAG_NR; i++) {
		if (dlm_flag_table[i].value == bit)
			return dlm_flag_table[i].name;
	}
	return NULL;
}

int dlm_flags_check_lock(u32 flags, int mode, bool has_lvb)
{
	u32 forbidden = NOT_IN_REQUEST;
	size_t i;

	if (flags & DLM_LKF_CONVERT)
		forbidden = NOT_IN_CONVERT;
	if (!dlm_mode_valid(mode) || flags & forbidden)
		goto refuse;
	if (flags & NEEDS_LVB && !has_lvb)
		goto refuse;
	for (i = 0; i < ARRAY_SIZE(exclusive); i++) {
		if ((flags & exclusive[i]) == exclusive[i])
			goto refuse;
	}
	for (i = 0; i < ARRAY_SIZE(only_mode); i++) {
		if (flags & only_mode[i].flag && mode != only_mode[i].mode)
			goto refuse;
	}
	return 0;

refuse:
)";
    out += fmt::format("\treturn -{};\n}}\n", spec.error);
    out += R"(
int dlm_flags_check_unlock(u32 flags)
{
	u32 allowed = ONLY_IN_UNLOCK;

	if (flags & DLM_LKF_CANCEL)
		allowed = ONLY_IN_CANCEL;
)";
    out += fmt::format("\treturn flags & ~allowed ? -{} : 0;\n}}\n", spec.error);
    return out;
}

}  // namespace dlm::codegen
