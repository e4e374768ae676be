// SPDX-License-Identifier: GPL-2.0-or-later
//
// Everything at once, for as long as --count says (seconds; an hour in "make check-full"): a kernel
// caller's random load with the disk as witness, processes with user locks that are killed, a GFS2
// on which a number is counted up under flock, nodes that lose their power and come back, links
// that are cut. At the end nothing is lost, and the memory is back.
#include <atomic>
#include <cstdio>
#include <map>
#include <random>
#include <sstream>
#include <thread>

#include <unistd.h>

#include "client_lib/client_suite.h"
#include "harness/environment.h"
#include "harness/gfs2.h"

namespace dlm::client {
namespace {

using guest::Milliseconds;
using guest::Node;
using guest::Seconds;

const std::vector<int> all_nodes = {1, 2, 3};
const std::string user_space = "storm";
// Of free memory, what a node may lack at the end: caches of the kernel that no test empties.
constexpr long slack_kb = 4096;
constexpr Seconds settle_deadline{90};

class StressTest : public ClientSuite {
protected:
    void shape(guest::ClusterSpec &spec) override
    {
        spec.shared_disks = 2;
        spec.install("guest-user", guest::Environment::get().guest_program("guest_user"));
    }

    void SetUp() override
    {
        ClientSuite::SetUp();
        fs_ = std::make_unique<guest::Gfs2>(cluster().cluster(), cluster().control(), "g0", 1);
    }

    // With the free pages that a processor keeps for itself, which count as used: with huge pages
    // up to some 30 MB, more or less as chance will have it.
    static long available_kb(Node &node)
    {
        std::istringstream numbers(
            node.read("sync; echo 3 > /proc/sys/vm/drop_caches; sleep 0.5; "
                      "sed -n 's/^MemAvailable: *\\([0-9]*\\).*/\\1/p' /proc/meminfo; "
                      "sed -n 's/^ *count: *//p' /proc/zoneinfo"));
        long available = 0;
        numbers >> available;
        for (long pages; numbers >> pages;)
            available += pages * 4;
        return available;
    }

    // What is freed behind a grace period comes back when the node has time for it; a leak does
    // not.
    static long settled_kb(Node &node, long wanted)
    {
        long now = 0;
        guest::wait_until(
            node.name() + ": its memory is back",
            [&] {
                now = available_kb(node);
                return now >= wanted;
            },
            settle_deadline, Milliseconds(2000));
        return now;
    }

    // Everything that a node loads, before it is a member of anything.
    void prepare(int id)
    {
        ASSERT_TRUE(node(id).load_gfs2());
        memory_[id] = available_kb(node(id));
    }

    // The loads run until they are told to stop, each for itself.
    void start_loads(int id, bool first)
    {
        const std::string line =
            "load_start " + cluster().space() +
            " threads=2 resources=4 nodes=3 device=/dev/shared0 node=" + std::to_string(id) +
            " seed=" + std::to_string(random_()) + (first ? " zero=1" : "") + load_manners();
        Answer started = client(id).command(line);
        ASSERT_EQ(started.ret(), 0) << line << ": " << started.text();
        for (int other : all_nodes)
            if (other != id && node(other).running() && !first)
                client(other).command("load_heed node=" + std::to_string(id));
        ASSERT_TRUE(node(id).sh("rm -f /tmp/stop; echo 0 > /tmp/rounds"));
        counting_[id] = node(id).start(counting());
        users_[id] = node(id).start(processes(id));
    }

    // A number under flock; a file of its own rewritten; a waiter for the lock killed.
    static std::string counting()
    {
        return "cd /mnt/g/d && i=0; while [ ! -e /tmp/stop ]; do "
               "flock lock sh -c 'read a < number && a=${a#x} && a=$((1$a + 1)) && "
               "echo x${a#1} 1<> number' || exit 1; "
               "i=$((i + 1)); echo $i > /tmp/rounds; "
               "date +%N 1<> $(hostname).$((i % 8)) || exit 1; "
               "flock lock true & kill -9 $! 2> /dev/null; wait $! 2> /dev/null; done; exit 0";
    }

    // In portions, so that each one's end is looked at.
    std::string processes(int id)
    {
        return "n=0; while [ ! -e /tmp/stop ]; do guest-user storm " + user_space + " s. " +
               std::to_string(id) + " $((n * 10 + " + std::to_string(id) +
               ")) 20 || exit 1; n=$((n + 1)); echo $n > /tmp/storms; done; exit 0";
    }

    void expect_progress(int id)
    {
        const auto before = client(id).command("load_stats").big("granted");
        const std::string rounds = node(id).read("cat /tmp/rounds");
        EXPECT_TRUE(guest::wait_until(
            node(id).name() + ": the kernel's load goes on",
            [&] { return client(id).command("load_stats").big("granted") > before + 20; },
            Seconds(120), Milliseconds(500)));
        EXPECT_TRUE(guest::wait_until(
            node(id).name() + ": the file system goes on",
            [&] { return node(id).read("cat /tmp/rounds") != rounds; }, Seconds(120),
            Milliseconds(500)));
        EXPECT_TRUE(counting_[id].running()) << node(id).name() << ": counting has failed";
        EXPECT_TRUE(users_[id].running()) << node(id).name() << ": " << users_[id].out_so_far();
    }

    void lose_and_bring_back(int victim)
    {
        ASSERT_TRUE(cluster().kill(victim));
        kills_++;
        for (int id : all_nodes)
            if (id != victim)
                expect_progress(id);
        ASSERT_TRUE(cluster().revive(victim));
        ASSERT_NO_FATAL_FAILURE(prepare(victim));
        ASSERT_TRUE(cluster().join_one(victim));
        ASSERT_TRUE(fs_->mount(victim));
        ASSERT_TRUE(cluster().control().join(user_space, victim, create));
        start_loads(victim, false);
    }

    // A link that is away for a while, without anybody taking a node for dead.
    void cut_a_link()
    {
        const int a = 1 + static_cast<int>(random_() % 3), b = 1 + a % 3;
        cluster().cluster().cut(a, b);
        std::this_thread::sleep_for(Seconds(3));
        cluster().cluster().heal(a, b);
        cuts_++;
    }

    void stop_loads()
    {
        for (int id : all_nodes)
            ASSERT_TRUE(node(id).sh("touch /tmp/stop"));
        for (int id : all_nodes) {
            Answer end = client(id).command("load_stop timeout_ms=80000", Seconds(120));
            EXPECT_EQ(end.ret(), 0) << node(id).name() << ": " << end.text();
            EXPECT_EQ(end.number("disk_errors"), 0) << end.text();
            std::printf("%s: %s", node(id).name().c_str(), end.text().c_str());
            guest::CommandResult counted = counting_[id].wait();
            EXPECT_TRUE(counted.ok()) << node(id).name() << counted.out << counted.err;
            guest::CommandResult stormed = users_[id].wait();
            EXPECT_TRUE(stormed.ok()) << node(id).name() << stormed.out << stormed.err;
            std::printf("%s", stormed.out.c_str());
        }
    }

    // What living nodes have counted is in the file; the dead ones counted on top of that.
    void check_number()
    {
        long counted = 0;
        for (int id : all_nodes)
            counted += std::atol(node(id).read("cat /tmp/rounds").c_str());
        std::string first;
        for (int id : all_nodes) {
            const std::string number = node(id).read("cat /mnt/g/d/number");
            if (first.empty())
                first = number;
            EXPECT_EQ(number, first);
        }
        ASSERT_EQ(first.size(), 9u) << first;
        EXPECT_GE(std::atol(first.c_str() + 1), counted);
        std::printf("counted on the file system: %s, by lives that ended well: %ld\n",
                    first.c_str(), counted);
        std::string sums;
        for (int id : all_nodes) {
            const std::string seen = node(id).read("cd /mnt/g/d && md5sum *");
            EXPECT_TRUE(sums.empty() || seen == sums);
            sums = seen;
        }
    }

    void leave_everything()
    {
        ASSERT_TRUE(cluster().leave());
        ASSERT_TRUE(cluster().control().leave_in_turn(user_space,
                                                      "guest-user remove " + user_space + " 2"));
        ASSERT_TRUE(fs_->umount_all());
        EXPECT_TRUE(fs_->check(2 * kills_));
        for (int id : all_nodes) {
            // The debug kernel sets freed memory aside; there kmemleak is the judge.
            const bool judge = node(id).kind() == guest::Kind::qemu;
            const long wanted = memory_[id] - slack_kb;
            const long now = judge ? settled_kb(node(id), wanted) : available_kb(node(id));
            std::printf("n%d: %ld kB available at first, %ld kB now\n", id, memory_[id], now);
            if (judge) {
                EXPECT_GE(now, wanted) << node(id).name() << "\n"
                                       << node(id).read(
                                              "cat /proc/meminfo /proc/zoneinfo /proc/net/sockstat "
                                              "/proc/slabinfo");
            }
            EXPECT_TRUE(node(id).kmemleak_check());
        }
    }

    const std::string create = "guest-user create " + user_space;
    std::unique_ptr<guest::Gfs2> fs_;
    std::map<int, guest::Command> counting_, users_;
    std::map<int, long> memory_;
    std::mt19937 random_{static_cast<unsigned>(guest::run_options().seed)};
    int kills_ = 0, cuts_ = 0;
};

TEST_F(StressTest, everything_at_once)
{
    const auto end = guest::Clock::now() + Seconds(guest::run_options().count_or(60));
    for (int id : all_nodes)
        ASSERT_NO_FATAL_FAILURE(prepare(id));
    ASSERT_TRUE(fs_->make(3));
    ASSERT_TRUE(cluster().join("stress", all_nodes));
    ASSERT_TRUE(fs_->mount_together(all_nodes));
    ASSERT_TRUE(cluster().control().join_together(user_space, all_nodes, create));
    // Files are there from the start: a cut node leaves no inode half made.
    ASSERT_TRUE(
        node(1).sh("mkdir /mnt/g/d && cd /mnt/g/d && : > lock && echo x00000000 > number && "
                   "for n in 1 2 3; do for i in 0 1 2 3 4 5 6 7; do "
                   "echo 000000000 > n$n.$i; done; done; sync"));
    for (int id : all_nodes)
        ASSERT_NO_FATAL_FAILURE(start_loads(id, id == 1));
    do {
        std::this_thread::sleep_for(Seconds(15));
        for (int id : all_nodes)
            ASSERT_NO_FATAL_FAILURE(expect_progress(id));
        if (HasFailure())
            return;
        cut_a_link();
        std::this_thread::sleep_for(Seconds(5));
        ASSERT_NO_FATAL_FAILURE(lose_and_bring_back(1 + static_cast<int>(random_() % 3)));
    } while (guest::Clock::now() < end && !HasFailure());
    ASSERT_NO_FATAL_FAILURE(stop_loads());
    ASSERT_NO_FATAL_FAILURE(check_number());
    ASSERT_NO_FATAL_FAILURE(leave_everything());
    std::printf("%d nodes lost and brought back, %d links cut\n", kills_, cuts_);
}

}  // namespace
}  // namespace dlm::client
