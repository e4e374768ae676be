// SPDX-License-Identifier: GPL-2.0-or-later
// The directory node's record after a recovery: it names a master that has not said in its
// names that it is one (DLM_RES_UNPROVEN). A record that stays and is wrong sends all who ask
// to the wrong node for ever; one that is dropped while it is right makes a second master.
#include "nodes.hh"
extern "C" {
#include "cluster/rebuild.h"
}

namespace dlm::test {
namespace {

// A keeps the directory, its record names B. A's messages are held.
struct Doubted : Nodes {
    explicit Doubted(const char *operations = "A1+PR") : Nodes("ABM", 'A')
    {
        res('A').master = node_of('B');
        run(std::string("cut A; ") + operations);
    }
    void begin_recovery() { EXPECT_TRUE(dlm_rebuild_prepare(&(*this)['A'].cl, &res('A'))); }
    void answer(int result, char lock = '1')
    {
        dlm_msg m{};
        m.type = DLM_MSG_REQUEST_REPLY;
        m.remid = (*this)['A'].own(lock)->lkb.id;
        m.result = result;
        (*this)['A'].receive({node_of('B'), node_of('A'), m, {}});
    }
    bool asks() const
    {
        return held().size() == 1 && held().front().msg.type == DLM_MSG_REQUEST &&
               held().front().to == node_of('B');
    }
};

// A's request is of an older view, and so may be the answer: B has forgotten the name since.
struct Asked : Doubted {
    Asked()
    {
        lose_wire();
        begin_recovery();
    }
};

TEST(Unproven, request_that_was_sent_back_is_sent_again_before_it_is_unlocked)
{
    for (const int result : {-ENOTBLK, -EBADR, -EAGAIN}) {
        Asked n;
        n.run("A1-(F)");
        n.answer(result);
        EXPECT_EQ(n.take_log(), "");
        EXPECT_TRUE(n.asks()) << result;
        EXPECT_EQ(n.run("heal A"), "cA1=0 cA1=EUNLOCK");
        EXPECT_EQ(n.res('B').master, node_of('B'));
    }
}

TEST(Unproven, request_that_was_sent_back_is_sent_again_before_it_is_cancelled)
{
    Asked n;
    n.run("A1x");
    n.answer(-ENOTBLK);
    EXPECT_TRUE(n.asks());
    EXPECT_EQ(n.run("heal A"), "cA1=0");
}

TEST(Unproven, nor_is_it_ended_in_a_pause)
{
    for (const char *end : {"A1-(F)", "A1x"}) {
        Asked n;
        n.answer(-ENOTBLK);
        n.lose_wire();
        n.answer(-ENOTBLK);
        ASSERT_TRUE(n.held().empty());
        ASSERT_EQ(n['A'].own('1')->delay_ms, 10U);
        EXPECT_EQ(n.run(end), "");
        n.run("retry A");
        EXPECT_TRUE(n.asks());
    }
}

// In a pause: what may have become of the resource, and then the request is ended at once.
TEST(Unproven, request_that_proves_nothing_is_ended_in_a_pause)
{
    const struct {
        const char *what;
        int master;
        u32 first;
    } kRows[] = {
        {"nobody is to prove anything", 0, 0},
        {"mastered here", 1, 0},
        {"another request is out", 2, 999},
    };
    for (const auto &row : kRows) {
        Asked n;
        n.answer(-ENOTBLK);
        n.lose_wire();
        n.answer(-ENOTBLK);
        ASSERT_EQ(n['A'].own('1')->delay_ms, 10U);
        n.res('A').master = row.master;
        n.res('A').first = row.first;
        EXPECT_EQ(n.run("A1-(F)"), "cA1=EUNLOCK") << row.what;
    }
}

TEST(Unproven, another_request_that_is_out_proves_enough)
{
    Asked n;
    n.run("A1-(F)");
    n.res('A').first = 999;
    n.answer(-ENOTBLK);
    EXPECT_EQ(n.take_log(), "cA1=EUNLOCK");
}

TEST(Unproven, request_that_was_never_sent_is_ended_at_once)
{
    Asked n;
    n.res('A').first = 0;
    n.run("stop A; A2+PR");
    EXPECT_EQ(n.run("A2-(F)"), "cA2=EUNLOCK");
}

TEST(Unproven, grant_that_comes_before_the_answer_is_proof)
{
    Asked n;
    dlm_msg m{};
    m.type = DLM_MSG_GRANT;
    m.lkid = 77;
    m.remid = n['A'].own('1')->lkb.id;
    n['A'].receive({node_of('B'), node_of('A'), m, {}});
    EXPECT_EQ(n.take_log(), "cA1=0");
    EXPECT_FALSE(n.res('A').state & DLM_RES_UNPROVEN);
}

TEST(Unproven, refusal_counts_if_it_is_of_this_view)
{
    Asked n;
    n.answer(-EAGAIN);
    EXPECT_EQ(n.take_log(), "");
    ASSERT_TRUE(n.asks());
    n.lose_wire();
    n.answer(-EAGAIN);
    EXPECT_EQ(n.take_log(), "cA1=EAGAIN");
    EXPECT_TRUE(n.held().empty());
    EXPECT_EQ(n.res('A').master, node_of('B'));
}

TEST(Unproven, refusal_counts_if_the_name_was_listed)
{
    Asked n;
    EXPECT_EQ(dlm_directory_learn(&n['A'].cl, &n.res('A'), node_of('B')), 0);
    n.answer(-EAGAIN);
    EXPECT_EQ(n.take_log(), "cA1=EAGAIN");
    EXPECT_EQ(n.res('A').master, node_of('B'));
}

TEST(Unproven, lock_at_the_master_is_proof)
{
    Doubted n;
    n.begin_recovery();
    EXPECT_EQ(n.run("heal A"), "cA1=0");
    EXPECT_EQ(n.run("A1-"), "cA1=EUNLOCK");
    EXPECT_EQ(n.res('A').master, node_of('B'));
}

TEST(Unproven, queued_lock_at_the_master_is_proof)
{
    Doubted n("heal A; B1+EX; cut A; A1+PR");
    n.begin_recovery();
    n.run("heal A; A1x");
    EXPECT_EQ(n.res('A').master, node_of('B'));
}

TEST(Unproven, last_answer_leaves_no_record)
{
    // B has the unlock and has dropped the name; its answer comes after the recovery.
    for (const char *end : {"A1-", "A1-(F)"}) {
        Doubted n("heal A; A1+PR; cut A");
        n.run(end);
        n.begin_recovery();
        EXPECT_EQ(n.run("heal A"), "cA1=EUNLOCK");
        EXPECT_EQ(n.res('A').master, 0);
    }
}

TEST(Unproven, last_answer_leaves_the_record_if_the_name_was_listed)
{
    Doubted n("heal A; A1+PR; cut A; A1-");
    n.begin_recovery();
    EXPECT_EQ(dlm_directory_learn(&n['A'].cl, &n.res('A'), node_of('B')), 0);
    EXPECT_EQ(n.run("heal A"), "cA1=EUNLOCK");
    EXPECT_EQ(n.res('A').master, node_of('B'));
}

TEST(Unproven, whoever_asks_and_is_named_is_master)
{
    Doubted lookup("heal A; A1+PR; cut A; A1-");
    lookup.begin_recovery();
    dlm_msg m{};
    m.type = DLM_MSG_LOOKUP;
    m.lkid = 5;
    dlm_directory_lookup(&lookup['A'].cl, &lookup.res('A'), node_of('B'), &m);
    lookup.run("heal A");
    EXPECT_EQ(lookup.res('A').master, node_of('B'));
}

TEST(Unproven, only_at_the_directory_node)
{
    Nodes n("ABM");
    n.run("B1+PR; A1+PR; cut A; A1-");
    EXPECT_TRUE(dlm_rebuild_prepare(&n['A'].cl, &n.res('A')));
    n.run("heal A");
    EXPECT_EQ(n.res('A').master, node_of('B'));
}

TEST(Unproven, refusal_of_a_lookup_teaches_the_directory_node_nothing)
{
    // M was directory node and master when it was asked; it has listed no such name.
    Asked n;
    dlm_lkb &lkb = n['A'].own('1')->lkb;
    n.res('A').master = 0;
    n.res('A').nr_asked = 0;
    lkb.holder = node_of('B');
    lkb.expected[0] = lkb.wait_type = DLM_WAIT_LOOKUP;
    n.answer(-EAGAIN);
    EXPECT_EQ(n.take_log(), "cA1=EAGAIN");
    EXPECT_EQ(n.res('A').master, 0);
}

/* ---- a node that has come to keep the directory ---- */

TEST(Unproven, node_that_was_asked_before_may_become_master)
{
    // The record is gone, the request is not: B sees the directory node in its sender.
    Asked n;
    n.res('A').master = 0;
    dlm_owner_first_pass(&n['A'].cl, &n['A'].own('1')->lkb);
    EXPECT_EQ(n.res('A').master, node_of('B'));
    n.run("A2+EX");
    EXPECT_EQ(n['A'].own('2')->lkb.queue, DLM_QUEUE_NONE) << "not decided here";
}

TEST(Unproven, what_was_listed_is_not_overruled)
{
    Asked n;
    n.res('A').master = node_of('M');
    dlm_owner_first_pass(&n['A'].cl, &n['A'].own('1')->lkb);
    EXPECT_EQ(n.res('A').master, node_of('M'));
}

TEST(Unproven, saved_request_makes_nobody_master)
{
    // A and B may have come to different masters by it.
    Nodes n("ABM", 'A');
    dlm_resource &res = n.res('B');
    const u32 hash = res.hash;
    res.master = node_of('M');
    n['B'].cl.gate = DLM_GATE_DRAINING;
    EXPECT_EQ(dlm_master_admit(&n['B'].cl, &res, node_of('A')), -ENOTBLK);
    EXPECT_EQ(res.master, node_of('M'));
    EXPECT_EQ(dlm_master_admit_absent(&n['B'].cl, hash, node_of('A')), -EBADR);
    n['B'].cl.gate = DLM_GATE_OPEN;
    EXPECT_EQ(dlm_master_admit(&n['B'].cl, &res, node_of('A')), 0);
    EXPECT_EQ(res.master, node_of('B'));
    // Who is master anyhow decides.
    n['B'].cl.gate = DLM_GATE_DRAINING;
    EXPECT_EQ(dlm_master_admit(&n['B'].cl, &res, node_of('A')), 0);
}

}  // namespace
}  // namespace dlm::test
