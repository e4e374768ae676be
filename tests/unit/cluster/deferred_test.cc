// SPDX-License-Identifier: GPL-2.0-or-later
// Operations whose master is lost: lock-semantics 8.4 and wire spec 8.7, with the
// recovery of the one resource done by hand (nodes.hh). The master is M; A takes
// over, so that its own operations are decided here in the second pass.
#include "nodes.hh"

extern "C" {
#include "cluster/rebuild.h"
}

namespace dlm::test {
namespace {

struct Lost {
    const char *what;
    const char *setup;  // M is cut off last
    const char *casts;
    const char *queues = "G[] C[] W[]";
};

class MasterLost : public testing::TestWithParam<Lost> {};

TEST_P(MasterLost, ends_as_8_4_says)
{
    Nodes n("ABM");
    n.run("M9+NL");
    n.run(GetParam().setup);
    n.cut.clear();
    n.fail_over('M', 'A');
    EXPECT_EQ(n.take_log(), GetParam().casts);
    EXPECT_EQ(n.queues('A'), GetParam().queues);
    n['A'].check();
}

const Lost kLost[] = {
    {"unlock", "A1+PR; cut M; A1-", "cA1=EUNLOCK"},
    {"cancel_of_a_conversion", "A1+PR; M8+PR; A1>EX; cut M; A1x", "cA1=ECANCEL",
     "G[A1:PR] C[] W[]"},
    {"cancel_of_a_request", "M8+EX; A1+PR; cut M; A1x", "cA1=ECANCEL"},
    {"request", "cut M; A1+PR", "cA1=0", "G[A1:PR] C[] W[]"},
    {"request_certain", "A8+NL; cut M; A1+PR", "cA1=0", "G[A1:PR A8:NL] C[] W[]"},
    {"request_and_cancel", "cut M; A1+PR; A1x", "cA1=ECANCEL"},
    {"request_and_unlock", "cut M; A1+PR; A1-(F)", "cA1=EUNLOCK"},
    {"request_cancel_and_unlock", "cut M; A1+PR; A1x; A1-(F)", "cA1=EUNLOCK"},
    {"conversion_up", "A1+CR; cut M; A1>PR", "cA1=0", "G[A1:PR] C[] W[]"},
    {"conversion_same", "A1+CR; cut M; A1>CR", "cA1=0", "G[A1:CR] C[] W[]"},
    {"conversion_middle", "A1+PR; cut M; A1>CW", "cA1=0", "G[A1:CW] C[] W[]"},
    {"conversion_down", "A1+PR; cut M; A1>NL", "", "G[A1:NL] C[] W[]"},
    {"conversion_and_cancel", "A1+CR; cut M; A1>PR; A1x", "cA1=ECANCEL", "G[A1:CR] C[] W[]"},
    {"middle_conversion_and_cancel", "A1+PR; cut M; A1>CW; A1x", "cA1=0", "G[A1:CW] C[] W[]"},
    {"middle_conversion_and_unlock", "A1+PR; cut M; A1>CW; A1-(F)", "cA1=EUNLOCK"},
    {"middle_conversion_cancel_and_unlock", "A1+PR; cut M; A1>CW; A1x; A1-(F)",
     "cA1=ECANCEL cA1=EUNLOCK"},
    {"middle_conversion_that_has_to_wait_and_cancel", "A8+PR; A1+PR; cut M; A1>CW; A1x",
     "bA8=CW cA1=ECANCEL", "G[A1:PR A8:PR] C[] W[]"},
    {"conversion_and_unlock", "A1+CR; cut M; A1>PR; A1-(F)", "cA1=EUNLOCK"},
    {"conversion_cancel_and_unlock", "A1+CR; cut M; A1>PR; A1x; A1-(F)", "cA1=ECANCEL cA1=EUNLOCK"},
    {"cancel_and_unlock", "A1+PR; M8+PR; A1>EX; cut M; A1x; A1-(F)", "cA1=ECANCEL cA1=EUNLOCK"},
    {"unlock_of_a_waiting_request", "M8+EX; A1+PR; cut M; A1-", "cA1=EUNLOCK"},
    {"listed_behind_a_lookup_go_on", "cut M; A1+PR; A2+PR; A3+CR", "cA1=0 cA2=0 cA3=0",
     "G[A1:PR A2:PR A3:CR] C[] W[]"},
    {"listed_behind_a_cancelled_lookup", "cut M; A1+PR; A2+PR; A1x", "cA1=ECANCEL cA2=0",
     "G[A2:PR] C[] W[]"},
};

INSTANTIATE_TEST_SUITE_P(Table, MasterLost, testing::ValuesIn(kLost),
                         [](const auto &row) { return std::string(row.param.what); });

// First pass of 8.7, with M gone.
void first_pass(Nodes &n, char lock)
{
    dlm_cluster &cl = n['A'].cl;
    cl.recover.gone = static_cast<dlm_gone *>(calloc(1, sizeof(dlm_gone)));
    cl.recover.gone[0].nodeid = node_of('M');
    cl.recover.nr_gone = 1;
    dlm_owner_first_pass(&cl, &n['A'].own(lock)->lkb);
}

TEST(FirstPass, a_request_to_the_gone_does_not_count_as_asked)
{
    Nodes n("ABM");
    n.run("M9+NL; A8+NL; cut M; A1+PR; stop A");
    ASSERT_EQ(n.res('A').nr_asked, 1u);
    first_pass(n, '1');
    const dlm_lkb &lkb = n['A'].own('1')->lkb;
    EXPECT_EQ(n.res('A').nr_asked, 0u);
    EXPECT_EQ(lkb.nr_expected, 0);
    EXPECT_EQ(lkb.wait_type, DLM_WAIT_REQUEST);
    EXPECT_TRUE(lkb.state & DLM_LKB_RESEND);
    EXPECT_TRUE(n['A'].own('1')->deferred);
    n.run("A1-(F)");
}

// Nobody is known to master the name; who was asked may make itself the master by the request.
TEST(FirstPass, who_was_asked_becomes_the_master_only_by_a_request_to_the_directory_s_record)
{
    const struct {
        const char *what;
        char dir;
        const char *operation;
        int master, expected;
    } kRows[] = {
        {"a request", 'A', "A1+PR", 0, 2},
        {"a conversion", 'A', "A8>PR", 0, 0},
        {"the directory is another's", 'M', "A1+PR", 0, 0},
        {"a master is known", 'A', "A1+PR", 9, 9},
    };
    for (const auto &row : kRows) {
        Nodes n("ABM", row.dir);
        n.run("B9+NL; A8+NL; cut A; " + std::string(row.operation) + "; stop A");
        n.res('A').master = row.master;
        n.res('A').dir = node_of(row.dir);
        dlm_owner_first_pass(&n['A'].cl, &n['A'].own(row.operation[1])->lkb);
        EXPECT_EQ(n.res('A').master, row.expected) << row.what;
        n.res('A').master = node_of('B');
        n.run("go A; heal A");
    }
}

TEST(FirstPass, a_lookup_may_have_been_answered_as_a_request)
{
    Nodes n("ABM");
    n.run("cut M; A1+PR; stop A");
    first_pass(n, '1');
    const dlm_lkb &lkb = n['A'].own('1')->lkb;
    EXPECT_EQ(lkb.nr_expected, 1);
    EXPECT_EQ(lkb.wait_type, DLM_WAIT_LOOKUP);
    EXPECT_TRUE(lkb.state & DLM_LKB_RESEND);
}

TEST(FirstPass, a_cancel_between_PR_and_CW_is_for_the_new_master_to_decide)
{
    // The old one may have granted the conversion, and CW to others, before it came.
    for (const char *setup : {"M8+PR; A1+PR; A1>CW", "M8+CW; A1+CW; A1>PR"}) {
        Nodes n("ABM");
        n.run(std::string("M9+NL; ") + setup + "; cut M; A1x; stop A");
        first_pass(n, '1');
        const dlm_lkb &lkb = n['A'].own('1')->lkb;
        EXPECT_EQ(lkb.queue, DLM_QUEUE_CONVERT);
        EXPECT_EQ(lkb.wait_type, DLM_WAIT_CANCEL);
        EXPECT_EQ(lkb.nr_expected, 0);
        EXPECT_TRUE(lkb.state & DLM_LKB_RESEND);
        EXPECT_EQ(n.take_log(), "");
        n['A'].cl.gate = DLM_GATE_OPEN;
        n['A'].closed = false;
        n.res('A').master = node_of('A');
        EXPECT_EQ(n.run("retry A"), "cA1=ECANCEL");
    }
}

TEST(Deferred, down_conversion_was_complete_before)
{
    Nodes n("ABM");
    n.run("M9+NL; A1+PR");
    EXPECT_EQ(n.run("cut M; A1>NL"), "cA1=0");
    n.cut.clear();
    n.fail_over('M', 'A');
    EXPECT_EQ(n.take_log(), "");
}

TEST(Deferred, operations_of_the_recorded_time_follow)
{
    // Stopped before the master is lost: the conversion is recorded, then decided by A itself.
    Nodes n("ABM");
    n.run("M9+NL; A1+CR; A2+CR");
    n.run("stop A; A1>PR; A2-; A3+NL");
    n.fail_over('M', 'A');
    const std::string log = n.take_log();
    EXPECT_NE(log.find("cA1=0"), std::string::npos) << log;
    EXPECT_NE(log.find("cA2=EUNLOCK"), std::string::npos) << log;
    EXPECT_NE(log.find("cA3=0"), std::string::npos) << log;
    EXPECT_EQ(n.queues('A'), "G[A1:PR A3:NL] C[] W[]");
}

TEST(Deferred, requests_go_to_the_new_master_elsewhere)
{
    Nodes n("ABM");
    n.run("M9+NL; cut M; A1+PR");
    n.cut.clear();
    n.fail_over('M', 'B');
    EXPECT_EQ(n.take_log(), "cA1=0");
    EXPECT_EQ(n.queues('B'), "G[A1:PR] C[] W[]");
}

TEST(Deferred, late_answer_of_a_lost_operation_is_ignored)
{
    Nodes n("ABM");
    n.run("M9+NL; cut M; A1+PR");
    const u32 id = n['A'].own('1')->lkb.id;
    n.cut.clear();
    n.fail_over('M', 'B');
    n.take_log();
    dlm_msg m{};
    m.type = DLM_MSG_REQUEST_REPLY;
    m.remid = id;
    m.lkid = 9999;
    m.result = -EAGAIN;
    n['A'].receive({node_of('M'), node_of('A'), m, {}});
    EXPECT_EQ(n.take_log(), "");
    EXPECT_EQ(n['A'].own('1')->lkb.granted_mode, DLM_LOCK_PR);
}

TEST(Deferred, a_saved_answer_clears_the_mark)
{
    // 8.8: the directory node is master and answered the LOOKUP; the answer was saved.
    Nodes n("ABM");
    n.run("M9+NL; cut A; A1+PR");
    n.run("stop A; heal A");
    dlm_lkb &lkb = n['A'].own('1')->lkb;
    dlm_owner_first_pass(&n['A'].cl, &lkb);
    EXPECT_TRUE(lkb.state & DLM_LKB_RESEND);
    EXPECT_EQ(n.run("go A"), "cA1=0");
    EXPECT_EQ(n.sent(), "");
    EXPECT_FALSE(lkb.state & DLM_LKB_RESEND);
    EXPECT_EQ(n.queues('M'), "G[A1:PR M9:NL] C[] W[]");
}

TEST(Deferred, answer_of_a_living_master_is_waited_for)
{
    Nodes n("ABM");
    n.run("M9+NL; A1+CR; cut A; A1>PR; stop A");
    dlm_owner_first_pass(&n['A'].cl, &n['A'].own('1')->lkb);
    EXPECT_FALSE(n['A'].own('1')->lkb.state & DLM_LKB_RESEND);
    EXPECT_EQ(n.run("go A; heal A"), "cA1=0");
}

TEST(Deferred, NODIR_loses_every_answer)
{
    Nodes n("ABM");
    n.run("M9+NL; A1+CR; cut A; A1>PR; stop A");
    n['A'].cl.nodir = true;
    dlm_owner_first_pass(&n['A'].cl, &n['A'].own('1')->lkb);
    EXPECT_TRUE(n['A'].own('1')->lkb.state & DLM_LKB_RESEND);
    n.lose_wire();
    EXPECT_EQ(n.run("heal A; go A"), "cA1=0");
}

TEST(Deferred, what_was_overtaken_does_not_block_the_new_master)
{
    Nodes n("ABM");
    n.run("M9+NL; M8+EX; A1+NL(exp); A1>PR; cut A; M8>NL; A1x");
    n['A'].receive(n.held().front());  // the GRANT
    EXPECT_EQ(n.take_log(), "cA1=0");
    EXPECT_EQ(n['A'].own('1')->lkb.nr_expected, 1);
    EXPECT_EQ(n.run("stop A; A1>EX"), "");
    n.cut.clear();
    n.fail_over('M', 'A');
    EXPECT_EQ(n.take_log(), "cA1=0");
    EXPECT_EQ(n['A'].own('1')->lkb.nr_expected, 0);
}

TEST(Deferred, cached_master_is_forgotten_when_a_recovery_begins)
{
    // The master drops unused names too, so nobody would ever put the record right.
    Nodes n("AM");
    n.run("A1+PR; A1-; stop M; M1+PR");
    EXPECT_EQ(n.res('M').master, node_of('A'));
    EXPECT_TRUE(dlm_rebuild_prepare(&n['M'].cl, &n.res('M')));
    EXPECT_EQ(n.res('M').master, 0);
    EXPECT_EQ(n.run("M1x"), "cM1=ECANCEL");
}

TEST(Deferred, master_that_was_asked_is_remembered)
{
    // It answers after the recovery, and may become master by that.
    Nodes n("AM");
    n.run("A1+PR; A1-; cut A; M1+PR; stop M");
    EXPECT_TRUE(dlm_rebuild_prepare(&n['M'].cl, &n.res('M')));
    EXPECT_EQ(n.res('M').master, node_of('A'));
    EXPECT_EQ(n.run("go M; heal A"), "cM1=0");
}

TEST(Deferred, master_of_queued_locks_is_remembered)
{
    Nodes n("ABM");
    n.run("B1+PR; A1+PR; stop A; A2+PR");
    EXPECT_TRUE(dlm_rebuild_prepare(&n['A'].cl, &n.res('A')));
    EXPECT_EQ(n.res('A').master, node_of('B'));
    EXPECT_EQ(n.run("go A"), "cA2=0");
}

}  // namespace
}  // namespace dlm::test
