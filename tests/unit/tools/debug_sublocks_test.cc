// SPDX-License-Identifier: GPL-2.0-or-later
// Sublocks as debugfs lists them, the names of their resources, and the trees that dlm_tool prints.
#include <gtest/gtest.h>

#include "cli/lock_text.h"
#include "cli/sublock_tree.h"
#include "lib/debug_files.h"
#include "lib/debug_names.h"
#include "temporary_folder.h"

namespace dlm::lib::test {

static const std::string locks_header =
    "id nodeid remid pid xid exflags flags sts grmode rqmode time_ms r_nodeid r_len r_name\n";
static const std::string sublocks_header = "path id parent depth\n";

TEST(DebugSublocks, paths_with_escaped_and_shortened_names)
{
    auto table = parse_sublocks(sublocks_header +
                                "\"root\"/\"0\" 1b a 2\n"
                                "\"a b\"/\"q\\x22\\x5c\\x00\"/\"beginni\".. c0ffee 1b 3\n");
    EXPECT_EQ(table.malformed, 0);
    ASSERT_EQ(table.sublocks.size(), 2u);
    EXPECT_EQ(table.sublocks[0].id, 0x1bu);
    EXPECT_EQ(table.sublocks[0].parent, 0xau);
    EXPECT_EQ(cli::path_text(table.sublocks[0].path), "\"root\"/\"0\"");
    const SublockPath &path = table.sublocks[1].path;
    ASSERT_EQ(path.size(), 3u);
    EXPECT_EQ(path[0].name, "a b");
    EXPECT_EQ(path[1].name, std::string("q\"\\\0", 4));
    EXPECT_TRUE(path[1].whole);
    EXPECT_EQ(path[2].name, "beginni");
    EXPECT_FALSE(path[2].whole);
    EXPECT_EQ(cli::path_text(path), "\"a b\"/\"q\\\"\\\\\\x00\"/\"beginni\"..");
}

TEST(DebugSublocks, malformed_lines_are_counted_and_skipped)
{
    auto table = parse_sublocks(sublocks_header +
                                "\n"
                                "\"r\"/\"x\" 1 2\n"       // no depth
                                "\"r\"/\"x\" 1 2 3\n"     // a name is missing
                                "/\"x\" 1 2 2\n"          // likewise
                                "\"r\" 1 2 1\n"           // a root
                                "\"r\"/\"x 1 2 2\n"       // no end
                                "\"r\"/\"\\x1\" 1 2 2\n"  // half an escape
                                "\"r\"/\"x\" g 2 2\n"     // no number
                                "\"r\"/\"x\" 1 2 2 3\n"   // too much
                                "\"r\"/\"x\" 1 2 2\n");
    EXPECT_EQ(table.malformed, 9);
    EXPECT_EQ(table.sublocks.size(), 1u);
    EXPECT_TRUE(parse_sublocks("").sublocks.empty());
    EXPECT_EQ(parse_sublocks(sublocks_header).malformed, 0);
}

TEST(DebugNames, text_and_bytes_by_lock)
{
    auto names = parse_lock_names(
        "version rsb 1.1 lvb 1.1 lkb 1.1\n"
        "rsb 00000000e9a8bcaa 0 0 0 0 0 0 5 str a b  \n"
        "lvb 1 32 4c 56\n"
        "lkb 2 2 1 1 0 8 10001 2 3 -1 0 0 0 1 43238545481 0\n"
        "lkb 1f 0 0 1 0 8 1 2 3 -1 0 0 0 1 43238545481 0\n"
        "rsb 00000000e9a8bcab -1 0 0 0 0 0 3 hex 00 ff 41\n"
        "lkb 3 0 0 1 0 8 1 2 3 -1 0 0 0 1 43238545481 0\n"
        "rsb 00000000e9a8bcac 0 0 0 0 0 0 3 hex 00 ff\n"  // not all of it
        "lkb 4 0 0 1 0 8 1 2 3 -1 0 0 0 1 43238545481 0\n"
        "rsb 00000000e9a8bcac 0 0 0 0 0 0 2 hex 00 fff\n"
        "lkb 5 0 0 1 0 8 1 2 3 -1 0 0 0 1 43238545481 0\n"
        "rsb short\nlkb 6 0\nlkb\n");
    EXPECT_EQ(names, (LockNames{{2, "a b  "},
                                {0x1f, "a b  "},
                                {3, std::string("\0\xff"
                                                "A",
                                                3)}}));
}

// The closing quote of the second line stands where the length of the first name says: without the
// names, the two lines are one.
TEST(DebugLocks, known_names_tell_lines_apart)
{
    const std::string other = "22 0 0 1 0 0 0 2 5 -1 123456789 0 1 \"x\"\n";
    const std::string cut = "1 0 0 1 0 0 0 2 5 -1 1 0 " + std::to_string(other.size()) + " \"\"\n";
    std::string name(other.size(), 'n');
    name[0] = '\0';
    EXPECT_EQ(parse_locks(locks_header + cut + other).locks.size(), 1u);
    auto table = parse_locks(locks_header + cut + other, {{1, name}, {0x22, "x"}});
    EXPECT_EQ(table.malformed, 0);
    ASSERT_EQ(table.locks.size(), 2u);
    EXPECT_EQ(table.locks[0].name, name);
    EXPECT_EQ(table.locks[1].name, "x");
    // And a name that looks like the end of its line and one more.
    const std::string lines = "a\"\n9 0 0 1 0 0 0 2 5 -1 1 0 1 \"b";
    const std::string one = "1 0 0 1 0 0 0 2 5 -1 1 0 " + std::to_string(lines.size()) + " \"";
    table = parse_locks(locks_header + one + lines + "\"\n", {{1, lines}});
    ASSERT_EQ(table.locks.size(), 1u);
    EXPECT_EQ(table.locks[0].name, lines);
}

class LockFiles : public ::testing::Test {
protected:
    void put(const std::string &file, const std::string &text)
    {
        folder_.put("/sys/kernel/debug/dlm/" + file, text);
    }

    dlm::test::TemporaryFolder folder_;
    KernelFiles files_{folder_.path()};
};

// A root, two sublocks of it, one below the first; the last is not in the list of locks.
class SublockFiles : public LockFiles {
protected:
    void SetUp() override
    {
        put("foo_locks", locks_header +
                             "2 0 0 70 0 0 1 2 1 -1 1 0 4 \"root\"\n"
                             "4 0 0 70 0 0 1 2 5 -1 1 0 64 \"\"\n"
                             "3 0 0 71 0 0 1 1 -1 5 1 0 64 \"\"\n"
                             "5 2 9 99 0 0 10001 2 5 -1 1 0 64 \"\"\n");
        put("foo_sublocks", sublocks_header +
                                "\"root\"/\"b\" 3 2 2\n"
                                "\"root\"/\"a\" 4 2 2\n"
                                "\"root\"/\"a\"/\"deep\" 6 4 3\n"
                                // Of another time: the id is that of another node's lock now.
                                "\"root\"/\"old\" 5 2 2\n");
    }
};

TEST_F(SublockFiles, locks_have_their_paths)
{
    auto table = read_locks(files_, "foo");
    ASSERT_TRUE(table);
    cli::sort_locks(table->locks);
    ASSERT_EQ(table->locks.size(), 4u);
    std::vector<std::string> paths;
    for (const auto &lock : table->locks)
        paths.push_back(cli::path_text(lock.path));
    EXPECT_EQ(paths, (std::vector<std::string>{"", "", "\"root\"/\"a\"", "\"root\"/\"b\""}));
    EXPECT_EQ(cli::lock_line(table->locks[2], 1),
              "id 00000004 granted    gr EX rq IV owner 1 pid 70 master 1 for 0.000 s \"\" user "
              "path \"root\"/\"a\"\n");
    EXPECT_EQ(cli::lock_json(table->locks[2], 1)["path"], nlohmann::json({"\"root\"", "\"a\""}));
}

TEST_F(SublockFiles, waiters_have_their_paths)
{
    put("foo_waiters", "4 2 3 \n2 2 3 root\n");
    auto table = read_waiters(files_, "foo");
    ASSERT_TRUE(table);
    ASSERT_EQ(table->waiters.size(), 2u);
    EXPECT_EQ(cli::waiter_line(table->waiters[0]),
              "id 00000004 convert reply of node 3 \"\" path \"root\"/\"a\"\n");
    EXPECT_EQ(cli::waiter_json(table->waiters[0])["path"][1], "\"a\"");
    EXPECT_TRUE(cli::waiter_json(table->waiters[1])["path"].is_null());
}

TEST_F(SublockFiles, trees)
{
    auto sublocks = read_sublocks(files_, "foo");
    auto locks = read_locks(files_, "foo");
    ASSERT_TRUE(sublocks && locks);
    auto trees = cli::sublock_trees(*sublocks, *locks);
    EXPECT_EQ(cli::trees_text(trees),
              "\"root\" id 00000002 granted gr CR rq IV\n"
              "  \"a\" id 00000004 granted gr EX rq IV\n"
              "    \"deep\" id 00000006\n"
              "  \"b\" id 00000003 waiting gr IV rq EX\n"
              "  \"old\" id 00000005\n");
    auto json = cli::trees_json(trees);
    ASSERT_EQ(json.size(), 1u);
    EXPECT_EQ(json[0]["name"], "\"root\"");
    EXPECT_EQ(json[0]["sublocks"][0]["id"], 4);
    EXPECT_EQ(json[0]["sublocks"][0]["granted"], "EX");
    EXPECT_EQ(json[0]["sublocks"][1]["pid"], 71);
    EXPECT_TRUE(json[0]["sublocks"][0]["sublocks"][0]["queue"].is_null());
    EXPECT_EQ(json[0]["sublocks"][0]["sublocks"][0]["sublocks"], nlohmann::json::array());
}

TEST_F(SublockFiles, a_tree_without_its_root)
{
    auto sublocks = parse_sublocks("\"root\"/\"a\"/\"x\" 7 4 3\n\"root\"/\"a\"/\"y\" 8 4 3\n");
    EXPECT_EQ(cli::trees_text(cli::sublock_trees(sublocks, {})),
              "\"root\"/\"a\" id 00000004\n"
              "  \"x\" id 00000007\n"
              "  \"y\" id 00000008\n");
}

TEST_F(SublockFiles, an_id_that_is_there_twice_makes_no_ring)
{
    auto sublocks = parse_sublocks("\"root\"/\"a\" 7 4 2\n\"root\"/\"a\" 7 7 2\n");
    EXPECT_EQ(cli::trees_text(cli::sublock_trees(sublocks, {})),
              "\"root\" id 00000004\n"
              "  \"a\" id 00000007\n");
}

TEST_F(LockFiles, exact_names_are_read_where_they_are_needed)
{
    put("foo_locks", locks_header +
                         "1 0 0 1 0 0 0 2 5 -1 1 0 3 \"a\"\n"
                         "2 0 0 1 0 0 0 2 5 -1 1 0 2 \"bc\"\n");
    EXPECT_EQ(read_locks(files_, "foo")->locks[0].name, "a");
    put("foo_all",
        "version rsb 1.1 lvb 1.1 lkb 1.1\n"
        "rsb 0000000000000001 0 0 0 0 0 0 3 hex 61 00 62\n"
        "lkb 1 0 0 1 0 0 0 2 5 -1 0 0 0 1 1 0\n");
    auto table = read_locks(files_, "foo");
    ASSERT_TRUE(table);
    EXPECT_EQ(table->locks[0].name, std::string("a\0b", 3));
    EXPECT_EQ(table->locks[1].name, "bc");
}

TEST_F(LockFiles, a_module_without_sublocks_and_no_lockspace_are_told_apart)
{
    put("foo_locks", locks_header);
    EXPECT_EQ(read_sublocks(files_, "foo").error().code(), EOPNOTSUPP);
    EXPECT_EQ(read_sublocks(files_, "bar").error().code(), ENOENT);
    put("a!b_locks", locks_header);
    EXPECT_TRUE(read_locks(files_, "a/b"));
}

}  // namespace dlm::lib::test
