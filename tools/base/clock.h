// SPDX-License-Identifier: LGPL-2.1-or-later
// Monotonic time and deadlines: every wait in the tools ends at one.
#pragma once

#include <chrono>

namespace dlm::base {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

class Deadline {
public:
    explicit Deadline(milliseconds after) : end_(Clock::now() + after) {}

    bool passed() const { return Clock::now() >= end_; }
    // Never negative, so that it may be handed to poll().
    milliseconds left() const
    {
        auto left = std::chrono::duration_cast<milliseconds>(end_ - Clock::now());
        return left.count() > 0 ? left : milliseconds(0);
    }

private:
    Clock::time_point end_;
};

}  // namespace dlm::base
