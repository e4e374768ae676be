// SPDX-License-Identifier: GPL-2.0-or-later
// What an unlock may write that is laid over an operation in flight (lock-semantics
// 12.4, 8.3): only the bytes of an owner that held PW or EX all the time until the
// master takes the lock away. Anything else in the caller's buffer is older than
// what the resource has. M masters the resource.
#include "nodes.hh"

namespace dlm::test {
namespace {

struct Valued : Nodes {
    explicit Valued(const char *letters = "ABM") : Nodes(letters)
    {
        (*this)['M'].set_buffer('8', "res");
        run("M9+NL; M8+EX; M8-(vb)");
    }
    std::string value() { return reinterpret_cast<const char *>(res('M').lvb); }
};

TEST(UnlockValue, over_a_request_that_is_granted)
{
    Valued n;
    n['A'].set_buffer('1', "old");
    EXPECT_EQ(n.run("cut A; A1+EX(vb); A1-(F,vb); heal A"), "cA1=0 cA1=EUNLOCK");
    EXPECT_EQ(n.value(), "res");
}

TEST(UnlockValue, over_a_request_without_VALBLK)
{
    Valued n;
    n['A'].set_buffer('1', "own");
    EXPECT_EQ(n.run("cut A; A1+EX; A1-(F,vb); heal A"), "cA1=0 cA1=EUNLOCK");
    // Nothing was read: what the buffer has when the lock is held is what the caller wants there.
    EXPECT_EQ(n.value(), "own");
}

TEST(UnlockValue, over_an_up_conversion_that_is_granted)
{
    for (const char *mode : {"NL", "CR", "PR"}) {
        for (const char *to : {"PW", "EX"}) {
            Valued n;
            n.run(std::string("A1+") + mode);
            n['A'].set_buffer('1', "old");
            n.run(std::string("cut A; A1>") + to + "(vb); A1-(F,vb); heal A");
            EXPECT_EQ(n.value(), "res") << mode << " to " << to;
            EXPECT_EQ(n.queues('M'), "G[M9:NL] C[] W[]");
        }
    }
}

TEST(UnlockValue, over_an_up_conversion_whose_GRANT_is_under_way)
{
    Valued n;
    n['A'].set_buffer('1', "old");
    n.run("M1+EX; A1+NL(exp); A1>EX(vb); cut A");
    n['M'].set_buffer('1', "newer");
    EXPECT_EQ(n.run("M1>NL(vb)"), "cM1=0");
    EXPECT_EQ(n.run("A1-(F,vb)"), "");
    n.run("heal A");
    EXPECT_EQ(n.value(), "newer");
}

TEST(UnlockValue, over_an_up_conversion_at_the_master_itself)
{
    Valued n;
    n['M'].set_buffer('1', "old");
    n.run("A1+EX; M1+NL(exp); M1>EX(vb)");
    EXPECT_EQ(n.run("M1-(F,vb)"), "cM1=EUNLOCK");
    EXPECT_EQ(n.value(), "res");
}

TEST(UnlockValue, over_a_recorded_request)
{
    Valued n;
    n['A'].set_buffer('1', "old");
    EXPECT_EQ(n.run("stop A; A1+EX(vb); A1-(F,vb); go A"), "cA1=EUNLOCK");
    EXPECT_EQ(n.value(), "res");
}

TEST(UnlockValue, of_PW_over_its_conversion_to_EX_is_written)
{
    // It could write all the time, and these are its bytes.
    Valued n;
    n['A'].set_buffer('1', "own");
    n.run("A1+PW; cut A; A1>EX(vb); A1-(F,vb); heal A");
    EXPECT_EQ(n.value(), "own");
    Valued k;
    k['A'].set_buffer('1', "own");
    k.run("M1+CR; A1+PW; A1>EX(vb); cut A; M1>NL; A1-(F,vb); heal A");
    EXPECT_EQ(k.value(), "own") << "the GRANT of EX is under way";
}

TEST(UnlockValue, bytes_are_those_of_the_call)
{
    Valued n;
    n['A'].set_buffer('1', "own");
    n.run("A1+EX; cut A; A1-(vb)");
    n['A'].set_buffer('1', "later");
    n.run("heal A");
    EXPECT_EQ(n.value(), "own");
}

// A holds PW and asks for EX; B waits for PW. A gives way, B writes and goes down, and A has EX by
// a GRANT that is still under way: A believes that it has held PW all the time.
struct GivenWay : Valued {
    GivenWay()
    {
        (*this)['A'].set_buffer('1', "old");
        (*this)['B'].set_buffer('2', "newer");
        run("B2+CR; A1+PW; B2>PW(vb); cut A; A1>EX(cdl,vb)");
        // The conversion reaches M, nothing reaches A.
        for (const Packet &p : take_held('A'))
            (*this)['M'].receive(p);
        settle();
        EXPECT_EQ(take_log(), "cB2=0 bB2=EX");
        (*this)['B'].set_buffer('2', "newer");
        EXPECT_EQ(run("B2>NL(vb)"), "cB2=0");
        EXPECT_EQ(value(), "newer");
        EXPECT_EQ(queues('M'), "G[A1:EX B2:NL M9:NL] C[] W[]");
        EXPECT_EQ((*this)['A'].own('1')->lkb.granted_mode, DLM_LOCK_PW);
    }
};

TEST(UnlockValue, of_a_lock_that_gave_way_and_does_not_know_it)
{
    GivenWay n;
    EXPECT_EQ(n.run("A1-(F,vb); heal A"), "cA1=0/DEM cA1=EUNLOCK");
    EXPECT_EQ(n.value(), "newer");
    EXPECT_FALSE(n.res('M').state & DLM_RES_LVB_INVALID);
}

TEST(UnlockValue, IVVALBLK_of_a_lock_that_gave_way_is_honoured)
{
    GivenWay n;
    n.run("A1-(F,iv); heal A");
    EXPECT_EQ(n.value(), "newer");
    EXPECT_TRUE(n.res('M').state & DLM_RES_LVB_INVALID);
}

TEST(UnlockValue, of_a_lock_that_gave_way_and_whose_cancel_came_too_late)
{
    GivenWay n;
    n.run("A1x; A1-(F,vb); heal A");
    EXPECT_EQ(n.value(), "newer");
}

TEST(UnlockValue, of_a_lock_that_gave_way_and_knows_it)
{
    GivenWay n;
    EXPECT_EQ(n.run("heal A"), "cA1=0/DEM");
    EXPECT_EQ(n['A'].buffer('1'), "newer");
    n['A'].set_buffer('1', "newest");
    EXPECT_EQ(n.run("A1-(vb)"), "cA1=EUNLOCK");
    EXPECT_EQ(n.value(), "newest");
}

TEST(UnlockValue, a_late_cancel_takes_nothing_from_a_GRANT_that_has_not_left)
{
    Valued n;
    n.run("M1+EX; A1+PR(acw)");
    n.run("cut A");
    n['M'].fail_sends = 1;
    EXPECT_EQ(n.run("M1>CW"), "cM1=0");
    n.run("A1x; heal A");
    EXPECT_EQ(n.run("retry M"), "cA1=0/ALT");
    EXPECT_EQ(n['A'].own('1')->lkb.granted_mode, DLM_LOCK_CW);
}

}  // namespace
}  // namespace dlm::test
