// SPDX-License-Identifier: GPL-2.0-or-later
// Decoding gives the fields of the captured messages. Each message is decoded from a heap buffer of
// exactly its length, so that the address sanitizer sees a read beyond it.
#include <algorithm>
#include <memory>

#include <gtest/gtest.h>

#include "wire/messages.h"

namespace {

using namespace dlm::wire_vectors;

class Decode : public testing::Test {
protected:
    dlm_wire_verdict decode(const Bytes &message)
    {
        message_ = std::make_unique<u8[]>(message.size());
        std::copy(message.begin(), message.end(), message_.get());
        return dlm_wire_decode(message_.get(), message.size(), &in);
    }

    static std::string text(const u8 *at, size_t len)
    {
        return at == nullptr ? "" : std::string(reinterpret_cast<const char *>(at), len);
    }

    dlm_in in;

private:
    std::unique_ptr<u8[]> message_;
};

// What the receiver reads by wire spec 4.4, hand-written; true: the field reaches the handler.
struct Used {
    bool pid, lkid, remid, exflags, sbflags, flags, lvbseq, rqmode, bastmode, asts, result, lvb,
        grmode;
};

Used used(u32 type)
{
    Used u = {};
    switch (type) {
    case DLM_MSG_REQUEST:
    case DLM_MSG_LOOKUP:
        u.pid = u.lkid = u.rqmode = u.asts = u.exflags = u.sbflags = u.flags = true;
        break;
    case DLM_MSG_CONVERT:
        u.remid = u.lkid = u.exflags = u.sbflags = u.flags = u.rqmode = u.lvbseq = u.lvb = true;
        break;
    // The mode tells a lock that gave way and does not know it yet: this implementation only.
    case DLM_MSG_UNLOCK:
        u.remid = u.lkid = u.exflags = u.sbflags = u.flags = u.lvb = u.grmode = true;
        break;
    case DLM_MSG_CANCEL: u.remid = u.exflags = u.sbflags = u.flags = true; break;
    case DLM_MSG_REQUEST_REPLY:
    case DLM_MSG_CONVERT_REPLY:
        u.remid = u.result = u.lkid = u.sbflags = u.flags = u.lvbseq = u.lvb = true;
        break;
    case DLM_MSG_UNLOCK_REPLY:
    case DLM_MSG_CANCEL_REPLY: u.remid = u.result = u.sbflags = u.flags = true; break;
    case DLM_MSG_GRANT: u.remid = u.sbflags = u.flags = u.lvbseq = u.lvb = true; break;
    case DLM_MSG_BAST: u.remid = u.bastmode = true; break;
    case DLM_MSG_LOOKUP_REPLY: u.lkid = true; break;
    case DLM_MSG_PURGE: u.pid = true; break;
    }
    return u;
}

TEST_F(Decode, lock_messages_give_the_fields_that_their_type_uses)
{
    for (const auto &v : msg_vectors()) {
        SCOPED_TRACE(all()[v.n - 1].name);
        ASSERT_EQ(decode(bytes(v.n)), DLM_WIRE_OK);
        EXPECT_EQ(in.flags, u32{DLM_IN_SEQUENCED});
        EXPECT_EQ(in.seq, v.seq);
        EXPECT_EQ(in.hdr.cmd, DLM_CMD_MSG);
        EXPECT_EQ(in.hdr.lockspace, lockspace);
        EXPECT_EQ(in.hdr.nodeid, v.sender);
        const auto &wanted = v.msg;
        const auto u = used(wanted.type);
        const auto expect = [](bool is_used, auto got, auto field, const char *name) {
            if (is_used) {
                EXPECT_EQ(got, field) << name;
            }
        };
        EXPECT_EQ(in.msg.type, wanted.type);
        expect(u.pid, in.msg.pid, wanted.pid, "pid");
        expect(u.lkid, in.msg.lkid, wanted.lkid, "lkid");
        expect(u.remid, in.msg.remid, wanted.remid, "remid");
        expect(u.exflags, in.msg.exflags, wanted.exflags, "exflags");
        expect(u.sbflags, in.msg.sbflags, wanted.sbflags, "sbflags");
        expect(u.flags, in.msg.flags, wanted.flags, "flags");
        expect(u.lvbseq, in.msg.lvbseq, wanted.lvbseq, "lvbseq");
        expect(u.rqmode, in.msg.rqmode, wanted.rqmode, "rqmode");
        expect(u.bastmode, in.msg.bastmode, wanted.bastmode, "bastmode");
        expect(u.asts, in.msg.asts, wanted.asts, "asts");
        expect(u.result, in.msg.result, wanted.result, "result");
        const bool named = wanted.type == DLM_MSG_REQUEST || wanted.type == DLM_MSG_LOOKUP ||
                           wanted.type == DLM_MSG_REMOVE;
        EXPECT_EQ(text(in.lvb, in.lvb_len), u.lvb ? v.extra : "");
        EXPECT_EQ(text(in.name, in.name_len), named ? v.extra : "");
        EXPECT_EQ(in.msg.status, 0) << "nobody uses it";
        EXPECT_EQ(in.msg.grmode, u.grmode ? wanted.grmode : 0) << "grmode";
    }
}

TEST_F(Decode, every_field_of_a_lock_message_can_be_read)
{
    for (const auto &v : msg_vectors()) {
        SCOPED_TRACE(all()[v.n - 1].name);
        dlm_msg msg;
        dlm_wire_get_msg(&msg, bytes(v.n).data() + 24 + 16);
        const auto &w = v.msg;
        EXPECT_EQ(msg.type, w.type);
        EXPECT_EQ(msg.nodeid, w.nodeid);
        EXPECT_EQ(msg.pid, w.pid);
        EXPECT_EQ(msg.lkid, w.lkid);
        EXPECT_EQ(msg.remid, w.remid);
        EXPECT_EQ(msg.parent_lkid, w.parent_lkid);
        EXPECT_EQ(msg.parent_remid, w.parent_remid);
        EXPECT_EQ(msg.exflags, w.exflags);
        EXPECT_EQ(msg.sbflags, w.sbflags);
        EXPECT_EQ(msg.flags, w.flags) << "without the half that Linux leaks";
        EXPECT_EQ(msg.lvbseq, w.lvbseq);
        EXPECT_EQ(msg.hash, w.hash);
        EXPECT_EQ(msg.status, w.status);
        EXPECT_EQ(msg.grmode, w.grmode);
        EXPECT_EQ(msg.rqmode, w.rqmode);
        EXPECT_EQ(msg.bastmode, w.bastmode);
        EXPECT_EQ(msg.asts, w.asts);
        EXPECT_EQ(msg.result, w.result);
    }
}

TEST_F(Decode, recovery_messages_give_their_fields)
{
    for (const auto &v : rcom_vectors()) {
        SCOPED_TRACE(all()[v.n - 1].name);
        ASSERT_EQ(decode(bytes(v.n)), DLM_WIRE_OK);
        EXPECT_EQ(in.flags, v.sequenced ? u32{DLM_IN_SEQUENCED} : 0);
        EXPECT_EQ(in.seq, v.seq);
        EXPECT_EQ(in.hdr.cmd, DLM_CMD_RCOM);
        EXPECT_EQ(in.hdr.lockspace, v.lockspace);
        EXPECT_EQ(in.hdr.nodeid, v.sender);
        EXPECT_EQ(in.rcom.type, v.rcom.type);
        EXPECT_EQ(in.rcom.result, v.rcom.result);
        EXPECT_EQ(in.rcom.id, v.rcom.id);
        EXPECT_EQ(in.rcom.seq, v.rcom.seq);
        EXPECT_EQ(in.rcom.seq_reply, v.rcom.seq_reply);
    }
}

TEST_F(Decode, status_says_whether_slots_are_wanted)
{
    ASSERT_EQ(decode(bytes(1)), DLM_WIRE_OK);
    EXPECT_EQ(in.status.flags, u32{DLM_WIRE_NEED_SLOTS});
}

TEST_F(Decode, status_reply_gives_configuration_and_slots)
{
    ASSERT_EQ(decode(bytes(2)), DLM_WIRE_OK);
    EXPECT_EQ(in.config.lvblen, 32u);
    EXPECT_EQ(in.config.our_slot, 1);
    EXPECT_EQ(in.config.generation, 1u);
    ASSERT_EQ(in.config.num_slots, 3);
    for (u32 i = 0; i < 3; i++) {
        dlm_rcom_slot slot;
        dlm_wire_slot(&in, i, &slot);
        EXPECT_EQ(slot.nodeid, i + 1);
        EXPECT_EQ(slot.slot, i + 1);
    }
    ASSERT_EQ(decode(bytes(3)), DLM_WIRE_OK);
    EXPECT_EQ(in.config.lvblen, 0xffffffffu);
    EXPECT_EQ(in.config.num_slots, 0);
}

TEST_F(Decode, names_gives_the_last_name_received)
{
    ASSERT_EQ(decode(bytes(4)), DLM_WIRE_OK);
    EXPECT_EQ(in.name_len, 0u);
    ASSERT_EQ(decode(bytes(5)), DLM_WIRE_OK);
    EXPECT_EQ(text(in.name, in.name_len), "many_resource_names_to_fill_the_block_291");
}

TEST_F(Decode, names_reply_gives_the_block)
{
    ASSERT_EQ(decode(bytes(6)), DLM_WIRE_OK);
    EXPECT_EQ(in.rcom.type, u32{DLM_RCOM_NAMES_REPLY});
    ASSERT_EQ(in.names_len, size_t{DLM_WIRE_NAMES_LEN});
    dlm_names_reader r;
    const u8 *name;
    size_t len;
    dlm_names_reader_init(&r, in.names, in.names_len);
    ASSERT_EQ(dlm_names_next(&r, &name, &len), DLM_NAMES_NAME);
    EXPECT_EQ(text(name, len), "alpha");
    ASSERT_EQ(dlm_names_next(&r, &name, &len), DLM_NAMES_NAME);
    EXPECT_EQ(text(name, len), "beta12");
    EXPECT_EQ(dlm_names_next(&r, &name, &len), DLM_NAMES_END);
}

TEST_F(Decode, lookup_gives_the_name)
{
    ASSERT_EQ(decode(bytes(7)), DLM_WIRE_OK);
    EXPECT_EQ(text(in.name, in.name_len), "ff3");
}

TEST_F(Decode, lock_gives_lock_name_and_value)
{
    ASSERT_EQ(decode(bytes(9)), DLM_WIRE_OK);
    EXPECT_EQ(text(in.name, in.name_len), "aa3");
    EXPECT_EQ(text(in.lvb, in.lvb_len), "LV:aa3" + std::string(26, '-'));
    EXPECT_EQ(in.lock.ownpid, 99u);
    EXPECT_EQ(in.lock.lkid, 1u);
    EXPECT_EQ(in.lock.remid, 0u);
    EXPECT_EQ(in.lock.exflags, 8u);
    EXPECT_EQ(in.lock.flags, 1u);
    EXPECT_EQ(in.lock.lvbseq, 5u);
    EXPECT_EQ(in.lock.result, 0);
    EXPECT_EQ(in.lock.rqmode, -1);
    EXPECT_EQ(in.lock.grmode, 5);
    EXPECT_EQ(in.lock.status, 2);
    EXPECT_EQ(in.lock.asts, 3);
    EXPECT_EQ(in.lock.wait_type, 0);
    EXPECT_EQ(in.lock.namelen, 3);
    EXPECT_EQ(memcmp(in.lock.name, "aa3\0\0", 5), 0);

    ASSERT_EQ(decode(bytes(10)), DLM_WIRE_OK);
    EXPECT_EQ(in.lock.lkid, 0x1001u);
    EXPECT_EQ(in.lock.remid, 8u);
    EXPECT_EQ(in.lock.result, -EEXIST);
    EXPECT_EQ(in.name, nullptr);
    EXPECT_EQ(in.lvb, nullptr);
}

TEST_F(Decode, ack_and_fin)
{
    ASSERT_EQ(decode(bytes(27)), DLM_WIRE_OK);
    EXPECT_EQ(in.hdr.cmd, DLM_CMD_ACK);
    EXPECT_EQ(in.seq, 1u);
    EXPECT_EQ(in.flags, 0u);
    ASSERT_EQ(decode(bytes(28)), DLM_WIRE_OK);
    EXPECT_EQ(in.hdr.cmd, DLM_CMD_FIN);
    EXPECT_EQ(in.seq, 2u);
    EXPECT_EQ(in.flags, u32{DLM_IN_SEQUENCED});
}

TEST_F(Decode, options_are_skipped)
{
    ASSERT_EQ(decode(bytes(29)), DLM_WIRE_OK);
    EXPECT_EQ(in.seq, 0x11u);
    EXPECT_EQ(in.hdr.nodeid, 2u);
    EXPECT_EQ(in.msg.type, u32{DLM_MSG_LOOKUP});
    EXPECT_EQ(in.msg.lkid, 0x210u);
    EXPECT_EQ(in.msg.rqmode, 5);
    EXPECT_EQ(text(in.name, in.name_len), "eps5");
}

TEST_F(Decode, padding_and_unused_fields_are_not_read)
{
    Bytes message = bytes(13);
    for (size_t at : {15u, 17u, 20u, 21u, 22u, 23u, 39u})  // h_pad, o_pad, o_pad2, inner h_pad
        message[at] = 0xa5;
    for (size_t at = 24 + 36; at < 24 + 44; at++)  // m_parent_lkid, m_parent_remid
        message[at] = 0xa5;
    for (size_t at = 24 + 64; at < 24 + 72; at++)  // m_status, m_grmode
        message[at] = 0xa5;
    for (size_t at = 24 + 76; at < 24 + 80; at++)  // m_bastmode
        message[at] = 0xa5;
    for (size_t at = 24 + 84; at < 24 + 88; at++)  // m_result
        message[at] = 0xa5;
    ASSERT_EQ(decode(message), DLM_WIRE_OK);
    EXPECT_EQ(in.msg.parent_lkid, 0u);
    EXPECT_EQ(in.msg.grmode, 0);
    EXPECT_EQ(in.msg.bastmode, 0);
    EXPECT_EQ(in.msg.result, 0);
}

}  // namespace
