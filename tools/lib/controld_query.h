// SPDX-License-Identifier: LGPL-2.1-or-later
// Questions to dlm_controld, the control daemon of the distribution's cluster stack, as its
// libdlmcontrol puts them: one request and one answer of text over a socket.
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "base/result.h"

namespace dlm::lib {

// An abstract name, the same everywhere.
inline constexpr const char *controld_query_socket = "@dlmc_query_sock";

enum class ControldQuery : uint32_t {
    dump_plocks = 2,  // POSIX locks of a lockspace: posix_locks.h
};

// The text. ECONNREFUSED: no dlm_controld runs here. ENOENT: it does not know the lockspace.
base::Result<std::string> query_controld(const std::string &socket, ControldQuery query,
                                         const std::string &lockspace,
                                         base::milliseconds timeout = base::milliseconds(10000));

}  // namespace dlm::lib
