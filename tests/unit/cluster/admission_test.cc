// SPDX-License-Identifier: GPL-2.0-or-later
// The table of lock-semantics 7.3: what each call on a lock returns in each state,
// and that a conversion is refused with EBUSY everywhere but in S5. Once with the
// gate open, once with the state reached while it is closed (15.2).
#include "nodes.hh"

#include <algorithm>

namespace dlm::test {
namespace {

struct Row {
    const char *state;
    const char *setup;  // leads A1 into the state, A is cut off
    int plain;
    int cancel;
    int force;
    const char *cancel_casts = "";  // at once
    const char *force_casts = "";
};

const Row kRows[] = {
    {"S1", "cut A; A1+PR", -EBUSY, 0, 0},
    {"S2", "cut A; A2+PR; A1+PR", -EBUSY, 0, 0, "cA1=ECANCEL", "cA1=EUNLOCK"},
    {"S3", "M9+NL; cut A; A1+PR", -EBUSY, 0, 0},
    {"S3 certain", "M9+NL; A8+NL; cut A; A1+PR", -EBUSY, 0, 0},
    {"S4", "M9+NL; M8+EX; A1+PR; cut A", 0, 0, 0},
    {"S4 local", "A8+EX; A1+PR", 0, 0, 0, "cA1=ECANCEL", "cA1=EUNLOCK"},
    {"S5", "M9+NL; A1+PR; cut A", 0, 0, 0},
    {"S6", "M9+NL; A1+NL; cut A; A1>PR", -EBUSY, 0, 0},
    {"S7", "M9+NL; M8+PR; A1+PR; A1>EX; cut A", 0, 0, 0},
    {"S7 local", "A8+PR; A1+PR; A1>EX", 0, 0, 0, "cA1=ECANCEL", "cA1=EUNLOCK"},
    {"S8", "M9+NL; A1+PR; cut A; A1-", -EBUSY, -EINVAL, -EINVAL},
    {"S9", "M9+NL; M8+PR; A1+PR; A1>EX; cut A; A1x", -EBUSY, -EINVAL, 0},
    {"S10", "M9+NL; A1+NL; cut A; A1>PR; A1-(F)", -EBUSY, -EINVAL, -EINVAL},
    {"S11", "cut A; A1+PR; A1x", -EBUSY, -EINVAL, 0},
};

class Admission : public testing::TestWithParam<Row> {
protected:
    // The node of each attempt starts anew.
    template <typename F>
    void attempt(F &&f)
    {
        Nodes n("AM");
        n.run(GetParam().setup);
        f(n);
        n.cut.clear();
        n.settle();
        n['A'].run_deferred();
        n.settle();
    }
};

TEST_P(Admission, plain_unlock)
{
    attempt([&](Nodes &n) { EXPECT_EQ(n['A'].unlock('1', 0), GetParam().plain); });
}

TEST_P(Admission, cancel)
{
    attempt([&](Nodes &n) {
        n.take_log();
        EXPECT_EQ(n['A'].unlock('1', DLM_LKF_CANCEL), GetParam().cancel);
        const std::string log = n.take_log();
        EXPECT_EQ(log.substr(0, log.find(' ')), GetParam().cancel_casts);
    });
}

TEST_P(Admission, forced_unlock)
{
    attempt([&](Nodes &n) {
        n.take_log();
        EXPECT_EQ(n['A'].unlock('1', DLM_LKF_FORCEUNLOCK), GetParam().force);
        const std::string log = n.take_log();
        EXPECT_EQ(log.substr(0, log.find(' ')), GetParam().force_casts);
    });
}

TEST_P(Admission, conversion)
{
    const bool idle = std::string(GetParam().state) == "S5";
    attempt([&](Nodes &n) {
        EXPECT_EQ(n['A'].convert('1', DLM_LOCK_CR, DLM_LKF_CONVERT), idle ? 0 : -EBUSY);
    });
}

INSTANTIATE_TEST_SUITE_P(Table, Admission, testing::ValuesIn(kRows), [](const auto &row) {
    std::string name = row.param.state;
    std::replace(name.begin(), name.end(), ' ', '_');
    return name;
});

TEST(AdmissionErrors, master_copy_and_QUECVT)
{
    Nodes n("AM");
    n.run("M9+NL; A1+PR");
    Node::Lock *copy = n['M'].copy_of(node_of('A'), '1');
    ASSERT_NE(copy, nullptr);
    dlm_op op{};
    EXPECT_EQ(dlm_owner_unlock(&n['M'].cl, &copy->lkb, &op, 0, 0), -EINVAL);
    const dlm_convert_args args{DLM_LOCK_EX, DLM_LKF_CONVERT, nullptr, 0, true};
    EXPECT_EQ(dlm_owner_convert(&n['M'].cl, &copy->lkb, &op, &args), -EINVAL);
    EXPECT_EQ(n.run("A1>PR(quecvt); A1>NL(quecvt); A1>CW(quecvt)"),
              "A1>PR(quecvt)=EINVAL A1>NL(quecvt)=EINVAL cA1=0");
}

/* ---- 15.2: the gate is closed ---- */

TEST(Closed, request_is_recorded_and_decided_later)
{
    Nodes n("AM");
    EXPECT_EQ(n.run("stop A; A1+PR"), "");
    EXPECT_EQ(n.sent(), "");
    EXPECT_EQ(n.run("go A"), "cA1=0");
}

TEST(Closed, Q1_state_is_checked_as_when_running)
{
    Nodes n("AM");
    EXPECT_EQ(n.run("stop A; A1+PR; A1-; A1>EX"), "A1-=EBUSY A1>EX=EBUSY");
    EXPECT_EQ(n.run("go A"), "cA1=0");
}

TEST(Closed, Q3_what_is_decided_is_not_busy)
{
    Nodes n("AM");
    n.run("M9+NL; A1+PR; A2+PR");
    EXPECT_EQ(n.run("stop A; A1-; A2>EX"), "");
    const std::string log = n.run("go A");
    EXPECT_TRUE(log == "cA1=EUNLOCK cA2=0" || log == "cA2=0 cA1=EUNLOCK") << log;
}

TEST(Closed, Q4_recorded_request)
{
    Nodes n("AM");
    EXPECT_EQ(n.run("stop A; A1+PR; A1x"), "cA1=ECANCEL");
    EXPECT_EQ(n.run("A1+PR; A1-(F)"), "cA1=EUNLOCK");
    EXPECT_EQ(n.run("go A"), "");
    EXPECT_EQ(n.queues('M'), "G[] C[] W[]");
}

TEST(Closed, Q4_recorded_conversion)
{
    Nodes n("AM");
    n.run("M9+NL; A1+CR");
    EXPECT_EQ(n.run("stop A; A1>PR; A1x"), "cA1=ECANCEL");
    EXPECT_EQ(n['A'].own('1')->lkb.granted_mode, DLM_LOCK_CR);
    EXPECT_EQ(n.run("A1>PR; A1-(F)"), "");
    EXPECT_EQ(n.run("A1-(F); A1x; A1-"), "A1-(F)=EINVAL A1x=EINVAL A1-=EBUSY");
    EXPECT_EQ(n.run("go A"), "cA1=EUNLOCK");
    EXPECT_EQ(n.queues('M'), "G[M9:NL] C[] W[]");
}

TEST(Closed, conversion_under_way_and_cancel)
{
    Nodes n("AM");
    n.run("M9+NL; M8+EX; A1+NL(exp)");
    EXPECT_EQ(n.run("cut A; A1>PR; stop A; A1x; A1x"), "A1x=EINVAL");
    EXPECT_EQ(n.run("heal A"), "bM8=PR");
    EXPECT_EQ(n.run("go A"), "cA1=ECANCEL");
    EXPECT_EQ(n.queues('M'), "G[A1:NL M8:EX M9:NL] C[] W[]");
}

TEST(Closed, conversion_under_way_cancel_and_unlock)
{
    Nodes n("AM");
    n.run("M9+NL; M8+EX; A1+NL(exp)");
    EXPECT_EQ(n.run("cut A; A1>PR; stop A; A1x; A1-(F)"), "");
    EXPECT_EQ(n.run("heal A"), "bM8=PR");
    EXPECT_EQ(n.run("go A"), "cA1=ECANCEL cA1=EUNLOCK");
    EXPECT_EQ(n.queues('M'), "G[M8:EX M9:NL] C[] W[]");
}

TEST(Closed, conversion_under_way_granted_voids_the_cancel)
{
    Nodes n("AM");
    n.run("M9+NL; A1+NL");
    EXPECT_EQ(n.run("cut A; A1>PR; stop A; A1x; A1-(F); heal A"), "");
    EXPECT_EQ(n.run("go A"), "cA1=0 cA1=EUNLOCK");
}

TEST(Closed, queued_lock_cancel_and_unlock)
{
    Nodes n("AM");
    n.run("M9+NL; M8+EX; A1+NL(exp); A1>PR");
    EXPECT_EQ(n.run("stop A; A1x; A1x; A1-; A1-(F); A1-(F)"), "A1x=EINVAL A1-=EBUSY A1-(F)=EINVAL");
    EXPECT_EQ(n.run("go A"), "cA1=ECANCEL cA1=EUNLOCK");
}

TEST(Closed, queued_local_lock)
{
    Nodes n("AM");
    n.run("A8+EX; A1+PR; A2+PR");
    EXPECT_EQ(n.run("stop A; A1x; A1-(F); A2-"), "");
    EXPECT_EQ(n.run("go A"), "cA1=ECANCEL cA2=EUNLOCK");
    EXPECT_EQ(n.run("A8-"), "cA8=EUNLOCK");
}

TEST(Closed, a_saved_grant_comes_before_what_was_recorded)
{
    Nodes n("AM");
    n.run("M9+NL; M8+EX; A1+PR; A2+PR");
    EXPECT_EQ(n.run("stop A; M8-; A1x; A2-"), "cM8=EUNLOCK");
    // A1: the cancel is void. A2: granted, then unlocked.
    EXPECT_EQ(n.run("go A"), "cA1=0 cA2=0 cA2=EUNLOCK");
    EXPECT_EQ(n.run("A1-"), "cA1=EUNLOCK");
}

TEST(Closed, value_is_taken_at_the_call)
{
    Nodes n("AM");
    n.run("M9+NL; A1+EX(vb); A2+NL(exp)");
    n['A'].set_buffer('1', "then");
    n.run("stop A; A1-(vb)");
    n['A'].set_buffer('1', "now");
    EXPECT_EQ(n.run("go A"), "cA1=EUNLOCK");
    EXPECT_EQ(n.run("M9>PR(vb)"), "cM9=0");
    EXPECT_EQ(n['M'].buffer('9'), "then");
}

TEST(Closed, down_conversion)
{
    Nodes n("AM");
    n.run("M9+NL; A1+EX");
    EXPECT_EQ(n.run("stop A; A1>NL"), "");
    EXPECT_EQ(n.run("go A"), "cA1=0");
    EXPECT_EQ(n.queues('M'), "G[A1:NL M9:NL] C[] W[]");
}

TEST(Closed, several_requests_of_one_name)
{
    Nodes n("AM");
    n.run("stop A; A1+PR; A2+PR; A3+PR; A2x");
    EXPECT_EQ(n.run("go A"), "cA1=0 cA3=0");
}

}  // namespace
}  // namespace dlm::test
