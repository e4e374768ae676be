// SPDX-License-Identifier: LGPL-2.1-or-later
// Names of lock modes.
#include "lib/lock_mode.h"

#include <linux/dlmconstants.h>

namespace dlm::lib {

std::string_view mode_name(int mode)
{
    switch (mode) {
    case DLM_LOCK_IV: return "IV";
    case DLM_LOCK_NL: return "NL";
    case DLM_LOCK_CR: return "CR";
    case DLM_LOCK_CW: return "CW";
    case DLM_LOCK_PR: return "PR";
    case DLM_LOCK_PW: return "PW";
    case DLM_LOCK_EX: return "EX";
    default: return "??";
    }
}

std::string_view lock_status_name(int status)
{
    switch (status) {
    case 1: return "waiting";
    case 2: return "granted";
    case 3: return "converting";
    default: return "unknown";
    }
}

}  // namespace dlm::lib
