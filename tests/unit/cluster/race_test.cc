// SPDX-License-Identifier: GPL-2.0-or-later
// Unlock, cancel and races: scenarios H01 to H21 of lock-semantics 21.8, and
// those of 21.2 to 21.7 that need an owner and a master. M is the directory node
// and takes the resource first where it is to be its master.
#include "nodes.hh"

namespace dlm::test {
namespace {

struct Line {
    const char *steps;
    const char *callbacks;
};

void play(Nodes &n, const std::vector<Line> &lines)
{
    for (const Line &line : lines)
        EXPECT_EQ(n.run(line.steps), line.callbacks) << "after: " << line.steps;
}

// M masters the resource and goes on holding NL, so that it stays so.
struct Mastered : Nodes {
    explicit Mastered(const char *letters = "AM") : Nodes(letters) { run("M9+NL"); }
};

TEST(Race, H01_waiting_request_is_unlocked)
{
    Mastered n;
    play(n, {{"M1+EX", "cM1=0"}, {"A2+PR", "bM1=PR"}, {"A2-", "cA2=EUNLOCK"}});
    EXPECT_EQ(n.queues('M'), "G[M1:EX M9:NL] C[] W[]");
}

TEST(Race, H02_converting_lock_is_unlocked)
{
    Mastered n;
    play(n, {{"A1+PR; M2+PR", "cA1=0 cM2=0"}, {"A1>EX", "bM2=EX"}, {"A1-", "cA1=EUNLOCK"}});
}

TEST(Race, H03_cancel_of_a_waiting_request)
{
    Mastered n;
    play(n, {{"M1+EX; A3+EX", "cM1=0 bM1=EX"}, {"A3x", "cA3=ECANCEL"}, {"A3x", "A3x=ENOENT"}});
}

TEST(Race, H04_H05_H06_cancel_of_what_is_granted)
{
    Mastered n;
    play(n, {{"A1+PR; M2+PR; A1>EX", "cA1=0 cM2=0 bM2=EX"},
             {"A1x", "cA1=ECANCEL"},
             {"A1x", ""},
             {"A1>PR", "cA1=0"},
             {"A1x; A1x", ""},
             {"A1-", "cA1=EUNLOCK"}});
}

TEST(Race, H07_request_under_way_and_cancel)
{
    Mastered n;
    play(n, {{"cut A; A1+PR; A1-; A1>EX; A1x; A1x", "A1-=EBUSY A1>EX=EBUSY A1x=EINVAL"},
             {"heal A", "cA1=0"},
             {"A1-", "cA1=EUNLOCK"}});
}

TEST(Race, H08_request_that_will_wait_and_cancel)
{
    Mastered n;
    play(n, {{"M1+EX", "cM1=0"}, {"cut A; A1+PR; A1x", ""}, {"heal A", "bM1=PR cA1=ECANCEL"}});
    EXPECT_EQ(n.queues('M'), "G[M1:EX M9:NL] C[] W[]");
}

TEST(Race, H09_cancel_then_unlock_of_a_request)
{
    Mastered n;
    play(n,
         {{"M1+EX", "cM1=0"}, {"cut A; A1+PR; A1x; A1-(F)", ""}, {"heal A", "bM1=PR cA1=EUNLOCK"}});
}

TEST(Race, H10_unlock_of_a_request_under_way)
{
    Mastered n;
    play(n, {{"cut A; A1+PR; A1-(F); A1-(F)", "A1-(F)=EINVAL"}, {"heal A", "cA1=0 cA1=EUNLOCK"}});
}

// F-4: flags are cleared when the unlock is accepted, and set by the grant that comes after it.
TEST(Race, unlock_of_a_request_reports_the_alternative_mode_that_came_before_it)
{
    Mastered n;
    play(n, {{"M1+CW", "cM1=0"},
             {"cut A; A1+PR(acw); A1-(F)", ""},
             {"heal A", "cA1=0/ALT cA1=EUNLOCK/ALT"},
             {"cut A; A2+CW(apr); A2-(F)", ""},
             {"heal A", "cA2=0 cA2=EUNLOCK"},
             {"A3+NL", "cA3=0"},
             {"cut A; A3>PR(acw); A3-(F)", ""},
             {"heal A", "cA3=0/ALT cA3=EUNLOCK"}});
}

TEST(Race, refused_request_takes_the_unlock_along)
{
    Mastered n;
    play(n, {{"M1+EX", "cM1=0"}, {"cut A; A1+PR(noq); A1-(F)", ""}, {"heal A", "cA1=EAGAIN"}});
}

TEST(Race, H11_conversion_granted_before_its_cancel)
{
    Mastered n;
    play(n, {{"A1+NL", "cA1=0"},
             {"cut A; A1>PR; A1x; A1-; A1x", "A1-=EBUSY A1x=EINVAL"},
             {"heal A", "cA1=0"},
             {"A1>EX", "cA1=0"}});
}

TEST(Race, H12_conversion_that_waits_and_cancel)
{
    Mastered n;
    play(n, {{"M1+EX; A1+NL(exp)", "cM1=0 cA1=0"},
             {"cut A; A1>PR; A1x", ""},
             {"heal A", "bM1=PR cA1=ECANCEL"}});
    EXPECT_EQ(n['A'].own('1')->lkb.granted_mode, DLM_LOCK_NL);
    EXPECT_EQ(n.queues('M'), "G[A1:NL M1:EX M9:NL] C[] W[]");
}

TEST(Race, H13_unlock_of_a_conversion_under_way)
{
    Mastered n;
    play(n, {{"A1+NL", "cA1=0"}, {"cut A; A1>PR; A1-(F)", ""}, {"heal A", "cA1=0 cA1=EUNLOCK"}});
}

TEST(Race, unlock_of_a_conversion_that_waits)
{
    Mastered n;
    play(n, {{"M1+EX; A1+NL(exp)", "cM1=0 cA1=0"},
             {"cut A; A1>PR; A1-(F)", ""},
             {"heal A", "bM1=PR cA1=EUNLOCK"}});
}

TEST(Race, H14_refused_conversion_and_cancel)
{
    Mastered n;
    play(n, {{"M1+EX; A1+NL(exp)", "cM1=0 cA1=0"},
             {"cut A; A1>PR(noq); A1x", ""},
             {"heal A", "cA1=EAGAIN"},
             {"A1>NL", "cA1=0"}});
}

TEST(Race, H15_unlock_under_way)
{
    Mastered n;
    play(n,
         {{"A1+NL", "cA1=0"},
          {"cut A; A1-; A1-; A1x; A1-(F); A1>PR", "A1-=EBUSY A1x=EINVAL A1-(F)=EINVAL A1>PR=EBUSY"},
          {"heal A", "cA1=EUNLOCK"}});
}

TEST(Race, H16_cancel_under_way_and_unlock)
{
    Mastered n;
    play(n, {{"M1+EX; A1+NL(exp); A1>PR", "cM1=0 cA1=0 bM1=PR"},
             {"cut A; A1x; A1-; A1x; A1>PR; A1-(F)", "A1-=EBUSY A1x=EINVAL A1>PR=EBUSY"},
             {"heal A", "cA1=ECANCEL cA1=EUNLOCK"}});
}

/* ECANCEL of a request is the last callback of its lock; stock does the same. */
TEST(Race, cancel_of_a_waiting_request_under_way_and_unlock)
{
    Mastered n;
    play(n,
         {{"M1+EX; A1+PR", "cM1=0 bM1=PR"}, {"cut A; A1x; A1-(F)", ""}, {"heal A", "cA1=ECANCEL"}});
    EXPECT_EQ(n.queues('M'), "G[M1:EX M9:NL] C[] W[]");
}

TEST(Race, H17_parked_behind_a_lookup)
{
    Nodes n("AM");
    play(n, {{"cut A; A1+PR; A2+PR; A2-; A2x", "A2-=EBUSY cA2=ECANCEL"},
             {"A3+PR; A3-(F)", "cA3=EUNLOCK"},
             {"heal A", "cA1=0"}});
}

TEST(Race, H18_lookup_under_way)
{
    Nodes n("AM");
    play(n, {{"cut A; A1+PR; A1-(F)", ""}, {"heal A", "cA1=EUNLOCK"}});
    EXPECT_EQ(n.queues('M'), "G[] C[] W[]");
    // The directory has made A the master, and A has noted it though the lock was gone.
    play(n, {{"cut A; A2+PR; A2x", "cA2=0"}});
    Nodes k("AM");
    play(k, {{"cut A; A1+PR; A1x", ""}, {"heal A", "cA1=ECANCEL"}});
}

TEST(Race, those_behind_a_cancelled_lookup_go_on)
{
    // The master is a third node, so the asker has to ask it after the lookup.
    Nodes n("ABM");
    play(n, {{"B1+PR", "cB1=0"},
             {"cut A; A1+PR; A2+PR; A3+PR; A1-(F)", ""},
             {"heal A", "cA1=EUNLOCK cA2=0 cA3=0"}});
    EXPECT_EQ(n.queues('B'), "G[A2:PR A3:PR B1:PR] C[] W[]");
}

TEST(Race, H19_next_operation_after_a_grant_that_crossed_a_cancel)
{
    Mastered n;
    play(n, {{"M1+EX; A1+NL(exp); A1>PR", "cM1=0 cA1=0 bM1=PR"}, {"cut A; M1>NL; A1x", "cM1=0"}});
    // Only what M sent before the cut is there: the GRANT.
    n.cut.clear();
    EXPECT_EQ(n.run(""), "");
    n.settle();
    EXPECT_EQ(n.take_log(), "cA1=0");
    play(n, {{"A1-", "cA1=EUNLOCK"}});
}

TEST(Race, H19_cancel_reply_meets_its_own_entry)
{
    Mastered n;
    play(n, {{"M1+EX; A1+NL(exp); A1>PR", "cM1=0 cA1=0 bM1=PR"}, {"cut A; M1>NL; A1x", "cM1=0"}});
    // Take the GRANT by hand; the reply to the cancel stays under way.
    Packet grant = n.held().front();
    ASSERT_EQ(grant.msg.type, u32(DLM_MSG_GRANT));
    n['A'].receive(grant);
    EXPECT_EQ(n.take_log(), "cA1=0");
    // The next operations are accepted, and a second cancel is not answered by the first.
    play(n, {{"M2+NL(exp)", "cM2=0"}, {"A1>EX; A1x", ""}});
    n.cut.clear();
    n.settle();
    EXPECT_EQ(n.take_log(), "cA1=0");
    EXPECT_EQ(n['A'].own('1')->lkb.nr_expected, 0);
    EXPECT_EQ(n['A'].own('1')->lkb.granted_mode, DLM_LOCK_EX);
    play(n, {{"A1-", "cA1=EUNLOCK"}});
}

TEST(Race, H20_FORCEUNLOCK_in_a_lock_call_is_forgotten)
{
    Mastered n;
    play(n, {{"A1+EX(F)", "cA1=0"}});
    EXPECT_FALSE(n['A'].own('1')->lkb.exflags & DLM_LKF_FORCEUNLOCK);
    play(n, {{"A1>PR(F)", "cA1=0"}});
    EXPECT_FALSE(n['A'].own('1')->lkb.exflags & DLM_LKF_FORCEUNLOCK);
    play(n, {{"A1-(F)", "cA1=EUNLOCK"}});
}

TEST(Race, H21_each_completion_has_its_own_argument)
{
    Mastered n;
    int x = 0;
    int y = 0;
    n.cut.insert(node_of('A'));
    n['A'].request('1', DLM_LOCK_EX, 0, &x);
    EXPECT_EQ(n['A'].unlock('1', DLM_LKF_FORCEUNLOCK | DLM_LKF_IVVALBLK, &y), 0);
    EXPECT_EQ(n.run("heal A"), "cA1=0 cA1=EUNLOCK");
    EXPECT_EQ(n['A'].args, (std::vector<void *>{&x, &y}));
    EXPECT_TRUE(n.res('M').state & DLM_RES_LVB_INVALID) << "the unlock's flags are honoured";
}

TEST(Race, unlock_reports_where_it_was_told_to)
{
    Mastered n;
    dlm_lksb other{};
    n.run("A1+EX");
    EXPECT_EQ(n['A'].unlock('1', 0, nullptr, &other), 0);
    n.settle();
    EXPECT_EQ(n['A'].lksbs.back(), &other);
    n.run("A2+EX; A2-");
    EXPECT_NE(n['A'].lksbs.back(), nullptr);
    EXPECT_EQ(n['A'].lksbs[2], n['A'].lksbs[3]);
}

TEST(Race, B18_down_conversion_is_complete_at_once)
{
    Mastered n;
    play(n, {{"A1+EX", "cA1=0"},
             {"cut A; A1>NL", "cA1=0"},
             {"A1>PR; A1>NL", "A1>NL=EBUSY"},
             {"heal A", "cA1=0"}});
    EXPECT_EQ(n.queues('M'), "G[A1:PR M9:NL] C[] W[]");
}

TEST(Race, E11_blocking_callback_that_a_down_conversion_overtook)
{
    Mastered n;
    play(n, {{"A1+EX", "cA1=0"}, {"cut A; M2+PR; A1>NL", "cA1=0"}, {"heal A", "cM2=0"}});
}

TEST(Race, E15_completion_before_what_blocks)
{
    Mastered n;
    play(n, {{"cut A; A1+PR", ""}, {"heal A; M2+EX", "cA1=0 bA1=EX"}});
}

TEST(Race, C10_both_records_know_the_alternative)
{
    Mastered n;
    play(n, {{"M1+CW; A2+NL(exp)", "cM1=0 cA2=0"}, {"A2>PR(acw)", "cA2=0/ALT"}});
    EXPECT_EQ(n['A'].own('2')->lkb.granted_mode, DLM_LOCK_CW);
    EXPECT_EQ(n.queues('M'), "G[A2:CW M1:CW M9:NL] C[] W[]");
}

TEST(Race, C08_alternative_from_the_queue)
{
    Mastered n;
    play(n, {{"M1+EX; A2+PR(acw)", "cM1=0 bM1=PR"}, {"M1>CW", "cM1=0 cA2=0/ALT"}});
    EXPECT_EQ(n['A'].own('2')->lkb.granted_mode, DLM_LOCK_CW);
}

TEST(Race, D12_deadlock_across_nodes)
{
    Mastered n;
    play(n, {{"M1+PR; A2+PR", "cM1=0 cA2=0"},
             {"M1>EX", "bA2=EX"},
             {"A2>EX", "cA2=EDEADLK"},
             {"A2>NL", "cA2=0 cM1=0"}});
}

TEST(Race, D13_demotion_across_nodes)
{
    Mastered n;
    play(n, {{"M1+PR; A2+PR", "cM1=0 cA2=0"}, {"M1>EX", "bA2=EX"}, {"A2>EX(cdl)", "cM1=0 bM1=EX"}});
    EXPECT_EQ(n.queues('A'), "G[] C[A2:NL>EX] W[]");
    play(n, {{"M1>NL", "cM1=0 cA2=0/DEM"}});
    EXPECT_EQ(n['A'].own('2')->lkb.granted_mode, DLM_LOCK_EX);
}

TEST(Race, D04_cancel_of_a_demoted_conversion_across_nodes)
{
    Mastered n;
    play(n, {{"M1+PR; A2+PR; M3+PR", "cM1=0 cA2=0 cM3=0"},
             {"M1>EX; A2>EX(cdl)", "bM3=EX bA2=EX"},
             {"A2x", "cA2=ECANCEL/DEM"}});
    EXPECT_EQ(n.queues('A'), "G[A2:NL] C[] W[]");
}

TEST(Race, demotion_lets_go_of_another_node_and_the_reply_is_first)
{
    Mastered n("ABM");
    n.run("A1+PR; B2+PR");
    EXPECT_EQ(n.run("A1>EX"), "bB2=EX");
    EXPECT_EQ(n.run("B2>EX(cdl)"), "cA1=0 bA1=EX");
    EXPECT_EQ(n.sent(), "B:CONVERT M:CONVERT_REPLY M:GRANT M:BAST");
}

/* ---- values ---- */

TEST(RemoteValue, V01_all_conversions)
{
    constexpr const char *kTable[6] = {"RRRRRR", "-RRRRR", "--RRRR", "---RRR", "WWWWWR", "WWWWWW"};
    for (int from = 0; from < 6; from++) {
        for (int to = 0; to < 6; to++) {
            Mastered n;
            n['M'].set_buffer('8', "res");
            n.run("M8+EX");
            n.run("M8-(vb)");
            ASSERT_EQ(std::string(reinterpret_cast<char *>(n.res('M').lvb)), "res");
            n.run("A1+" + mode_name(from));
            n['A'].set_buffer('1', "own");
            EXPECT_EQ(n.run("A1>" + mode_name(to) + "(vb)"), "cA1=0");
            const char way = kTable[from][to];
            EXPECT_EQ(std::string(reinterpret_cast<char *>(n.res('M').lvb)),
                      way == 'W' ? "own" : "res");
            EXPECT_EQ(n['A'].buffer('1'), way == 'R' ? "res" : "own");
        }
    }
}

TEST(RemoteValue, V07_never_written)
{
    Mastered n;
    n['A'].set_buffer('2', "keep");
    play(n, {{"A2+PR(vb)", "cA2=0"}});
    EXPECT_EQ(n['A'].buffer('2'), "");
    n['A'].set_buffer('2', "keep2");
    play(n, {{"A2>EX(vb)", "cA2=0"}});
    EXPECT_EQ(n['A'].buffer('2'), "keep2");
}

TEST(RemoteValue, V13_bytes_are_taken_at_the_call)
{
    Mastered n;
    n.run("A2+EX(vb)");
    n['A'].set_buffer('2', "new");
    n.run("M1+NL(exp); M1>PR(vb); cut A; A2>NL(vb)");
    n['A'].set_buffer('2', "later");
    play(n, {{"heal A", "cM1=0"}});
    EXPECT_EQ(n['M'].buffer('1'), "new");
}

TEST(RemoteValue, V15_V16_invalidated)
{
    Mastered n;
    n['A'].set_buffer('2', "written");
    n.run("A2+EX");
    n.run("A2>NL(vb); A2>EX(vb)");
    play(n, {{"A2-(iv)", "cA2=EUNLOCK"},
             {"A3+PR(vb)", "cA3=0/VNV"},
             {"A3>CR(vb)", "cA3=0"},
             {"M9>CR(vb)", "cM9=0/VNV"}});
    EXPECT_EQ(n['A'].buffer('3'), "written");
}

TEST(RemoteValue, grant_from_the_queue_brings_the_value)
{
    Mastered n;
    n.run("M1+EX; A2+NL(exp); A2>EX(vb)");
    n['M'].set_buffer('1', "x");
    play(n, {{"M1-(vb)", "cM1=EUNLOCK cA2=0"}});
    EXPECT_EQ(n['A'].buffer('2'), "x");
}

TEST(RemoteValue, unlock_without_buffer_writes_nothing)
{
    // gfs2 passes VALBLK with every unlock.
    Mastered n;
    n['M'].set_buffer('8', "res");
    n.run("M8+EX; M8-(vb); A1+EX");
    n['A'].own('1')->lkb.lvb = nullptr;
    play(n, {{"A1-(vb)", "cA1=EUNLOCK"}});
    EXPECT_EQ(std::string(reinterpret_cast<char *>(n.res('M').lvb)), "res");
}

}  // namespace
}  // namespace dlm::test
