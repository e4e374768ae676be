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

void StackTest::contend(Door &door)
{
    ASSERT_TRUE(stack().join("foo", {1, 2, 3}));
    door.one = node(1).start(hold("foo", "door", 3), "", true);
    door.two = node(2).start(hold("foo", "door", 3), "", true);
    ASSERT_TRUE(says(door.one, "held"));
    ASSERT_TRUE(says(door.two, "held"));
    door.three = node(3).start(hold("foo", "door", 5), "", true);
    ASSERT_TRUE(wait_until("the waiter", [] {
        return node(3).run("dlm_tool lockdump foo | grep -q 'gr IV rq EX'").ok();
    }));
}

void StackTest::part(Door &door)
{
    door.one.close_stdin();
    door.two.close_stdin();
    ASSERT_TRUE(says(door.three, "held"));
    door.three.close_stdin();
    for (const Command *command : {&door.one, &door.two, &door.three})
        EXPECT_TRUE(command->wait().outcome());
}

}  // namespace dlm::guest
