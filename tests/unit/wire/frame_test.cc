// SPDX-License-Identifier: GPL-2.0-or-later
// A stream of all captured messages is cut at the same places whatever the chunks it comes in.
#include <algorithm>
#include <random>

#include <gtest/gtest.h>

#include "wire/messages.h"

namespace {

using namespace dlm::wire_vectors;

Bytes header(u16 length)
{
    Bytes bytes(16);
    put_unaligned_le32(DLM_WIRE_VERSION, bytes.data());
    put_unaligned_le16(length, bytes.data() + 12);
    return bytes;
}

TEST(Frame, waits_for_the_whole_header_and_the_whole_message)
{
    const Bytes &message = bytes(13);
    size_t len = 0;
    for (size_t have = 0; have < message.size(); have++)
        EXPECT_EQ(dlm_frame_next(message.data(), have, &len), DLM_FRAME_MORE);
    EXPECT_EQ(dlm_frame_next(message.data(), message.size(), &len), DLM_FRAME_MESSAGE);
    EXPECT_EQ(len, message.size());
}

TEST(Frame, lengths_outside_16_to_4096_are_broken_as_soon_as_they_are_seen)
{
    size_t len = 0;
    for (u16 bad : {0, 1, 15, 4097, 0xffff})
        EXPECT_EQ(dlm_frame_next(header(bad).data(), 16, &len), DLM_FRAME_BROKEN) << bad;
    EXPECT_EQ(dlm_frame_next(header(16).data(), 16, &len), DLM_FRAME_MESSAGE);
    EXPECT_EQ(dlm_frame_next(header(4096).data(), 16, &len), DLM_FRAME_MORE);
}

// Feeds `stream` in chunks of random size, cuts what is there, returns the messages.
std::vector<Bytes> cut(const Bytes &stream, std::mt19937 &random)
{
    std::vector<Bytes> messages;
    Bytes held;
    for (size_t at = 0; at < stream.size();) {
        const size_t chunk = std::min<size_t>(1 + random() % 300, stream.size() - at);
        held.insert(held.end(), stream.begin() + static_cast<ptrdiff_t>(at),
                    stream.begin() + static_cast<ptrdiff_t>(at + chunk));
        at += chunk;
        size_t len = 0;
        while (dlm_frame_next(held.data(), held.size(), &len) == DLM_FRAME_MESSAGE) {
            messages.emplace_back(held.begin(), held.begin() + static_cast<ptrdiff_t>(len));
            held.erase(held.begin(), held.begin() + static_cast<ptrdiff_t>(len));
        }
    }
    EXPECT_TRUE(held.empty());
    return messages;
}

TEST(Frame, chunks_do_not_matter)
{
    Bytes stream;
    std::vector<Bytes> wanted;
    for (const auto &vector : all()) {
        stream.insert(stream.end(), vector.bytes.begin(), vector.bytes.end());
        wanted.push_back(vector.bytes);
    }
    std::mt19937 random(7);
    for (int round = 0; round < 100; round++)
        ASSERT_EQ(cut(stream, random), wanted) << "round " << round;
}

}  // namespace
