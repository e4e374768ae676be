// SPDX-License-Identifier: GPL-2.0-or-later
//
// What only this module does with locks of user space: trees of sublocks, warnings about long
// waits, deadlocks across resources (scenarios P07, P08 and P10 of lock-semantics 21).
#include "client_lib/client_suite.h"
#include "harness/environment.h"

#include <cstdio>
#include <map>
#include <regex>
#include <sstream>
#include <thread>

#include <nlohmann/json.hpp>

namespace dlm::client {
namespace {

using guest::Command;
using guest::CommandResult;
using guest::Milliseconds;
using guest::Seconds;
using guest::wait_until;
using nlohmann::json;

class UserExtensionsTest : public ClientSuite {
protected:
    void shape(guest::ClusterSpec &spec) override
    {
        const auto &environment = guest::Environment::get();
        spec.install("guest-user", environment.guest_program("guest_user"));
        spec.install("dlm_tool", environment.user_program("../../tools/cli/dlm_tool"));
    }

    // With TIMEWARN; waits are looked at after these times.
    void start(const std::string &ls, int warn_cs, int deadlock_cs)
    {
        for (int id : {1, 2, 3})
            ASSERT_TRUE(node(id).sh("cd /sys/kernel/config/dlm/cluster; echo " +
                                    std::to_string(warn_cs) + " > timewarn_cs; echo " +
                                    std::to_string(deadlock_cs) + " > deadlock_cs"));
        ASSERT_TRUE(
            cluster().control().join_together(ls, {1, 2, 3}, "guest-user create " + ls + " 2"));
    }
    void end(const std::string &ls)
    {
        ASSERT_TRUE(cluster().control().leave_in_turn(ls, "guest-user remove " + ls + " 2"));
    }

    // Says its first words.
    Command begin(int id, const std::string &words, const std::string &first)
    {
        Command command = node(id).start("exec guest-user " + words, "", true);
        EXPECT_TRUE(wait_until(words, [&] { return command.out_so_far().rfind(first, 0) == 0; }));
        return command;
    }

    void our_tool_shows_the_tree();

    // The two lines of "guest-user cross" after it was told to go on: status and milliseconds.
    struct Crossed {
        int status = 1, ms = 0;
    };
    static Crossed result_of(const std::string &out)
    {
        Crossed c;
        std::sscanf(out.c_str(), "held\nasked\n%d %d", &c.status, &c.ms);
        return c;
    }
};

// Tree p07 below root on node 1, four wide and four deep.
void UserExtensionsTest::our_tool_shows_the_tree()
{
    CommandResult tree = node(1).run("dlm_tool sublocks p07");
    EXPECT_EQ(tree.exit_code, 0);
    EXPECT_EQ(tree.err, "");
    std::istringstream in(tree.out);
    static const std::regex line_pattern(
        R"re(( *)"(root|[0-3])" id [0-9a-f]{8} granted gr (CR|EX) rq IV)re");
    std::string names[4];
    std::map<std::string, int> seen;
    for (std::string line; std::getline(in, line);) {
        std::smatch found;
        ASSERT_TRUE(std::regex_match(line, found, line_pattern)) << line;
        const auto depth = static_cast<std::size_t>(found[1].length()) / 2;
        ASSERT_LT(depth, 4u) << line;
        EXPECT_EQ(found[3] == "CR", depth == 0) << line;
        names[depth] = found[2];
        std::string path;
        for (std::size_t i = 0; i <= depth; i++)
            path += "/" + names[i];
        seen[path]++;
    }
    EXPECT_EQ(seen.size(), 85u) << "each path once";
    EXPECT_EQ(seen.count("/root/3/0/2"), 1u);
    // The same as JSON, and in the list of locks, whose names are those on the wire.
    const json trees =
        json::parse(node(1).run("dlm_tool --json sublocks p07").out, nullptr, false)["trees"];
    ASSERT_EQ(trees.size(), 1u);
    EXPECT_EQ(trees[0]["sublocks"][3]["sublocks"][0]["sublocks"][2]["name"], "\"2\"");
    EXPECT_EQ(trees[0]["sublocks"][3]["sublocks"][0]["sublocks"][2]["granted"], "EX");
    const json locks =
        json::parse(node(1).run("dlm_tool --json lockdump p07").out, nullptr, false)["locks"];
    std::map<std::size_t, int> depths;
    for (const json &lock : locks) {
        depths[lock["path"].size()]++;
        EXPECT_EQ(lock["user"], true);
        EXPECT_EQ(lock["resource_hex"].get<std::string>().rfind("00535542", 0) == 0,
                  lock["path"].is_array())
            << lock;
    }
    EXPECT_EQ(depths, (std::map<std::size_t, int>{{0, 1}, {2, 4}, {3, 16}, {4, 64}}));
    EXPECT_TRUE(
        node(1).sh("dlm_tool lockdump p07 | grep -q 's \"\\\\x00SUB.* user path "
                   "\"root\"/\"3\"/\"0\"/\"2\"$'"));
    EXPECT_EQ(node(2).read("dlm_tool sublocks p07"), "");
}

TEST_F(UserExtensionsTest, P07_a_tree_of_sublocks)
{
    start("p07", 500, 0);
    Command tree = begin(1, "tree p07 root 4 4", "held 84\n");
    const std::string file = "/sys/kernel/debug/dlm/p07_sublocks";
    EXPECT_EQ(node(1).read("grep -c '^\"root\"/\"[0-3]\" [0-9a-f]* [0-9a-f]* 2$' " + file), "4");
    EXPECT_EQ(
        node(1).read("grep -c '^\"root\"/\"[0-3]\"/\"[0-3]\" [0-9a-f]* [0-9a-f]* 3$' " + file),
        "16");
    EXPECT_EQ(
        node(1).read("grep -c '^\"root\"\\(/\"[0-3]\"\\)\\{3\\} [0-9a-f]* [0-9a-f]* 4$' " + file),
        "64");
    our_tool_shows_the_tree();
    // They are in nobody's way, and others in theirs: another process' tree meets the same names.
    EXPECT_TRUE(node(2).sh("guest-user free p07 '' 3"));
    Command other = node(2).start("exec guest-user tree p07 root 4 4", "", true);
    std::this_thread::sleep_for(Seconds(1));
    EXPECT_EQ(other.out_so_far(), "");
    // The process ends: all of it goes, leaves first.
    tree.close_stdin();
    EXPECT_TRUE(tree.wait().ok());
    EXPECT_TRUE(wait_until("the second tree", [&] { return other.out_so_far() == "held 84\n"; }));
    EXPECT_EQ(node(1).read("wc -l < " + file), "1");
    other.signal(9);
    EXPECT_TRUE(wait_until("killed", [&] { return !other.running(); }));
    EXPECT_TRUE(
        wait_until("nothing is left", [&] { return node(2).read("wc -l < " + file) == "1"; }));
    end("p07");
}

TEST_F(UserExtensionsTest, P08_a_process_that_waits_too_long_is_told_about_once)
{
    start("p08", 200, 0);
    Command holder = begin(2, "hold p08 door", "held");
    Command listener = node(1).start("dlm_tool --json watch --hello -t 9");
    ASSERT_TRUE(node(1).sh("sleep 1"));
    Command quiet = begin(1, "ask p08 door 256 7", "asked ");  // NODLCKWT
    Command waits = begin(1, "ask p08 door 0 4711", "asked ");
    const std::string id = waits.out_so_far().substr(6);
    const std::string pid = node(1).read(
        "awk '$5 == 4711 {print $4}' "
        "/sys/kernel/debug/dlm/p08_locks");
    CommandResult seen = listener.wait(Seconds(60));
    const json late = json::parse(seen.out, nullptr, false);
    ASSERT_TRUE(late.is_object()) << "one event, not: " << seen.out << seen.err;
    EXPECT_EQ(late["id"].get<int>(), std::stoi(id));
    EXPECT_EQ(std::to_string(late["pid"].get<int>()), pid);
    EXPECT_EQ(late["status"], "waiting");
    EXPECT_EQ(late["granted"], "IV");
    EXPECT_EQ(late["requested"], "EX");
    EXPECT_EQ(late["resource_hex"], "646f6f72");
    EXPECT_GE(late["waited_us"].get<double>(), 2e6);
    for (Command *one : {&quiet, &waits, &holder})
        one->signal(9);
    end("p08");
}

TEST_F(UserExtensionsTest, P10_the_younger_of_two_that_wait_for_each_other_gives_way)
{
    constexpr int wait_cs = 200;
    start("p10", 500, wait_cs);
    int nr = 0;
    for (const auto &[older, younger] : {std::pair{1, 1}, {1, 2}, {3, 1}}) {
        SCOPED_TRACE("n" + std::to_string(older) + ", n" + std::to_string(younger));
        const std::string a = "a" + std::to_string(nr), b = "b" + std::to_string(nr++);
        Command first = begin(older, "cross p10 " + a + " " + b + " 0", "held\n");
        Command second = begin(younger, "cross p10 " + b + " " + a + " 0", "held\n");
        node(younger).expect_log("deadlock");
        node(older).expect_log("deadlock");
        first.write("\n");
        ASSERT_TRUE(wait_until("asked", [&] { return first.out_so_far() == "held\nasked\n"; }));
        std::this_thread::sleep_for(Milliseconds(500));
        second.write("\n");
        CommandResult gave_way = second.wait(Seconds(60)), granted = first.wait(Seconds(60));
        const Crossed victim = result_of(gave_way.out), winner = result_of(granted.out);
        EXPECT_EQ(victim.status, -EDEADLK) << gave_way.out;
        EXPECT_EQ(winner.status, 0) << granted.out;
        // The wait begins a search each interval, looked at twice a second.
        EXPECT_LE(victim.ms, wait_cs * 10 + 5000);
        EXPECT_GE(winner.ms, wait_cs * 10 - 500);
    }
    // NODLCKWT on both: nothing.
    Command first = begin(1, "cross p10 x y 256", "held\n");
    Command second = begin(2, "cross p10 y x 256", "held\n");
    first.write("\n");
    second.write("\n");
    std::this_thread::sleep_for(Seconds(3 * wait_cs / 100));
    for (Command *one : {&first, &second}) {
        EXPECT_EQ(one->out_so_far(), "held\nasked\n");
        one->signal(9);
    }
    end("p10");
}

}  // namespace
}  // namespace dlm::client
