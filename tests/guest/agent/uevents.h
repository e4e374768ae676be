// SPDX-License-Identifier: GPL-2.0-or-later
//
// Second use of the agent's program, as a command: "guest-agent --uevents" prints one line per
// uevent of the lock manager ("offline NAME") until it is killed, after the line "listening".
#pragma once

namespace dlm::guest {

int print_uevents();

}  // namespace dlm::guest
