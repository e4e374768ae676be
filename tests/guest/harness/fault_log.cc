// SPDX-License-Identifier: GPL-2.0-or-later
#include "fault_log.h"

#include <cstdio>
#include <ctime>

namespace dlm::guest {

void FaultLog::add(const std::string &what)
{
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    tm local{};
    localtime_r(&now.tv_sec, &local);
    char stamp[32];
    std::snprintf(stamp, sizeof(stamp), "%02d:%02d:%02d.%03ld ", local.tm_hour, local.tm_min,
                  local.tm_sec, now.tv_nsec / 1000000);
    std::lock_guard hold(mutex_);
    lines_.push_back(stamp + what);
}

std::string FaultLog::text() const
{
    std::lock_guard hold(mutex_);
    std::string all;
    for (const auto &line : lines_)
        all += line + "\n";
    return all;
}

}  // namespace dlm::guest
