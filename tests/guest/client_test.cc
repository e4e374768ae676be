// SPDX-License-Identifier: GPL-2.0-or-later
//
// The exported API between three nodes, asked by the kernel client: bad arguments of lockspaces,
// locks and values handed round under contention, orderly leaves, stops. Recovery is in
// recovery_test.cc.
#include "client_lib/client_suite.h"

#include <algorithm>
#include <thread>

namespace dlm::client {
namespace {

using guest::Milliseconds;
using guest::Module;
using guest::Outcome;
using guest::Seconds;

class ClientTest : public ClientSuite {
protected:
    bool ours(int id) { return node(id).module() == Module::ours; }
};

// What *ops_result holds when nobody has written it.
constexpr int untouched = 12345;

std::string letters(std::size_t length)
{
    return std::string(length, 'n');
}

TEST_F(ClientTest, bad_lockspace_arguments_have_their_errno)
{
    ASSERT_TRUE(cluster().join("bad", {1, 2, 3}));
    struct {
        std::string line;
        int ret, ops_result;
    } cases[] = {
        {"create x name=hex:", -EINVAL, untouched},
        {"create x name=" + letters(65), -EINVAL, untouched},
        {"create x lvblen=7", -EINVAL, untouched},
        {"create x lvblen=33", -EINVAL, untouched},
        {"create x cluster=wrong", -EBADR, 0},
        {"create x name=bad flags=newexcl", -EEXIST, 0},
    };
    for (int id : {1, 2, 3}) {
        node(id).expect_log("cluster name");
        for (const auto &c : cases) {
            Answer answer = client(id).command(c.line);
            EXPECT_EQ(answer.ret(), c.ret) << node(id).name() << ": " << c.line;
            EXPECT_EQ(answer.number("ops_result"), c.ops_result)
                << node(id).name() << ": " << c.line;
        }
    }
    ASSERT_TRUE(cluster().leave());
}

TEST_F(ClientTest, second_create_counts_up_and_release_counts_down)
{
    ASSERT_TRUE(cluster().join("twice", {1, 2, 3}));
    for (int id : {1, 2, 3}) {
        node(id).expect_log("cluster name");
        Answer again = client(id).command("create again name=twice lvblen=64");
        EXPECT_EQ(again.ret(), 0);
        EXPECT_EQ(again.number("ops_result"), ours(id) ? -EEXIST : 0);
        EXPECT_EQ(client(id).command("release again").ret(), 1);
        EXPECT_EQ(client(id).command("forget_space again").ret(), 0);
        EXPECT_TRUE(client(id).lock_wait("1", "r" + std::to_string(id), Mode::EX).granted());
        EXPECT_EQ(client(id).command("release twice").ret(), -EBUSY);
        EXPECT_EQ(client(id).unlock_wait("1").status, eunlock);
    }
    ASSERT_TRUE(cluster().leave());
}

TEST_F(ClientTest, handles_that_are_no_lockspace_are_refused)
{
    ASSERT_TRUE(cluster().join("gone", {1, 2, 3}));
    for (int id : {1, 2, 3}) {
        Client &c = client(id);
        for (const char *handle : {"0", "0x1", "0x7fffffff", "0xffff888000001000"}) {
            ASSERT_EQ(c.command("fake wrong handle=" + std::string(handle)).ret(), 0);
            EXPECT_EQ(c.command("lock wrong 1 name=r mode=EX").ret(), -EINVAL) << handle;
            EXPECT_EQ(c.command("unlock wrong 1 lkid=1").ret(), -EINVAL) << handle;
            EXPECT_EQ(c.command("release wrong").ret(), -EINVAL) << handle;
            ASSERT_EQ(c.command("forget_space wrong").ret(), 0);
        }
    }
    // A handle that was one.
    ASSERT_TRUE(cluster().control().leave_in_turn("gone", one_shot("release gone")));
    for (int id : {1, 2, 3}) {
        Client &c = client(id);
        EXPECT_EQ(c.command("lock gone 1 name=r mode=EX").ret(), -EINVAL);
        EXPECT_EQ(c.command("unlock gone 1 lkid=1").ret(), -EINVAL);
        EXPECT_EQ(c.command("release gone").ret(), -EINVAL);
        EXPECT_EQ(c.command("forget_space gone").ret(), 0);
    }
}

// Each node in turn asks for EX; the holder is told, writes its turn into the value block and
// goes down to NL; the next one must read just that.
TEST_F(ClientTest, value_blocks_travel_with_the_lock)
{
    ASSERT_TRUE(cluster().join("ring", {1, 2, 3}));
    constexpr int turns = 30;
    for (int id : {1, 2, 3})
        ASSERT_TRUE(client(id).lock_wait("1", "token", Mode::NL, "vb").granted());
    Completion held = client(1).convert_wait("1", Mode::EX, "vb");
    ASSERT_TRUE(held.granted()) << held;
    for (int turn = 1; turn <= turns; turn++) {
        const int holder = (turn - 1) % 3 + 1;
        const int next = turn % 3 + 1;
        const std::string value = "turn" + std::to_string(turn);
        Answer asked = client(next).convert("1", Mode::EX, "vb");
        ASSERT_EQ(asked.ret(), 0);
        const int told = (turn - 1) / 3 + 1;
        ASSERT_EQ(client(holder)
                      .command("wait ring 1 basts=" + std::to_string(told) + " timeout_ms=30000")
                      .ret(),
                  0)
            << "turn " << turn << ": " << node(holder).name() << " was not told";
        client(holder).command("lvb ring 1 value=" + value);
        Completion down = client(holder).convert_wait("1", Mode::NL, "vb");
        ASSERT_TRUE(down.granted()) << down;
        Completion up = client(next).wait("1", asked);
        ASSERT_TRUE(up.granted()) << "turn " << turn << ": " << up;
        EXPECT_EQ(up.flags, 0u);
        EXPECT_EQ(up.lvb, value) << "turn " << turn;
    }
    for (int id : {1, 2, 3})
        EXPECT_EQ(client(id).unlock_wait("1").status, eunlock);
    ASSERT_TRUE(cluster().leave());
}

// Who waits is granted; who holds back is told, exactly once for the same mode.
TEST_F(ClientTest, waiters_of_three_nodes_are_granted_in_the_order_of_arrival)
{
    ASSERT_TRUE(cluster().join("queue", {1, 2, 3}));
    ASSERT_TRUE(client(1).lock_wait("h", "r", Mode::EX).granted());
    std::vector<std::pair<int, Answer>> waiting;
    for (int i = 0; i < 9; i++) {
        const int id = i % 3 + 1;
        waiting.emplace_back(id, client(id).lock("w" + std::to_string(i), "r", Mode::EX));
        ASSERT_EQ(waiting.back().second.ret(), 0);
        // The next one must not overtake on another link.
        ASSERT_TRUE(client(id).settle(Milliseconds(100)));
    }
    EXPECT_EQ(client(1).command("show queue h").number("basts"), 1);
    EXPECT_EQ(client(1).unlock_wait("h").status, eunlock);
    for (int i = 0; i < 9; i++) {
        const auto &[id, call] = waiting[static_cast<std::size_t>(i)];
        const std::string name = "w" + std::to_string(i);
        Completion granted = client(id).wait(name, call);
        ASSERT_TRUE(granted.granted()) << name << ": " << granted;
        for (int later = i + 1; later < 9; later++)
            EXPECT_EQ(client(later % 3 + 1)
                          .command("show queue w" + std::to_string(later))
                          .number("granted", -1),
                      0)
                << "w" << later << " while " << name << " holds";
        EXPECT_EQ(client(id).unlock_wait(name).status, eunlock);
    }
    ASSERT_TRUE(cluster().leave());
}

TEST_F(ClientTest, random_load_of_three_nodes_breaks_no_rule)
{
    ASSERT_TRUE(cluster().join("load", {1, 2, 3}));
    for (int id : {1, 2, 3})
        ASSERT_EQ(client(id)
                      .command("load_start load threads=4 resources=4 nodes=3 node=" +
                               std::to_string(id) + " seed=7" + load_manners())
                      .ret(),
                  0);
    std::this_thread::sleep_for(Seconds(10));
    // Floors: an empty run shows nothing. A slow host takes longer.
    for (int id : {1, 2, 3})
        EXPECT_TRUE(guest::wait_until(
            node(id).name() + ": enough load",
            [&] {
                Answer now = client(id).command("load_stats");
                return now.number("granted") > 150 && now.number("basts") > 30 &&
                       now.number("cancelled") > 5;
            },
            Seconds(150), Milliseconds(500)));
    for (int id : {1, 2, 3}) {
        Answer end = client(id).command("load_stop timeout_ms=60000");
        ASSERT_EQ(end.ret(), 0) << end.text();
        RecordProperty("load_n" + std::to_string(id), end.text());
        EXPECT_EQ(end.number("stalls"), 0) << end.text();
        EXPECT_EQ(end.number("refused"), 0) << end.text();
    }
    ASSERT_TRUE(cluster().leave());
}

TEST_F(ClientTest, leave_in_order_tells_the_others_of_no_failure)
{
    ASSERT_TRUE(cluster().join("order", {1, 2, 3}));
    // A lock of the leaver dies with it, its waiter is granted.
    ASSERT_TRUE(client(3).lock_wait("1", "r", Mode::EX).granted());
    Answer waiting = client(1).lock("2", "r", Mode::PR);
    for (int id : {1, 2})
        client(id).skip_events();
    ASSERT_TRUE(cluster().leave_one(3, 2));
    EXPECT_TRUE(client(1).wait("2", waiting).granted());
    for (int id : {1, 2}) {
        ASSERT_EQ(client(id).command("space_wait order done=2 timeout_ms=30000").ret(), 0);
        std::vector<EventKind> kinds;
        for (const Event &event : client(id).events())
            if (event.kind == EventKind::prep || event.kind == EventKind::slot ||
                event.kind == EventKind::done)
                kinds.push_back(event.kind);
        EXPECT_EQ(kinds, (std::vector<EventKind>{EventKind::prep, EventKind::done}))
            << node(id).name();
    }
    ASSERT_TRUE(cluster().join_one(3));
    EXPECT_EQ(client(1).unlock_wait("2").status, eunlock);
    EXPECT_EQ(client(3).ask("r", Mode::EX), 0);
    ASSERT_TRUE(cluster().leave());
}

// Ours records what is asked while the lockspace stands still; stock lets the caller sleep. The
// completion comes after the start on both.
TEST_F(ClientTest, calls_while_stopped_complete_after_the_start)
{
    ASSERT_TRUE(cluster().join("still", {1, 2, 3}));
    for (int id : {1, 2, 3})
        ASSERT_TRUE(client(id).lock_wait("k", "kept" + std::to_string(id), Mode::EX).granted());
    ASSERT_TRUE(cluster().control().stop("still", {1, 2, 3}));
    for (int id : {1, 2, 3}) {
        Client &c = client(id);
        c.skip_events();
        const std::string other = "kept" + std::to_string(id % 3 + 1);
        ASSERT_EQ(c.command("async new lock still n name=" + other + " mode=EX flags=noq").ret(),
                  0);
        ASSERT_EQ(c.command("async old unlock still k").ret(), 0);
    }
    std::this_thread::sleep_for(Milliseconds(700));
    for (int id : {1, 2, 3}) {
        int returns = 0;
        for (const Event &event : client(id).events()) {
            EXPECT_NE(event.kind, EventKind::cast) << event.text;
            returns += event.kind == EventKind::ret;
        }
        EXPECT_EQ(returns, ours(id) ? 2 : 0) << node(id).name();
    }
    ASSERT_TRUE(cluster().control().set_members_and_start("still", {1, 2, 3}, {1, 2, 3}));
    ASSERT_TRUE(cluster().control().wait_recovered("still", {1, 2, 3}));
    for (int id : {1, 2, 3}) {
        Answer gone = client(id).command("wait still k over=1 timeout_ms=30000");
        EXPECT_EQ(gone.ret(), 0) << gone.text();
        EXPECT_EQ(gone.number("status"), eunlock);
        Answer asked = client(id).command("wait still n casts=1 timeout_ms=30000");
        EXPECT_EQ(asked.ret(), 0) << asked.text();
        // Whether the other's unlock came first is open; nothing else is.
        const int status = asked.number("status");
        EXPECT_TRUE(status == 0 || status == -EAGAIN) << asked.text();
        if (status == 0) {
            EXPECT_EQ(client(id).unlock_wait("n").status, eunlock);
        }
    }
    ASSERT_TRUE(cluster().leave());
}

}  // namespace
}  // namespace dlm::client
