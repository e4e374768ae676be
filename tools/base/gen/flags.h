// SPDX-License-Identifier: LGPL-2.1-or-later
// Do not edit: made from Documentation/specs/flags.yaml.
// Remake with: dlm_codegen --specs Documentation/specs --root . --write
//
// Flags of lock operations and of the status block.
// clang-format off
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace dlm::base {

struct FlagInfo {
    std::string_view name; // without prefix
    std::uint32_t value;
    std::string_view doc;
};

// DLM_LKF_
inline constexpr std::array<FlagInfo, 19> lock_flags = {{
    {"NOQUEUE", 0x00000001, "refuse with EAGAIN instead of queueing"},
    {"CANCEL", 0x00000002, "take back a queued request or conversion"},
    {"CONVERT", 0x00000004, "change the mode of the lock that the status block names"},
    {"VALBLK", 0x00000008, "the value block moves as the table of modes says"},
    {"QUECVT", 0x00000010, "the conversion may not overtake the convert queue"},
    {"IVVALBLK", 0x00000020, "where a value would be written, mark it invalid instead"},
    {"CONVDEADLK", 0x00000040, "in a conversion deadlock this lock gives way and drops to NL"},
    {"PERSISTENT", 0x00000080, "a user's lock survives its process"},
    {"NODLCKWT", 0x00000100, "a conversion deadlock is left standing instead of refused"},
    {"NODLCKBLK", 0x00000200, "accepted and kept, without effect"},
    {"EXPEDITE", 0x00000400, "a new NL lock is granted past all queues"},
    {"NOQUEUEBAST", 0x00000800, "with NOQUEUE, tell the blockers when the request is refused"},
    {"HEADQUE", 0x00001000, "if queued, stand at the head"},
    {"NOORDER", 0x00002000, "grant as soon as no mode blocks it, whatever else waits"},
    {"ORPHAN", 0x00004000, "a user's new request takes over an orphan lock"},
    {"ALTPR", 0x00008000, "if the mode cannot be granted, try PR"},
    {"ALTCW", 0x00010000, "if the mode cannot be granted, try CW"},
    {"FORCEUNLOCK", 0x00020000, "unlock whatever operation is under way"},
    {"TIMEOUT", 0x00040000, "give up after the time that came with the request"},
}};

// DLM_SBF_
inline constexpr std::array<FlagInfo, 3> status_flags = {{
    {"DEMOTED", 0x01, "the mode held was dropped to NL to resolve a conversion deadlock"},
    {"VALNOTVALID", 0x02, "the value block may not be the last one written"},
    {"ALTMODE", 0x04, "granted in the alternative mode"},
}};

} // namespace dlm::base
