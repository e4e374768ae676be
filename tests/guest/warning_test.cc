// SPDX-License-Identifier: GPL-2.0-or-later
//
// DLM_LSFL_TIMEWARN: locks that wait too long are told at the owner's node, to the listener that
// linux/dlm_netlink.h describes and to everybody else; dlm_tool prints them. In a mixed cluster
// the kernel's own module, which knows the flag only by name, is the second node.
#include "client_lib/client_suite.h"
#include "harness/environment.h"

#include <sstream>
#include <thread>

#include <nlohmann/json.hpp>

namespace dlm::client {
namespace {

using guest::Command;
using guest::CommandResult;
using guest::Milliseconds;
using guest::Seconds;
using nlohmann::json;

constexpr int warn_cs = 150;
constexpr double warn_us = warn_cs * 10000.0;
constexpr double late_us = 1.5e6;  // looked at twice a second, on a slow machine

class WarningTest : public ClientSuite {
protected:
    void shape(guest::ClusterSpec &spec) override
    {
        spec.install("dlm_tool",
                     guest::Environment::get().user_program("../../tools/cli/dlm_tool"));
    }
    void start(const std::string &ls)
    {
        for (int id : {1, 3})
            ASSERT_TRUE(node(id).sh("echo " + std::to_string(warn_cs) +
                                    " > /sys/kernel/config/dlm/cluster/timewarn_cs"));
        SpaceOptions options;
        options.flags = "timewarn";
        ASSERT_TRUE(cluster().join(ls, {1, 2, 3}, options));
    }
    Command watch(int id, const std::string &words)
    {
        Command command = node(id).start("dlm_tool --json watch " + words);
        // It has joined before anything waits.
        EXPECT_TRUE(node(id).sh("sleep 1"));
        return command;
    }
    static std::vector<json> events(const CommandResult &result)
    {
        std::vector<json> all;
        std::istringstream lines(result.out);
        for (std::string line; std::getline(lines, line);)
            if (json one = json::parse(line, nullptr, false); !one.is_discarded())
                all.push_back(std::move(one));
        return all;
    }
    std::string id_of(int id, const std::string &label)
    {
        return client(id).command("show " + cluster().space() + " " + label).word("own");
    }
};

TEST_F(WarningTest, P08_a_wait_is_told_once_to_listener_and_group)
{
    start("late");
    ASSERT_TRUE(client(3).lock_wait("h", "r", Mode::EX).granted());
    ASSERT_TRUE(client(3).lock_wait("q", "quiet", Mode::EX).granted());
    Command group = watch(1, "-t 12"), hello = watch(1, "--hello -t 11");
    Command elsewhere = watch(3, "-t 10");
    // Nobody but root takes the warnings away from the listener.
    CommandResult refused = node(1).run(
        "busybox start-stop-daemon -S -c 65534:65534 -n other -a /usr/local/sbin/dlm_tool -- "
        "watch --hello -t 1");
    EXPECT_EQ(refused.exit_code, 1) << refused.out;
    EXPECT_NE(refused.err.find("HELLO"), std::string::npos) << refused.err;
    ASSERT_EQ(client(1).lock("w", "r", Mode::EX).ret(), 0);
    ASSERT_EQ(client(1).lock("n", "quiet", Mode::EX, "ndw").ret(), 0);
    for (Command *command : {&group, &hello}) {
        const auto seen = events(command->wait());
        ASSERT_EQ(seen.size(), 1u);
        const json &late = seen[0];
        EXPECT_EQ(late["id"].get<unsigned>(), std::stoul(id_of(1, "w"), nullptr, 0));
        EXPECT_EQ(late["status"], "waiting");
        EXPECT_EQ(late["granted"], "IV");
        EXPECT_EQ(late["requested"], "EX");
        EXPECT_EQ(late["resource_hex"], "72");
        EXPECT_EQ(late["master"], 3);
        EXPECT_GE(late["waited_us"].get<double>(), warn_us);
        EXPECT_LE(late["waited_us"].get<double>(), warn_us + late_us);
    }
    EXPECT_TRUE(events(elsewhere.wait()).empty()) << "the holder's node has nothing to tell";
    // A later wait of a lock warns again; a conversion says what it holds.
    EXPECT_EQ(client(1).cancel("n").ret(), 0);
    ASSERT_TRUE(client(1).settle());
    ASSERT_TRUE(client(3).convert_wait("h", Mode::NL).granted());
    ASSERT_TRUE(client(1).settle());
    ASSERT_TRUE(client(1).convert_wait("w", Mode::PR).granted());
    ASSERT_TRUE(client(3).convert_wait("h", Mode::PR).granted());
    Command again = watch(1, "-n 1 -t 12");
    ASSERT_EQ(client(1).convert("w", Mode::EX).ret(), 0);
    const auto second = events(again.wait());
    ASSERT_EQ(second.size(), 1u);
    EXPECT_EQ(second[0]["status"], "convert");
    EXPECT_EQ(second[0]["granted"], "PR");
    EXPECT_EQ(second[0]["lockspace"], "late");
    ASSERT_TRUE(cluster().leave(2));
}

// Also without an answer of the master; the time of a standstill does not count.
TEST_F(WarningTest, what_counts_as_waiting)
{
    start("count");
    ASSERT_TRUE(client(3).lock_wait("h", "r", Mode::NL).granted());
    Command cut = watch(1, "-n 1 -t 15");
    cluster().cluster().cut(1, 3);
    ASSERT_EQ(client(1).lock("w", "r", Mode::NL).ret(), 0);
    EXPECT_EQ(events(cut.wait()).size(), 1u);
    cluster().cluster().heal(1, 3);
    EXPECT_EQ(client(1).command("wait count w casts=1 timeout_ms=30000").ret(), 0);

    ASSERT_EQ(client(1).unlock_wait("w").status, eunlock);
    ASSERT_TRUE(client(3).convert_wait("h", Mode::EX).granted());
    Command stopped = watch(1, "-n 1 -t 30");
    ASSERT_EQ(client(1).lock("v", "r", Mode::EX).ret(), 0);
    ASSERT_TRUE(client(1).settle());
    ASSERT_TRUE(cluster().control().stop("count", {1, 2, 3}));
    std::this_thread::sleep_for(Seconds(5));
    ASSERT_TRUE(cluster().control().set_members_and_start("count", {1, 2, 3}, {1, 2, 3}));
    ASSERT_TRUE(cluster().control().wait_recovered("count", {1, 2, 3}));
    const auto seen = events(stopped.wait());
    ASSERT_EQ(seen.size(), 1u);
    EXPECT_LE(seen[0]["waited_us"].get<double>(), warn_us + late_us);
    ASSERT_TRUE(cluster().leave(2));
}

}  // namespace
}  // namespace dlm::client
