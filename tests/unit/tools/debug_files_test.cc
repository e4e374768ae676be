// SPDX-License-Identifier: GPL-2.0-or-later
// Parsers of debugfs, on lines of the specification and on names that are made to break them.
#include <gtest/gtest.h>

#include "lib/debug_files.h"
#include "temporary_folder.h"

namespace dlm::lib::test {

static const std::string header =
    "id nodeid remid pid xid exflags flags sts grmode rqmode time_ms r_nodeid r_len r_name\n";

TEST(DebugLocks, line_of_the_specification)
{
    auto table = parse_locks(header + "1 1 2 1 0 8 1 1 -1 3 501619 1 2 \"rr\"\n");
    ASSERT_EQ(table.locks.size(), 1u);
    EXPECT_EQ(table.malformed, 0);
    const auto &lock = table.locks[0];
    EXPECT_EQ(lock.id, 1u);
    EXPECT_EQ(lock.nodeid, 1);
    EXPECT_EQ(lock.remote_id, 2u);
    EXPECT_EQ(lock.status, 1);
    EXPECT_EQ(lock.granted_mode, -1);
    EXPECT_EQ(lock.requested_mode, 3);
    EXPECT_EQ(lock.queued_us, 501619u);
    EXPECT_EQ(lock.master, 1u);
    EXPECT_EQ(lock.name, "rr");
    EXPECT_FALSE(lock.is_master_copy());
}

TEST(DebugLocks, hex_fields_unknown_master_and_large_numbers)
{
    auto table = parse_locks(header +
                             "3c0ffee 2 beef 77 18446744073709551615 1a c0000001 2 5 -1 "
                             "18446744073709 4294967295 1 \"x\"\n");
    ASSERT_EQ(table.locks.size(), 1u);
    const auto &lock = table.locks[0];
    EXPECT_EQ(lock.id, 0x3c0ffeeu);
    EXPECT_EQ(lock.remote_id, 0xbeefu);
    EXPECT_EQ(lock.xid, UINT64_MAX);
    EXPECT_EQ(lock.request_flags, 0x1au);
    EXPECT_EQ(lock.internal_flags, 0xc0000001u);
    EXPECT_EQ(lock.master, 0xffffffffu);
    EXPECT_EQ(lock.queued_us, 18446744073709u);
}

TEST(DebugLocks, names_that_hold_quotes_newlines_and_spaces)
{
    auto table =
        parse_locks(header + "1 0 0 1 0 0 0 2 5 -1 1 0 5 \"a\"\n\"b\"\n" +
                    "2 0 0 1 0 0 0 2 5 -1 1 0 3 \" \" \"\n" + "3 0 0 1 0 0 0 2 5 -1 1 0 0 \"\"\n");
    ASSERT_EQ(table.locks.size(), 3u);
    EXPECT_EQ(table.locks[0].name, "a\"\n\"b");
    EXPECT_EQ(table.locks[1].name, " \" ");
    EXPECT_EQ(table.locks[2].name, "");
    EXPECT_EQ(table.malformed, 0);
}

TEST(DebugLocks, name_cut_at_a_nul_byte_is_shorter_than_its_length)
{
    auto table = parse_locks(header + "1 0 0 1 0 0 0 2 5 -1 1 0 24 \"abc\"\n" +
                             "2 0 0 1 0 0 0 2 5 -1 1 0 1 \"y\"\n");
    ASSERT_EQ(table.locks.size(), 2u);
    EXPECT_EQ(table.locks[0].name, "abc");
    EXPECT_EQ(table.locks[0].name_length, 24u);
    EXPECT_EQ(table.locks[1].name, "y");
}

TEST(DebugLocks, malformed_lines_are_counted_and_skipped)
{
    auto table = parse_locks(header +
                             "garbage\n\n1 2 3\n"
                             "1 0 0 1 0 0 0 2 5 -1 1 0 1 x\n"
                             "zz 0 0 1 0 0 0 2 5 -1 1 0 1 \"x\"\n"
                             "4 0 0 1 0 0 0 2 5 -1 1 0 1 \"x\"\n"
                             "5 0 0 1 0 0 0 2 5 -1 1 0 9 \"x");
    ASSERT_EQ(table.locks.size(), 1u);
    EXPECT_EQ(table.locks[0].id, 4u);
    EXPECT_EQ(table.malformed, 6);
}

TEST(DebugLocks, empty_files)
{
    EXPECT_TRUE(parse_locks("").locks.empty());
    EXPECT_TRUE(parse_locks(header).locks.empty());
    EXPECT_EQ(parse_locks(header).malformed, 0);
}

TEST(DebugLocks, copy_for_another_node_is_told_from_our_lock_over_there)
{
    auto table = parse_locks(header + "1 2 7 1 0 0 0 2 5 -1 1 0 1 \"x\"\n" +
                             "2 3 8 1 0 0 0 2 5 -1 1 3 1 \"x\"\n");
    ASSERT_EQ(table.locks.size(), 2u);
    EXPECT_TRUE(table.locks[0].is_master_copy());
    EXPECT_FALSE(table.locks[1].is_master_copy());
}

TEST(DebugWaiters, lines_and_a_cut_end)
{
    auto table = parse_waiters("7 1 2 res two\nb 11 3 \n00000009 3 1 x\n8 1");
    ASSERT_EQ(table.waiters.size(), 3u);
    EXPECT_EQ(table.waiters[0].id, 7u);
    EXPECT_EQ(table.waiters[0].name, "res two");
    EXPECT_EQ(table.waiters[0].nodeid, 2);
    EXPECT_EQ(table.waiters[1].id, 0xbu);
    EXPECT_EQ(table.waiters[1].name, "");
    EXPECT_EQ(wait_type_name(table.waiters[1].wait_type), "lookup");
    EXPECT_EQ(table.malformed, 1);
}

TEST(DebugFiles, absence_of_a_lockspace_and_of_debugfs_are_told_apart)
{
    dlm::test::TemporaryFolder folder;
    KernelFiles files(folder.path());
    EXPECT_EQ(read_locks(files, "foo").error().code(), ENOTDIR);
    folder.put("/sys/kernel/debug/dlm/foo_locks", header);
    EXPECT_TRUE(read_locks(files, "foo"));
    EXPECT_EQ(read_locks(files, "bar").error().code(), ENOENT);
}

}  // namespace dlm::lib::test
