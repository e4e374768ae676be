// SPDX-License-Identifier: GPL-2.0-or-later
// Blocking callbacks: scenarios E01 to E13 of lock-semantics 21.5, at the engine.
// The board checks rule 10.5 after every operation of every test.
#include "board.hh"

namespace dlm::test {
namespace {

const std::vector<Row> kE01 = {
    {"1+EX", "c1=0"}, {"2+CR", "b1=CR"}, {"3+PR", "b1=PR"},
    {"4+CR", ""},     {"5+EX", "b1=EX"}, {"6+PW", ""},
};

TEST(Blocking, E01_E02_only_higher_modes_are_told)
{
    Board b;
    play(b, kE01);
    play(b, {{"5-", "c5=EUNLOCK"}});
}

TEST(Blocking, E03_PR_against_CW_is_repeated)
{
    Board b;
    play(b, {{"1+PR", "c1=0"},
             {"2+CW", "b1=CW"},
             {"3+CW", "b1=CW"},
             {"4+CW(noq,nqb)", "c4=EAGAIN b1=CW"},
             {"5+EX", "b1=EX"},
             {"6+CW(noq,nqb)", "c6=EAGAIN"}});
}

TEST(Blocking, E04_E05_several_waiters)
{
    Board b;
    play(b, {{"9+NL; 2+PR", "c9=0 c2=0"},
             {"1+CW", "b2=CW"},
             {"3+CW", "b2=CW"},
             {"4+PW", "b2=PW"},
             {"5+EX", "b2=EX"},
             {"6+EX", ""}});
    const std::string out = b.run("2>NL");
    EXPECT_TRUE(out == "c2=0 c1=0 c3=0 b1=EX b3=EX" || out == "c2=0 c1=0 c3=0 b3=EX b1=EX") << out;
    EXPECT_EQ(b.queues(), "G[1:CW 2:NL 3:CW 9:NL] C[] W[4 5 6]");
}

TEST(Blocking, E06_only_conflicting_holders)
{
    Board b;
    play(b, {{"1+CR; 2+CW; 3+NL", "c1=0 c2=0 c3=0"}, {"4+PR", "b2=PR"}});
    const std::string out = b.run("5+EX");
    EXPECT_TRUE(out == "b1=EX b2=EX" || out == "b2=EX b1=EX") << out;
}

TEST(Blocking, E07_told_again_after_each_conversion)
{
    Board b;
    play(b, {{"1+EX", "c1=0"},
             {"2+PR", "b1=PR"},
             {"3+CR", ""},
             {"1>EX", "c1=0 b1=PR"},
             {"1>PW", "c1=0 b1=PR"},
             {"1>CR", "c1=0 c2=0 c3=0"}});
}

TEST(Blocking, E08_converting_lock_is_told_once_granted)
{
    Board b;
    play(b, {{"1+PR; 2+PR", "c1=0 c2=0"},
             {"1>EX", "b2=EX"},
             {"3+EX", ""},
             {"2>NL", "c2=0 c1=0 b1=EX"}});
}

TEST(Blocking, E09_no_function_no_callback)
{
    Board b;
    b.set_wants_bast('1', false);
    play(b, {{"1+EX; 2+EX", "c1=0"}, {"1-", "c1=EUNLOCK c2=0"}});
}

TEST(Blocking, E10_the_last_call_says_whether)
{
    Board b;
    b.set_wants_bast('1', false);
    play(b, {{"1+PR; 2+EX", "c1=0"}});
    b.set_wants_bast('1', true);
    play(b, {{"1>PR", "c1=0 b1=EX"}});
    b.set_wants_bast('1', false);
    play(b, {{"1>PR", "c1=0"}});
}

TEST(Blocking, refused_conversion_brings_its_function_too)
{
    Board b;
    b.set_wants_bast('1', false);
    play(b, {{"1+PR; 2+PR; 3+EX", "c1=0 c2=0 b2=EX"}});
    b.set_wants_bast('1', true);
    play(b, {{"1>EX(noq)", "c1=EAGAIN b1=EX"}, {"4+EX(noq,nqb)", "c4=EAGAIN"}});
}

TEST(Blocking, E13_noorder_grantee_is_told_at_once)
{
    Board b;
    play(b, {{"1+PR; 2+EX", "c1=0 b1=EX"}, {"3+PR(noord)", "c3=0 b3=EX"}});
}

TEST(Blocking, who_stands_in_a_deadlock_is_not_waited_for)
{
    // 2 comes to the head, so that 1 behind it holds what it wants: 1 is deadlocked from then on.
    Board b;
    play(b, {{"1+CW; 2+CR; 3+CW", "c1=0 c2=0 c3=0"},
             {"1>PW", "b3=PW"},
             {"2>PR(head)", "b3=PR", "G[3:CW] C[2:CR>PR 1:CW>PW] W[]"},
             {"4+CW(noord)", "c4=0 b4=PR"}});
}

TEST(Blocking, PR_holder_hears_of_CW_behind_PR)
{
    // B-3: the highest waiting mode is PR, but what blocks is CW.
    Board b;
    play(b, {{"1+EX; 2+PR; 3+CW; 4+PR", "c1=0 b1=PR"}});
    const std::string out = b.run("1>PR");
    EXPECT_TRUE(out == "c1=0 c2=0 b2=CW b1=CW" || out == "c1=0 c2=0 b1=CW b2=CW") << out;
    EXPECT_EQ(b.queues(), "G[1:PR 2:PR] C[] W[3 4]");
}

}  // namespace
}  // namespace dlm::test
