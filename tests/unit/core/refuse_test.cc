// SPDX-License-Identifier: GPL-2.0-or-later
// NOQUEUE and alternative modes: scenarios C03 to C12 of lock-semantics 21.3.
#include "board.hh"

namespace dlm::test {
namespace {

TEST(Refuse, C01_C02_noqueue_request)
{
    Board b;
    play(b, {{"1+EX", "c1=0"}, {"2+PR(noq)", "c2=EAGAIN"}, {"3+PR(noq,nqb)", "c3=EAGAIN b1=PR"}});
    EXPECT_FALSE(b.has('2'));
}

TEST(Refuse, C03_refused_conversion_leaves_nothing_behind)
{
    Board b;
    play(b, {{"1+PR; 2+PR", "c1=0 c2=0"},
             {"1>EX(noq)", "c1=EAGAIN"},
             {"3+PR", "c3=0", "G[1:PR 2:PR 3:PR] C[] W[]"}});
}

TEST(Refuse, C05_noqueuebast_reaches_converting_locks)
{
    Board b;
    play(b, {{"1+PR; 2+PR", "c1=0 c2=0"}, {"1>EX", "b2=EX"}, {"4+EX(noq,nqb)", "c4=EAGAIN b1=EX"}});
}

TEST(Refuse, C06_noqueuebast_alone_changes_nothing)
{
    Board b;
    play(b, {{"1+EX", "c1=0"}, {"2+PR(nqb)", "b1=PR", "G[1:EX] C[] W[2]"}});
}

TEST(Refuse, C07_alternatives_of_requests)
{
    Board b;
    play(b, {{"1+CW", "c1=0"},
             {"2+PR(acw)", "c2=0/ALT"},
             {"3+EX(acw)", "c3=0/ALT"},
             {"4+CW(apr,acw)", "c4=0"},
             {"5+PR(apr,acw)", "c5=0/ALT", "G[1:CW 2:CW 3:CW 4:CW 5:CW] C[] W[]"}});
}

TEST(Refuse, C08_alternative_is_tried_again_from_the_queue)
{
    Board b;
    play(b, {{"1+EX; 2+PR(acw)", "c1=0 b1=PR"}, {"1>CW", "c1=0 c2=0/ALT", "G[1:CW 2:CW] C[] W[]"}});
}

TEST(Refuse, C09_alternatives_of_conversions)
{
    Board b;
    play(b, {{"1+CW; 2+NL", "c1=0 c2=0"},
             {"2>PR(acw)", "c2=0/ALT"},
             {"2>PR(acw,noq)", "c2=0/ALT", "G[1:CW 2:CW] C[] W[]"}});
}

TEST(Refuse, C12_no_alternative_after_a_deadlock)
{
    Board b;
    play(b, {{"1+PR; 2+PR", "c1=0 c2=0"}, {"1>EX", "b2=EX"}, {"2>EX(apr)", "c2=EDEADLK"}});
}

}  // namespace
}  // namespace dlm::test
