// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the kernel's own module does wrong and ours must not, as far as it takes more than a
// scenario file to show: recoveries that meet callbacks, crossing messages, lockspaces that wait
// for each other. Documentation/stock-defects.rst lists all of them with their tests.
#include "client_lib/client_suite.h"

#include <algorithm>
#include <sstream>
#include <thread>

namespace dlm::client {
namespace {

using guest::Milliseconds;

class DefectsTest : public ClientSuite {
protected:
    std::vector<std::string> casts(int id, const std::string &lock)
    {
        std::vector<std::string> statuses;
        for (const Event &event : client(id).events())
            if (event.kind == EventKind::cast && event.lock == lock)
                statuses.push_back(status_name(event.status));
        return statuses;
    }
};

using List = std::vector<std::string>;

// X2 (F03): the completion sleeps, the lockspace is stopped, the completion makes a locking call,
// and only after that the start comes.
TEST_F(DefectsTest, X2_locking_call_in_a_callback_during_a_recovery)
{
    ASSERT_TRUE(cluster().join("call", {1, 2, 3}));
    Client &c = client(1);
    ASSERT_EQ(c.command("set call 1 cast_sleep=1500").ret(), 0);
    ASSERT_EQ(c.command("on_cast call 1 unlock call 1").ret(), 0);
    ASSERT_EQ(c.lock("1", "r", Mode::EX).ret(), 0);
    ASSERT_TRUE(cluster().control().stop("call", {1, 2, 3}));
    std::this_thread::sleep_for(Milliseconds(2500));  // the callback unlocks while all stands still
    ASSERT_TRUE(cluster().control().set_members_and_start("call", {1, 2, 3}, {1, 2, 3}));
    ASSERT_TRUE(cluster().control().wait_recovered("call", {1, 2, 3}));
    EXPECT_EQ(c.command("wait call 1 over=1 timeout_ms=30000").ret(), 0);
    EXPECT_EQ(casts(1, "1"), (List{"0", "EUNLOCK"}));
    EXPECT_EQ(client(2).ask("r", Mode::EX), 0);
    ASSERT_TRUE(cluster().leave());
}

// X3 (A09).
TEST_F(DefectsTest, X3_conversion_without_a_status_block)
{
    ASSERT_TRUE(cluster().join("none", {1, 2, 3}));
    ASSERT_TRUE(client(1).lock_wait("1", "r", Mode::PR).granted());
    EXPECT_EQ(client(1).convert("1", Mode::NL, "", "lksb=null").ret(), -EINVAL);
    EXPECT_TRUE(client(1).convert_wait("1", Mode::EX).granted());
    EXPECT_EQ(client(1).unlock_wait("1").status, eunlock);
    ASSERT_TRUE(cluster().leave());
}

// X9: a grant crosses the cancel; when the completion runs, the cancel's reply is still to come.
TEST_F(DefectsTest, X9_next_operation_after_a_grant_that_crossed_a_cancel)
{
    ASSERT_TRUE(cluster().join("cross", {1, 2, 3}));
    Client &master = client(1), &a = client(2);
    ASSERT_TRUE(master.lock_wait("m", "r", Mode::EX).granted());
    ASSERT_TRUE(a.lock_wait("1", "r", Mode::NL).granted());
    ASSERT_EQ(a.convert("1", Mode::PR).ret(), 0);
    ASSERT_TRUE(a.settle());
    a.skip_events();
    ASSERT_EQ(a.command("on_cast cross 1 unlock cross 1").ret(), 0);
    cluster().cluster().cut(1, 2);
    ASSERT_TRUE(master.convert_wait("m", Mode::NL).granted());
    EXPECT_EQ(a.cancel("1").ret(), 0);
    cluster().cluster().heal(1, 2);
    EXPECT_EQ(a.command("wait cross 1 over=1 timeout_ms=60000").ret(), 0);
    EXPECT_EQ(casts(2, "1"), (List{"0", "EUNLOCK"}));
    EXPECT_EQ(master.unlock_wait("m").status, eunlock);
    ASSERT_TRUE(cluster().leave());
}

// X19.
TEST_F(DefectsTest, X19_value_block_lengths_that_cannot_be)
{
    ASSERT_TRUE(cluster().join("length", {1, 2, 3}));
    for (const char *lvblen : {"-8", "-2147483648", "4096", "1048576"})
        EXPECT_EQ(client(1).command("create x lvblen=" + std::string(lvblen)).ret(), -EINVAL)
            << lvblen;
    ASSERT_TRUE(cluster().leave());
}

// X20: nobody answers for "stuck"; others come and go meanwhile.
TEST_F(DefectsTest, X20_a_lockspace_that_nobody_answers_for_blocks_no_other)
{
    ASSERT_TRUE(cluster().join("first", {1, 2, 3}));
    Client &c = client(1);
    c.skip_events();
    const std::string from = std::to_string(c.next_event());
    ASSERT_EQ(c.command("async stuck create stuck").ret(), 0);
    ASSERT_TRUE(guest::wait_until(
        "stuck waits", [&] { return node(1).run("test -e /sys/kernel/dlm/stuck").ok(); },
        guest::Seconds(30)));
    ASSERT_TRUE(cluster().control().join_together("second", {1, 2, 3}, one_shot("create second")));
    for (int id : {1, 2, 3})
        ASSERT_EQ(client(id).command("lock second 1 name=r mode=NL").ret(), 0);
    ASSERT_TRUE(cluster().control().leave_in_turn("second", one_shot("release second force=2")));
    for (int id : {1, 2, 3})
        EXPECT_EQ(client(id).command("forget_space second").ret(), 0);
    ASSERT_TRUE(node(1).sh("echo -5 > /sys/kernel/dlm/stuck/event_done"));
    ASSERT_TRUE(guest::wait_until(
        "stuck is refused", [&] { return !node(1).run("test -e /sys/kernel/dlm/stuck").ok(); },
        guest::Seconds(30)));
    ASSERT_TRUE(c.settle());
    const std::string after = c.command("events from=" + from).text();
    EXPECT_NE(after.find("space=stuck op=create ret=-5"), std::string::npos) << after;
    ASSERT_TRUE(cluster().leave());
}

// P11, lock-semantics 17.7.
TEST_F(DefectsTest, P11_an_unlock_may_bring_its_own_status_block_and_value)
{
    ASSERT_TRUE(cluster().join("own", {1, 2, 3}));
    for (int id : {1, 2}) {
        Client &c = client(id);
        const std::string name = "r" + std::to_string(id);
        // On node 1 the lock is local, on node 2 it is remote.
        ASSERT_TRUE(client(1).lock_wait("keep" + name, name, Mode::NL).granted());
        ASSERT_TRUE(c.lock_wait("1", name, Mode::EX, "vb", "lvb=own").granted());
        c.skip_events();
        ASSERT_EQ(c.unlock("1", "vb", "lksb=other lvb=other").ret(), 0);
        ASSERT_EQ(c.command("wait own 1 over=1 timeout_ms=30000").ret(), 0);
        int seen = 0;
        for (const Event &event : c.events()) {
            if (event.kind != EventKind::cast || event.lock != "1")
                continue;
            seen++;
            EXPECT_EQ(event.status, eunlock);
            EXPECT_EQ(event.words.at("lksb"), "other") << event.text;
        }
        EXPECT_EQ(seen, 1);
        Completion read = client(3).lock_wait("2", name, Mode::PR, "vb");
        EXPECT_TRUE(read.granted()) << read;
        EXPECT_EQ(read.lvb, "other");
        EXPECT_EQ(client(3).unlock_wait("2").status, eunlock);
        EXPECT_EQ(client(1).unlock_wait("keep" + name).status, eunlock);
    }
    ASSERT_TRUE(cluster().leave());
}

// X21 (R13): the second member fails while the recovery from the first one's death still collects
// slots. The survivor must hear of both with the slots that they had.
TEST_F(DefectsTest, X21_slots_of_members_that_fail_in_the_middle_of_a_recovery)
{
    ASSERT_TRUE(cluster().join("slots", {1, 2, 3}));
    Client &c = client(3);
    std::map<std::string, std::string> slot_of;
    for (const Event &event : c.events()) {
        if (event.kind != EventKind::done)
            continue;
        std::string text = event.words.at("slots");
        std::replace(text.begin(), text.end(), ',', ' ');
        std::istringstream pairs(text);
        for (std::string pair; pairs >> pair;)
            slot_of[pair.substr(0, pair.find(':'))] = pair.substr(pair.find(':') + 1);
    }
    ASSERT_EQ(slot_of.size(), 3u);
    c.skip_events();
    auto die = [&](int id, const std::vector<int> &others) {
        node(id).power_cut();
        EXPECT_TRUE(cluster().control().stop("slots", others));
        for (int other : others)
            EXPECT_TRUE(
                node(other).sh("rmdir /sys/kernel/config/dlm/cluster/comms/" + std::to_string(id)));
    };
    die(1, {2, 3});
    ASSERT_TRUE(cluster().control().set_members_and_start("slots", {3}, {2, 3}));
    std::this_thread::sleep_for(Milliseconds(500));  // it waits for node 2, which has not started
    die(2, {3});
    ASSERT_TRUE(cluster().control().set_members_and_start("slots", {3}, {3}));
    ASSERT_TRUE(cluster().control().wait_recovered("slots", {3}));
    ASSERT_EQ(c.command("space_wait slots done=2 timeout_ms=30000").ret(), 0);
    List heard;
    for (const Event &event : c.events()) {
        if (event.kind == EventKind::prep)
            heard.push_back("prep");
        if (event.kind == EventKind::slot)
            heard.push_back("slot " + event.words.at("nodeid") + ":" + event.words.at("slot"));
        if (event.kind == EventKind::done)
            heard.push_back("done " + event.words.at("slots"));
    }
    EXPECT_EQ(heard, (List{"prep", "slot 1:" + slot_of["1"], "slot 2:" + slot_of["2"],
                           "done 3:" + slot_of["3"]}));
    drop_cluster();
}

}  // namespace
}  // namespace dlm::client
