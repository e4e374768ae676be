// SPDX-License-Identifier: GPL-2.0-or-later
// Messages that are wrong in one way each: which of them reset a connection, which are dropped,
// which are acknowledged and dropped, and which come through because they have an error reply.
#include <algorithm>
#include <functional>
#include <memory>

#include <gtest/gtest.h>

#include "wire/messages.h"

namespace {

using namespace dlm::wire_vectors;

constexpr size_t inner = 24;  // of a numbered message
constexpr size_t m_lkid = inner + 28;
constexpr size_t m_nodeid = inner + 20;
constexpr size_t m_rqmode = inner + 72;
constexpr size_t m_bastmode = inner + 76;
constexpr size_t m_result = inner + 84;
constexpr size_t rl = inner + 48;  // rcom_lock

class Malformed : public testing::Test {
protected:
    dlm_wire_verdict decode(const Bytes &message)
    {
        message_ = std::make_unique<u8[]>(message.size());
        std::copy(message.begin(), message.end(), message_.get());
        return dlm_wire_decode(message_.get(), message.size(), &in);
    }

    static Bytes with_byte(unsigned n, size_t at, u8 value)
    {
        Bytes message = bytes(n);
        message.at(at) = value;
        return message;
    }

    static Bytes with_u32(unsigned n, size_t at, u32 value)
    {
        Bytes message = bytes(n);
        put_unaligned_le32(value, message.data() + at);
        return message;
    }

    // Cuts or grows the payload and sets both lengths.
    static Bytes resized(unsigned n, size_t size, size_t inner_at)
    {
        Bytes message = bytes(n);
        message.resize(size, 'x');
        put_unaligned_le16(static_cast<u16>(size), message.data() + 12);
        if (inner_at)
            put_unaligned_le16(static_cast<u16>(size - inner_at), message.data() + inner_at + 12);
        return message;
    }

    void expect_drop(const Bytes &message, dlm_wire_fault fault)
    {
        EXPECT_EQ(decode(message), DLM_WIRE_DROP);
        EXPECT_EQ(in.fault, u32{fault}) << dlm_wire_fault_name(in.fault);
    }

    // The number has to be right, or the stream to us would stand still.
    void expect_drop_ack(const Bytes &message, dlm_wire_fault fault)
    {
        EXPECT_EQ(decode(message), DLM_WIRE_DROP_ACK);
        EXPECT_EQ(in.fault, u32{fault}) << dlm_wire_fault_name(in.fault);
        EXPECT_TRUE(in.flags & DLM_IN_SEQUENCED);
        EXPECT_EQ(in.seq, get_unaligned_le32(message.data() + 4));
    }

    dlm_in in;

private:
    std::unique_ptr<u8[]> message_;
};

TEST_F(Malformed, a_length_that_is_not_the_message_is_broken_framing)
{
    EXPECT_EQ(decode(Bytes(15)), DLM_WIRE_BROKEN);
    EXPECT_EQ(decode({}), DLM_WIRE_BROKEN);
    EXPECT_EQ(decode(with_byte(27, 12, 15)), DLM_WIRE_BROKEN);
    EXPECT_EQ(decode(with_byte(27, 12, 17)), DLM_WIRE_BROKEN);
    Bytes too_long(4097);
    put_unaligned_le32(DLM_WIRE_VERSION, too_long.data());
    put_unaligned_le16(4097, too_long.data() + 12);
    EXPECT_EQ(decode(too_long), DLM_WIRE_BROKEN);
    EXPECT_EQ(in.fault, u32{DLM_FAULT_LENGTH});
}

TEST_F(Malformed, other_versions_are_dropped_and_not_counted_as_received)
{
    for (u32 version : {0x00030001u, 0x00030003u, 0x00020002u, 0u, 0xffffffffu}) {
        expect_drop(with_u32(1, 0, version), DLM_FAULT_VERSION);
        expect_drop(with_u32(13, 0, version), DLM_FAULT_VERSION);
    }
}

TEST_F(Malformed, the_inner_version_is_not_looked_at)
{
    EXPECT_EQ(decode(with_u32(13, inner, 0x00030009)), DLM_WIRE_OK);
    EXPECT_EQ(in.hdr.version, 0x00030009u);
}

TEST_F(Malformed, unknown_commands_are_dropped)
{
    for (u8 cmd : {0, 6, 255})
        expect_drop(with_byte(1, 14, cmd), DLM_FAULT_CMD);
}

TEST_F(Malformed, lock_messages_and_fin_need_a_number)
{
    for (unsigned n : {13u, 28u}) {
        Bytes message = bytes(n);
        expect_drop(Bytes(message.begin() + inner, message.end()), DLM_FAULT_BARE);
    }
}

TEST_F(Malformed, only_status_and_names_come_without_number)
{
    for (unsigned n : {7u, 8u, 9u, 10u}) {
        Bytes message = bytes(n);
        expect_drop(Bytes(message.begin() + inner, message.end()), DLM_FAULT_BARE);
    }
    Bytes not_ready = bytes(3);
    EXPECT_EQ(decode(Bytes(not_ready.begin() + inner, not_ready.end())), DLM_WIRE_OK);
}

TEST_F(Malformed, names_and_status_may_have_a_number)
{
    for (const auto &v : rcom_vectors()) {
        const dlm_wire_from from = {v.lockspace, v.sender, 77};
        Bytes buf(4096);
        buf.resize(dlm_wire_encode_rcom_sequenced(buf.data(), buf.size(), &from, &v.rcom,
                                                  v.extra.data(), v.extra.size()));
        EXPECT_EQ(decode(buf), DLM_WIRE_OK) << all()[v.n - 1].name;
        EXPECT_EQ(in.seq, 77u);
    }
}

TEST_F(Malformed, an_ack_is_a_header_and_nothing_else)
{
    expect_drop(resized(27, 17, 0), DLM_FAULT_LENGTH);
    expect_drop(resized(27, 4096, 0), DLM_FAULT_LENGTH);
}

TEST_F(Malformed, a_numbered_message_too_short_for_its_envelope)
{
    for (size_t size = 16; size < 40; size++)
        expect_drop_ack(resized(13, size, 0), DLM_FAULT_LENGTH);
}

TEST_F(Malformed, parts_must_add_up_exactly)
{
    const Bytes message = bytes(13);
    const auto inner_length = static_cast<u8>(message.size() - inner);
    for (int off : {-30, -1, 1, 30})
        expect_drop_ack(with_byte(13, inner + 12, static_cast<u8>(inner_length + off)),
                        DLM_FAULT_LENGTH);
    expect_drop_ack(with_byte(13, 18, 1), DLM_FAULT_CMD);  // options that push the header aside
    expect_drop_ack(with_byte(13, 19, 0x80), DLM_FAULT_LENGTH);  // options beyond the message
    expect_drop_ack(with_byte(29, 18, 8), DLM_FAULT_CMD);
    expect_drop_ack(with_byte(29, 18, 132 - 24 - 15), DLM_FAULT_LENGTH);
}

TEST_F(Malformed, messages_shorter_than_their_fixed_part)
{
    expect_drop_ack(resized(13, inner + 87, inner), DLM_FAULT_LENGTH);
    expect_drop_ack(resized(13, inner + 16, inner), DLM_FAULT_LENGTH);
    expect_drop_ack(resized(7, inner + 47, inner), DLM_FAULT_LENGTH);
    expect_drop(resized(1, 47, 0), DLM_FAULT_LENGTH);
}

TEST_F(Malformed, the_envelope_must_name_what_is_inside)
{
    for (u8 next : {0, 3, 4, 6, 255})
        expect_drop_ack(with_byte(13, 16, next), DLM_FAULT_CMD);
    expect_drop_ack(with_byte(13, 16, 2), DLM_FAULT_CMD);          // says RCOM, is MSG
    expect_drop_ack(with_byte(13, inner + 14, 3), DLM_FAULT_CMD);  // envelope in envelope
    expect_drop_ack(with_byte(28, inner + 14, 4), DLM_FAULT_CMD);  // ACK inside
}

TEST_F(Malformed, an_envelope_holds_no_envelope_and_no_ack)
{
    for (u8 cmd : {3, 4}) {
        Bytes message = with_byte(28, 16, cmd);
        message[inner + 14] = cmd;
        expect_drop_ack(message, DLM_FAULT_CMD);
    }
}

TEST_F(Malformed, unknown_types_are_consumed)
{
    for (u32 type : {0u, 15u, 0x4f000000u, 0xffffffffu})
        expect_drop_ack(with_u32(13, inner + 16, type), DLM_FAULT_TYPE);
    for (u32 type : {0u, 9u, 0x4f000000u, 0xffffffffu}) {
        expect_drop_ack(with_u32(7, inner + 16, type), DLM_FAULT_TYPE);
        expect_drop(with_u32(1, 16, type), DLM_FAULT_TYPE);
    }
}

TEST_F(Malformed, modes_are_checked_where_they_are_used)
{
    for (u32 mode : {6u, 0x7fffffffu, 0x80000000u, 0xffffffffu, 0xfffffffeu}) {
        for (unsigned n : {11u, 13u, 17u})  // LOOKUP, REQUEST, CONVERT
            expect_drop_ack(with_u32(n, m_rqmode, mode), DLM_FAULT_MODE);
        expect_drop_ack(with_u32(20, m_bastmode, mode), DLM_FAULT_MODE);
        for (unsigned n : {14u, 19u, 20u, 21u, 23u, 25u, 26u})  // do not use it
            EXPECT_EQ(decode(with_u32(n, m_rqmode, mode)), DLM_WIRE_OK) << all()[n - 1].name;
        EXPECT_EQ(decode(with_u32(17, m_bastmode, mode)), DLM_WIRE_OK);
    }
}

TEST_F(Malformed, a_request_needs_an_id_to_answer_to)
{
    for (unsigned n : {11u, 13u, 12u})
        expect_drop_ack(with_u32(n, m_lkid, 0), DLM_FAULT_LOCK_ID);
    EXPECT_EQ(decode(with_u32(17, m_lkid, 0)), DLM_WIRE_OK) << "the master compares it itself";
}

TEST_F(Malformed, long_names_are_answered_where_there_is_an_answer)
{
    for (unsigned n : {11u, 13u}) {  // LOOKUP, REQUEST
        EXPECT_EQ(decode(resized(n, inner + 88 + 64, inner)), DLM_WIRE_OK);
        EXPECT_EQ(in.flags, u32{DLM_IN_SEQUENCED});
        EXPECT_EQ(in.name_len, 64u);
        EXPECT_EQ(decode(resized(n, inner + 88 + 65, inner)), DLM_WIRE_OK);
        EXPECT_EQ(in.flags, u32{DLM_IN_SEQUENCED | DLM_IN_NAME_TOO_LONG});
        EXPECT_EQ(in.name_len, 65u);
    }
    EXPECT_EQ(decode(resized(25, inner + 88 + 64, inner)), DLM_WIRE_OK);
    expect_drop_ack(resized(25, inner + 88 + 65, inner), DLM_FAULT_NAME);  // REMOVE

    EXPECT_EQ(decode(resized(7, inner + 48 + 65, inner)), DLM_WIRE_OK);  // RCOM LOOKUP
    EXPECT_EQ(in.flags, u32{DLM_IN_SEQUENCED | DLM_IN_NAME_TOO_LONG});
    EXPECT_EQ(decode(resized(5, 48 + 64, 0)), DLM_WIRE_OK);  // RCOM NAMES
    expect_drop(resized(5, 48 + 65, 0), DLM_FAULT_NAME);
}

TEST_F(Malformed, the_empty_name_is_a_name)
{
    for (unsigned n : {11u, 13u, 25u}) {
        EXPECT_EQ(decode(resized(n, inner + 88, inner)), DLM_WIRE_OK);
        EXPECT_EQ(in.name_len, 0u);
    }
}

TEST_F(Malformed, value_blocks_of_any_length_come_through)
{
    for (unsigned n : {17u, 19u, 21u, 18u})
        for (size_t len : {0u, 1u, 31u, 33u, 3912u}) {
            EXPECT_EQ(decode(resized(n, inner + 88 + len, inner)), DLM_WIRE_OK);
            EXPECT_EQ(in.lvb_len, len);
        }
}

TEST_F(Malformed, a_result_that_is_no_error_number_ends_in_an_error)
{
    for (u32 result : {1u, 35u, 0x7fffffffu, 0x80000000u, static_cast<u32>(-4096),
                       static_cast<u32>(-65539), static_cast<u32>(-65536)})
        for (unsigned n : {14u, 18u, 22u, 24u}) {
            EXPECT_EQ(decode(with_u32(n, m_result, result)), DLM_WIRE_OK);
            EXPECT_EQ(in.msg.result, -EPROTO) << result;
        }
    for (s32 result : {0, -1, -4095, -65537, -65538}) {
        EXPECT_EQ(decode(with_u32(22, m_result, static_cast<u32>(result))), DLM_WIRE_OK);
        EXPECT_EQ(in.msg.result, result);
    }
}

TEST_F(Malformed, a_grant_by_reply_needs_the_masters_id)
{
    EXPECT_EQ(decode(with_u32(14, m_lkid, 0)), DLM_WIRE_OK);
    EXPECT_EQ(in.msg.result, -EPROTO);
    EXPECT_EQ(decode(with_u32(15, m_lkid, 0)), DLM_WIRE_OK);
    EXPECT_EQ(in.msg.result, -EPROTO);
    EXPECT_EQ(decode(bytes(16)), DLM_WIRE_OK) << "an error has no id";
    EXPECT_EQ(in.msg.result, -EBADR);
}

TEST_F(Malformed, a_lookup_reply_names_a_node_or_none)
{
    for (u32 nodeid : {0u, 0x80000000u, static_cast<u32>(-2)}) {
        EXPECT_EQ(decode(with_u32(12, m_nodeid, nodeid)), DLM_WIRE_OK);
        EXPECT_EQ(in.msg.nodeid, -1);
    }
    EXPECT_EQ(decode(with_u32(12, m_result, static_cast<u32>(-22))), DLM_WIRE_OK);
    EXPECT_EQ(in.msg.nodeid, -1);
}

TEST_F(Malformed, a_recovery_lookup_reply_never_says_node_0)
{
    EXPECT_EQ(decode(with_u32(8, inner + 20, 0)), DLM_WIRE_OK);
    EXPECT_EQ(in.rcom.result, -EPROTO);
    EXPECT_EQ(decode(with_u32(8, inner + 20, static_cast<u32>(-22))), DLM_WIRE_OK);
    EXPECT_EQ(in.rcom.result, -22);
}

TEST_F(Malformed, private_and_unknown_bits_are_masked)
{
    Bytes message = with_u32(17, inner + 52, 0xfffffff3);
    put_unaligned_le32(0xffffffff, message.data() + inner + 48);  // m_sbflags
    put_unaligned_le32(0xfff0000c, message.data() + inner + 44);  // m_exflags: kept as given
    ASSERT_EQ(decode(message), DLM_WIRE_OK);
    EXPECT_EQ(in.msg.flags, 0xfff3u);
    EXPECT_EQ(in.msg.sbflags, 7u);
    EXPECT_EQ(in.msg.exflags, 0xfff0000cu);
    ASSERT_EQ(decode(with_u32(13, inner + 80, 0xffffffff)), DLM_WIRE_OK);
    EXPECT_EQ(in.msg.asts, 3u);
}

TEST_F(Malformed, recovery_messages_with_short_payloads)
{
    expect_drop(resized(1, 48 + 15, 0), DLM_FAULT_SHORT);
    expect_drop(resized(2, 48 + 31, 0), DLM_FAULT_SHORT);
    expect_drop_ack(resized(9, inner + 48 + 107, inner), DLM_FAULT_SHORT);
    expect_drop_ack(resized(10, inner + 48 + 107, inner), DLM_FAULT_SHORT);
}

TEST_F(Malformed, slots_must_be_there)
{
    expect_drop(resized(2, 48 + 32 + 47, 0), DLM_FAULT_SHORT);
    expect_drop(with_byte(2, 48 + 14, 4), DLM_FAULT_SHORT);
    expect_drop(with_byte(2, 48 + 15, 0xff), DLM_FAULT_SHORT);
    EXPECT_EQ(decode(with_byte(2, 48 + 14, 0)), DLM_WIRE_OK) << "zeros may follow";
    EXPECT_EQ(decode(resized(2, 48 + 32 + 100, 0)), DLM_WIRE_OK) << "offers may follow";
}

TEST_F(Malformed, a_lock_with_a_parent_is_answered)
{
    ASSERT_EQ(decode(with_byte(9, rl + 12, 1)), DLM_WIRE_OK);
    EXPECT_EQ(in.flags, u32{DLM_IN_SEQUENCED | DLM_IN_PARENT});
    ASSERT_EQ(decode(with_byte(9, rl + 16, 1)), DLM_WIRE_OK) << "rl_parent_remid is not read";
    EXPECT_EQ(in.flags, u32{DLM_IN_SEQUENCED});
}

TEST_F(Malformed, a_lock_with_a_long_name_is_answered_and_stays_in_its_buffer)
{
    for (u8 high : {0, 0xff}) {
        Bytes message = with_byte(9, rl + 42, 65);
        message[rl + 43] = high;
        ASSERT_EQ(decode(message), DLM_WIRE_OK);
        EXPECT_EQ(in.flags, u32{DLM_IN_SEQUENCED | DLM_IN_NAME_TOO_LONG});
        EXPECT_EQ(in.name_len, 64u);
    }
}

TEST_F(Malformed, an_impossible_lock_is_answered)
{
    struct Case {
        const char *what;
        s8 status, grmode, rqmode;
        bool possible;
    };
    const Case cases[] = {
        {"granted", 2, 5, -1, true},
        {"granted, conversion unanswered", 2, 3, 5, true},
        {"waiting", 1, -1, 3, true},
        {"converting", 3, 0, 5, true},
        {"converting, mode lost between PR and CW", 3, -1, 2, true},
        {"no queue", 0, 5, -1, false},
        {"queue 4", 4, 5, 5, false},
        {"queue -1", -1, 5, 5, false},
        {"granted nothing", 2, -1, 3, false},
        {"granted mode 6", 2, 6, -1, false},
        {"granted, rqmode 6", 2, 5, 6, false},
        {"granted, rqmode -2", 2, 5, -2, false},
        {"waiting for nothing", 1, -1, -1, false},
        {"waiting for 127", 1, -1, 127, false},
        {"waiting, holds -128", 1, -128, 3, false},
        {"converting to nothing", 3, 3, -1, false},
        {"converting from 6", 3, 6, 3, false},
    };
    for (const auto &c : cases) {
        Bytes message = bytes(9);
        message[rl + 36] = static_cast<u8>(c.rqmode);
        message[rl + 37] = static_cast<u8>(c.grmode);
        message[rl + 38] = static_cast<u8>(c.status);
        ASSERT_EQ(decode(message), DLM_WIRE_OK) << c.what;
        EXPECT_EQ(in.flags & DLM_IN_BAD_LOCK, c.possible ? 0u : u32{DLM_IN_BAD_LOCK}) << c.what;
    }
    ASSERT_EQ(decode(with_byte(9, rl + 4, 0)), DLM_WIRE_OK) << "lock id 0";
    EXPECT_TRUE(in.flags & DLM_IN_BAD_LOCK);
    ASSERT_EQ(decode(with_byte(10, rl + 38, 9)), DLM_WIRE_OK)
        << "a reply is read for id and result";
    EXPECT_EQ(in.flags, u32{DLM_IN_SEQUENCED});
}

TEST_F(Malformed, a_lock_replys_result_is_an_error_number)
{
    ASSERT_EQ(decode(with_u32(10, rl + 32, 17)), DLM_WIRE_OK);
    EXPECT_EQ(in.lock.result, -EPROTO);
}

TEST_F(Malformed, every_fault_has_a_name)
{
    for (u32 fault = 0; fault < DLM_FAULT_NR; fault++)
        EXPECT_STRNE(dlm_wire_fault_name(fault), "?");
    EXPECT_STREQ(dlm_wire_fault_name(DLM_FAULT_NR), "?");
}

}  // namespace
