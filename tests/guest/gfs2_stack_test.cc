// SPDX-License-Identifier: GPL-2.0-or-later
//
// gfs2 on three nodes with the distribution's daemon in charge: its locks of files are locks of the
// lock manager (flock) and of the daemon (fcntl). A node that holds both is cut off.
#include <regex>
#include <vector>

#include <nlohmann/json.hpp>

#include "harness/gfs2.h"
#include "stack/stack_suite.h"

namespace dlm::guest {
namespace {

constexpr Seconds death_deadline{120};

using nlohmann::json;

class Gfs2StackTest : public StackTest {
protected:
    // What our tool says of the file p, each time until it says that so many locks are there: the
    // daemons hear of a lock one after the other.
    static std::vector<json> plocks(int id, std::size_t count)
    {
        std::vector<json> locks;
        const std::string inode = node(id).read("stat -c %i /mnt/g/p");
        EXPECT_TRUE(wait_until("n" + std::to_string(id) + ": the locks", [&] {
            CommandResult result = node(id).run("our-dlm-tool --json plocks g0");
            EXPECT_TRUE(result.ok()) << result.exit_code;
            EXPECT_EQ(result.err, "");
            const json all = json::parse(result.out, nullptr, false);
            locks.clear();
            if (all.is_object())
                for (const json &lock : all["locks"])
                    if (lock["inode"].dump() == inode)
                        locks.push_back(lock);
            return locks.size() == count;
        }));
        return locks;
    }

    // Node 1 holds bytes 10 to 19 of it; another lock waits meanwhile.
    static void our_tool_shows(FileLocks &files)
    {
        Command waiter = files.lock(2, "fcntl p shared 5 10");
        ASSERT_TRUE(files.waits(2, waiter));
        for (int id : {1, 2, 3}) {
            SCOPED_TRACE("n" + std::to_string(id));
            const std::vector<json> locks = plocks(id, 2);
            ASSERT_EQ(locks.size(), 2u);
            const char *const states[] = {"held", "waiting"}, *const modes[] = {"WR", "RD"};
            const int starts[] = {10, 5}, ends[] = {19, 14};
            for (int i = 0; i < 2; i++) {
                EXPECT_EQ(locks[i]["state"], states[i]) << locks[i];
                EXPECT_EQ(locks[i]["mode"], modes[i]) << locks[i];
                EXPECT_EQ(locks[i]["start"], starts[i]) << locks[i];
                EXPECT_EQ(locks[i]["end"], ends[i]) << locks[i];
                EXPECT_EQ(locks[i]["node"], i + 1) << locks[i];
                EXPECT_EQ(locks[i]["pid"].dump(), node(i + 1).read("pidof guest-file-lock"));
            }
        }
        waiter.signal(9);
        EXPECT_EQ(waiter.wait().exit_code, 128 + 9);
        // To the end of the file; what was waited for is forgotten with the process.
        Command rest = files.lock(3, "fcntl p exclusive 20 0");
        ASSERT_TRUE(says(rest, "locked"));
        const std::vector<json> locks = plocks(1, 2);
        ASSERT_EQ(locks.size(), 2u);
        EXPECT_EQ(locks[1]["start"], 20);
        EXPECT_TRUE(locks[1]["end"].is_null()) << locks[1];
        EXPECT_TRUE(node(2).sh("our-dlm-tool plocks g0 | grep -q ' held    WR 20-end node 3 '"));
        ASSERT_TRUE(FileLocks::let_go(rest));
    }
};

TEST_F(Gfs2StackTest, files_are_locked_across_nodes_and_a_dead_nodes_locks_go)
{
    Gfs2Disk fs(cluster());
    FileLocks files(cluster(), fs.mount_point);
    ASSERT_TRUE(fs.make(3));
    ASSERT_TRUE(cluster().each([](Node &one) { return one.load_gfs2(); }));
    ASSERT_TRUE(cluster().each([&](Node &one) { return one.sh(fs.mount_command()); }));
    ASSERT_TRUE(stack().wait_members("g0", {1, 2, 3}));
    ASSERT_TRUE(node(1).sh("cd /mnt/g && echo one > kept && touch f p && sync"));
    files.exclusion("flock f exclusive", "flock f shared", FileLocks::Killed::dies_in_its_turn);
    files.exclusion("fcntl p exclusive 0 10", "fcntl p shared 0 10", FileLocks::Killed::dies_now);

    Command range = files.lock(1, "fcntl p exclusive 10 10");
    ASSERT_TRUE(says(range, "locked"));
    EXPECT_TRUE(files.possible(2, "fcntl p exclusive 0 10"));
    EXPECT_TRUE(files.possible(2, "fcntl p exclusive 20 0"));
    EXPECT_TRUE(files.refused(2, "fcntl p exclusive 15 1"));
    EXPECT_TRUE(std::regex_match(node(3).read("guest-file-lock get /mnt/g/p 0 0"),
                                 std::regex(R"(write -?\d+ 10 10)")));
    EXPECT_EQ(node(3).read("guest-file-lock get /mnt/g/p 0 10"), "free");
    CommandResult list = node(3).run("dlm_tool plocks g0");
    EXPECT_TRUE(list.ok());
    EXPECT_EQ(list.err, "");
    EXPECT_TRUE(std::regex_search(list.out, std::regex(R"( WR 10-19 nodeid 1 pid \d+ )")))
        << list.out;
    our_tool_shows(files);
    ASSERT_TRUE(FileLocks::let_go(range));
    EXPECT_TRUE(plocks(3, 0).empty());

    // The node of a holder is cut off: it is fenced, alive, and both its locks go.
    const int fenced = stack().fencer().count(2);
    Command flock = files.lock(2, "flock f exclusive");
    Command fcntl = files.lock(2, "fcntl p exclusive 0 10");
    ASSERT_TRUE(says(flock, "locked"));
    ASSERT_TRUE(says(fcntl, "locked"));
    Command flock_waiter = files.lock(1, "flock f exclusive");
    Command fcntl_waiter = files.lock(3, "fcntl p exclusive 5 10");
    cluster().isolate(2);
    ASSERT_TRUE(stack().wait_fenced(2, fenced + 1));
    EXPECT_TRUE(stack().fencer().events().back().was_running);
    EXPECT_FALSE(node(2).running());
    cluster().rejoin(2);
    ASSERT_TRUE(says(flock_waiter, "locked", death_deadline));
    ASSERT_TRUE(says(fcntl_waiter, "locked", death_deadline));
    ASSERT_TRUE(stack().wait_members("g0", {1, 3}));
    ASSERT_TRUE(FileLocks::let_go(flock_waiter));
    ASSERT_TRUE(FileLocks::let_go(fcntl_waiter));

    ASSERT_TRUE(stack().come_back(2));
    ASSERT_TRUE(node(2).load_gfs2());
    ASSERT_TRUE(node(2).sh(fs.mount_command()));
    ASSERT_TRUE(stack().wait_members("g0", {1, 2, 3}));
    EXPECT_EQ(node(2).read("cat /mnt/g/kept"), "one");
    EXPECT_TRUE(files.possible(2, "flock f exclusive"));
    for (int id : {1, 2, 3})
        ASSERT_TRUE(node(id).sh(fs.umount_command(), leave_deadline));
    EXPECT_TRUE(fs.check());
}

}  // namespace
}  // namespace dlm::guest
