// SPDX-License-Identifier: GPL-2.0-or-later
//
// Processes with user locks that are killed, on nodes that lose their power one after the other
// and come back, as fast as they boot: of a node's processes no two ever hold what must not be held
// together, also while its locks' masters die. --count: seconds.
#include "client_lib/client_suite.h"
#include "harness/environment.h"

#include <map>
#include <random>
#include <thread>

namespace dlm::client {
namespace {

using guest::Seconds;

const std::vector<int> all_nodes = {1, 2, 3};
const std::string space = "storm";

class StormTest : public ClientSuite {
protected:
    void shape(guest::ClusterSpec &spec) override
    {
        spec.install("guest-user", guest::Environment::get().guest_program("guest_user"));
    }

    void start(int id)
    {
        ASSERT_TRUE(node(id).sh("rm -f /tmp/stop"));
        storms_[id] =
            node(id).start("n=0; while [ ! -e /tmp/stop ]; do guest-user storm " + space + " s. " +
                           std::to_string(id) + " " + std::to_string(random_() % 100000) +
                           "$n 5 || exit 1; n=$((n + 1)); done; exit 0");
    }

    void lose_and_bring_back(int victim)
    {
        ASSERT_TRUE(cluster().kill(victim));
        std::this_thread::sleep_for(Seconds(1));
        ASSERT_TRUE(cluster().revive(victim));
        ASSERT_TRUE(cluster().control().join(space, victim, create));
        start(victim);
    }

    const std::string create = "guest-user create " + space;
    std::map<int, guest::Command> storms_;
    std::mt19937 random_{static_cast<unsigned>(guest::run_options().seed)};
};

TEST_F(StormTest, processes_exclude_each_other_while_nodes_die)
{
    const auto end = guest::Clock::now() + Seconds(guest::run_options().count_or(45));
    int lost = 0;
    ASSERT_TRUE(cluster().control().join_together(space, all_nodes, create));
    for (int id : all_nodes)
        ASSERT_NO_FATAL_FAILURE(start(id));
    do {
        std::this_thread::sleep_for(guest::Milliseconds(500 + random_() % 3000));
        ASSERT_NO_FATAL_FAILURE(lose_and_bring_back(1 + static_cast<int>(random_() % 3)));
        lost++;
        for (int id : all_nodes)
            ASSERT_TRUE(storms_[id].running()) << "n" << id << ": " << storms_[id].out_so_far();
    } while (guest::Clock::now() < end);
    for (int id : all_nodes)
        ASSERT_TRUE(node(id).sh("touch /tmp/stop"));
    for (int id : all_nodes) {
        const guest::CommandResult result = storms_[id].wait(Seconds(180));
        EXPECT_TRUE(result.ok()) << "n" << id << ": " << result.out << result.err;
    }
    ASSERT_TRUE(cluster().control().leave_in_turn(space, "guest-user remove " + space + " 2"));
    std::printf("%d nodes lost and brought back\n", lost);
}

}  // namespace
}  // namespace dlm::client
