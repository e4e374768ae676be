// SPDX-License-Identifier: GPL-2.0-or-later
// Events of the kernel: messages as it makes them, and cut or garbled ones; their lines.
#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <string>

#include <linux/dlm_netlink.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>

#include "cli/event_text.h"
#include "lib/event_stream.h"
#include "linux/dlm_events.h"

namespace dlm {
namespace {

using lib::Deadlock;
using lib::LateLock;

class Message {
public:
    explicit Message(int command) : msg_(nlmsg_alloc(), nlmsg_free)
    {
        genlmsg_put(msg_.get(), 0, 0, 30, 0, 0, static_cast<uint8_t>(command), DLM_GENL_VERSION);
    }
    Message &text(int type, const char *value)
    {
        nla_put_string(msg_.get(), type, value);
        return *this;
    }
    Message &number(int type, uint32_t value)
    {
        nla_put_u32(msg_.get(), type, value);
        return *this;
    }
    Message &bytes(int type, const void *data, std::size_t size)
    {
        nla_put(msg_.get(), type, static_cast<int>(size), data);
        return *this;
    }
    Message &wait(uint32_t node, uint32_t lock, uint32_t by_node, uint32_t by_lock)
    {
        nlattr *nest = nla_nest_start(msg_.get(), DLM_EVENT_A_WAIT);
        number(DLM_EVENT_W_NODE, node).number(DLM_EVENT_W_LOCK, lock).number(DLM_EVENT_W_MODE, 5);
        number(DLM_EVENT_W_WAITED_MS, 3000).number(DLM_EVENT_W_MASTER, 7);
        bytes(DLM_EVENT_W_RESOURCE, "r\0s", 3);
        number(DLM_EVENT_W_BY_NODE, by_node).number(DLM_EVENT_W_BY_LOCK, by_lock);
        nla_nest_end(msg_.get(), nest);
        return *this;
    }
    auto parse() { return lib::parse_event(nlmsg_hdr(msg_.get())); }

private:
    std::unique_ptr<nl_msg, decltype(&nlmsg_free)> msg_;
};

dlm_lock_data late_data()
{
    dlm_lock_data data{};
    data.version = DLM_LOCK_DATA_VERSION;
    data.lockspace_id = 0xabcd;
    data.nodeid = 2;
    data.ownpid = 44;
    data.id = 0x1f;
    data.status = DLM_STATUS_CONVERT;
    data.grmode = 3;
    data.rqmode = 5;
    data.timestamp = 5250000;
    data.resource_namelen = 4;
    std::memcpy(data.resource_name, "name", 4);
    return data;
}

TEST(Event, late)
{
    dlm_lock_data data = late_data();
    auto event = Message(DLM_EVENT_LATE)
                     .text(DLM_EVENT_A_LOCKSPACE, "foo")
                     .bytes(DLM_TYPE_LOCK, &data, sizeof(data))
                     .parse();
    ASSERT_TRUE(event);
    EXPECT_EQ(
        cli::event_line(*event),
        "late foo lock 1f pid 44 waits 5.2 s for EX (holds PR) on \"name\", node 2 decides\n");
    EXPECT_EQ(cli::event_json(*event)["resource_hex"], "6e616d65");
}

TEST(Event, timeout_of_the_documented_interface_knows_the_id_only)
{
    dlm_lock_data data = late_data();
    data.status = DLM_STATUS_WAITING;
    data.nodeid = 0;
    auto event = Message(DLM_CMD_TIMEOUT).bytes(DLM_TYPE_LOCK, &data, sizeof(data)).parse();
    ASSERT_TRUE(event);
    EXPECT_EQ(cli::event_line(*event),
              "late 0000abcd lock 1f pid 44 waits 5.2 s for EX on \"name\"\n");
}

TEST(Event, deadlock)
{
    auto event = Message(DLM_EVENT_DEADLOCK)
                     .text(DLM_EVENT_A_LOCKSPACE, "foo")
                     .number(DLM_EVENT_A_VICTIM, 1)
                     .wait(1, 0x11, 2, 0x20)
                     .wait(2, 0x21, 1, 0x10)
                     .parse();
    ASSERT_TRUE(event);
    EXPECT_EQ(cli::event_line(*event),
              "deadlock foo lock 21 of node 2 gave way: "
              "lock 11 of node 1 waits 3.0 s for EX on \"r\\x00s\" behind lock 20 of node 2; "
              "lock 21 of node 2 waits 3.0 s for EX on \"r\\x00s\" behind lock 10 of node 1\n");
    EXPECT_EQ(cli::event_json(*event)["waits"].size(), 2U);
}

TEST(Event, what_is_none)
{
    dlm_lock_data data = late_data();
    EXPECT_FALSE(Message(DLM_EVENT_LATE).parse());
    EXPECT_FALSE(Message(DLM_EVENT_LATE).bytes(DLM_TYPE_LOCK, &data, sizeof(data) - 8).parse());
    data.version = 9;
    EXPECT_FALSE(Message(DLM_EVENT_LATE).bytes(DLM_TYPE_LOCK, &data, sizeof(data)).parse());
    data = late_data();
    data.resource_namelen = 65;
    EXPECT_FALSE(Message(DLM_EVENT_LATE).bytes(DLM_TYPE_LOCK, &data, sizeof(data)).parse());
    data.resource_namelen = -1;
    EXPECT_FALSE(Message(DLM_EVENT_LATE).bytes(DLM_TYPE_LOCK, &data, sizeof(data)).parse());
    EXPECT_FALSE(Message(DLM_EVENT_DEADLOCK).number(DLM_EVENT_A_VICTIM, 0).parse())
        << "a victim that is not there";
    EXPECT_FALSE(Message(99).parse());
}

}  // namespace
}  // namespace dlm
