// SPDX-License-Identifier: GPL-2.0-or-later
// Value blocks: scenarios V01 to V19 of lock-semantics 21.7, at the master of
// the resource. What a remote owner sees is in unit/cluster.
#include "board.hh"

namespace dlm::test {
namespace {

enum Direction { kRead, kWrite, kNothing };
constexpr Direction R = kRead;
constexpr Direction W = kWrite;
constexpr Direction o = kNothing;

// By hand from 12.1: rows held, columns asked for.
constexpr Direction kConvert[6][6] = {
    {R, R, R, R, R, R},  // NL
    {o, R, R, R, R, R},  // CR
    {o, o, R, R, R, R},  // CW
    {o, o, o, R, R, R},  // PR
    {W, W, W, W, W, R},  // PW
    {W, W, W, W, W, W},  // EX
};
constexpr Direction kUnlock[6] = {o, o, o, o, W, W};

std::string name(int mode)
{
    return kModeNames[mode];
}

// A resource with the value "res", held by 9 in NL.
void write_res(Board &b)
{
    b.run("9+NL; 8+EX(vb)");
    b.set_buffer('8', "res");
    b.run("8-");
    ASSERT_EQ(b.value(), "res");
}

TEST(Value, V01_every_conversion_moves_it_as_the_table_says)
{
    for (int from = 0; from < 6; from++) {
        for (int to = 0; to < 6; to++) {
            Board b;
            write_res(b);
            b.run("1+" + name(from));
            b.set_buffer('1', "own");
            EXPECT_EQ(b.run("1>" + name(to) + "(vb)"), "c1=0");
            const Direction way = kConvert[from][to];
            EXPECT_EQ(b.value(), way == W ? "own" : "res") << name(from) << name(to);
            EXPECT_EQ(b.buffer('1'), way == R ? "res" : "own") << name(from) << name(to);
        }
    }
}

TEST(Value, V01_every_unlock_and_request)
{
    for (int mode = 0; mode < 6; mode++) {
        Board b;
        write_res(b);
        b.set_buffer('1', "own");
        EXPECT_EQ(b.run("1+" + name(mode) + "(vb)"), "c1=0");
        EXPECT_EQ(b.buffer('1'), "res") << name(mode);
        b.set_buffer('1', "own");
        b.run("1-");
        EXPECT_EQ(b.value(), kUnlock[mode] == W ? "own" : "res") << name(mode);
    }
}

TEST(Value, V01_nothing_moves_without_the_flag)
{
    for (int from = 0; from < 6; from++) {
        for (int to = 0; to < 6; to++) {
            Board b;
            write_res(b);
            b.set_buffer('1', "own");
            b.run("1+" + name(from) + ";1>" + name(to));
            EXPECT_EQ(b.buffer('1'), "own");
            EXPECT_EQ(b.value(), "res");
        }
    }
}

TEST(Value, V02_flags_are_remembered_for_the_unlock)
{
    Board b;
    b.run("9+NL; 1+EX(vb)");
    b.set_buffer('1', "hello");
    b.run("1-");
    b.run("2+PR(vb)");
    EXPECT_EQ(b.buffer('2'), "hello");
}

TEST(Value, V03_flag_of_the_unlock)
{
    Board b;
    b.set_buffer('1', "two");
    b.run("9+NL; 1+EX; 1-(vb)");
    b.run("2+PR(vb)");
    EXPECT_EQ(b.buffer('2'), "two");
}

TEST(Value, V04_V05_V06_invalidated_and_valid_again)
{
    Board b;
    b.set_buffer('1', "two");
    b.run("9+NL; 1+EX; 1-(vb); 1+EX(vb)");
    play(b, {{"1-(iv)", "c1=EUNLOCK"}, {"2+PR(vb)", "c2=0/VNV"}});
    EXPECT_EQ(b.buffer('2'), "two");
    play(b, {{"2>PR", "c2=0"}, {"2>PR(vb)", "c2=0/VNV"}, {"2>EX(vb)", "c2=0/VNV"}});
    b.set_buffer('2', "new");
    play(b, {{"2>PW(vb)", "c2=0"}, {"2>EX(vb)", "c2=0"}});
    EXPECT_EQ(b.buffer('2'), "new");
    play(b, {{"2>EX(vb,iv)", "c2=0"}, {"2-", "c2=EUNLOCK"}, {"3+CR(vb)", "c3=0/VNV"}});
    EXPECT_EQ(b.buffer('3'), "new");
}

TEST(Value, V07_V08_never_written)
{
    Board b;
    b.run("9+NL");
    b.set_buffer('2', "keep");
    play(b, {{"2+PR(vb)", "c2=0"}});
    EXPECT_EQ(b.buffer('2'), "");
    b.set_buffer('2', "keep2");
    play(b, {{"2>EX(vb)", "c2=0"}});
    EXPECT_EQ(b.buffer('2'), "keep2");
}

TEST(Value, V09_invalidated_but_never_written)
{
    Board b;
    b.run("8+NL; 1+EX(vb); 1-(iv)");
    b.set_buffer('2', "keep");
    play(b, {{"2+PR(vb)", "c2=0/VNV"}});
    EXPECT_EQ(b.buffer('2'), "");
}

TEST(Value, V10_nothing_cell_reports_only_with_the_flag)
{
    Board b;
    write_res(b);
    b.run("1+EX(vb); 1-(iv); 2+PR(vb)");
    play(b, {{"2>CR", "c2=0"}, {"2>PR", "c2=0"}, {"2>CR(vb)", "c2=0/VNV"}});
}

TEST(Value, V11_V12_dies_with_the_last_lock)
{
    Board b;
    write_res(b);
    b.run("1+EX(vb); 1-(iv); 9-");
    b.set_buffer('1', "keep");
    play(b, {{"1+EX(vb)", "c1=0"}});
    EXPECT_EQ(b.buffer('1'), "");
    play(b, {{"1>NL", "c1=0"}, {"1>CR", "c1=0"}, {"1>NL", "c1=0"}});
}

TEST(Value, V14_same_mode_PW_writes)
{
    Board b;
    b.run("9+NL; 2+PW(vb)");
    b.set_buffer('2', "pwpw");
    b.run("2>PW(vb); 9>CR(vb)");
    EXPECT_EQ(b.buffer('9'), "pwpw");
}

TEST(Value, V17_lockspace_without_value_blocks)
{
    Board b(0);
    play(b, {{"1+EX(vb)", "c1=0"}, {"1>NL(vb)", "c1=0"}, {"1-(vb)", "c1=EUNLOCK"}});
}

TEST(Value, V18_waiting_conversion_reads_what_the_unlock_wrote)
{
    Board b;
    b.run("2+NL; 1+EX(vb); 2>EX(vb)");
    b.set_buffer('1', "x");
    play(b, {{"1-", "c1=EUNLOCK c2=0"}});
    EXPECT_EQ(b.buffer('2'), "x");
}

TEST(Value, V19_converting_holder_writes_at_unlock)
{
    Board b;
    b.run("9+NL; 2+CR; 1+PW; 1>EX");
    EXPECT_EQ(b.queues(), "G[2:CR 9:NL] C[1:PW>EX] W[]");
    b.set_buffer('1', "y");
    b.run("1-(F,vb)");
    EXPECT_EQ(b.value(), "y");
}

TEST(Value, nothing_moves_when_refused_or_cancelled)
{
    Board b;
    write_res(b);
    b.run("2+CR; 1+PW");
    b.set_buffer('1', "own");
    play(b, {{"1>EX(vb,noq)", "c1=EAGAIN"}, {"1>EX(vb)", "b2=EX"}, {"1x", "c1=ECANCEL"}});
    EXPECT_EQ(b.buffer('1'), "own");
    EXPECT_EQ(b.value(), "res");
}

TEST(Value, sequence_counts_writes)
{
    Board b;
    b.run("9+NL; 1+EX(vb)");
    EXPECT_EQ(b.res().lvbseq, 0U);
    b.run("1>PW(vb); 1>PW(vb); 1>NL(vb)");
    EXPECT_EQ(b.res().lvbseq, 3U);
}

}  // namespace
}  // namespace dlm::test
