// SPDX-License-Identifier: GPL-2.0-or-later
// What dlm_tool prints: lines that scripts may rely on.
#include <gtest/gtest.h>

#include "cli/lock_text.h"
#include "cli/output.h"
#include "cli/status_text.h"
#include "lib/lock_mode.h"

namespace dlm::cli::test {

TEST(LockText, names_are_quoted_and_escaped)
{
    EXPECT_EQ(quoted("plain name"), "\"plain name\"");
    EXPECT_EQ(quoted("q\"b\\"), "\"q\\\"b\\\\\"");
    EXPECT_EQ(quoted(std::string("\0\n\xff", 3)), "\"\\x00\\x0a\\xff\"");
    EXPECT_EQ(hex_of(std::string("\0a", 2)), "0061");
}

static lib::LockRecord record(int status, int nodeid, uint32_t master, const char *name)
{
    lib::LockRecord lock{};
    lock.id = 0x2a;
    lock.nodeid = nodeid;
    lock.status = status;
    lock.granted_mode = 3;
    lock.requested_mode = -1;
    lock.pid = 77;
    lock.queued_us = 12345678;
    lock.master = master;
    lock.name = name;
    return lock;
}

TEST(LockText, line_of_an_own_lock_and_of_a_copy)
{
    EXPECT_EQ(lock_line(record(2, 3, 3, "r"), 1),
              "id 0000002a granted    gr PR rq IV owner 1 pid 77 master 3 for 12.345 s \"r\"\n");
    EXPECT_EQ(lock_line(record(2, 2, 0, "r"), 1),
              "id 0000002a granted    gr PR rq IV owner 2 pid 77 master 1 for 12.345 s \"r\"\n");
    EXPECT_EQ(lock_line(record(1, 0, 0xffffffff, "r"), std::nullopt),
              "id 0000002a waiting    gr PR rq IV owner here pid 77 master ? for 12.345 s \"r\"\n");
}

TEST(LockText, json_names_owner_and_master)
{
    auto lock = lock_json(record(3, 2, 0, "r"), 1);
    EXPECT_EQ(lock["owner"], 2);
    EXPECT_EQ(lock["master"], 1);
    EXPECT_EQ(lock["master_copy"], true);
    EXPECT_EQ(lock["queue"], "converting");
    EXPECT_TRUE(lock_json(record(3, 0, 0xffffffff, "r"), 1)["master"].is_null());
}

TEST(LockText, locks_of_programs_and_orphans_are_marked_at_the_end)
{
    const struct {
        uint32_t flags;
        bool user, orphan;
        std::string end;
    } cases[] = {{0, false, false, "\"r\"\n"},
                 {0x1, true, false, "\"r\" user\n"},
                 {0x10001, true, false, "\"r\" user\n"},
                 {0x3, true, true, "\"r\" user orphan\n"}};
    for (const auto &one : cases) {
        auto lock = record(2, 0, 0, "r");
        lock.internal_flags = one.flags;
        EXPECT_TRUE(lock_line(lock, 1).ends_with(" s " + one.end)) << lock_line(lock, 1);
        auto json = lock_json(lock, 1);
        EXPECT_EQ(json["user"], one.user);
        EXPECT_EQ(json["orphan"], one.orphan);
        EXPECT_TRUE(json["path"].is_null());
    }
}

TEST(LockText, sorted_by_resource_then_queue)
{
    std::vector<lib::LockRecord> locks = {record(1, 0, 0, "b"), record(3, 0, 0, "a"),
                                          record(1, 0, 0, "a"), record(2, 0, 0, "a")};
    sort_locks(locks);
    EXPECT_EQ(locks[0].status, 2);
    EXPECT_EQ(locks[1].status, 3);
    EXPECT_EQ(locks[2].status, 1);
    EXPECT_EQ(locks[3].name, "b");
}

TEST(LockText, modes)
{
    const char *names[] = {"IV", "NL", "CR", "CW", "PR", "PW", "EX"};
    for (int mode = -1; mode <= 5; mode++)
        EXPECT_EQ(lib::mode_name(mode), names[mode + 1]);
    EXPECT_EQ(lib::mode_name(6), "??");
}

TEST(Output, json_of_names_that_are_no_text)
{
    ::testing::internal::CaptureStdout();
    print_json({{"lockspace", "a\xff"}});
    EXPECT_EQ(::testing::internal::GetCapturedStdout(),
              "{\n  \"lockspace\": \"a\xef\xbf\xbd\"\n}\n");
}

TEST(StatusText, lines)
{
    auto status = nlohmann::json::parse(R"({
        "cluster": "c", "self": 2, "coordinator": 1, "declared_dead": false,
        "nodes": [
            {"id": 1, "addresses": ["10.0.0.1"], "weight": 1, "state": "alive", "self": false,
             "linked": false, "problem": "no answer to connect"},
            {"id": 2, "addresses": ["10.0.0.2", "10.1.0.2"], "weight": 2, "state": "alive",
             "self": true, "linked": true, "problem": ""}],
        "lockspaces": [{"name": "foo", "role": "member", "state": "stopped", "change": 4,
                        "members": [1, 2]}],
        "pending": [{"lockspace": "foo", "change": 5, "step": "stop", "waiting_for": [1],
                     "members": [1, 2]}],
        "waits": ["for something"]})");
    EXPECT_EQ(status_text(status),
              "cluster c nodeid 2 coordinator 1\n"
              "node 1 alive unlinked weight 1 addr 10.0.0.1 (no answer to connect)\n"
              "node 2 alive self weight 2 addr 10.0.0.2 10.1.0.2\n"
              "lockspace foo member stopped change 4 members 1 2\n"
              "pending foo change 5 step stop members 1 2 waiting for 1\n"
              "wait for something\n");
}

}  // namespace dlm::cli::test
