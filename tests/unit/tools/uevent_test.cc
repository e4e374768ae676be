// SPDX-License-Identifier: GPL-2.0-or-later
// The parser of kernel events, on what the kernel sends and on what it never should.
#include <gtest/gtest.h>

#include "lib/uevent.h"

namespace dlm::lib::test {

using Action = Uevent::Action;

static std::string payload(std::initializer_list<std::string> fields)
{
    std::string text;
    for (const auto &field : fields)
        text += field + '\0';
    return text;
}

TEST(Uevent, of_the_specification)
{
    auto event =
        parse_uevent(payload({"online@/kernel/dlm/foo", "ACTION=online", "DEVPATH=/kernel/dlm/foo",
                              "SUBSYSTEM=dlm", "LOCKSPACE=foo", "SEQNUM=661"}));
    ASSERT_TRUE(event);
    EXPECT_EQ(event->action, Action::online);
    EXPECT_EQ(event->lockspace, "foo");
    EXPECT_FALSE(event->release_recover);
}

TEST(Uevent, slash_in_the_name_is_taken_from_the_variable)
{
    auto event = parse_uevent(
        payload({"offline@/kernel/dlm/a!b", "ACTION=offline", "DEVPATH=/kernel/dlm/a!b",
                 "SUBSYSTEM=dlm", "LOCKSPACE=a/b", "RELEASE_RECOVER=1"}));
    ASSERT_TRUE(event);
    EXPECT_EQ(event->action, Action::offline);
    EXPECT_EQ(event->lockspace, "a/b");
    EXPECT_TRUE(event->release_recover);
}

TEST(Uevent, without_the_name_variable_the_path_serves)
{
    auto event = parse_uevent(
        payload({"add@/kernel/dlm/a!b", "ACTION=add", "DEVPATH=/kernel/dlm/a!b", "SUBSYSTEM=dlm"}));
    ASSERT_TRUE(event);
    EXPECT_EQ(event->action, Action::add);
    EXPECT_EQ(event->lockspace, "a/b");
}

TEST(Uevent, name_with_equals_sign_and_unterminated_last_field)
{
    auto event = parse_uevent(payload({"remove@/kernel/dlm/a=b", "ACTION=remove", "SUBSYSTEM=dlm",
                                       "DEVPATH=/kernel/dlm/a=b"}) +
                              "LOCKSPACE=a=b");
    ASSERT_TRUE(event);
    EXPECT_EQ(event->action, Action::remove);
    EXPECT_EQ(event->lockspace, "a=b");
}

TEST(Uevent, others_are_ignored)
{
    EXPECT_FALSE(parse_uevent(""));
    EXPECT_FALSE(parse_uevent(std::string(300, '\0')));
    EXPECT_FALSE(parse_uevent("online@/kernel/dlm/foo"));
    EXPECT_FALSE(
        parse_uevent(payload({"add@/devices/virtual/misc/dlm_foo", "ACTION=add",
                              "DEVPATH=/devices/virtual/misc/dlm_foo", "SUBSYSTEM=misc"})));
    EXPECT_FALSE(parse_uevent(
        payload({"add@/module/dlm", "ACTION=add", "DEVPATH=/module/dlm", "SUBSYSTEM=module"})));
    EXPECT_FALSE(parse_uevent(payload({"x", "ACTION=online", "SUBSYSTEM=dlm"})));
    EXPECT_FALSE(parse_uevent(
        payload({"x", "ACTION=online", "SUBSYSTEM=dlm", "DEVPATH=/kernel/dlm/", "LOCKSPACE=x"})));
    EXPECT_FALSE(parse_uevent(payload(
        {"x", "ACTION=online", "SUBSYSTEM=dlm", "DEVPATH=/kernel/dlm/a/b", "LOCKSPACE=x"})));
}

TEST(Uevent, unknown_action_is_other)
{
    auto event = parse_uevent(payload(
        {"change@/kernel/dlm/x", "ACTION=change", "DEVPATH=/kernel/dlm/x", "SUBSYSTEM=dlm"}));
    ASSERT_TRUE(event);
    EXPECT_EQ(event->action, Action::other);
}

}  // namespace dlm::lib::test
