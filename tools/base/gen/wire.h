// SPDX-License-Identifier: LGPL-2.1-or-later
// Do not edit: made from Documentation/specs/wire.yaml.
// Remake with: dlm_codegen --specs Documentation/specs --root . --write
//
// Numbers and names of the messages between nodes.
// clang-format off
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace dlm::base {

// major 3, minor 2
inline constexpr std::uint32_t wire_version = 0x30002;
// before Linux 5.14: no OPTS, not spoken here
inline constexpr std::uint32_t wire_version_old = 0x30001;
// largest message on a socket
inline constexpr std::uint32_t wire_max = 0x1000;
// the same without OPTS header
inline constexpr std::uint32_t wire_inner_max = 0xfe8;
// payload of each NAMES_REPLY
inline constexpr std::uint32_t wire_names_len = 0xfb8;
// longest resource name
inline constexpr std::uint32_t wire_name_max = 0x40;
// slots in a STATUS_REPLY
inline constexpr std::uint32_t wire_slots_max = 0xf9;
// NAMES_REPLY: no more names
inline constexpr std::uint32_t wire_names_end = 0xffff;
// NAMES_REPLY: block full, ask again
inline constexpr std::uint32_t wire_names_full = 0x0;
// rs_flags
inline constexpr std::uint32_t wire_need_slots = 0x1;
// rs_magic, rf_magic of nodes that have features; the in-tree module sends 0
inline constexpr std::uint32_t wire_features_magic = 0x326d6c64;
// the creation flag NODIR is followed
inline constexpr std::uint32_t wire_feature_nodir_flag = 0x1;
// the lockspace runs without directory here
inline constexpr std::uint32_t wire_feature_nodir_mode = 0x2;
// of m_flags and rl_flags: what is shared
inline constexpr std::uint32_t wire_flag_mask = 0xffff;
// of m_asts: completion 1, blocking 2
inline constexpr std::uint32_t wire_asts_mask = 0x3;
// searches for deadlocks are taken part in
inline constexpr std::uint32_t wire_feature_search = 0x4;
// m_type of a search for deadlocks, between nodes that offer it; payload search
inline constexpr std::uint32_t wire_search = 0x4f000001;
// locks of one chain
inline constexpr std::uint32_t wire_search_links_max = 0x20;
// q_flags: second pass, over a cycle
inline constexpr std::uint32_t wire_search_confirm = 0x1;
// k_flags: what blocks is a lock that waits before this one
inline constexpr std::uint32_t wire_search_order = 0x1;
// k_flags: asked for with NODLCKWT
inline constexpr std::uint32_t wire_search_no_victim = 0x2;
// of m_sbflags: the bits that have a meaning
inline constexpr std::uint32_t wire_sbflags_mask = 0x7;

inline constexpr std::uint32_t wire_header_size = 16;
inline constexpr std::uint32_t wire_opts_size = 24;
inline constexpr std::uint32_t wire_msg_size = 88;
inline constexpr std::uint32_t wire_rcom_size = 48;
inline constexpr std::uint32_t wire_rcom_status_size = 16;
inline constexpr std::uint32_t wire_rcom_config_size = 32;
inline constexpr std::uint32_t wire_rcom_slot_size = 16;
inline constexpr std::uint32_t wire_rcom_lock_size = 108;
inline constexpr std::uint32_t wire_search_size = 32;
inline constexpr std::uint32_t wire_search_link_size = 112;

enum class WireCommand : std::uint32_t {
    MSG = 1,
    RCOM = 2,
    OPTS = 3,
    ACK = 4,
    FIN = 5,
};

enum class MsgType : std::uint32_t {
    REQUEST = 1,
    CONVERT = 2,
    UNLOCK = 3,
    CANCEL = 4,
    REQUEST_REPLY = 5,
    CONVERT_REPLY = 6,
    UNLOCK_REPLY = 7,
    CANCEL_REPLY = 8,
    GRANT = 9,
    BAST = 10,
    LOOKUP = 11,
    REMOVE = 12,
    LOOKUP_REPLY = 13,
    PURGE = 14,
};

enum class RcomType : std::uint32_t {
    STATUS = 1,
    NAMES = 2,
    LOOKUP = 3,
    LOCK = 4,
    STATUS_REPLY = 5,
    NAMES_REPLY = 6,
    LOOKUP_REPLY = 7,
    LOCK_REPLY = 8,
};

struct TypeInfo {
    std::string_view name;
    std::uint32_t value;
    std::string_view doc;
};

inline constexpr std::array<TypeInfo, 5> wire_commands = {{
    {"MSG", 1, "lock message"},
    {"RCOM", 2, "recovery message"},
    {"OPTS", 3, "numbered envelope"},
    {"ACK", 4, "what has been received"},
    {"FIN", 5, "end of an association"},
}};

inline constexpr std::array<TypeInfo, 14> msg_types = {{
    {"REQUEST", 1, "new lock"},
    {"CONVERT", 2, "change the mode"},
    {"UNLOCK", 3, "release"},
    {"CANCEL", 4, "take back a queued request or conversion"},
    {"REQUEST_REPLY", 5, "answer to REQUEST, or to LOOKUP by a master"},
    {"CONVERT_REPLY", 6, "answer to CONVERT"},
    {"UNLOCK_REPLY", 7, "answer to UNLOCK"},
    {"CANCEL_REPLY", 8, "answer to CANCEL"},
    {"GRANT", 9, "a queued request or conversion was granted"},
    {"BAST", 10, "the lock blocks somebody"},
    {"LOOKUP", 11, "who is master? Handled as REQUEST where the directory node is"},
    {"REMOVE", 12, "forget this name"},
    {"LOOKUP_REPLY", 13, "node of the master; lkid is the asker's own id"},
    {"PURGE", 14, "drop orphan locks of a process, 0 all"},
}};

inline constexpr std::array<TypeInfo, 8> rcom_types = {{
    {"STATUS", 1, "status bits, please"},
    {"NAMES", 2, "names that hash to me, after this one"},
    {"LOOKUP", 3, "who is the new master?"},
    {"LOCK", 4, "one lock for its new master; value block follows"},
    {"STATUS_REPLY", 5, "status bits and configuration; slots follow"},
    {"NAMES_REPLY", 6, "block of names"},
    {"LOOKUP_REPLY", 7, "rc_result is the node or an error"},
    {"LOCK_REPLY", 8, "rl_remid and rl_result are the answer"},
}};

} // namespace dlm::base
