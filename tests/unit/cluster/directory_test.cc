// SPDX-License-Identifier: GPL-2.0-or-later
// The directory and who becomes master: the tables of wire spec 6.3, 6.4, 6.5,
// 6.12 and 7.6, row by row.
#include "nodes.hh"

namespace dlm::test {
namespace {

dlm_msg lookup_from(u32 lkid)
{
    dlm_msg m{};
    m.type = DLM_MSG_LOOKUP;
    m.lkid = lkid;
    m.rqmode = DLM_LOCK_PR;
    m.asts = 3;
    return m;
}

std::vector<u8> bytes(const std::string &text)
{
    return {text.begin(), text.end()};
}

/* ---- 6.4 ---- */

class Lookup : public testing::Test {
protected:
    // The answer of M to a LOOKUP of A, which is not delivered.
    Packet ask(Nodes &n, const std::string &name)
    {
        n.cut.insert(node_of('A'));
        n['M'].receive({node_of('A'), node_of('M'), lookup_from(4711), bytes(name)});
        Packet answer = n.held().back();
        return answer;
    }
};

TEST_F(Lookup, not_our_name)
{
    Nodes n("ABM");
    const Packet p = ask(n, n.name_for('B'));
    EXPECT_EQ(p.msg.type, u32(DLM_MSG_LOOKUP_REPLY));
    EXPECT_EQ(p.msg.nodeid, -1);
    EXPECT_EQ(p.msg.result, -EINVAL);
    EXPECT_EQ(p.msg.lkid, 4711U);
    EXPECT_EQ(n['M'].find_resource(n.name_for('B')), nullptr);
}

TEST_F(Lookup, from_ourselves)
{
    Nodes n("AM");
    dlm_msg m = lookup_from(4711);
    EXPECT_TRUE(dlm_directory_refuses(&n['M'].cl, n.res('M').hash, node_of('M'), &m));
}

TEST_F(Lookup, first_asker_becomes_master)
{
    Nodes n("AM");
    const Packet p = ask(n, n.name());
    EXPECT_EQ(p.msg.nodeid, node_of('A'));
    EXPECT_EQ(p.msg.result, 0);
    EXPECT_EQ(n.res('M').master, node_of('A'));
    EXPECT_FALSE(n.res('M').state & DLM_RES_ACTIVE);
}

TEST_F(Lookup, mastered_elsewhere)
{
    Nodes n("ABM");
    n.res('M').master = node_of('B');
    EXPECT_EQ(ask(n, n.name()).msg.nodeid, node_of('B'));
}

TEST_F(Lookup, mastered_by_the_asker)
{
    Nodes n("AM");
    n.res('M').master = node_of('A');
    EXPECT_EQ(ask(n, n.name()).msg.nodeid, node_of('A'));
}

TEST_F(Lookup, mastered_here_is_a_request)
{
    Nodes n("AM");
    n.run("M9+NL");
    const Packet p = ask(n, n.name());
    EXPECT_EQ(p.msg.type, u32(DLM_MSG_REQUEST_REPLY));
    EXPECT_EQ(p.msg.result, 0);
    EXPECT_EQ(p.msg.remid, 4711U);
    EXPECT_EQ(p.msg.grmode, DLM_LOCK_PR);
    EXPECT_EQ(p.msg.rqmode, DLM_LOCK_IV);
    EXPECT_EQ(p.msg.status, 2);
}

/* ---- 6.5 ---- */

struct Admit {
    const char *what;
    int master;  // of M's record; -1: no record
    bool active;
    bool from_dir;
    int expect;
};

class Admission65 : public testing::TestWithParam<Admit> {};

TEST_P(Admission65, request)
{
    const Admit &row = GetParam();
    Nodes n("ABM", row.from_dir ? 'A' : 'B');
    const std::string name = n.name();
    dlm_cluster *cl = &n['M'].cl;
    int err;

    if (row.master < 0) {
        err = dlm_master_admit_absent(cl, jhash(name.data(), u32(name.size()), 0), node_of('A'));
    } else {
        dlm_resource &res = n.res('M');
        res.master = row.master;
        res.state = row.active ? DLM_RES_ACTIVE : 0;
        err = dlm_master_admit(cl, &res, node_of('A'));
        if (err == 0) {
            EXPECT_EQ(res.master, node_of('M'));
            EXPECT_TRUE(res.state & DLM_RES_ACTIVE);
        }
    }
    EXPECT_EQ(err, row.expect) << row.what;
}

INSTANTIATE_TEST_SUITE_P(
    Table, Admission65,
    testing::Values(Admit{"none_from_dir", -1, false, true, 0},
                    Admit{"none_from_other", -1, false, false, -EBADR},
                    Admit{"cached_ours_from_dir", 9, false, true, 0},
                    Admit{"cached_ours_from_other", 9, false, false, 0},
                    Admit{"cached_other_from_dir", 2, false, true, 0},
                    Admit{"cached_other_from_other", 2, false, false, -ENOTBLK},
                    Admit{"cached_unknown_from_other", 0, false, false, -ENOTBLK},
                    Admit{"active_ours", 9, true, false, 0},
                    Admit{"active_other_from_dir", 2, true, true, 0},
                    Admit{"active_other_from_other", 2, true, false, -ENOTBLK},
                    Admit{"active_unknown_from_dir", 0, true, true, 0},
                    Admit{"active_unknown_from_other", 0, true, false, -ENOTBLK}),
    [](const auto &row) { return std::string(row.param.what); });

TEST(Request, directory_node_creates)
{
    Nodes n("AM");
    EXPECT_EQ(dlm_master_admit_absent(&n['M'].cl, n.res('A').hash, node_of('A')), 0);
}

TEST(Request, nodir)
{
    Nodes n("ABM");
    n['M'].cl.nodir = true;
    n['B'].cl.nodir = true;
    EXPECT_EQ(dlm_master_admit_absent(&n['M'].cl, n.res('M').hash, node_of('A')), 0);
    EXPECT_EQ(dlm_master_admit_absent(&n['B'].cl, n.res('M').hash, node_of('M')), -ENOTBLK);
    n['A'].cl.nodir = true;
    EXPECT_EQ(n.run("A1+PR"), "cA1=0");
    EXPECT_EQ(n.sent(), "A:REQUEST M:REQUEST_REPLY");
}

/* ---- 6.3 ---- */

TEST(Route, directory_node_masters_what_nobody_has)
{
    Nodes n("AM");
    EXPECT_EQ(n.run("M1+PR"), "cM1=0");
    EXPECT_EQ(n.sent(), "");
}

TEST(Route, first_asker_masters)
{
    Nodes n("AM");
    EXPECT_EQ(n.run("A1+PR; A2+PR"), "cA1=0 cA2=0");
    EXPECT_EQ(n.sent(), "A:LOOKUP M:LOOKUP_REPLY");
    EXPECT_TRUE(n.res('A').master == node_of('A'));
}

TEST(Route, third_node)
{
    Nodes n("ABM");
    n.run("A1+PR");
    EXPECT_EQ(n.run("B1+PR"), "cB1=0");
    EXPECT_EQ(n.sent(), "B:LOOKUP M:LOOKUP_REPLY B:REQUEST A:REQUEST_REPLY");
    // Certain now: no lookup, and several at a time.
    EXPECT_EQ(n.run("cut B; B2+PR; B3+PR"), "");
    EXPECT_EQ(n.sent(), "B:REQUEST B:REQUEST");
    EXPECT_EQ(n.run("heal B"), "cB2=0 cB3=0");
}

TEST(Route, one_lookup_at_a_time)
{
    Nodes n("ABM");
    n.run("B1+PR; cut A; A1+PR; A2+PR; A3+PR");
    EXPECT_EQ(n.sent().substr(n.sent().rfind("A:")), "A:LOOKUP");
    EXPECT_EQ(n.run("heal A"), "cA1=0 cA2=0 cA3=0");
    EXPECT_EQ(n.sent(),
              "M:LOOKUP_REPLY A:REQUEST B:REQUEST_REPLY A:REQUEST A:REQUEST "
              "B:REQUEST_REPLY B:REQUEST_REPLY");
}

// The directory node is the master and has answered the request: what was laid over it goes after
// those that waited for the same answer, as at a stock node.
TEST(Route, listed_requests_go_before_an_unlock_of_the_first)
{
    Nodes n("AM");
    n.run("M1+NL; cut A; A1+PW; A2+EX; A1-(F)");
    EXPECT_EQ(n.run("heal A"), "cA1=0 bA1=EX cA1=EUNLOCK cA2=0");
    EXPECT_EQ(n.sent().substr(0, 34), "M:REQUEST_REPLY A:REQUEST A:UNLOCK");
}

TEST(Route, refused_first_is_followed_by_the_next_alone)
{
    Nodes n("ABM");
    n.run("B1+EX; cut A; A1+PR(noq); A2+PR(noq); A3+PR");
    EXPECT_EQ(n.run("heal A"), "cA1=EAGAIN cA2=EAGAIN bB1=PR");
    EXPECT_EQ(n.sent(),
              "M:LOOKUP_REPLY A:REQUEST B:REQUEST_REPLY A:REQUEST B:REQUEST_REPLY "
              "A:REQUEST B:REQUEST_REPLY");
    EXPECT_EQ(n.run("B1-"), "cB1=EUNLOCK cA3=0");
}

TEST(Route, cached_master_is_confirmed_first)
{
    Nodes n("ABM");
    n.run("B1+PR; A1+PR; A1-");
    EXPECT_EQ(n.res('A').master, node_of('B'));
    EXPECT_FALSE(n.res('A').state & DLM_RES_ACTIVE);
    n.run("cut A; A1+PR; A2+PR");
    EXPECT_EQ(n.sent(), "A:REQUEST");
    EXPECT_EQ(n.run("heal A"), "cA1=0 cA2=0");
}

TEST(Route, stale_cached_master_sends_us_to_the_directory)
{
    Nodes n("ABM");
    n.run("B1+PR; A1+PR; A1-; B1-");
    // B forgets the name in order.
    ASSERT_EQ(dlm_directory_toss(&n['B'].cl, &n.res('B')), DLM_TOSS_FREE);
    n.res('B').master = 0;
    n.settle();
    EXPECT_EQ(n.run("A1+PR"), "cA1=0");
    EXPECT_EQ(n.sent(), "A:REQUEST B:REQUEST_REPLY A:LOOKUP M:LOOKUP_REPLY");
    EXPECT_EQ(n.res('A').master, node_of('A'));
}

TEST(Route, lookup_and_request_of_the_directory_node_cross)
{
    Nodes n("AM");
    // M sees A as master already, A does not know yet.
    n.run("cut A; A1+PR");
    n['M'].receive(n.held().front());
    const Packet reply = n.held().back();
    ASSERT_EQ(reply.msg.type, u32(DLM_MSG_LOOKUP_REPLY));
    EXPECT_EQ(n['M'].resource(n.name()).res.master, node_of('A'));
    n.run("M1+PR");
    const Packet request = n.held().back();
    ASSERT_EQ(request.msg.type, u32(DLM_MSG_REQUEST));
    n['A'].receive(request);
    EXPECT_EQ(n.res('A').master, node_of('A'));
    n['A'].receive(reply);
    EXPECT_EQ(n.take_log(), "cA1=0");
}

/* ---- 6.12 ---- */

TEST(Remove, master_elsewhere_than_directory)
{
    Nodes n("AM");
    n.run("A1+PR; A1-");
    EXPECT_TRUE(n['A'].resource(n.name()).idle);
    EXPECT_EQ(dlm_directory_toss(&n['A'].cl, &n.res('A')), DLM_TOSS_FREE);
    n.settle();
    EXPECT_EQ(n.sent(), "A:LOOKUP M:LOOKUP_REPLY A:REMOVE");
    EXPECT_EQ(n['M'].find_resource(n.name()), nullptr);
}

TEST(Remove, what_is_in_use_is_kept)
{
    Nodes n("AM");
    n.run("A1+PR");
    EXPECT_EQ(dlm_directory_toss(&n['A'].cl, &n.res('A')), DLM_TOSS_KEEP);
}

TEST(Remove, toss_by_role)
{
    Nodes n("ABM");
    n.run("M1+PR; M1-");
    EXPECT_EQ(dlm_directory_toss(&n['M'].cl, &n.res('M')), DLM_TOSS_FREE);
    n.res('M').master = node_of('B');
    EXPECT_EQ(dlm_directory_toss(&n['M'].cl, &n.res('M')), DLM_TOSS_KEEP);
    n.res('A').master = node_of('B');
    EXPECT_EQ(dlm_directory_toss(&n['A'].cl, &n.res('A')), DLM_TOSS_FREE);
    EXPECT_EQ(n.sent(), "");
}

TEST(Remove, not_while_stopped_or_without_memory)
{
    Nodes n("AM");
    n.run("A1+PR; A1-");
    n['A'].cl.gate = DLM_GATE_CLOSED;
    EXPECT_EQ(dlm_directory_toss(&n['A'].cl, &n.res('A')), DLM_TOSS_KEEP);
    n['A'].cl.gate = DLM_GATE_OPEN;
    n['A'].fail_sends = 1;
    EXPECT_EQ(dlm_directory_toss(&n['A'].cl, &n.res('A')), DLM_TOSS_KEEP);
}

TEST(Remove, what_is_only_recorded_does_not_keep_the_master)
{
    Nodes n("AM");
    n.run("A1+PR; A1-; stop M; M2+PR");
    ASSERT_EQ(dlm_directory_toss(&n['A'].cl, &n.res('A')), DLM_TOSS_FREE);
    n.res('A').master = 0;
    n.settle();
    ASSERT_EQ(n['M'].saved.size(), 1u);
    // The gate opens, and the recorded request ends before its turn comes.
    n['M'].closed = false;
    n['M'].cl.gate = DLM_GATE_DRAINING;
    n['M'].receive(n['M'].saved.front());
    n['M'].saved.clear();
    EXPECT_EQ(n.run("M2-(F)"), "cM2=EUNLOCK");
    n['M'].cl.gate = DLM_GATE_OPEN;
    EXPECT_EQ(n.res('M').master, 0);
    EXPECT_EQ(n.run("A3+PR"), "cA3=0") << "else A is sent to itself for ever";
}

TEST(Remove, a_request_on_its_way_makes_the_sender_master_again)
{
    Nodes n("AM");
    n.run("A1+PR; A1-; cut A; M2+PR");
    ASSERT_EQ(n.sent(), "A:LOOKUP M:LOOKUP_REPLY M:REQUEST");
    ASSERT_EQ(dlm_directory_toss(&n['A'].cl, &n.res('A')), DLM_TOSS_FREE);
    n.res('A').master = 0;
    const auto removes = n.take_held('A');
    ASSERT_EQ(removes.size(), 1u);
    n['M'].receive(removes.front());
    EXPECT_EQ(n.res('M').master, node_of('A'));
    EXPECT_EQ(n.run("heal A"), "cM2=0");
    EXPECT_EQ(n.res('A').master, node_of('A'));
}

TEST(Remove, receiver)
{
    Nodes n("ABM");
    dlm_resource &res = n.res('M');
    dlm_cluster *cl = &n['M'].cl;
    res.master = node_of('A');
    EXPECT_FALSE(dlm_directory_remove(cl, &res, node_of('B')));
    EXPECT_TRUE(dlm_directory_remove(cl, &res, node_of('A')));
    res.state |= DLM_RES_ACTIVE;
    EXPECT_FALSE(dlm_directory_remove(cl, &res, node_of('A')));
    dlm_resource &other = n['M'].resource(n.name_for('B')).res;
    other.master = node_of('A');
    EXPECT_FALSE(dlm_directory_remove(cl, &other, node_of('A')));
}

/* ---- 7.6 ---- */

TEST(Names, learn)
{
    Nodes n("ABM");
    dlm_resource &res = n.res('M');
    dlm_cluster *cl = &n['M'].cl;
    EXPECT_EQ(dlm_directory_learn(cl, &res, node_of('A')), 0);
    EXPECT_EQ(res.master, node_of('A'));
    EXPECT_FALSE(res.state & DLM_RES_NEW_MASTER);
    EXPECT_EQ(dlm_directory_learn(cl, &res, node_of('B')), 0);
    EXPECT_EQ(res.master, node_of('B'));
    EXPECT_TRUE(res.state & DLM_RES_NEW_MASTER);
    res.master = node_of('M');
    EXPECT_EQ(dlm_directory_learn(cl, &res, node_of('A')), 0);
    EXPECT_EQ(res.master, node_of('M'));
    EXPECT_EQ(dlm_directory_learn(cl, &n['M'].resource(n.name_for('A')).res, node_of('A')),
              -EINVAL);
}

TEST(Names, list)
{
    Nodes n("ABM");
    n.run("A1+PR");
    EXPECT_TRUE(dlm_directory_lists(&n['A'].cl, &n.res('A'), node_of('M')));
    EXPECT_FALSE(dlm_directory_lists(&n['A'].cl, &n.res('A'), node_of('B')));
    EXPECT_FALSE(dlm_directory_lists(&n['M'].cl, &n.res('M'), node_of('M')));
}

}  // namespace
}  // namespace dlm::test
