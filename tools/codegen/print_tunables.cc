// SPDX-License-Identifier: GPL-2.0-or-later
// kernel/gen/dlm_tunables.h and .c
#include <fmt/format.h>

#include "codegen/print.h"
#include "codegen/text.h"

namespace dlm::codegen {
namespace {

const char *const about =
    "The attributes of a cluster directory in configfs: names, defaults, ranges.";

std::string flags(const Tunable &tunable)
{
    if (tunable.busy_while_running && tunable.admin)
        return "DLM_TUNABLE_BUSY_RUNNING | DLM_TUNABLE_ADMIN";
    if (tunable.busy_while_running)
        return "DLM_TUNABLE_BUSY_RUNNING";
    return tunable.admin ? "DLM_TUNABLE_ADMIN" : "0";
}

}  // namespace

std::string print_tunables_h(const Tunables &spec)
{
    std::string out = c_banner("tunables.yaml", "GPL-2.0", true, about);
    out += R"(#ifndef DLM_GEN_TUNABLES_H
#define DLM_GEN_TUNABLES_H

#include "platform/dlm_platform.h"

enum dlm_tunable_id {
)";
    for (const auto &tunable : spec.tunables)
        out += fmt::format("\tDLM_TUNABLE_{},\n", upper(tunable.name));
    out += R"(	DLM_TUNABLE_NR,
};

enum dlm_tunable_type {
	DLM_TUNABLE_U32,
	DLM_TUNABLE_STRING,	/* bytes as written; max is the longest length kept */
};

/* struct dlm_tunable.flags */
#define DLM_TUNABLE_BUSY_RUNNING	0x1	/* -EBUSY from the first lockspace to the last */
#define DLM_TUNABLE_ADMIN		0x2	/* writing needs CAP_SYS_ADMIN, else -EPERM */

struct dlm_tunable {
	const char *name;
	u32 type;		/* enum dlm_tunable_type */
	u32 flags;
	u32 def;		/* numbers; a string starts empty */
	u32 min;
	u32 max;
	int error;		/* answer to a number outside min .. max, negative */
};

extern const struct dlm_tunable dlm_tunable_table[DLM_TUNABLE_NR];

/*
 * May @value be written now? A number out of range is refused before a busy one.
 * 0, the table's error, -EBUSY.
 */
int dlm_tunable_check(enum dlm_tunable_id id, u32 value, bool running);

#endif /* DLM_GEN_TUNABLES_H */
)";
    return out;
}

std::string print_tunables_c(const Tunables &spec)
{
    std::string out = c_banner("tunables.yaml", "GPL-2.0", false, about);
    out +=
        "#include \"gen/dlm_tunables.h\"\n\n"
        "const struct dlm_tunable dlm_tunable_table[DLM_TUNABLE_NR] = {\n";
    for (const auto &tunable : spec.tunables) {
        out += fmt::format("\t[DLM_TUNABLE_{}] = {{\n\t\t.name = \"{}\",\n\t\t.type = {},\n",
                           upper(tunable.name), tunable.name,
                           tunable.is_string ? "DLM_TUNABLE_STRING" : "DLM_TUNABLE_U32");
        out += fmt::format("\t\t.flags = {},\n\t\t.def = {},\n\t\t.min = {},\n\t\t.max = {}U,\n",
                           flags(tunable), tunable.default_value, tunable.min, tunable.max);
        out += fmt::format("\t\t.error = -{},\n\t}},\n", tunable.error);
    }
    out += R"(};

int dlm_tunable_check(enum dlm_tunable_id id, u32 value, bool running)
{
	const struct dlm_tunable *tunable = &dlm_tunable_table[id];

	if (tunable->type == DLM_TUNABLE_U32 &&
	    (value < tunable->min || value > tunable->max))
		return tunable->error;
	if (running && tunable->flags & DLM_TUNABLE_BUSY_RUNNING)
		return -EBUSY;
	return 0;
}
)";
    return out;
}

}  // namespace dlm::codegen
