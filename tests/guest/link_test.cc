// SPDX-License-Identifier: GPL-2.0-or-later
//
// Connections that break under load, without a change of membership: a hundred counted resets
// from both ends, a fifth of them with a hundred messages and more under way, and a link that is
// cut for 20 s. Random load on all nodes is judged by the disk (client/witness.h); locks taken in
// a burst over the dying connection must complete exactly once.
//
// A reset with many messages under way is made, not hoped for: the link is cut, the burst is
// called, the debugfs file of the peer counts what is unacknowledged, and only then one end's
// socket is destroyed and the link healed.
#include "client_lib/client_suite.h"

#include <array>
#include <cstdio>

#include <unistd.h>

namespace dlm::client {
namespace {

using guest::Outcome;
using guest::Seconds;

constexpr int resets = 100;
constexpr int big_every = 5;
constexpr int burst_locks = 150;
constexpr int under_way_wanted = 100;

struct Direction {
    int from, to;
};
constexpr std::array<Direction, 6> directions{{{1, 2}, {2, 3}, {3, 1}, {2, 1}, {3, 2}, {1, 3}}};

class LinkTest : public ClientSuite {
protected:
    void start_load()
    {
        for (int id : {1, 2, 3}) {
            const std::string line =
                "load_start " + cluster().space() +
                " threads=3 resources=4 nodes=3 device=/dev/shared0 node=" + std::to_string(id) +
                " seed=" + std::to_string(::getpid()) + (id == 1 ? " zero=1" : "");
            Answer started = client(id).command(line);
            ASSERT_EQ(started.ret(), 0) << line << ": " << started.text();
        }
    }

    // Every increment of every node is on the disk: none was lost, none made twice.
    void stop_load(int values_floor)
    {
        unsigned long long increments = 0, total = 0;
        for (int id : {1, 2, 3}) {
            Answer end = client(id).command("load_stop timeout_ms=80000", Seconds(120));
            EXPECT_EQ(end.ret(), 0) << node(id).name() << ": " << end.text();
            EXPECT_EQ(end.number("disk_errors"), 0) << end.text();
            EXPECT_EQ(end.number("values_invalid"), 0) << end.text();
            EXPECT_GT(end.number("values_checked"), values_floor) << end.text();
            increments += end.big("increments");
            total = end.big("disk_total");
            std::printf("%s: %s", node(id).name().c_str(), end.text().c_str());
        }
        EXPECT_EQ(total, increments);
    }

    unsigned long long granted(int id) { return client(id).command("load_stats").big("granted"); }

    // The load of every node goes on, and has seen enough values for stop_load().
    void expect_progress(int values_floor)
    {
        for (int id : {1, 2, 3}) {
            const auto before = granted(id);
            EXPECT_TRUE(guest::wait_until(
                node(id).name() + ": grants after the fault",
                [&] {
                    const Answer now = client(id).command("load_stats");
                    return now.big("granted") > before + 10 &&
                           now.number("values_checked") > values_floor;
                },
                Seconds(90)));
        }
    }

    // Messages from one node to the other that are not acknowledged yet.
    int under_way(int from, int to)
    {
        const std::string count = node(from).read("cat /sys/kernel/debug/dlm/comms/" +
                                                  std::to_string(to) + "/send_queue_count");
        return count.empty() ? -1 : std::atoi(count.c_str());
    }

    // Destroys the sockets of the lock manager on one node towards another; how many there were.
    int reset(int at, int peer)
    {
        const std::string killed =
            node(at).read("ss -K -tnH 'dst " + node(peer).address() +
                          " and ( sport = :21064 or dport = :21064 )' | grep -c . || true");
        const int count = std::atoi(killed.c_str());
        cluster().cluster().log().add(node(at).name() + ": " + std::to_string(count) +
                                      " connections to " + node(peer).name() + " reset");
        return count;
    }

    // Each node masters a resource that the others can talk to it about, and its share of those
    // of the load.
    void spread_masters()
    {
        for (int id : {1, 2, 3}) {
            ASSERT_TRUE(client(id).lock_wait("own", own(id), Mode::NL).granted());
            ASSERT_TRUE(
                client(id).lock_wait("share", "load" + std::to_string(id), Mode::NL).granted());
        }
    }
    void give_masters_back()
    {
        for (int id : {1, 2, 3}) {
            client(id).unlock_wait("own");
            client(id).unlock_wait("share");
        }
    }
    static std::string own(int id) { return "own" + std::to_string(id); }

    // Members connect again by themselves, also with nothing to say.
    Outcome reset_one(int at, int peer)
    {
        return guest::wait_until(
            node(at).name() + ": a connection to " + node(peer).name() + " to reset",
            [&] { return reset(at, peer) > 0; }, Seconds(60));
    }

    // One lock is called per name; each must be granted exactly once.
    std::vector<std::string> burst_lines(int round) const
    {
        std::vector<std::string> lines;
        for (int i = 0; i < burst_locks; i++)
            lines.push_back("lock " + cluster_space() + " b" + std::to_string(round) + "." +
                            std::to_string(i) + " mode=CR name=" + burst_name(round));
        return lines;
    }
    static std::string burst_name(int round) { return "burst" + std::to_string(round); }
    std::string cluster_space() const { return const_cast<LinkTest *>(this)->cluster().space(); }

    void big_reset(int round, const Direction &way, bool at_sender);
    void give_back(int round, const Direction &way);

    int big_resets_ = 0;
};

void LinkTest::big_reset(int round, const Direction &way, bool at_sender)
{
    // The receiver masters the resource: it was the first to want it.
    const std::string anchor = "anchor" + std::to_string(round);
    ASSERT_TRUE(client(way.to).lock_wait(anchor, burst_name(round), Mode::NL).granted());
    // The sender knows that once it has a lock itself; requests then go straight to the master.
    ASSERT_TRUE(client(way.from).lock_wait(anchor, burst_name(round), Mode::NL).granted());
    cluster().cluster().cut(way.from, way.to);
    for (const Answer &call : client(way.from).commands(burst_lines(round)))
        ASSERT_EQ(call.ret(), 0) << call.text();
    int most = -1;
    Outcome enough = guest::wait_until(
        "messages under way",
        [&] {
            most = under_way(way.from, way.to);
            return most >= under_way_wanted;
        },
        Seconds(20));
    EXPECT_TRUE(enough) << "the most was " << most;
    if (enough)
        big_resets_++;
    if (at_sender)
        EXPECT_TRUE(reset_one(way.from, way.to));
    else
        EXPECT_TRUE(reset_one(way.to, way.from));
    cluster().cluster().heal(way.from, way.to);
    give_back(round, way);
}

// All of the burst is granted, once each, and goes back.
void LinkTest::give_back(int round, const Direction &way)
{
    const std::string prefix = " " + cluster_space() + " b" + std::to_string(round) + ".";
    std::vector<std::string> waits, unlocks, ends;
    for (int i = 0; i < burst_locks; i++) {
        const std::string n = std::to_string(i);
        waits.push_back("wait" + prefix + n + " casts=1 timeout_ms=60000");
        unlocks.push_back("unlock" + prefix + n);
        ends.push_back("wait" + prefix + n + " casts=2 timeout_ms=60000");
    }
    int granted_once = 0;
    for (const Answer &end : client(way.from).commands(waits, Seconds(120)))
        granted_once += end.ret() == 0 && end.number("casts") == 1 && end.number("status", -1) == 0;
    EXPECT_EQ(granted_once, burst_locks);
    for (const Answer &call : client(way.from).commands(unlocks))
        EXPECT_EQ(call.ret(), 0) << call.text();
    int unlocked = 0;
    for (const Answer &end : client(way.from).commands(ends, Seconds(120)))
        unlocked += end.ret() == 0 && end.number("casts") == 2;
    EXPECT_EQ(unlocked, burst_locks);
    const std::string anchor = "anchor" + std::to_string(round);
    client(way.from).unlock_wait(anchor);
    client(way.to).unlock_wait(anchor);
}

TEST_F(LinkTest, hundred_resets_under_load_lose_and_double_nothing)
{
    ASSERT_TRUE(cluster().join("resets", {1, 2, 3}));
    ASSERT_TRUE(cluster().cluster().each([](guest::Node &node) {
        return node.kind() == guest::Kind::uml ? guest::ok()
                                               : node.sh("modprobe -a inet_diag tcp_diag");
    }));
    spread_masters();
    start_load();
    for (int round = 0; round < resets; round++) {
        const Direction way = directions[static_cast<std::size_t>(round) % directions.size()];
        if (round % big_every == 0)
            big_reset(round, way, round % 2 == 0);
        else
            EXPECT_TRUE(reset_one(way.from, way.to));
        ASSERT_FALSE(HasFailure()) << "in round " << round;
    }
    std::printf("%d resets, %d of them with %d or more messages under way\n", resets, big_resets_,
                under_way_wanted);
    EXPECT_GE(big_resets_, 10);
    expect_progress(50);
    stop_load(50);
    give_masters_back();
    ASSERT_TRUE(cluster().leave());
}

TEST_F(LinkTest, link_cut_of_20_s_without_membership_change_loses_nothing)
{
    ASSERT_TRUE(cluster().join("cut20", {1, 2, 3}));
    spread_masters();
    start_load();
    // A lock called over the cut link waits, and is granted once the link is back.
    ASSERT_TRUE(client(2).lock_wait("anchor", "cut", Mode::NL).granted());
    ASSERT_TRUE(client(1).lock_wait("anchor", "cut", Mode::NL).granted());
    const auto healthy = granted(3);
    cluster().cluster().cut(1, 2);
    const auto cut_at = guest::Clock::now();
    Answer call = client(1).lock("late", "cut", Mode::PR);
    ASSERT_EQ(call.ret(), 0);
    ASSERT_TRUE(guest::wait_until(
        "20 s of cut", [&] { return guest::Clock::now() - cut_at >= Seconds(20); }, Seconds(30)));
    EXPECT_NE(client(1).command("wait " + cluster().space() + " late casts=1 timeout_ms=1").ret(),
              0)
        << "granted over a cut link";
    EXPECT_GE(granted(3), healthy);
    cluster().cluster().heal(1, 2);
    EXPECT_GT(cluster().cluster().network().counters(1, 2).cut, 0u);
    EXPECT_TRUE(client(1).wait("late", call).granted());
    expect_progress(20);
    stop_load(20);
    client(1).unlock_wait("late");
    client(1).unlock_wait("anchor");
    client(2).unlock_wait("anchor");
    give_masters_back();
    ASSERT_TRUE(cluster().leave());
}

}  // namespace
}  // namespace dlm::client
