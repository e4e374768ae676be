// SPDX-License-Identifier: GPL-2.0-or-later
#include "stack_suite.h"

namespace dlm::guest {

std::string hold(const std::string &ls, const std::string &resource, int mode)
{
    return "exec guest-libdlm hold " + ls + " " + resource + " " + std::to_string(mode);
}

std::unique_ptr<StackTest::Running> StackTest::running_;

void StackTest::SetUp()
{
    if (running_)
        return;
    running_ = std::make_unique<Running>(spec());
    ASSERT_TRUE(cluster().boot());
    ASSERT_TRUE(stack().start());
}

void StackTest::TearDown()
{
    ClusterTest::TearDown();
    if (HasFailure())
        running_.reset();
}

void StackTest::TearDownTestSuite()
{
    if (!running_)
        return;
    EXPECT_TRUE(stack().stop());
    EXPECT_TRUE(cluster().check_logs());
    running_.reset();
}

}  // namespace dlm::guest
