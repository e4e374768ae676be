// SPDX-License-Identifier: GPL-2.0-or-later
// Conversion deadlock: scenarios D01 to D11 of lock-semantics 21.4.
#include "board.hh"

namespace dlm::test {
namespace {

TEST(Deadlock, D01_later_conversion_is_refused)
{
    Board b;
    play(b, {{"1+PR; 2+PR", "c1=0 c2=0"},
             {"1>EX", "b2=EX"},
             {"2>EX", "c2=EDEADLK", "G[2:PR] C[1:PR>EX] W[]"},
             {"2>NL", "c2=0 c1=0"}});
}

TEST(Deadlock, D02_convdeadlk_gives_way)
{
    Board b;
    play(b, {{"1+PR; 2+PR", "c1=0 c2=0"},
             {"1>EX", "b2=EX"},
             {"2>EX(cdl)", "c1=0 b1=EX", "G[1:EX] C[2:NL>EX] W[]"},
             {"1>NL", "c1=0 c2=0/DEM"}});
}

const std::vector<Row> kD03 = {
    {"1+PR; 2+PR; 3+PR", "c1=0 c2=0 c3=0"},
    {"1>EX", "b2=EX b3=EX"},
    {"2>EX(cdl)", "", "G[3:PR] C[1:PR>EX 2:NL>EX] W[]"},
};

TEST(Deadlock, D03_demoted_while_another_blocks_too)
{
    Board b;
    play(b, kD03);
    play(b, {{"3-", "c3=EUNLOCK c1=0 b1=EX"}, {"1>NL", "c1=0 c2=0/DEM"}});
}

TEST(Deadlock, D04_cancel_of_a_demoted_conversion_says_so)
{
    Board b;
    play(b, kD03);
    play(b, {{"2x", "c2=ECANCEL/DEM", "G[2:NL 3:PR] C[1:PR>EX] W[]"}});
}

// Queued after it gave way, it is queued like any other (G-13): PR is told to a holder of CW again
// although that one has heard of a higher mode. Found by the differential test.
TEST(Deadlock, who_gave_way_in_vain_tells_the_others)
{
    Board b;
    play(b, {{"1+CW; 2+CW; 3+CW", "c1=0 c2=0 c3=0"},
             {"1>PW", "b2=PW b3=PW"},
             {"2>PR(cdl)", "b3=PR", "G[3:CW] C[1:CW>PW 2:NL>PR] W[]"}});
}

const std::vector<Row> kD05 = {
    {"1+PR; 2+PR", "c1=0 c2=0"},
    {"1>EX(ndw)", "b2=EX"},
    {"2>EX(ndw)", "b1=EX", "G[] C[1:PR>EX 2:PR>EX] W[]"},
};

TEST(Deadlock, D05_nodlckwt_stands_and_is_told_at_once)
{
    Board b;
    play(b, kD05);
    play(b, {{"4+NL(exp)", "c4=0"}, {"4-", "c4=EUNLOCK"}});
}

TEST(Deadlock, D05_without_a_blocking_function_nobody_is_told)
{
    Board b;
    b.set_wants_bast('1', false);
    play(b, {{"1+PR; 2+PR", "c1=0 c2=0"},
             {"1>EX(ndw)", "b2=EX"},
             {"2>EX(ndw)", "", "G[] C[1:PR>EX 2:PR>EX] W[]"}});
}

TEST(Deadlock, no_alternative_for_who_blocks_a_conversion_before_it)
{
    // 2 holds what 1 waits for; that 1 does not hold what 2 waits for is no matter.
    Board b;
    b.run("1+CR; 2+PR; 3+PR; 1>EX; 2>PW(ndw,apr,noord)");
    EXPECT_EQ(b.queues(), "G[3:PR] C[1:CR>EX 2:PR>PW] W[]");
    play(b, {{"4+NL(exp); 4-", "c4=0 c4=EUNLOCK", "G[3:PR] C[1:CR>EX 2:PR>PW] W[]"}});
    // 1 has gone: nothing stands against the alternative any more.
    play(b, {{"1x", "c1=ECANCEL c2=0/ALT", "G[1:CR 2:PR 3:PR] C[] W[]"}});
}

TEST(Deadlock, refused_conversion_brings_its_function_and_is_told)
{
    Board b;
    b.set_wants_bast('1', false);
    play(b, {{"1+PR; 2+PR", "c1=0 c2=0"}, {"2>EX", ""}});
    b.set_wants_bast('1', true);
    play(b, {{"1>EX", "c1=EDEADLK b1=EX"}});
}

TEST(Deadlock, D06_cancel_resolves)
{
    Board b;
    play(b, kD05);
    // B-3: the lock that was cancelled holds PR still, and was told before it converted.
    play(b, {{"2x", "c2=ECANCEL"}, {"2>NL", "c2=0 c1=0"}});
}

TEST(Deadlock, D07_unlock_resolves)
{
    Board b;
    play(b, kD05);
    play(b, {{"1-", "c1=EUNLOCK c2=0"}});
}

TEST(Deadlock, D08_noqueue_is_not_tested)
{
    Board b;
    play(b, {{"1+PR; 2+PR", "c1=0 c2=0"},
             {"1>EX", "b2=EX"},
             {"2>EX(noq)", "c2=EAGAIN"},
             {"2>EX(noq,nqb)", "c2=EAGAIN b1=EX"}});
}

TEST(Deadlock, D09_what_is_held_counts_not_what_is_asked)
{
    Board b;
    play(b, {{"1+NL; 2+PR; 3+CR", "c1=0 c2=0 c3=0"}});
    const std::string out = b.run("1>EX");
    EXPECT_TRUE(out == "b2=EX b3=EX" || out == "b3=EX b2=EX") << out;
    play(b, {{"2>PW", "c2=0 b2=EX"}, {"3>PR", "c3=EDEADLK"}});
}

TEST(Deadlock, D10_quecvt)
{
    Board b;
    play(b, {{"1+NL; 2+PR", "c1=0 c2=0"},
             {"1>EX(quecvt)", "b2=EX"},
             {"2>EX(quecvt)", "c2=EDEADLK"},
             {"2>EX", "c2=0 b2=EX"}});
}

TEST(Deadlock, D11_middle_conversions)
{
    Board b;
    play(b, {{"1+PR; 2+PR", "c1=0 c2=0"}, {"1>CW", "b2=CW"}, {"2>CW", "c2=EDEADLK"}});
    Board c;
    play(c, {{"1+PR; 2+PR", "c1=0 c2=0"},
             {"1>CW", "b2=CW"},
             {"2>CW(cdl)", "c1=0 c2=0/DEM", "G[1:CW 2:CW] C[] W[]"}});
}

TEST(Deadlock, conversions_left_by_recovery_are_demoted_if_they_allow_it)
{
    // Two conversions that nobody refused, as recovery can leave them.
    Board b;
    b.run("1+PR; 2+PR; 3+NL");
    b.run("1>EX(ndw); 2>EX(ndw)");
    EXPECT_EQ(b.queues(), "G[3:NL] C[1:PR>EX 2:PR>EX] W[]");
    dlm_lkb *second = list_last_entry(&b.res().convert_queue, dlm_lkb, queue_link);
    second->exflags = DLM_LKF_CONVDEADLK;
    EXPECT_EQ(b.recovery_pass(), "c1=0 b1=EX");
    EXPECT_EQ(b.queues(), "G[1:EX 3:NL] C[2:NL>EX] W[]");
}

TEST(Deadlock, the_first_that_allows_it_is_demoted)
{
    Board b;
    b.run("1+PR; 2+PR; 3+NL");
    b.run("1>EX(ndw); 2>EX(ndw)");
    dlm_lkb *lkb;
    list_for_each_entry(lkb, &b.res().convert_queue, queue_link) lkb->exflags = DLM_LKF_CONVDEADLK;
    EXPECT_EQ(b.recovery_pass(), "c2=0 b2=EX");
    EXPECT_EQ(b.queues(), "G[2:EX 3:NL] C[1:NL>EX] W[]");
}

}  // namespace
}  // namespace dlm::test
