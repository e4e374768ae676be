// SPDX-License-Identifier: GPL-2.0-or-later
// Encoding gives the bytes of the captured messages, and what does not fit gives nothing.
#include <gtest/gtest.h>

#include "wire/messages.h"

namespace {

using namespace dlm::wire_vectors;

// What ours sends: the captured bytes without the private bits that Linux 6.1 leaks.
Bytes without_leak(const MsgVector &v)
{
    constexpr size_t flags_offset = 24 + 52;
    Bytes bytes_wanted = bytes(v.n);
    u8 *at = bytes_wanted.data() + flags_offset;
    put_unaligned_le32(get_unaligned_le32(at) & ~v.leaked, at);
    return bytes_wanted;
}

TEST(Encode, lock_messages_have_the_captured_bytes)
{
    for (const auto &v : msg_vectors()) {
        SCOPED_TRACE(all()[v.n - 1].name);
        const dlm_wire_from from = {lockspace, v.sender, v.seq};
        Bytes buf(4096, 0xee);
        const size_t len = dlm_wire_encode_msg(buf.data(), buf.size(), &from, &v.msg,
                                               v.extra.data(), v.extra.size());
        buf.resize(len);
        EXPECT_EQ(buf, without_leak(v));
        EXPECT_EQ(len, dlm_wire_msg_size(v.extra.size()));
    }
}

TEST(Encode, leaked_bits_are_the_only_difference_to_a_capture)
{
    for (const auto &v : msg_vectors()) {
        SCOPED_TRACE(all()[v.n - 1].name);
        const Bytes wanted = without_leak(v);
        const Bytes &captured = bytes(v.n);
        size_t differences = 0;
        for (size_t i = 0; i < wanted.size(); i++)
            differences += wanted[i] != captured[i];
        EXPECT_EQ(differences, v.leaked ? 1u : 0u);
    }
}

TEST(Encode, recovery_messages_have_the_captured_bytes)
{
    for (const auto &v : rcom_vectors()) {
        SCOPED_TRACE(all()[v.n - 1].name);
        const dlm_wire_from from = {v.lockspace, v.sender, v.seq};
        Bytes buf(4096, 0xee);
        const auto encode = v.sequenced ? dlm_wire_encode_rcom_sequenced : dlm_wire_encode_rcom;
        const size_t len =
            encode(buf.data(), buf.size(), &from, &v.rcom, v.extra.data(), v.extra.size());
        buf.resize(len);
        EXPECT_EQ(buf, bytes(v.n));
    }
}

TEST(Encode, types_decide_which_recovery_messages_are_numbered)
{
    for (const auto &v : rcom_vectors()) {
        // V3: Linux numbers "not ready"; ours sends it bare, both are accepted.
        const bool numbered = v.sequenced && v.n != 3;
        EXPECT_EQ(dlm_wire_rcom_sequenced(v.rcom.type), numbered) << all()[v.n - 1].name;
    }
    EXPECT_FALSE(dlm_wire_rcom_sequenced(DLM_RCOM_NAMES_REPLY));
    EXPECT_TRUE(dlm_wire_rcom_sequenced(0x4f000001)) << "a type of our own never goes bare";
    EXPECT_EQ(dlm_wire_rcom_size(DLM_RCOM_STATUS, 16), 64u);
    EXPECT_EQ(dlm_wire_rcom_size(DLM_RCOM_LOCK, 108 + 32), 212u);
}

TEST(Encode, names_reply_has_the_captured_bytes)
{
    Bytes block(DLM_WIRE_NAMES_LEN);
    dlm_names_writer w;
    dlm_names_writer_init(&w, block.data());
    ASSERT_TRUE(dlm_names_add(&w, reinterpret_cast<const u8 *>("alpha"), 5));
    ASSERT_TRUE(dlm_names_add(&w, reinterpret_cast<const u8 *>("beta12"), 6));
    dlm_names_finish(&w);

    const dlm_wire_from from = {lockspace, 1, 0};
    const dlm_rcom rcom = {.type = DLM_RCOM_NAMES_REPLY,
                           .result = 0,
                           .id = 0x1122334455660002,
                           .seq = 3,
                           .seq_reply = 40};
    Bytes buf(4096, 0xee);
    buf.resize(
        dlm_wire_encode_rcom(buf.data(), buf.size(), &from, &rcom, block.data(), block.size()));
    EXPECT_EQ(buf, bytes(6));
}

TEST(Encode, ack_and_fin_have_the_captured_bytes)
{
    Bytes buf(4096, 0xee);
    buf.resize(dlm_wire_encode_ack(buf.data(), buf.size(), 1, 1));
    EXPECT_EQ(buf, bytes(27));
    buf.assign(4096, 0xee);
    buf.resize(dlm_wire_encode_fin(buf.data(), buf.size(), 1, 2));
    EXPECT_EQ(buf, bytes(28));
}

TEST(Encode, the_number_can_be_put_in_later)
{
    const auto &v = msg_vectors().front();
    const dlm_wire_from from = {lockspace, v.sender, 0xdeadbeef};
    Bytes buf(4096);
    buf.resize(
        dlm_wire_encode_msg(buf.data(), buf.size(), &from, &v.msg, v.extra.data(), v.extra.size()));
    EXPECT_EQ(dlm_wire_get_seq(buf.data()), 0xdeadbeefu);
    dlm_wire_set_seq(buf.data(), v.seq);
    EXPECT_EQ(buf, bytes(v.n));
}

TEST(Encode, private_flags_never_leave)
{
    const dlm_wire_from from = {lockspace, 1, 0};
    const dlm_msg msg = {.type = DLM_MSG_CANCEL, .flags = 0x02000000};
    Bytes buf(4096);
    ASSERT_EQ(dlm_wire_encode_msg(buf.data(), buf.size(), &from, &msg, nullptr, 0), 112u);
    EXPECT_EQ(get_unaligned_le32(buf.data() + 24 + 52), 0u);

    const dlm_rcom_lock lock = {.flags = 0xffff0003};
    Bytes payload(DLM_WIRE_RCOM_LOCK_SIZE);
    dlm_wire_put_rcom_lock(payload.data(), &lock);
    EXPECT_EQ(get_unaligned_le32(payload.data() + 24), 3u);
}

TEST(Encode, what_does_not_fit_is_refused_untouched)
{
    const dlm_wire_from from = {lockspace, 1, 0};
    const dlm_msg msg = {.type = DLM_MSG_REQUEST, .lkid = 1};
    const dlm_rcom bare = {.type = DLM_RCOM_STATUS};
    const dlm_rcom numbered = {.type = DLM_RCOM_LOOKUP};
    const Bytes extra(5000);
    Bytes buf(5000, 0xee);
    const Bytes before = buf;

    EXPECT_EQ(dlm_wire_encode_msg(buf.data(), 116, &from, &msg, extra.data(), 5), 0u);
    EXPECT_EQ(dlm_wire_encode_msg(buf.data(), 5000, &from, &msg, extra.data(), 4096 - 112 + 1), 0u);
    EXPECT_EQ(dlm_wire_encode_msg(buf.data(), 5000, &from, &msg, extra.data(), SIZE_MAX), 0u);
    EXPECT_EQ(dlm_wire_encode_rcom(buf.data(), 63, &from, &bare, extra.data(), 16), 0u);
    EXPECT_EQ(dlm_wire_encode_rcom(buf.data(), 5000, &from, &bare, extra.data(), 4049), 0u);
    EXPECT_EQ(dlm_wire_encode_rcom(buf.data(), 5000, &from, &numbered, extra.data(), 4025), 0u);
    EXPECT_EQ(dlm_wire_encode_ack(buf.data(), 15, 1, 1), 0u);
    EXPECT_EQ(dlm_wire_encode_fin(buf.data(), 39, 1, 1), 0u);
    EXPECT_EQ(buf, before);

    EXPECT_EQ(dlm_wire_encode_msg(buf.data(), 5000, &from, &msg, extra.data(), 4096 - 112), 4096u);
    EXPECT_EQ(dlm_wire_encode_rcom(buf.data(), 5000, &from, &bare, extra.data(), 4048), 4096u);
    EXPECT_EQ(dlm_wire_encode_rcom(buf.data(), 5000, &from, &numbered, extra.data(), 4024), 4096u);
}

// Numbers of wire spec 4.6, typed here again.
TEST(Results, differing_error_numbers_are_translated_both_ways)
{
    const struct {
        s32 native;
        s32 wire;
    } pairs[] = {
        {-EDEADLK, -35},    {-EBADR, -53},      {-EBADSLT, -57},      {-EPROTO, -71},
        {-EOPNOTSUPP, -95}, {-ETIMEDOUT, -110}, {-EINPROGRESS, -115}, {-EAGAIN, -11},
        {-ENOENT, -2},      {-EINVAL, -22},     {-ENOMEM, -12},       {-EBUSY, -16},
        {-ENOTBLK, -15},    {-65537, -65537},   {-65538, -65538},     {0, 0},
    };
    for (const auto &[native, wire] : pairs) {
        EXPECT_EQ(dlm_wire_result_encode(native), wire);
        EXPECT_EQ(dlm_wire_result_decode(wire), native);
    }
}

}  // namespace
