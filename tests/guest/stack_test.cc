// SPDX-License-Identifier: GPL-2.0-or-later
//
// The distribution's corosync, dlm_controld and dlm_tool, unmodified, on three nodes.
#include "stack/stack.h"

namespace dlm::guest {
namespace {

TEST_F(StackTest, lockspaces_are_joined_and_left)
{
    ASSERT_TRUE(stack_.join("foo", {1, 2, 3}));
    ASSERT_TRUE(stack_.leave_in_turn("foo", {1, 2, 3}));
    ASSERT_TRUE(stack_.stop());
}

}  // namespace
}  // namespace dlm::guest
