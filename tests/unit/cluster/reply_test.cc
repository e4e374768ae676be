// SPDX-License-Identifier: GPL-2.0-or-later
// What comes back and should not, comes late, or comes twice: wire spec 4.7, 6.7,
// 6.8, 6.14; and what happens when there is no memory for a message.
#include "nodes.hh"

namespace dlm::test {
namespace {

struct Mastered : Nodes {
    explicit Mastered(const char *letters = "AM") : Nodes(letters) { run("M9+NL"); }

    // A reply of M to A's lock, in form E.
    dlm_msg reply(dlm_msg_type type, int result)
    {
        dlm_msg m{};
        m.type = type;
        m.remid = (*this)['A'].own('1')->lkb.id;
        m.result = result;
        return m;
    }
};

dlm_lkb &lkb(Nodes &n, char node = 'A', char lock = '1')
{
    return n[node].own(lock)->lkb;
}

/* ---- repeated answers, back-off ---- */

TEST(Reply, sent_back_is_asked_again_with_growing_pauses)
{
    Nodes n("ABM");
    n.res('A').master = node_of('B');
    n.res('M').master = node_of('B');  // a stale directory record
    EXPECT_EQ(n.run("A1+PR"), "");
    // At once the first time, then after a pause.
    EXPECT_EQ(n.sent(),
              "A:REQUEST B:REQUEST_REPLY A:LOOKUP M:LOOKUP_REPLY A:REQUEST "
              "B:REQUEST_REPLY");
    u32 last = 0;
    for (int i = 0; i < 12; i++) {
        ASSERT_TRUE(n['A'].own('1')->deferred);
        EXPECT_GE(n['A'].own('1')->delay_ms, last);
        last = n['A'].own('1')->delay_ms;
        n.run("retry A");
    }
    EXPECT_EQ(last, 1000U);
    // The directory learns better.
    n.res('M').master = 0;
    EXPECT_EQ(n.run("retry A"), "cA1=0");
    EXPECT_EQ(lkb(n).nr_retries, 0);
}

TEST(Reply, cancel_between_two_attempts)
{
    Nodes n("ABM");
    n.res('A').master = node_of('B');
    n.res('M').master = node_of('B');
    n.run("A1+PR; A2+PR");
    EXPECT_EQ(n.run("A1x"), "cA1=ECANCEL");
    n.res('M').master = 0;
    EXPECT_EQ(n.run("retry A"), "cA2=0");
}

TEST(Reply, lookup_without_answer_is_paced)
{
    Nodes n("ABM");
    n.run("cut A; A1+PR");
    const Packet lookup = n.held().front();
    n.lose_wire();
    dlm_msg m{};
    m.type = DLM_MSG_LOOKUP_REPLY;
    m.lkid = lookup.msg.lkid;
    m.nodeid = -1;
    m.result = -EINVAL;
    n['A'].receive({node_of('M'), node_of('A'), m, {}});
    EXPECT_EQ(n.held().back().msg.type, u32(DLM_MSG_LOOKUP));
    n.lose_wire();
    n['A'].receive({node_of('M'), node_of('A'), m, {}});
    EXPECT_TRUE(n.held().empty());
    EXPECT_EQ(n['A'].own('1')->delay_ms, 10U);
    EXPECT_EQ(n.run("heal A; retry A"), "cA1=0");
}

TEST(Reply, unexpected_result_of_a_request_ends_in_EAGAIN)
{
    Mastered n;
    n.run("cut A; A1+PR");
    std::string log;
    for (int i = 0; i < 50 && log.empty(); i++) {
        n.lose_wire();
        n['A'].receive({node_of('M'), node_of('A'), n.reply(DLM_MSG_REQUEST_REPLY, -EINVAL), {}});
        log = n.take_log();
        n['A'].run_deferred();
    }
    EXPECT_EQ(log, "cA1=EAGAIN");
    n.lose_wire();
    EXPECT_EQ(n['A'].own('1'), nullptr);
}

TEST(Reply, no_memory_at_the_master_is_tried_for_ever)
{
    Mastered n;
    n.run("cut A; A1+PR");
    for (int i = 0; i < 300; i++) {
        n.lose_wire();
        n['A'].receive({node_of('M'), node_of('A'), n.reply(DLM_MSG_REQUEST_REPLY, -ENOMEM), {}});
        EXPECT_EQ(n.take_log(), "");
        EXPECT_GE(n['A'].own('1')->delay_ms, 10U);
        n['A'].run_deferred();
    }
    EXPECT_EQ(n.run("heal A"), "cA1=0");
}

TEST(Reply, X17_conversion_that_the_master_does_not_understand)
{
    for (const int result : {-EBUSY, -ENOENT, -EINVAL}) {
        Mastered n;
        n.run("A1+CR; cut A; A1>PR");
        std::string log;
        for (int i = 0; i < 50 && log.empty(); i++) {
            n.lose_wire();
            n['A'].receive(
                {node_of('M'), node_of('A'), n.reply(DLM_MSG_CONVERT_REPLY, result), {}});
            log = n.take_log();
            n['A'].run_deferred();
        }
        EXPECT_EQ(log, "cA1=EAGAIN");
        EXPECT_EQ(lkb(n).granted_mode, DLM_LOCK_CR);
        n.lose_wire();
    }
}

TEST(Reply, X17_resent_conversion_succeeds)
{
    Mastered n;
    n.run("A1+CR; cut A; A1>PR");
    n.lose_wire();
    n['A'].receive({node_of('M'), node_of('A'), n.reply(DLM_MSG_CONVERT_REPLY, -EBUSY), {}});
    EXPECT_EQ(n.run("heal A; retry A"), "cA1=0");
    EXPECT_EQ(n.queues('M'), "G[A1:PR M9:NL] C[] W[]");
}

TEST(Reply, invalid_value_is_reported_only_to_who_asked_for_it)
{
    // X12: a stock master reports it in "nothing" cells without VALBLK.
    Mastered n;
    n.run("A1+PR; cut A; A1>CW");
    n.lose_wire();
    dlm_msg m = n.reply(DLM_MSG_CONVERT_REPLY, 0);
    m.sbflags = DLM_SBF_VALNOTVALID;
    n['A'].receive({node_of('M'), node_of('A'), m, {}});
    EXPECT_EQ(n.take_log(), "cA1=0");
    EXPECT_EQ(n.run("A1>PR(vb)"), "");
    n.lose_wire();
    n['A'].receive({node_of('M'), node_of('A'), m, {}});
    EXPECT_EQ(n.take_log(), "cA1=0/VNV");
}

TEST(Reply, X4_a_stock_master_hides_the_demotion_of_a_cancelled_conversion)
{
    Mastered n;
    n.run("M1+PR; A1+PR; M3+PR; M1>EX; A1>EX(cdl); cut A; A1x");
    n.lose_wire();
    n['A'].receive({node_of('M'), node_of('A'), n.reply(DLM_MSG_CANCEL_REPLY, -DLM_ECANCEL), {}});
    EXPECT_EQ(n.take_log(), "cA1=ECANCEL/DEM");
}

TEST(Reply, unlock_of_a_lock_that_the_master_has_forgotten)
{
    Mastered n;
    n.run("A1+PR; cut A; A1-");
    n.lose_wire();
    n['A'].receive({node_of('M'), node_of('A'), n.reply(DLM_MSG_UNLOCK_REPLY, -ENOENT), {}});
    EXPECT_EQ(n.take_log(), "cA1=EUNLOCK");
}

/* ---- 4.7, 6.14 ---- */

TEST(Reply, what_nobody_waits_for_is_ignored)
{
    Mastered n;
    n.run("A1+PR");
    for (const auto type : {DLM_MSG_REQUEST_REPLY, DLM_MSG_CONVERT_REPLY, DLM_MSG_UNLOCK_REPLY,
                            DLM_MSG_CANCEL_REPLY, DLM_MSG_GRANT})
        n.inject('M', 'A', n.reply(type, 0));
    EXPECT_EQ(n.take_log(), "");
    EXPECT_EQ(n['A'].cl.nr_dropped, 5U);
    EXPECT_EQ(lkb(n).granted_mode, DLM_LOCK_PR);
}

TEST(Reply, second_grant_does_not_take_the_mode_away)
{
    Mastered n;
    n.run("M1+EX; A1+PR");
    n.run("M1-");
    n.inject('M', 'A', n.reply(DLM_MSG_GRANT, 0));
    EXPECT_EQ(lkb(n).granted_mode, DLM_LOCK_PR);
    EXPECT_EQ(n.take_log(), "");
}

TEST(Reply, from_another_node_than_the_master)
{
    Mastered n("ABM");
    n.run("A1+PR; M8+EX; cut A; A1>EX");
    n['A'].receive({node_of('B'), node_of('A'), n.reply(DLM_MSG_CONVERT_REPLY, 0), {}});
    EXPECT_EQ(n.take_log(), "");
    dlm_msg bast = n.reply(DLM_MSG_BAST, 0);
    bast.bastmode = DLM_LOCK_EX;
    n['A'].receive({node_of('B'), node_of('A'), bast, {}});
    EXPECT_EQ(n.take_log(), "");
}

TEST(Reply, unlock_is_answered_by_whoever_was_asked)
{
    // Its last lock gone, M forgets the name, and B comes to master it.
    Mastered n("ABM");
    n.run("A1+PR; cut A; A1-");
    n.res('A').master = node_of('B');
    EXPECT_EQ(n.run("heal A"), "cA1=EUNLOCK");
}

TEST(Reply, user_flag_and_hash_must_fit)
{
    Mastered n;
    n.run("A1+PR; cut A; A1>EX");
    dlm_msg m = n.reply(DLM_MSG_CONVERT_REPLY, 0);
    m.flags = DLM_IFL_USER;
    n['A'].receive({node_of('M'), node_of('A'), m, {}});
    m.flags = 0;
    m.hash = n.res('A').hash + 1;
    n['A'].receive({node_of('M'), node_of('A'), m, {}});
    m.hash = 0;
    m.lkid = lkb(n).remid + 1;
    n['A'].receive({node_of('M'), node_of('A'), m, {}});
    EXPECT_EQ(n.take_log(), "");
    EXPECT_EQ(n.run("heal A"), "cA1=0");
}

TEST(Operation, unknown_or_wrong_id_is_refused_in_form_E)
{
    Mastered n("ABM");
    n.run("A1+PR");
    const u32 copy = n['M'].copy_of(node_of('A'), '1')->lkb.id;
    n.cut.insert(node_of('M'));
    for (const auto type : {DLM_MSG_CONVERT, DLM_MSG_UNLOCK, DLM_MSG_CANCEL}) {
        for (const u32 remid : {copy, copy + 77}) {
            dlm_msg m{};
            m.type = type;
            m.lkid = 4711;
            m.remid = remid;
            m.rqmode = DLM_LOCK_EX;
            n['M'].receive({node_of('A'), node_of('M'), m, {}});
            const dlm_msg answer = n.held().back().msg;
            EXPECT_EQ(answer.type, u32(type) + 4);
            EXPECT_EQ(answer.result, -ENOENT);
            EXPECT_EQ(answer.remid, 4711U);
            EXPECT_EQ(answer.nodeid, node_of('A'));
            EXPECT_EQ(answer.lkid, 0U);
        }
    }
    // The right numbers from the wrong node: no answer.
    const size_t before = n.held().size();
    dlm_msg m{};
    m.type = DLM_MSG_UNLOCK;
    m.lkid = lkb(n).id;
    m.remid = copy;
    n['M'].receive({node_of('B'), node_of('M'), m, {}});
    EXPECT_EQ(n.held().size(), before);
    EXPECT_EQ(n['M'].cl.nr_dropped, 1U);
    EXPECT_NE(n['M'].by_id(copy), nullptr);
}

TEST(Operation, conversion_of_a_lock_that_is_not_granted)
{
    Mastered n;
    n.run("M1+EX; A1+PR(vb)");
    dlm_msg m{};
    m.type = DLM_MSG_CONVERT;
    m.lkid = lkb(n).id;
    m.remid = n['M'].copy_of(node_of('A'), '1')->lkb.id;
    m.rqmode = DLM_LOCK_NL;
    n.cut.insert(node_of('M'));
    n['M'].receive({node_of('A'), node_of('M'), m, {}});
    EXPECT_EQ(n.held().back().msg.result, -EBUSY);
    EXPECT_EQ(n.held().back().msg.status, 1);
    EXPECT_EQ(n['M'].copy_of(node_of('A'), '1')->lkb.exflags, u32(DLM_LKF_VALBLK));
}

TEST(Operation, flags_are_echoed)
{
    // 4.4: a stock holder crashes if the USER bit comes back cleared.
    Mastered n;
    n.cut.insert(node_of('A'));
    n.run("M1+EX");
    dlm_msg m{};
    m.type = DLM_MSG_REQUEST;
    m.lkid = 4711;
    m.rqmode = DLM_LOCK_PR;
    m.flags = 0x8003;
    m.exflags = 0x100000 | DLM_LKF_VALBLK;
    m.asts = 3;
    n['M'].receive({node_of('A'), node_of('M'), m, {n.name().begin(), n.name().end()}});
    EXPECT_EQ(n.held().front().msg.flags, 0x8003U);
    EXPECT_EQ(n.held().front().msg.result, -EINPROGRESS);
    EXPECT_EQ(n.held().front().msg.status, 1);
    EXPECT_EQ(n.held().front().msg.exflags, 0x100000U | DLM_LKF_VALBLK);
    EXPECT_EQ(n.held().front().extra.size(), kLvblen);
    n.run("M1-");
    EXPECT_EQ(n.held().back().msg.type, u32(DLM_MSG_GRANT));
    EXPECT_EQ(n.held().back().msg.flags, 0x8003U);
    EXPECT_EQ(n.held().back().msg.grmode, DLM_LOCK_PR);
    EXPECT_EQ(n.held().back().msg.rqmode, DLM_LOCK_IV);
}

TEST(Operation, down_conversion_has_no_reply)
{
    Mastered n;
    n.run("A1+EX");
    EXPECT_EQ(n.run("A1>PR; A1>CW; A1>NL"), "cA1=0 cA1=0 cA1=0");
    // PR to CW is no down-conversion.
    EXPECT_EQ(n.sent(), "A:CONVERT A:CONVERT M:CONVERT_REPLY A:CONVERT");
}

TEST(Operation, reply_before_effects)
{
    Mastered n("ABM");
    n.run("A1+EX; B1+PR");
    EXPECT_EQ(n.run("A1-"), "cA1=EUNLOCK cB1=0");
    EXPECT_EQ(n.sent(), "A:UNLOCK M:UNLOCK_REPLY M:GRANT");
    EXPECT_EQ(n.run("A1+EX"), "bB1=EX");
    EXPECT_EQ(n.sent(), "A:REQUEST M:REQUEST_REPLY M:BAST");
}

TEST(Operation, conversion_changes_whether_blocking_callbacks_are_wanted)
{
    Mastered n;
    n.run("A1+NL");
    Node::Lock *copy = n['M'].copy_of(node_of('A'), '1');
    EXPECT_TRUE(copy->lkb.state & DLM_LKB_WANT_BAST);
    const dlm_convert_args args{DLM_LOCK_PR, DLM_LKF_CONVERT, nullptr, 0, false};
    auto *op = static_cast<dlm_op *>(calloc(1, sizeof(dlm_op)));
    n['A'].nr_ops++;
    op->kind = DLM_OP_CONVERT;
    op->ast = [](void *) {};
    EXPECT_EQ(dlm_owner_convert(&n['A'].cl, &lkb(n), op, &args), 0);
    n.settle();
    EXPECT_FALSE(copy->lkb.state & DLM_LKB_WANT_BAST);
    EXPECT_EQ(n.run("M1+EX"), "");
    EXPECT_EQ(n.sent(), "");
}

/* ---- no memory for a message ---- */

TEST(NoMemory, own_operations_are_tried_again)
{
    Nodes n("AM");
    n.run("M9+NL");
    for (const char *step : {"A1+PR", "A1>EX", "A1>NL", "A1-"}) {
        n['A'].fail_sends = 1;
        EXPECT_EQ(n.run(step), "") << step;
        EXPECT_EQ(n['A'].own('1')->delay_ms, 10U);
        EXPECT_EQ(n.run("retry A"), std::string(step) == "A1-" ? "cA1=EUNLOCK" : "cA1=0") << step;
    }
}

TEST(NoMemory, X7_a_lookup_that_could_not_be_sent_is_tried_again)
{
    Nodes n("AM");
    n['A'].fail_sends = 1;
    EXPECT_EQ(n.run("A1+PR"), "");
    EXPECT_EQ(n.sent(), "");
    EXPECT_EQ(n.run("A2+PR"), "") << "waits behind it";
    EXPECT_EQ(n.run("retry A"), "cA1=0 cA2=0");
}

TEST(NoMemory, cancel_on_top_waits_for_the_answer)
{
    Mastered n;
    n.run("M8+EX; A1+NL(exp); cut A; A1>PR");
    n['A'].fail_sends = 1;
    EXPECT_EQ(n.run("A1x"), "");
    EXPECT_EQ(n.run("heal A"), "bM8=PR cA1=ECANCEL");
}

TEST(NoMemory, GRANT_and_BAST_keep_their_order)
{
    Mastered n;
    n.run("M1+EX; A1+PR; M2+EX");
    n['M'].fail_sends = 1;
    EXPECT_EQ(n.run("M1-"), "cM1=EUNLOCK");
    Node::Lock *copy = n['M'].copy_of(node_of('A'), '1');
    EXPECT_TRUE(copy->lkb.state & DLM_LKB_GRANT_UNSENT);
    EXPECT_EQ(copy->lkb.bast_unsent, DLM_LOCK_EX + 1);
    EXPECT_EQ(n.run("retry M"), "cA1=0 bA1=EX");
    EXPECT_EQ(n.sent(), "M:GRANT M:BAST");
    EXPECT_EQ(n.run("retry M"), "");
}

TEST(NoMemory, unsent_grant_and_cancel)
{
    Mastered n;
    n.run("M1+EX; A1+PR");
    n['M'].fail_sends = 1;
    n.run("M1-");
    // The master has granted, the owner has not heard of it and cancels.
    EXPECT_EQ(n.run("A1x"), "");
    EXPECT_EQ(n.run("retry M"), "cA1=0");
    EXPECT_EQ(n.run("A1-"), "cA1=EUNLOCK");
}

TEST(NoMemory, unsent_grant_and_unlock)
{
    Mastered n;
    n.run("M1+EX; A1+PR");
    n['M'].fail_sends = 1;
    n.run("M1-");
    EXPECT_EQ(n.run("A1-"), "cA1=EUNLOCK");
    EXPECT_EQ(n.run("retry M"), "");
    EXPECT_EQ(n.queues('M'), "G[M9:NL] C[] W[]");
}

}  // namespace
}  // namespace dlm::test
