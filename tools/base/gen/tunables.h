// SPDX-License-Identifier: LGPL-2.1-or-later
// Do not edit: made from Documentation/specs/tunables.yaml.
// Remake with: dlm_codegen --specs Documentation/specs --root . --write
//
// Attributes of the cluster directory in configfs.
// clang-format off
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace dlm::base {

struct TunableInfo {
    std::string_view name;
    bool is_string;
    std::uint32_t default_value;
    std::uint32_t min;
    std::uint32_t max; // of a string: the longest length kept
    bool busy_while_running;
    bool admin;
    std::string_view doc;
};

inline constexpr std::array<TunableInfo, 15> tunables = {{
    {"tcp_port", false, 21064, 1, 65535U, true, true,
     "port to listen on and to connect to, TCP and SCTP. Linux 6.1 takes larger numbers, which no socket can have"},
    {"protocol", false, 0, 0, 1U, true, true,
     "0: TCP, 1: SCTP"},
    {"buffer_size", false, 4096, 4096, 4294967295U, false, true,
     "receive buffer of a connection in bytes; the largest message stays 4096"},
    {"rsbtbl_size", false, 1024, 1, 4294967295U, false, true,
     "kept for its readers; the table of resources sizes itself"},
    {"recover_timer", false, 5, 1, 4294967295U, false, true,
     "seconds to wait for an answer in recovery before asking again"},
    {"toss_secs", false, 10, 1, 4294967295U, false, true,
     "seconds for which an unused resource is kept"},
    {"scan_secs", false, 5, 1, 4294967295U, false, true,
     "seconds between two looks for unused resources"},
    {"log_debug", false, 0, 0, 4294967295U, false, true,
     "not 0, debug messages go to the kernel log"},
    {"log_info", false, 1, 0, 4294967295U, false, true,
     "not 0, the progress of recovery goes to the kernel log"},
    {"mark", false, 0, 0, 4294967295U, false, true,
     "socket mark for nodes that have none of their own"},
    {"new_rsb_count", false, 128, 0, 4294967295U, false, true,
     "kept for its readers; nothing is allocated ahead"},
    {"recover_callbacks", false, 0, 0, 4294967295U, false, true,
     "not 0, file systems get recovery callbacks and the cluster name is checked at join"},
    {"cluster_name", true, 0, 0, 63U, false, false,
     "name of the cluster, kept byte for byte"},
    {"timewarn_cs", false, 500, 1, 4294967295U, false, true,
     "hundredths of a second after which a waiting lock is reported (DLM_LSFL_TIMEWARN)"},
    {"deadlock_cs", false, 1000, 0, 4294967295U, false, true,
     "hundredths of a second after which a waiting lock is searched for deadlocks (DLM_LSFL_TIMEWARN), 0 never"},
}};

} // namespace dlm::base
