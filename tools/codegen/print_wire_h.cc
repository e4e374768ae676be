// SPDX-License-Identifier: GPL-2.0-or-later
// kernel/gen/dlm_wire.h: numbers, structures in host order, prototypes.
#include <fmt/format.h>

#include "codegen/print.h"
#include "codegen/text.h"

namespace dlm::codegen {
namespace {

const char *const about =
    "Messages between nodes, protocol 3.2: numbers, structures in host order, and\n"
    "the way between those and the bytes on the wire. What is malformed is found in\n"
    "wire/decode.c, which calls these.";

std::string constants(const Wire &spec)
{
    std::string out;
    for (const auto &constant : spec.constants) {
        const auto value = constant.value >= 0x10000 ? fmt::format("{:#010x}", constant.value)
                                                     : fmt::format("{}", constant.value);
        out +=
            fmt::format("#define DLM_WIRE_{}\t{}\t/* {} */\n", constant.name, value, constant.doc);
    }
    out += "\n";
    for (const auto &layout : spec.structs) {
        const std::uint32_t size = layout.size + (layout.behind_header ? 16 : 0);
        out += fmt::format("#define DLM_WIRE_{}_SIZE\t{}{}\n", upper(layout.name), size,
                           layout.behind_header ? "\t/* header included */" : "");
    }
    return out;
}

template <typename Type>
std::string enumeration(const char *name, const char *prefix, const char *field,
                        const std::vector<Type> &types)
{
    std::string out = fmt::format("/* {} */\nenum {} {{\n", field, name);
    for (const auto &type : types)
        out += fmt::format("\t{}{} = {},\t/* {} */\n", prefix, type.name, type.value, type.doc);
    return out + "};\n";
}

std::string host_struct(const WireStruct &layout)
{
    std::string out = fmt::format("/* {} */\nstruct dlm_{} {{\n", layout.doc, layout.host);
    for (const auto &field : layout.fields) {
        if (!field.kept)
            continue;
        const auto member = field.type == "bytes"
                                ? fmt::format("u8 {}[{}];", field.name, field.size)
                                : fmt::format("{} {};", field.type, field.name);
        out += fmt::format("\t{}\t/* {} */\n", member, field.doc);
    }
    return out + "};\n";
}

std::string use_bits(const Wire &spec)
{
    std::string out =
        "/* struct dlm_msg_rule.uses: fields of struct dlm_msg that a receiver reads */\n";
    for (const auto &layout : spec.structs) {
        if (layout.name != "msg")
            continue;
        for (size_t i = 0; i < layout.fields.size(); i++)
            if (layout.fields[i].name != "type")
                out += fmt::format("#define DLM_MSG_USES_{}\tBIT({})\n",
                                   upper(layout.fields[i].name), i);
    }
    return out;
}

// Written by hand: what the decoder in wire/ fills for the layers above.
const char *const in_struct = R"(/* struct dlm_in.flags */
#define DLM_IN_SEQUENCED	0x1	/* came inside OPTS: seq counts, acknowledge it */
#define DLM_IN_NAME_TOO_LONG	0x2	/* name_len > 64: the answer is -EINVAL */
#define DLM_IN_PARENT		0x4	/* RCOM LOCK names a parent: the answer is -EOPNOTSUPP */
#define DLM_IN_BAD_LOCK		0x8	/* RCOM LOCK: impossible status or mode: answer -EINVAL */

/* A message that has been checked, in host order. Pointers lead into the buffer it came in. */
struct dlm_in {
	u32 seq;		/* SEQUENCED: its number; ACK: next number the peer expects */
	u32 flags;		/* DLM_IN_ bits */
	u32 fault;		/* enum dlm_wire_fault: why it is to be dropped, 0 if it is not */
	struct dlm_hdr hdr;	/* of the inner message; hdr.cmd tells MSG, RCOM, ACK, FIN */
	union {
		struct dlm_msg msg;
		struct dlm_rcom rcom;
	};
	union {			/* RCOM, by type */
		struct dlm_rcom_status status;	/* STATUS */
		struct dlm_rcom_config config;	/* STATUS_REPLY; num_slots entries at slots */
		struct dlm_rcom_lock lock;	/* LOCK, LOCK_REPLY */
	};
	/* MSG REQUEST, LOOKUP, REMOVE; RCOM NAMES (last name received), LOOKUP, LOCK; else NULL */
	const u8 *name;
	size_t name_len;	/* may be > 64 if NAME_TOO_LONG */
	const u8 *lvb;		/* value block as sent, any length; NULL if the type has none */
	size_t lvb_len;
	const u8 *slots;	/* STATUS_REPLY: config.num_slots of them, see dlm_wire_slot() */
	const u8 *names;	/* NAMES_REPLY: for dlm_names_reader */
	size_t names_len;
};
)";

const char *const rules = R"(/* What stands behind the fixed part of a message. */
enum dlm_payload {
	DLM_PAYLOAD_NONE,
	DLM_PAYLOAD_NAME,
	DLM_PAYLOAD_LVB,
	DLM_PAYLOAD_STATUS,
	DLM_PAYLOAD_CONFIG,
	DLM_PAYLOAD_NAMES,
	DLM_PAYLOAD_LOCK,
};

struct dlm_cmd_rule {
	const char *name;
	u16 min_length;		/* header included */
	bool outer;		/* may stand alone */
	bool inner;		/* may stand inside OPTS */
};

struct dlm_msg_rule {
	const char *name;
	u32 uses;		/* DLM_MSG_USES_ bits */
	u8 payload;		/* enum dlm_payload */
	bool long_name_answered;	/* more than 64 bytes: the handler refuses, else drop */
};

struct dlm_rcom_rule {
	const char *name;
	u16 min_payload;
	u8 payload;		/* enum dlm_payload */
	bool bare;		/* may come without OPTS */
	bool send_bare;		/* goes out without OPTS */
	bool reply;		/* answers by rc_seq_reply */
};

/* NULL for an unknown number. */
const struct dlm_cmd_rule *dlm_cmd_rule(u32 cmd);
const struct dlm_msg_rule *dlm_msg_rule(u32 type);
const struct dlm_rcom_rule *dlm_rcom_rule(u32 type);

/* "REQUEST" ..; "?" for an unknown number. */
const char *dlm_cmd_name(u32 cmd);
const char *dlm_msg_type_name(u32 type);
const char *dlm_rcom_type_name(u32 type);

/* Zero what is not in @uses, but for the type. */
void dlm_msg_keep(struct dlm_msg *m, u32 uses);

/* m_result between native and wire numbers; both negative or 0. */
s32 dlm_wire_result_encode(s32 result);
s32 dlm_wire_result_decode(s32 result);

)";

}  // namespace

std::string print_wire_h(const Wire &spec)
{
    std::string out = c_banner("wire.yaml", "GPL-2.0", true, about);
    out +=
        "#ifndef DLM_GEN_WIRE_H\n#define DLM_GEN_WIRE_H\n\n"
        "#include \"platform/dlm_platform.h\"\n\n";
    out += constants(spec) + "\n";
    out += enumeration("dlm_cmd", "DLM_CMD_", "h_cmd, o_nextcmd", spec.commands) + "\n";
    out += enumeration("dlm_msg_type", "DLM_MSG_", "m_type", spec.msg_types) + "\n";
    out += enumeration("dlm_rcom_type", "DLM_RCOM_", "rc_type", spec.rcom_types) + "\n";
    for (const auto &layout : spec.structs)
        out += host_struct(layout) + "\n";
    out += std::string(in_struct) + "\n" + use_bits(spec) + "\n" + rules;
    out +=
        "/*\n * Host order to bytes and back, at any address. Those that stand behind a header "
        "work on\n"
        " * what follows it: DLM_WIRE_..._SIZE - DLM_WIRE_HEADER_SIZE bytes.\n */\n";
    for (const auto &layout : spec.structs)
        out += fmt::format("void dlm_wire_put_{}(u8 *buf, const struct dlm_{} *from);\n",
                           layout.name, layout.host);
    out += "\n";
    for (const auto &layout : spec.structs)
        out += fmt::format("void dlm_wire_get_{}(struct dlm_{} *to, const u8 *buf);\n", layout.name,
                           layout.host);
    return out + "\n#endif /* DLM_GEN_WIRE_H */\n";
}

}  // namespace dlm::codegen
