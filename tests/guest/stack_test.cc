// SPDX-License-Identifier: GPL-2.0-or-later
//
// The distribution's corosync, dlm_controld, dlm_tool and libdlm, unmodified, on three nodes:
// lockspaces, tools, quorum, nodes that die under load.
#include <algorithm>
#include <map>
#include <regex>
#include <sstream>

#include "harness/cpio.h"
#include "harness/environment.h"
#include "stack/stack_suite.h"

namespace dlm::guest {
namespace {

constexpr Seconds death_deadline{120};

TEST_F(StackTest, lockspaces_are_joined_and_left)
{
    ASSERT_TRUE(stack().join("foo", {1, 2, 3}));
    ASSERT_TRUE(stack().leave_in_turn("foo", {2}));
    ASSERT_TRUE(stack().wait_members("foo", {1, 3}));
    EXPECT_EQ(node(2).read("dlm_tool ls"), "");
    ASSERT_TRUE(stack().join("foo", {2}, {1, 2, 3}));
    // A second one beside it, of the same nodes.
    ASSERT_TRUE(stack().join("bar", {1, 2, 3}));
    EXPECT_FALSE(node(1).run("dlm_tool join -e 1 bar").ok()) << "it exists";
    ASSERT_TRUE(stack().leave_in_turn("foo", {1, 2, 3}));
    ASSERT_TRUE(stack().wait_members("bar", {1, 2, 3}));
    ASSERT_TRUE(stack().leave_in_turn("bar", {3, 2, 1}));
}

// What each tool must say when node 1 and 2 hold PR and node 3 waits for EX on "door".
struct Reading {
    const char *command;
    std::vector<const char *> lines;  // regular expressions, each found somewhere
};

const std::vector<Reading> &readings()
{
    static const std::vector<Reading> list = {
        {"ls",
         {R"((^|\n)name +foo\n)", R"(\nflags +0x00000000 *\n)",
          R"(\nchange +member 3 joined 1 remove 0 failed 0 seq \d+,\d+\n)",
          R"(\nmembers +1 2 3 *\n)"}},
        {"ls -n", {R"(\nall nodes\n)", R"(\nnodeid 3 member 1 failed 0 start 1 )"}},
        {"status -v", {R"((^|\n)our_nodeid \d)", R"(\nnodeid 3\n)"}},
        {"dump", {R"( foo )"}},
        {"dump_config", {R"((^|\n)protocol=tcp \(dlm\.conf\))"}},
        {"plocks foo", {}},
        {"lockdump foo",
         {R"re((^|\n)id [0-9a-f]{8} gr (PR|IV) rq (IV|EX) pid \d+ master \d "door")re"}},
        {"lockdump foo -M", {R"re( "door")re"}},
        {"lockdebug foo", {R"re(Resource len +4 +"door")re", R"(\n(Granted|Waiting)\n)"}},
        {"lockdebug foo -s -v",
         {R"re(Resource len +4 +"door")re", R"(\nrsb *\n)", R"(\n +granted +[0-9]+)",
          R"(\nlkb *\n)"}},
        {"lockdebug foo -v -w", {R"(\n\d{8} (PR|--) .* time \d{16} flags \d{8} )"}},
    };
    return list;
}

TEST_F(StackTest, tools_read_every_file)
{
    Door door;
    ASSERT_NO_FATAL_FAILURE(contend(door));
    for (int id : cluster().ids())
        for (const auto &[command, lines] : readings()) {
            SCOPED_TRACE("n" + std::to_string(id) + ": dlm_tool " + command);
            CommandResult result = node(id).run(std::string("dlm_tool ") + command);
            EXPECT_TRUE(result.ok()) << result.exit_code << result.failure;
            EXPECT_EQ(result.err, "");
            for (const char *line : lines)
                EXPECT_TRUE(std::regex_search(result.out, std::regex(line)))
                    << line << "\nis not in\n"
                    << result.out;
        }
    ASSERT_NO_FATAL_FAILURE(part(door));
    ASSERT_TRUE(stack().leave_in_turn("foo", {1, 2, 3}));
}

// The lines of a debug file without what no two nodes have in common (addresses, ids, times), in an
// order of their own: that of the resources in the file is nobody's.
std::vector<std::string> comparable(const std::string &text)
{
    static const std::regex token(R"(\b[0-9a-f]{16}\b)"), id(R"(\b[0-9a-f]{8}\b)"),
        pid_and_time(R"(\b\d{3,}\b)"), short_id(R"(^(lkb )?[0-9a-f]+ (\d) [0-9a-f]+ )");
    std::vector<std::string> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) {
        line = std::regex_replace(line, short_id, "$1ID $2 ID ");
        line = std::regex_replace(line, token, "TOKEN");
        line = std::regex_replace(line, id, "ID");
        lines.push_back(std::regex_replace(line, pid_and_time, "NUMBER"));
    }
    std::sort(lines.begin(), lines.end());
    return lines;
}

// What node 1 says, as if 1 were 2 and name1 were name2.
std::string exchanged(std::string text)
{
    const std::pair<const char *, const char *> words[] = {
        {"name1", "nameX"},
        {"name2", "name1"},
        {"nameX", "name2"},
        {"node 2", "node 1"},
        {"Remote:   2", "Remote:   1"},
        // Of _locks and _all: which node has the other side, which is the master.
        {R"((^|\n)((?:lkb )?[0-9a-f]+) 2 )", "$1$2 1 "},
        {R"((\b[0-9a-f]{16}) 2 )", "$1 1 "},
        {R"( 2 5 "name1")", " 1 5 \"name1\""}};
    for (const auto &[pattern, format] : words)
        text = std::regex_replace(text, std::regex(pattern), format);
    return text;
}

TEST_F(StackTest, debug_files_are_those_of_stock)
{
    ASSERT_TRUE(stack().join("foo", {1, 2, 3}));
    std::vector<Command> holders;
    for (int id : {1, 2}) {
        holders.push_back(node(id).start(hold("foo", "name" + std::to_string(id), 3), "", true));
        ASSERT_TRUE(says(holders.back(), "held"));
    }
    for (int id : {1, 2})
        holders.push_back(
            node(id).start(hold("foo", "name" + std::to_string(3 - id), 5), "", true));
    for (int id : {1, 2})
        ASSERT_TRUE(wait_until("the waiter", [&] {
            return node(id).run("dlm_tool lockdump foo | grep -q 'gr IV rq EX'").ok();
        }));
    auto file = [](int id, const char *suffix) {
        return node(id).read(std::string("cat /sys/kernel/debug/dlm/foo") + suffix);
    };
    for (const char *suffix : {"", "_locks", "_all"}) {
        const std::string one = file(1, suffix), two = file(2, suffix);
        EXPECT_EQ(comparable(exchanged(one)), comparable(two)) << "foo" << suffix << " of node 1:\n"
                                                               << one << "\nof node 2:\n"
                                                               << two;
        EXPECT_GT(one.size(), 100u);
    }
    for (const char *suffix : {"_toss", "_waiters"})
        for (int id : {1, 2})
            EXPECT_EQ(file(id, suffix), "") << "foo" << suffix << " of node " << id;
    for (const Command &command : holders)
        command.close_stdin();
    for (const Command &command : holders)
        EXPECT_TRUE(command.wait().outcome());
    // Nothing is in use, all is kept for a while.
    static const std::regex unused(
        R"(version 4 rsb 2\n(rsb [0-9a-f]{16} -?\d \d \d \d \d{1,15} 0 5 str name[12]\n?)+)");
    for (int id : {1, 2}) {
        EXPECT_TRUE(std::regex_match(file(id, "_toss"), unused)) << file(id, "_toss");
        EXPECT_EQ(file(id, "_all"), "");
    }
    ASSERT_TRUE(stack().leave_in_turn("foo", {1, 2, 3}));
}

// Documentation/examples/userlock.c as its first line says, and for 32 bits.
TEST_F(StackTest, the_first_example_locks)
{
    const std::string source = DLM_SOURCE_DIR "/Documentation/examples/userlock.c";
    const std::string program = cluster().run_dir() + "/userlock";
    const std::string library =
        Environment::get().value("DLM_STACK_ROOT_DIR") + "/usr/lib/i386-linux-gnu/libdlm.so.3";
    HostResult built =
        run_on_host({"gcc", "-Wall", "-Werror", "-pthread", source, "-ldlm", "-o", program});
    ASSERT_TRUE(built.ok()) << built.output;
    built = run_on_host(
        {"gcc", "-m32", "-Wall", "-Werror", "-pthread", source, library, "-o", program + "32"});
    ASSERT_TRUE(built.ok()) << built.output;
    const std::string expected =
        "mode 3: result 0, status 0\n"
        "value: \"\"\n"
        "mode 5: result 0, status 0\n"
        "mode 0: result 0, status 0\n"
        "unlocked\n";
    for (const char *suffix : {"", "32"}) {
        // Programs of 32 bits are nothing that user-mode Linux runs.
        if (*suffix && cluster().kind() == Kind::uml)
            continue;
        std::string bytes;
        ASSERT_TRUE(read_host_file(program + suffix, bytes));
        for (int id : {1, 2}) {
            // Stock takes four bytes off the names in requests of this architecture.
            if (*suffix && node(id).module() == Module::stock)
                continue;
            ASSERT_TRUE(node(id).write_file("/run/userlock", bytes, 0755));
            CommandResult result = node(id).run("/run/userlock");
            EXPECT_TRUE(result.ok()) << result.exit_code << result.failure << result.err;
            EXPECT_EQ(result.out, expected);
            EXPECT_TRUE(wait_until("the end of its lockspace",
                                   [&] { return node(id).read("dlm_tool ls").empty(); }));
        }
    }
}

// With parents as libdlm passes them on (numbers P07, C23). Stock ignores them: all are roots, and
// of the same names.
TEST_F(StackTest, P07_a_tree_of_sublocks_by_libdlm)
{
    if (node(1).module() != Module::ours || node(2).module() != Module::ours)
        GTEST_SKIP() << "on stock such a tree waits for itself";
    ASSERT_TRUE(stack().join("foo", {1, 2, 3}));
    const std::string file = "/sys/kernel/debug/dlm/foo_sublocks";
    Command one = node(1).start("exec guest-libdlm tree foo root 4 4", "", true);
    ASSERT_TRUE(says(one, "held 84"));
    EXPECT_EQ(node(1).read("grep -c '^\"root\"\\(/\"[0-3]\"\\)\\{3\\} ' " + file), "64");
    EXPECT_EQ(node(1).read("wc -l < " + file), "85");
    EXPECT_EQ(node(1).read("our-dlm-tool sublocks foo | grep -c '^      \"[0-3]\" id .* gr EX '"),
              "64");
    // Number 23: their names are no text, and the tool reads them without a word.
    for (const char *command : {"lockdump foo", "lockdump foo -M", "lockdebug foo",
                                "lockdebug foo -s -v", "lockdebug foo -v -w"})
        for (int id : {1, 2, 3}) {
            CommandResult result = node(id).run(std::string("dlm_tool ") + command);
            EXPECT_TRUE(result.ok()) << "n" << id << ": " << command;
            EXPECT_EQ(result.err, "") << "n" << id << ": " << command;
        }
    Command two = node(2).start("exec guest-libdlm tree foo root 4 4", "", true);
    one.close_stdin();
    EXPECT_TRUE(one.wait().outcome());
    ASSERT_TRUE(says(two, "held 84"));
    two.close_stdin();
    EXPECT_TRUE(two.wait().outcome());
    EXPECT_TRUE(
        wait_until("nothing is left", [&] { return node(2).read("wc -l < " + file) == "1"; }));
    ASSERT_TRUE(stack().leave_in_turn("foo", {1, 2, 3}));
}

TEST_F(StackTest, a_node_that_loses_power_under_load_is_fenced_and_its_locks_go)
{
    const int fenced = stack().fencer().count(3);
    ASSERT_TRUE(stack().join("foo", {1, 2, 3}));
    ASSERT_TRUE(node(1).sh("dd if=/dev/zero of=/dev/shared0 bs=4096 count=8 oflag=direct"));
    std::map<int, Command> load;
    for (int id : {1, 2, 3}) {
        load[id] = node(id).start("NODE=" + std::to_string(id) +
                                  " exec guest-libdlm load foo /dev/shared0 40 3");
        ASSERT_TRUE(says(load[id], "working"));
    }
    Command holder = node(3).start(hold("foo", "held", 5), "", true);
    ASSERT_TRUE(says(holder, "held"));
    Command waiter = node(1).start(hold("foo", "held", 5), "", true);
    ASSERT_TRUE(wait_until("the waiter", [&] {
        return node(1).run("dlm_tool lockdump foo | grep '\"held\"' | grep -q 'rq EX'").ok();
    }));
    EXPECT_EQ(waiter.out_so_far(), "");
    node(3).power_cut();
    ASSERT_TRUE(stack().wait_fenced(3, fenced + 1));
    ASSERT_TRUE(says(waiter, "held", death_deadline));
    ASSERT_TRUE(stack().wait_members("foo", {1, 2}));
    waiter.close_stdin();
    EXPECT_TRUE(waiter.wait().outcome());
    for (int id : {1, 2}) {
        CommandResult result = load[id].wait(death_deadline);
        EXPECT_TRUE(result.ok()) << "n" << id << ": " << result.out << result.failure;
        EXPECT_TRUE(std::regex_search(result.out, std::regex(R"(\n[1-9]\d+ rounds\n)")))
            << result.out;
    }
    ASSERT_TRUE(stack().come_back(3));
    ASSERT_TRUE(stack().join("foo", {3}, {1, 2, 3}));
    EXPECT_TRUE(node(3).sh("NODE=3 guest-libdlm load foo /dev/shared0 3 3"));
    EXPECT_EQ(stack().fencer().count(3), fenced + 1) << "not a second time";
    ASSERT_TRUE(stack().leave_in_turn("foo", {3, 1, 2}));
}

TEST_F(StackTest, without_quorum_nothing_goes_on)
{
    ASSERT_TRUE(stack().join("foo", {1, 2, 3}));
    Command holder = node(2).start(hold("foo", "held", 5), "", true);
    ASSERT_TRUE(says(holder, "held"));
    Command waiter = node(1).start(hold("foo", "held", 5), "", true);
    node(2).power_cut();
    node(3).power_cut();
    ASSERT_TRUE(stack().wait_nodes(node(1), 1));
    ASSERT_TRUE(wait_until("node 1 to stand still", [&] {
        return node(1).run("dlm_tool ls foo | grep -q '^new status *wait quorum'").ok();
    }));
    EXPECT_EQ(node(1).read("cat /sys/kernel/dlm/foo/recover_status"), "0");
    EXPECT_EQ(waiter.out_so_far(), "");
    // The two are back: a quorum, and nobody needs to be fenced any more.
    std::map<int, int> fenced;
    for (int id : {2, 3})
        fenced[id] = stack().fencer().count(id);
    ASSERT_TRUE(cluster().each({2, 3}, [this](Node &one) { return one.boot(); }));
    ASSERT_TRUE(cluster().each({2, 3}, [this](Node &one) { return stack().prepare(one); }));
    ASSERT_TRUE(cluster().each({2, 3}, [this](Node &one) { return stack().wait_quorate(one, 3); }));
    ASSERT_TRUE(cluster().each({2, 3}, [this](Node &one) { return stack().start_daemon(one); }));
    ASSERT_TRUE(says(waiter, "held", death_deadline));
    for (int id : {2, 3})
        EXPECT_EQ(stack().fencer().count(id), fenced[id]);
    ASSERT_TRUE(stack().wait_members("foo", {1}));
    waiter.close_stdin();
    EXPECT_TRUE(waiter.wait().outcome());
    ASSERT_TRUE(stack().join("foo", {2, 3}, {1, 2, 3}));
    ASSERT_TRUE(stack().leave_in_turn("foo", {1, 2, 3}));
}

}  // namespace
}  // namespace dlm::guest
