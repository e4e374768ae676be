// SPDX-License-Identifier: GPL-2.0-or-later
//
// What harness functions that may fail give back: GoogleTest's AssertionResult, so that a test
// writes ASSERT_TRUE(cluster.start()) and the reason is printed.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <string>

namespace dlm::guest {

using Outcome = testing::AssertionResult;
using Milliseconds = std::chrono::milliseconds;
using Seconds = std::chrono::seconds;
using Clock = std::chrono::steady_clock;

inline Outcome ok()
{
    return testing::AssertionSuccess();
}
inline Outcome fail()
{
    return testing::AssertionFailure();
}

// Deadlines that never cut off a healthy run on a loaded host without KVM.
inline constexpr Seconds boot_deadline{180};
inline constexpr Seconds command_deadline{90};
inline constexpr Seconds recovery_deadline{90};
inline constexpr Seconds leave_deadline{240};

// Asks until the condition holds; what is waited for stands in the failure.
Outcome wait_until(const std::string &what, const std::function<bool()> &condition,
                   Milliseconds deadline = command_deadline, Milliseconds pause = Milliseconds(50));

}  // namespace dlm::guest
