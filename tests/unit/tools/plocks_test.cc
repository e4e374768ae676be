// SPDX-License-Identifier: GPL-2.0-or-later
// dlm_controld's list of POSIX locks: its protocol, against a server that says what we want; its
// text; what dlm_tool makes of it.
#include <gtest/gtest.h>

#include <array>

#include "cli/exit_code.h"
#include "cli/plock_command.h"
#include "cli/plock_text.h"
#include "lib/controld_query.h"
#include "lib/posix_locks.h"
#include "local_server.h"
#include "temporary_folder.h"

namespace dlm::cli::test {

using dlm::test::LocalServer;
using lib::ControldQuery;
using lib::parse_posix_locks;
using lib::PosixLock;

static constexpr size_t header_length = 96;

// A header by offset, as the specification has it.
static std::string message(uint32_t length, int32_t data = 0, uint32_t magic = 0xd13cd13c,
                           uint32_t version = 0x00010001, uint32_t command = 2)
{
    std::array<uint32_t, 8> words{magic, version, command, 0, length, static_cast<uint32_t>(data)};
    std::string bytes(reinterpret_cast<const char *>(words.data()), sizeof words);
    return bytes.append(64, '\0');
}

static std::string answer(const std::string &text)
{
    return message(static_cast<uint32_t>(header_length + text.size())) + text;
}

static base::Result<std::string> ask(const LocalServer &server, int timeout_ms = 5000)
{
    return lib::query_controld(server.name(), ControldQuery::dump_plocks, "foo",
                               base::milliseconds(timeout_ms));
}

TEST(ControldQuery, asks_as_libdlmcontrol_does)
{
    LocalServer server(header_length, answer("some text\n"));
    auto text = ask(server);
    ASSERT_TRUE(text) << text.error().message();
    EXPECT_EQ(*text, "some text\n");
    std::string expected = message(header_length);
    expected.replace(32, 3, "foo");
    EXPECT_EQ(server.request(), expected);
}

TEST(ControldQuery, an_answer_ends_where_it_says)
{
    const std::string text(300000, 'x');
    LocalServer server(header_length, answer(text) + "more", true);
    auto got = ask(server);
    ASSERT_TRUE(got) << got.error().message();
    EXPECT_EQ(*got, text);
    LocalServer nothing(header_length, answer(""), true);
    EXPECT_EQ(ask(nothing).value_or("an error"), "");
}

TEST(ControldQuery, answers_that_are_none)
{
    const struct {
        std::string bytes;
        int code;
    } cases[] = {
        {"", ECONNRESET},
        {"too short", EBADMSG},
        {message(header_length, 0, 0xd13cd13d), EBADMSG},
        {message(header_length, 0, 0xd13cd13c, 0x00020001), EBADMSG},
        {message(header_length, 0, 0xd13cd13c, 0x00010001, 3), EBADMSG},
        {message(header_length - 1), EBADMSG},
        {message(0xffffffff), EBADMSG},
        {message(header_length + 10) + "123456789", EBADMSG},
        {message(header_length, -ENOENT), ENOENT},
    };
    for (const auto &one : cases) {
        LocalServer server(header_length, one.bytes);
        auto text = ask(server);
        ASSERT_FALSE(text) << *text;
        EXPECT_EQ(text.error().code(), one.code) << text.error().message();
    }
}

TEST(ControldQuery, a_daemon_that_is_silent_absent_or_asked_for_too_much)
{
    LocalServer silent(header_length, "", true);
    EXPECT_EQ(ask(silent, 50).error().code(), ETIMEDOUT);
    LocalServer half(header_length, answer("text").substr(0, 98), true);
    EXPECT_EQ(ask(half, 50).error().code(), ETIMEDOUT);
    EXPECT_EQ(
        lib::query_controld("@dlm-test-nobody", ControldQuery::dump_plocks, "foo").error().code(),
        ECONNREFUSED);
    EXPECT_EQ(
        lib::query_controld("@dlm-test-nobody", ControldQuery::dump_plocks, std::string(65, 'x'))
            .error()
            .code(),
        ENAMETOOLONG);
    EXPECT_EQ(lib::query_controld(std::string(200, 'x'), ControldQuery::dump_plocks, "foo")
                  .error()
                  .code(),
              ENAMETOOLONG);
}

static const std::string lines =
    "16968 WR 10-19 nodeid 2 pid 148 owner ff242cd7011c1080 rown 0 WAITING\n"
    "16968 WR 10-19 nodeid 1 pid 147 owner ff242cd7011c1081 rown 0\n"
    "18446744073709551615 RD 0-9223372036854775807 nodeid 3 pid 4294967295 owner 1f rown 2\n"
    "5 RD 1-2 nodeid 3 pid 4 owner 0 rown -1 PENDING\n"
    "7 rown 3 unused_ms 1234\n";

TEST(PosixLocks, lines_of_the_specification)
{
    auto table = parse_posix_locks(lines);
    EXPECT_EQ(table.malformed, 0);
    ASSERT_EQ(table.locks.size(), 4u);
    const PosixLock &lock = table.locks[0];
    EXPECT_EQ(lock.inode, 16968u);
    EXPECT_TRUE(lock.exclusive);
    EXPECT_EQ(lock.start, 10u);
    EXPECT_EQ(lock.end, 19u);
    EXPECT_EQ(lock.node, 2);
    EXPECT_EQ(lock.pid, 148);
    EXPECT_EQ(lock.owner, 0xff242cd7011c1080u);
    EXPECT_EQ(lock.file_owner, 0);
    EXPECT_EQ(lock.state, PosixLock::State::waiting);
    EXPECT_EQ(table.locks[1].state, PosixLock::State::held);
    EXPECT_FALSE(table.locks[2].exclusive);
    EXPECT_EQ(table.locks[2].end, PosixLock::end_of_file);
    EXPECT_EQ(table.locks[2].pid, 4294967295);
    EXPECT_EQ(table.locks[3].state, PosixLock::State::pending);
    EXPECT_EQ(table.locks[3].file_owner, -1);
    ASSERT_EQ(table.files.size(), 1u);
    EXPECT_EQ(table.files[0].inode, 7u);
    EXPECT_EQ(table.files[0].file_owner, 3);
    EXPECT_EQ(table.files[0].unused_ms, 1234u);
}

TEST(PosixLocks, malformed_lines_are_counted_and_skipped)
{
    auto table = parse_posix_locks(
        "\n"
        "garbage\n"
        "1 XX 1-2 nodeid 3 pid 4 owner 0 rown 0\n"
        "1 WR 12 nodeid 3 pid 4 owner 0 rown 0\n"
        "1 WR 1- nodeid 3 pid 4 owner 0 rown 0\n"
        "-1 WR 1-2 nodeid 3 pid 4 owner 0 rown 0\n"
        "1 WR 1-2 nodeid 3 pid 4 owner g rown 0\n"
        "1 WR 1-2 nodeid 3 pid 4 owner 0\n"
        "1 WR 1-2 nodeid 3 pid 4 owner 0 rown 0 SLEEPING\n"
        "1 WR 1-2 nodeid 3 pid 4 owner 0 rown 0 WAITING more\n"
        "1 WR 1-2 node 3 pid 4 owner 0 rown 0\n"
        "1 rown 3 unused_ms\n"
        "1 rown 3 unused_ms x\n"
        "2 WR 1-2 nodeid 3 pid 4 owner 0 rown 0");
    EXPECT_EQ(table.malformed, 13);
    ASSERT_EQ(table.locks.size(), 1u);
    EXPECT_EQ(table.locks[0].inode, 2u);
    EXPECT_TRUE(table.files.empty());
    EXPECT_EQ(parse_posix_locks("").malformed, 0);
}

TEST(PosixLocks, printed_by_file_held_ones_first)
{
    auto table = parse_posix_locks(lines + "16968 WR 0-1 nodeid 1 pid 9 owner 1 rown 0\n");
    sort_plocks(table);
    EXPECT_EQ(plocks_text(table),
              "inode 5 pending RD 1-2 node 3 pid 4 owner 0000000000000000\n"
              "inode 16968 held    WR 0-1 node 1 pid 9 owner 0000000000000001\n"
              "inode 16968 held    WR 10-19 node 1 pid 147 owner ff242cd7011c1081\n"
              "inode 16968 waiting WR 10-19 node 2 pid 148 owner ff242cd7011c1080\n"
              "inode 18446744073709551615 held    RD 0-end node 3 pid 4294967295 owner "
              "000000000000001f file owner 2\n"
              "inode 7 without locks file owner 3 for 1.234 s\n");
    auto json = plocks_json(table);
    ASSERT_EQ(json["locks"].size(), 5u);
    const auto &waits = json["locks"][3];
    EXPECT_EQ(waits["inode"], 16968);
    EXPECT_EQ(waits["state"], "waiting");
    EXPECT_EQ(waits["mode"], "WR");
    EXPECT_EQ(waits["start"], 10);
    EXPECT_EQ(waits["end"], 19);
    EXPECT_EQ(waits["node"], 2);
    EXPECT_EQ(waits["pid"], 148);
    EXPECT_EQ(waits["owner"], "ff242cd7011c1080");
    EXPECT_TRUE(waits["file_owner"].is_null());
    EXPECT_TRUE(json["locks"][4]["end"].is_null());
    EXPECT_EQ(json["locks"][4]["file_owner"], 2);
    EXPECT_EQ(json["files"][0]["unused_ms"], 1234);
}

// The command as a whole: what it prints, and its exit code.
class PlockCommand : public ::testing::Test {
protected:
    struct Printed {
        int code;
        std::string out, err;
    };
    Printed run(const std::string &socket, bool json = false)
    {
        Context context;
        context.files = lib::KernelFiles(folder_.path());
        context.socket = daemon_;
        context.controld_socket = socket;
        context.json = json;
        ::testing::internal::CaptureStdout();
        ::testing::internal::CaptureStderr();
        const int code = plocks(context, "foo");
        return {code, ::testing::internal::GetCapturedStdout(),
                ::testing::internal::GetCapturedStderr()};
    }
    void make_lockspace() { folder_.put("/sys/kernel/dlm/foo/id", "1\n"); }

    std::string daemon_ = "@dlm-test-nobody";
    dlm::test::TemporaryFolder folder_;
};

TEST_F(PlockCommand, prints_what_the_daemon_says)
{
    LocalServer server(header_length, answer(lines + "rubbish\n"));
    auto printed = run(server.name());
    EXPECT_EQ(printed.code, exit_fine);
    EXPECT_NE(printed.out.find("inode 16968 waiting WR 10-19 node 2 pid 148"), std::string::npos);
    EXPECT_EQ(printed.err, "dlm_tool: 1 line(s) of dlm_controld's answer were not understood\n");
    LocalServer again(header_length, answer(lines));
    printed = run(again.name(), true);
    EXPECT_EQ(printed.err, "");
    auto json = nlohmann::json::parse(printed.out);
    EXPECT_EQ(json["lockspace"], "foo");
    EXPECT_EQ(json["locks"].size(), 4u);
}

TEST_F(PlockCommand, no_locks_and_no_lockspace_are_told_apart)
{
    LocalServer first(header_length, answer(""));
    auto printed = run(first.name());
    EXPECT_EQ(printed.code, exit_unknown_lockspace);
    const std::string unknown = "dlm_tool: dlm_controld knows no lockspace \"foo\"\n";
    EXPECT_EQ(printed.err, unknown);
    make_lockspace();
    LocalServer refuses(header_length, message(header_length, -ENOENT));
    printed = run(refuses.name());
    EXPECT_EQ(printed.code, exit_unknown_lockspace);
    EXPECT_EQ(printed.err, unknown);
    LocalServer second(header_length, answer(""));
    printed = run(second.name());
    EXPECT_EQ(printed.code, exit_fine);
    EXPECT_EQ(printed.out + printed.err, "");
}

TEST_F(PlockCommand, without_dlm_controld)
{
    make_lockspace();
    auto printed = run("@dlm-test-nobody");
    EXPECT_EQ(printed.code, exit_no_daemon);
    EXPECT_EQ(printed.err, "dlm_tool: no dlm_controld: @dlm-test-nobody: Connection refused\n");
    LocalServer static_daemon(1, "{\"ok\": true}\n");
    EXPECT_EQ(run("/nonexistent/socket").code, exit_no_daemon);
    daemon_ = static_daemon.name();
    printed = run("@dlm-test-nobody");
    EXPECT_EQ(printed.code, exit_no_daemon);
    EXPECT_NE(printed.err.find("dlm_daemon, which has no POSIX locks"), std::string::npos);
    LocalServer broken(header_length, "?");
    printed = run(broken.name());
    EXPECT_EQ(printed.code, exit_failure);
    EXPECT_EQ(printed.err, "dlm_tool: the answer of dlm_controld is not understood\n");
}

}  // namespace dlm::cli::test
