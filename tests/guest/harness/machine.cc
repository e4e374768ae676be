// SPDX-License-Identifier: GPL-2.0-or-later
#include "machine.h"

namespace dlm::guest {

std::string Machine::new_console()
{
    consoles_.push_back(spec_.run_dir + "/n" + std::to_string(spec_.node) + ".console." +
                        std::to_string(consoles_.size() + 1));
    return consoles_.back();
}

}  // namespace dlm::guest
