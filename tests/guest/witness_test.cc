// SPDX-License-Identifier: GPL-2.0-or-later
//
// The disk as witness: random load on three nodes, judged by a raw shared disk that no lock
// manager has a hand in (client/witness.h). Alone, through a link cut, and through a power cut.
#include "client_lib/client_suite.h"

#include <cstdio>
#include <thread>

#include <unistd.h>

namespace dlm::client {
namespace {

using guest::Seconds;

class WitnessTest : public ClientSuite {
protected:
    static constexpr const char *shape = "threads=3 resources=4 nodes=3 device=/dev/shared0";

    void start_load(int id, bool first)
    {
        const std::string line =
            "load_start " + cluster().space() + " " + shape + " node=" + std::to_string(id) +
            " seed=" + std::to_string(::getpid()) + (first ? " zero=1" : "") + load_manners();
        Answer started = client(id).command(line);
        ASSERT_EQ(started.ret(), 0) << line << ": " << started.text();
    }

    void start_everywhere()
    {
        for (int id : {1, 2, 3})
            start_load(id, id == 1);
    }

    Answer stop_load(int id)
    {
        Answer end = client(id).command("load_stop timeout_ms=80000", Seconds(120));
        EXPECT_EQ(end.ret(), 0) << node(id).name() << ": " << end.text();
        EXPECT_EQ(end.number("disk_errors"), 0) << end.text();
        std::printf("%s: %s", node(id).name().c_str(), end.text().c_str());
        return end;
    }

    // Until each node has done so much that the run means something; a slow host takes longer.
    void wait_floors(int checked, int increments)
    {
        for (int id : {1, 2, 3})
            EXPECT_TRUE(guest::wait_until(
                node(id).name() + ": enough load",
                [&] {
                    Answer now = client(id).command("load_stats");
                    return now.number("values_checked") > checked &&
                           now.number("increments") > increments;
                },
                Seconds(150), guest::Milliseconds(500)));
    }

    // Granted operations so far.
    unsigned long long granted(int id) { return client(id).command("load_stats").big("granted"); }
};

TEST_F(WitnessTest, the_disk_agrees_with_the_lock_manager)
{
    ASSERT_TRUE(cluster().join("disk", {1, 2, 3}));
    start_everywhere();
    std::this_thread::sleep_for(Seconds(15));
    wait_floors(50, 10);
    unsigned long long increments = 0, total = 0;
    for (int id : {1, 2, 3}) {
        Answer end = stop_load(id);
        EXPECT_EQ(end.number("values_invalid"), 0) << end.text();
        increments += end.big("increments");
        total = end.big("disk_total");  // the last one to stop sees all
    }
    EXPECT_EQ(total, increments) << "an increment was lost: two holders, or an old value";
    ASSERT_TRUE(cluster().leave());
}

TEST_F(WitnessTest, a_link_cut_under_load_loses_nothing)
{
    ASSERT_TRUE(cluster().join("cut", {1, 2, 3}));
    start_everywhere();
    std::this_thread::sleep_for(Seconds(3));
    unsigned long long increments = 0, total = 0;
    for (int round = 0; round < 3; round++) {
        cluster().cluster().cut(1 + round % 3, 1 + (round + 1) % 3);
        std::this_thread::sleep_for(Seconds(2));
        cluster().cluster().heal(1 + round % 3, 1 + (round + 1) % 3);
        std::this_thread::sleep_for(Seconds(3));
    }
    wait_floors(30, 5);
    for (int id : {1, 2, 3}) {
        Answer end = stop_load(id);
        increments += end.big("increments");
        total = end.big("disk_total");
    }
    EXPECT_EQ(total, increments);
    ASSERT_TRUE(cluster().leave());
}

TEST_F(WitnessTest, a_power_cut_under_load_breaks_no_rule)
{
    ASSERT_TRUE(cluster().join("power", {1, 2, 3}));
    start_everywhere();
    for (int victim : {3, 2}) {
        std::this_thread::sleep_for(Seconds(4));
        ASSERT_TRUE(cluster().kill(victim));
        for (int id : {1, 2, 3}) {
            if (id == victim)
                continue;
            const auto before = granted(id);
            EXPECT_TRUE(guest::wait_until(
                node(id).name() + ": grants after the recovery",
                [&] { return granted(id) > before + 20; }, Seconds(60)));
        }
        ASSERT_TRUE(cluster().revive(victim));
        ASSERT_TRUE(cluster().join_one(victim));
        start_load(victim, false);
        // Its blocks are its new life's from now on.
        for (int id : {1, 2, 3})
            if (id != victim)
                client(id).command("load_heed node=" + std::to_string(victim));
    }
    wait_floors(20, 3);
    for (int id : {1, 2, 3})
        stop_load(id);
    ASSERT_TRUE(cluster().leave());
}

// The witness must be able to fail: two lockspaces that know nothing of each other grant
// incompatible modes at the same time, and it has to say so.
class BlindTest : public guest::ClusterTest {};

TEST_F(BlindTest, two_lockspaces_that_do_not_know_each_other_are_caught)
{
    ClientCluster two{guest::ClusterSpec::from_options(2)};
    ASSERT_TRUE(two.start());
    const std::string shape = " threads=2 resources=1 nodes=2 device=/dev/shared0 node=";
    ASSERT_TRUE(two.join("left", {1}));
    ASSERT_EQ(two[1].command("load_start left" + shape + "1 zero=1").ret(), 0);
    ASSERT_TRUE(two.join("right", {2}));
    ASSERT_EQ(two[2].command("load_start right" + shape + "2").ret(), 0);
    std::this_thread::sleep_for(Seconds(5));
    EXPECT_EQ(two[2].command("load_stop").ret(), 0);
    Channel first(two.node(1));
    ASSERT_TRUE(first.open());
    EXPECT_EQ(first.ask("load_stop").ret(), 0);
    std::string seen;
    for (const Answer &events : {first.ask("events"), two[2].command("events")})
        seen += events.text();
    EXPECT_NE(seen.find("what=two_holders "), std::string::npos) << "no two holders seen";
    EXPECT_NE(seen.find("what=value_"), std::string::npos) << "no wrong value seen";
}

}  // namespace
}  // namespace dlm::client
