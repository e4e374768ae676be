// SPDX-License-Identifier: GPL-2.0-or-later
#include "outcome.h"

#include <thread>

namespace dlm::guest {

Outcome wait_until(const std::string &what, const std::function<bool()> &condition,
                   Milliseconds deadline, Milliseconds pause)
{
    const auto end = Clock::now() + deadline;
    while (!condition()) {
        if (Clock::now() > end)
            return fail() << "waited " << deadline.count() << " ms in vain for: " << what;
        std::this_thread::sleep_for(pause);
    }
    return ok();
}

}  // namespace dlm::guest
