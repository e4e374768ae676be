// SPDX-License-Identifier: GPL-2.0-or-later
// Blocks of names: writer, reader, and a whole dump between the two by the rules of wire spec 7.6,
// including the asker of Linux that starts again after a name of one byte.
#include <algorithm>
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "wire/messages.h"

namespace {

using dlm::wire_vectors::Bytes;

const u8 *raw(const std::string &name)
{
    return reinterpret_cast<const u8 *>(name.data());
}

struct Block {
    Bytes bytes = Bytes(DLM_WIRE_NAMES_LEN, 0xee);
    dlm_names_writer writer;
    Block() { dlm_names_writer_init(&writer, bytes.data()); }
    bool add(const std::string &name) { return dlm_names_add(&writer, raw(name), name.size()); }
};

struct Read {
    std::vector<std::string> names;
    dlm_names_item end;
};

Read read(const Bytes &bytes)
{
    Read result;
    dlm_names_reader r;
    dlm_names_reader_init(&r, bytes.data(), bytes.size());
    const u8 *name;
    size_t len;
    while ((result.end = dlm_names_next(&r, &name, &len)) == DLM_NAMES_NAME)
        result.names.emplace_back(reinterpret_cast<const char *>(name), len);
    return result;
}

TEST(Names, what_is_written_is_read)
{
    Block block;
    const std::vector<std::string> names = {"a", std::string(64, 'x'), std::string("\0b", 2), "cc"};
    for (const auto &name : names)
        ASSERT_TRUE(block.add(name));
    dlm_names_finish(&block.writer);
    const auto got = read(block.bytes);
    EXPECT_EQ(got.names, names);
    EXPECT_EQ(got.end, DLM_NAMES_END);
}

TEST(Names, a_block_leaves_room_for_its_end_mark)
{
    // 60 entries of 66 bytes are 3960; 60 more bytes of entry and 2 of end mark fit, no byte more.
    for (size_t last : {60u, 61u}) {
        Block block;
        for (int i = 0; i < 60; i++)
            ASSERT_TRUE(block.add(std::string(64, static_cast<char>('A' + i))));
        EXPECT_EQ(block.add(std::string(last, 'z')), last == 60);
        dlm_names_finish(&block.writer);
        EXPECT_EQ(read(block.bytes).end, DLM_NAMES_END);
        EXPECT_EQ(read(block.bytes).names.size(), last == 60 ? 61u : 60u);
    }
}

TEST(Names, the_rest_of_a_block_is_zero)
{
    Block block;
    ASSERT_TRUE(block.add("abc"));
    dlm_names_finish(&block.writer);
    for (size_t i = 2 + 3 + 2; i < block.bytes.size(); i++)
        ASSERT_EQ(block.bytes[i], 0);
}

TEST(Names, a_full_block_never_ends_with_a_name_of_one_byte)
{
    Block block;
    for (int i = 0; i < 60; i++)
        ASSERT_TRUE(block.add(std::string(64, static_cast<char>('A' + i))));
    ASSERT_TRUE(block.add("p"));
    ASSERT_TRUE(block.add("q"));
    dlm_names_finish_full(&block.writer);
    const auto got = read(block.bytes);
    EXPECT_EQ(got.end, DLM_NAMES_MORE);
    ASSERT_EQ(got.names.size(), 60u);
    EXPECT_EQ(got.names.back().size(), 64u);
    for (size_t i = size_t{60} * 66; i < block.bytes.size(); i++)
        ASSERT_EQ(block.bytes[i], 0) << "nothing of the dropped names is left";
}

TEST(Names, a_last_block_may_end_with_a_name_of_one_byte)
{
    Block block;
    ASSERT_TRUE(block.add("abc"));
    ASSERT_TRUE(block.add("p"));
    dlm_names_finish(&block.writer);
    EXPECT_EQ(read(block.bytes).names, (std::vector<std::string>{"abc", "p"}));
}

TEST(Names, the_empty_name_is_passed_over)
{
    Block block;
    EXPECT_TRUE(block.add(""));
    EXPECT_TRUE(block.add("abc"));
    dlm_names_finish(&block.writer);
    EXPECT_EQ(read(block.bytes).names, std::vector<std::string>{"abc"});
}

TEST(Names, bad_blocks_are_refused)
{
    EXPECT_EQ(read({}).end, DLM_NAMES_BAD);
    EXPECT_EQ(read({0xff}).end, DLM_NAMES_BAD);
    EXPECT_EQ(read({0, 65, 'x'}).end, DLM_NAMES_BAD);
    EXPECT_EQ(read({0, 3, 'x', 'y'}).end, DLM_NAMES_BAD) << "over the end";
    EXPECT_EQ(read({0, 2, 'x', 'y'}).end, DLM_NAMES_BAD) << "no end mark";
    EXPECT_EQ(read({0, 2, 'x', 'y', 0xff}).end, DLM_NAMES_BAD) << "half an end mark";
    Bytes too_long = {0, 65};
    too_long.resize(100, 'x');
    EXPECT_EQ(read(too_long).end, DLM_NAMES_BAD);
    EXPECT_EQ(read({2, 0, 'x', 'y'}).end, DLM_NAMES_BAD) << "lengths are big-endian";
}

TEST(Names, lack_of_progress_is_found)
{
    dlm_names_progress progress = {};
    const auto step = [&](const Bytes &b) {
        return dlm_names_progressed(&progress, b.data(), b.size());
    };
    EXPECT_FALSE(step({0, 0})) << "an empty block that wants to be asked again";
    EXPECT_TRUE(step({0, 2, 'a', 'b', 0, 0}));
    EXPECT_FALSE(step({0, 2, 'a', 'b', 0, 0})) << "the same again";
    EXPECT_TRUE(step({0, 2, 'c', 'd', 0, 0}));
    EXPECT_TRUE(step({0xff, 0xff}));
    EXPECT_FALSE(step({0, 9, 'a'})) << "not readable";
}

// A responder and an asker as in Linux: going on after a known name, from the start after one byte.
std::vector<std::string> dump(const std::vector<std::string> &all_names, unsigned &blocks)
{
    std::vector<std::string> got;
    std::string last;
    dlm_names_progress progress = {};
    for (blocks = 1;; blocks++) {
        size_t at = 0;
        if (last.size() > 1)
            while (all_names[at++] != last) {
            }
        Block block;
        while (at < all_names.size() && block.add(all_names[at]))
            at++;
        if (at == all_names.size())
            dlm_names_finish(&block.writer);
        else
            dlm_names_finish_full(&block.writer);
        EXPECT_TRUE(dlm_names_progressed(&progress, block.bytes.data(), block.bytes.size()));
        const auto part = read(block.bytes);
        got.insert(got.end(), part.names.begin(), part.names.end());
        if (part.end != DLM_NAMES_MORE || testing::Test::HasFailure())
            return got;
        last = part.names.back();
    }
}

TEST(Names, a_dump_of_many_names_gives_each_once_in_order)
{
    std::mt19937 random(3);
    for (int round = 0; round < 50; round++) {
        std::set<std::string> names;
        while (names.size() < 2000) {
            // Short ones are frequent, so that blocks want to end with them.
            std::string name(random() % 4 ? 1 + random() % 2 : 1 + random() % 64, 'x');
            for (auto &c : name)
                c = static_cast<char>(random());
            names.insert(name);
        }
        std::vector<std::string> order(names.begin(), names.end());
        std::shuffle(order.begin(), order.end(), random);
        unsigned blocks = 0;
        ASSERT_EQ(dump(order, blocks), order) << "round " << round;
        ASSERT_GT(blocks, 5u);
    }
}

}  // namespace
