// SPDX-License-Identifier: GPL-2.0-or-later
// Grant order: scenarios B01 to B22 of lock-semantics 21.2 that concern one
// resource at its master, as tables. Where the specification has a choice, what
// ours does is expected.
#include "board.hh"

namespace dlm::test {
namespace {

const std::vector<Row> kB05 = {
    {"1+NL; 2+PR; 3+NL", "c1=0 c2=0 c3=0"},
    {"1>EX", "b2=EX", "G[2:PR 3:NL] C[1:NL>EX] W[]"},
    {"3>PR", "c3=0 b3=EX"},
    {"3>NL", "c3=0"},
    {"3>PR(quecvt)", "", "G[2:PR] C[1:NL>EX 3:NL>PR] W[]"},
};
const std::vector<Row> kB06 = {
    {"4+NL", "", "G[2:PR] C[1:NL>EX 3:NL>PR] W[4]"},
    {"5+NL(exp)", "c5=0"},
    {"6+CR(noord)", "c6=0 b6=EX"},
    {"7+CR", "", "G[2:PR 5:NL 6:CR] C[1:NL>EX 3:NL>PR] W[4 7]"},
    {"8+EX(noq)", "c8=EAGAIN"},
};

TEST(GrantOrder, B01_waiting_lock_is_unlocked)
{
    Board b;
    play(b, {{"1+EX", "c1=0"},
             {"2+EX", "b1=EX", "G[1:EX] C[] W[2]"},
             {"2-", "c2=EUNLOCK", "G[1:EX] C[] W[]"}});
}

TEST(GrantOrder, B02_down_conversion_wakes_waiter)
{
    Board b;
    play(b, {{"1+EX; 2+PR", "c1=0 b1=PR"}, {"1>NL", "c1=0 c2=0", "G[1:NL 2:PR] C[] W[]"}});
}

TEST(GrantOrder, B03_plain_request_waits_behind_waiter)
{
    Board b;
    play(b, {{"1+EX", "c1=0"},
             {"2+PR", "b1=PR"},
             {"3+NL", "", "G[1:EX] C[] W[2 3]"},
             {"4+NL(exp)", "c4=0"},
             {"4-", "c4=EUNLOCK"},
             {"1-", "c1=EUNLOCK c2=0 c3=0"}});
}

TEST(GrantOrder, B04_compatible_request_waits_behind_conflicting_waiter)
{
    Board b;
    play(b, {{"1+PR; 2+EX", "c1=0 b1=EX"},
             {"3+PR", ""},
             {"4+PR(noq)", "c4=EAGAIN"},
             {"5+PR(noord)", "c5=0 b5=EX"},
             {"2x", "c2=ECANCEL c3=0", "G[1:PR 3:PR 5:PR] C[] W[]"}});
}

TEST(GrantOrder, B05_B06_B07_conversions_overtake_unless_quecvt)
{
    Board b;
    play(b, kB05);
    play(b, kB06);
    play(b, {{"2-", "c2=EUNLOCK"},
             {"1-", "c1=EUNLOCK c3=0 c4=0 c7=0"},
             {"3-", "c3=EUNLOCK", "G[4:NL 5:NL 6:CR 7:CR] C[] W[]"}});
}

TEST(GrantOrder, B08_quecvt_with_empty_convert_queue)
{
    Board b;
    play(b, {{"1+PR", "c1=0"}, {"1>EX(quecvt)", "c1=0"}});
}

TEST(GrantOrder, B09_conversion_before_older_waiter)
{
    Board b;
    play(b, {{"1+NL; 2+EX", "c1=0 c2=0"},
             {"3+PR", "b2=PR"},
             {"1>EX", "b2=EX"},
             {"2>NL", "c2=0 c1=0 b1=PR", "G[1:EX 2:NL] C[] W[3]"}});
}

TEST(GrantOrder, B10_only_the_head_of_the_convert_queue)
{
    Board b;
    play(b, {{"1+NL; 2+NL; 3+EX", "c1=0 c2=0 c3=0"},
             {"1>EX", "b3=EX"},
             {"2>CR", "", "G[3:EX] C[1:NL>EX 2:NL>CR] W[]"},
             {"3>CR", "c3=0 b3=EX", "G[3:CR] C[1:NL>EX 2:NL>CR] W[]"},
             {"3>NL", "c3=0 c1=0 b1=CR"},
             {"1-", "c1=EUNLOCK c2=0"}});
}

TEST(GrantOrder, B11_noorder_conversion_is_granted_out_of_order)
{
    Board b;
    play(b, {{"1+NL; 2+NL; 3+EX", "c1=0 c2=0 c3=0"}, {"1>EX; 2>CR(noord)", "b3=EX"}});
    const std::string out = b.run("3>CR");
    EXPECT_TRUE(out == "c3=0 c2=0 b2=EX b3=EX" || out == "c3=0 c2=0 b3=EX b2=EX") << out;
    EXPECT_EQ(b.queues(), "G[2:CR 3:CR] C[1:NL>EX] W[]");
}

TEST(GrantOrder, B12_headque_and_noorder_on_the_wait_queue)
{
    Board b;
    play(b, {{"1+EX", "c1=0"},
             {"2+PR", "b1=PR"},
             {"3+EX(head)", "b1=EX", "G[1:EX] C[] W[3 2]"},
             {"4+PR(noord)", "", "G[1:EX] C[] W[3 2 4]"}});
    const std::string out = b.run("1>CR");
    EXPECT_TRUE(out == "c1=0 c4=0 b4=EX b1=EX" || out == "c1=0 c4=0 b1=EX b4=EX") << out;
    play(b, {{"1>NL", "c1=0", "G[1:NL 4:PR] C[] W[3 2]"}});
}

TEST(GrantOrder, B13_headque_on_the_convert_queue)
{
    Board b;
    play(b, {{"1+NL; 2+NL; 3+EX", "c1=0 c2=0 c3=0"},
             {"1>PR", "b3=PR"},
             {"2>EX(head)", "b3=EX", "G[3:EX] C[2:NL>EX 1:NL>PR] W[]"},
             {"3>NL", "c3=0 c2=0 b2=PR"},
             {"2>NL", "c2=0 c1=0"}});
}

TEST(GrantOrder, B14_quecvt_keeps_the_order)
{
    Board b;
    play(b, {{"1+NL; 2+NL; 3+PR", "c1=0 c2=0 c3=0"},
             {"1>EX(quecvt)", "b3=EX"},
             {"2>PR(quecvt)", "", "G[3:PR] C[1:NL>EX 2:NL>PR] W[]"},
             {"3>NL", "c3=0 c1=0 b1=PR"},
             {"1>NL", "c1=0 c2=0"}});
}

TEST(GrantOrder, B15_all_at_the_head_that_fit)
{
    Board b;
    play(b, {{"1+EX", "c1=0"},
             {"2+CR", "b1=CR"},
             {"3+PR", "b1=PR"},
             {"4+CR", ""},
             {"5+PW", "b1=PW"},
             {"1-", "c1=EUNLOCK c2=0 c3=0 c4=0 b3=PW", "G[2:CR 3:PR 4:CR] C[] W[5]"}});
}

TEST(GrantOrder, B16_new_null_request_waits_behind_conversions)
{
    Board b;
    play(b, {{"1+PR; 2+PR", "c1=0 c2=0"}});
    b.run("1>EX(ndw); 2>EX(ndw)");
    play(b, {{"3+NL", "", "G[] C[1:PR>EX 2:PR>EX] W[3]"}, {"4+NL(exp)", "c4=0"}});
}

TEST(GrantOrder, B17_middle_conversion_waits)
{
    Board b;
    play(b, {{"1+PR; 2+PR", "c1=0 c2=0"},
             {"1>CW", "b2=CW", "G[2:PR] C[1:PR>CW] W[]"},
             {"2-", "c2=EUNLOCK c1=0"},
             {"1>PR", "c1=0"}});
}

TEST(GrantOrder, B19_operations_one_after_the_other)
{
    Board b;
    play(b, {{"1+EX; 1>PR; 1>EX; 1-", "c1=0 c1=0 c1=0 c1=EUNLOCK"}});
}

TEST(GrantOrder, B21_waiters_are_granted_in_order_of_arrival)
{
    Board b;
    std::string names;
    for (char c = 'A'; c <= 'Z'; c++)
        names += c;
    b.run("1+EX");
    for (const char c : names)
        b.run(std::string(1, c) + "+EX");
    std::string holder = "1";
    for (const char c : names) {
        const std::string out = b.run(holder + "-");
        EXPECT_EQ(out.substr(0, out.find(" b")),
                  "c" + holder + "=EUNLOCK c" + std::string(1, c) + "=0");
        holder = c;
    }
}

TEST(GrantOrder, B22_conversion_to_the_same_mode)
{
    Board b;
    play(b, {{"1+EX", "c1=0"}, {"1>EX", "c1=0", "G[1:EX] C[] W[]"}});
}

TEST(GrantOrder, recovery_pass_grants_conversions_in_any_order)
{
    // R14: the first conversion is blocked, the second is granted nevertheless.
    Board b;
    b.run("1+NL; 2+PR; 3+PR");
    b.run("1>EX; 2>EX(ndw)");
    b.run("3-");
    EXPECT_EQ(b.queues(), "G[] C[1:NL>EX 2:PR>EX] W[]");
    EXPECT_EQ(b.recovery_pass(), "c2=0 b2=EX");
    EXPECT_EQ(b.queues(), "G[2:EX] C[1:NL>EX] W[]");
}

TEST(GrantOrder, expedite_does_not_break_exclusion)
{
    // A peer may send what dlm_lock() refuses.
    Board b;
    play(b, {{"1+EX", "c1=0"}, {"2+EX(exp)", "b1=EX", "G[1:EX] C[] W[2]"}});
}

}  // namespace
}  // namespace dlm::test
