// SPDX-License-Identifier: GPL-2.0-or-later
// One resource on the node that becomes its master: locks are described to it as in a recovery,
// then it is finished and granted. What becomes of the value (lock-semantics 12.9) and of
// conversions between PR and CW (15.3).
#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/board.hh"
extern "C" {
#include "cluster/cluster.h"
#include "cluster/master.h"
#include "cluster/rebuild.h"
}

namespace dlm::test {
namespace {

constexpr int kUs = 1;
constexpr size_t kValueLen = 8;

struct Master {
    dlm_cluster cl{};  // first: found from it
    std::string sent;  // "GRANT:2:7", to node 2 for its lock 7
    std::vector<dlm_lkb *> deferred;
    std::vector<int> completed;
};

Master &of(dlm_cluster *cl)
{
    return *reinterpret_cast<Master *>(cl);
}

class Rebuild : public testing::Test {
protected:
    struct Lock {
        dlm_lkb lkb{};
        std::vector<u8> lvb = std::vector<u8>(kValueLen);
    };

    Rebuild()
    {
        ops_.send_rcom = [](dlm_cluster *, int, const dlm_rcom *, const void *, size_t) {
            return 0;
        };
        ops_.send_msg = [](dlm_cluster *cl, int to, const dlm_msg *m, const void *, size_t) {
            std::string &sent = of(cl).sent;
            sent += (sent.empty() ? "" : " ") + std::string(dlm_msg_type_name(m->type)) + ":" +
                    std::to_string(to) + ":" + std::to_string(m->remid);
            return 0;
        };
        ops_.now_us = [](dlm_cluster *) { return u64{1}; };
        ops_.resource_idle = [](dlm_cluster *, dlm_resource *) {};
        ops_.defer = [](dlm_cluster *cl, dlm_lkb *lkb, u32) { of(cl).deferred.push_back(lkb); };
        ops_.complete = [](dlm_cluster *cl, dlm_lkb *, dlm_op *op) {
            of(cl).completed.push_back(op->status);
        };
        ops_.lock_gone = [](dlm_cluster *, dlm_lkb *) {};
        cl_.ops = &ops_;
        cl_.our_nodeid = kUs;
        cl_.lvblen = kValueLen;
        cl_.gate = DLM_GATE_OPEN;
        dlm_member members[3]{};
        for (int i = 0; i < 3; i++) {
            members[i].nodeid = i + 1;
            members[i].weight = 1;
        }
        cl_.view = dlm_view_alloc(members, 3, 2);
        dlm_resource_init(&res_, reinterpret_cast<const u8 *>("r"), 1, jhash("r", 1, 0), kValueLen);
        res_.lvb = value_.data();
        res_.master = kUs;
        res_.state = DLM_RES_ACTIVE | DLM_RES_BECAME_MASTER | DLM_RES_NEW_MASTER;
    }
    ~Rebuild() override { dlm_view_free(cl_.view); }

    // As the owner's LOCK message says: "PR", or "PR>CW" for a conversion. Value: with VALBLK.
    Lock &describe(int from, u32 id, std::string_view modes, const char *value = nullptr,
                   u32 lvbseq = 0)
    {
        auto owned = std::make_unique<Lock>();
        Lock &lock = *owned;
        dlm_in in{};
        dlm_lkb_init(&lock.lkb, &res_);
        lock.lkb.id = 100 + id;
        lock.lkb.lvb = lock.lvb.data();
        in.lock.lkid = id;
        in.lock.lvbseq = lvbseq;
        in.lock.grmode = s8(mode_of(modes.substr(0, 2)));
        in.lock.rqmode = s8(modes.size() > 2 ? mode_of(modes.substr(3)) : DLM_LOCK_IV);
        in.lock.status = modes.size() > 2 ? DLM_QUEUE_CONVERT : DLM_QUEUE_GRANT;
        if (value != nullptr) {
            in.lock.exflags = DLM_LKF_VALBLK;
            in.lvb = reinterpret_cast<const u8 *>(value);
            in.lvb_len = strlen(value) + 1;
        }
        EXPECT_TRUE(dlm_rebuild_lock(&cl_, &res_, nullptr, &lock.lkb, from, &in));
        locks_.push_back(std::move(owned));
        return lock;
    }
    void finish()
    {
        dlm_rebuild_finish(&cl_, &res_);
        grant();
    }
    void grant()
    {
        for (dlm_lkb *lkb : std::exchange(master_.deferred, {}))
            dlm_master_deferred(&cl_, lkb);
        dlm_rebuild_grant(&cl_, &res_);
    }
    // An own lock that was converting at the old master.
    struct Own {
        dlm_lkb lkb{};
        dlm_op op{};
        Own(dlm_resource &res, int granted, int requested)
        {
            dlm_lkb_init(&lkb, &res);
            lkb.id = 1;
            lkb.granted_mode = s8(granted);
            lkb.requested_mode = s8(requested);
            op.kind = DLM_OP_CONVERT;
            op.mode = s8(requested);
            lkb.op = &op;
            dlm_engine_enqueue(&res, &lkb, DLM_QUEUE_CONVERT);
        }
        ~Own() { dlm_engine_dequeue(lkb.res, &lkb); }
    };
    bool invalid() const { return res_.state & DLM_RES_LVB_INVALID; }
    std::string value() const { return reinterpret_cast<const char *>(value_.data()); }

    dlm_cluster_ops ops_{};
    Master master_;
    dlm_cluster &cl_ = master_.cl;
    dlm_resource res_{};
    std::vector<u8> value_ = std::vector<u8>(kValueLen);
    std::vector<std::unique_ptr<Lock>> locks_;
    std::string &sent_ = master_.sent;
};

TEST_F(Rebuild, X10_a_value_that_nobody_kept_is_marked)
{
    describe(2, 7, "PR");
    describe(3, 8, "NL");
    finish();
    EXPECT_TRUE(invalid());
    EXPECT_FALSE(res_.state & DLM_RES_LVB_EXISTS);
}

TEST_F(Rebuild, R08_the_newest_of_those_who_may_not_have_seen_the_last_write)
{
    describe(2, 7, "CR", "older", 4);
    describe(3, 8, "NL", "newer", 5);
    finish();
    EXPECT_EQ(value(), "newer");
    EXPECT_TRUE(invalid());
}

TEST_F(Rebuild, R09_a_reader_that_excludes_writers_has_seen_it)
{
    describe(2, 7, "PR", "seen", 4);
    describe(3, 8, "CR", "other", 5);
    finish();
    EXPECT_EQ(value(), "seen");
    EXPECT_FALSE(invalid());
}

TEST_F(Rebuild, R12_an_own_lock_that_knows_it_is_invalid_keeps_it_so)
{
    Lock own;
    dlm_lkb_init(&own.lkb, &res_);
    own.lkb.id = 1;
    own.lkb.lvb = own.lvb.data();
    own.lkb.exflags = DLM_LKF_VALBLK;
    own.lkb.granted_mode = DLM_LOCK_PR;
    own.lkb.sb_flags = DLM_SBF_VALNOTVALID;
    dlm_engine_enqueue(&res_, &own.lkb, DLM_QUEUE_GRANT);
    finish();
    EXPECT_TRUE(invalid());
    dlm_engine_dequeue(&res_, &own.lkb);
}

TEST_F(Rebuild, X5_C11_the_alternative_mode_is_what_is_rebuilt)
{
    // Owners that record the alternative describe CW; with what was asked for they would conflict.
    Lock &a = describe(2, 7, "CW");
    Lock &b = describe(3, 8, "CW");
    finish();
    EXPECT_EQ(a.lkb.granted_mode, DLM_LOCK_CW);
    EXPECT_EQ(b.lkb.granted_mode, DLM_LOCK_CW);
    EXPECT_TRUE(dlm_engine_consistent(&res_));
}

TEST_F(Rebuild, X18_a_conversion_between_PR_and_CW_is_granted_when_nothing_is_in_its_way)
{
    Lock &lock = describe(2, 7, "PR>CW");
    finish();
    EXPECT_EQ(sent_, "GRANT:2:7");
    EXPECT_EQ(lock.lkb.granted_mode, DLM_LOCK_CW);
    EXPECT_EQ(lock.lkb.queue, DLM_QUEUE_GRANT);
}

TEST_F(Rebuild, X18_a_conversion_between_PR_and_CW_waits_for_a_reader_and_is_granted_after_it)
{
    Lock &lock = describe(2, 7, "PR>CW");
    Lock &reader = describe(3, 8, "PR");
    reader.lkb.state |= DLM_LKB_WANT_BAST;
    finish();
    EXPECT_EQ(sent_, "BAST:3:8");
    EXPECT_EQ(lock.lkb.queue, DLM_QUEUE_CONVERT);
    EXPECT_EQ(lock.lkb.granted_mode, DLM_LOCK_PR) << "what the reader's mode allows";
    sent_.clear();
    dlm_engine_dequeue(&res_, &reader.lkb);
    res_.state |= DLM_RES_TRY_GRANT;
    dlm_rebuild_grant(&cl_, &res_);
    EXPECT_EQ(sent_, "GRANT:2:7");
}

TEST_F(Rebuild, X18_a_conversion_that_turns_out_granted_cannot_be_cancelled_any_more)
{
    // The old master had granted it, and CW to others: its owner must not go on with PR.
    Lock &lock = describe(2, 7, "PR>CW");
    describe(3, 8, "CW");
    dlm_rebuild_finish(&cl_, &res_);
    EXPECT_EQ(sent_, "") << "nobody takes it before the end of the round";
    dlm_msg cancel{};
    cancel.type = DLM_MSG_CANCEL;
    cancel.lkid = 7;
    dlm_master_operation(&cl_, &lock.lkb, 2, &cancel, nullptr, 0);
    EXPECT_EQ(sent_, "CANCEL_REPLY:2:7");
    EXPECT_EQ(lock.lkb.granted_mode, DLM_LOCK_CW);
    grant();
    EXPECT_EQ(sent_, "CANCEL_REPLY:2:7 GRANT:2:7");
    EXPECT_TRUE(dlm_engine_consistent(&res_));
}

TEST_F(Rebuild, X18_conversions_both_ways_hold_the_same)
{
    Lock &a = describe(2, 7, "PR>CW");
    Lock &b = describe(3, 8, "CW>PR");
    dlm_rebuild_finish(&cl_, &res_);
    EXPECT_EQ(a.lkb.queue, DLM_QUEUE_GRANT);
    EXPECT_EQ(a.lkb.granted_mode, DLM_LOCK_CW);
    EXPECT_EQ(b.lkb.queue, DLM_QUEUE_CONVERT);
    EXPECT_EQ(b.lkb.granted_mode, DLM_LOCK_CW);
    EXPECT_TRUE(dlm_engine_consistent(&res_));
}

TEST_F(Rebuild, X18_an_own_conversion_may_have_been_granted_too)
{
    describe(3, 8, "CW");
    Own own(res_, DLM_LOCK_PR, DLM_LOCK_CW);
    dlm_rebuild_finish(&cl_, &res_);
    EXPECT_EQ(own.lkb.queue, DLM_QUEUE_GRANT);
    EXPECT_EQ(own.lkb.granted_mode, DLM_LOCK_CW);
    EXPECT_EQ(master_.completed, std::vector<int>{0});
    EXPECT_TRUE(dlm_engine_consistent(&res_));
}

TEST_F(Rebuild, X18_an_own_conversion_waits_for_a_reader)
{
    describe(3, 8, "PR");
    Own own(res_, DLM_LOCK_PR, DLM_LOCK_CW);
    dlm_rebuild_finish(&cl_, &res_);
    EXPECT_EQ(own.lkb.queue, DLM_QUEUE_CONVERT);
    EXPECT_EQ(own.lkb.granted_mode, DLM_LOCK_PR);
    EXPECT_TRUE(master_.completed.empty());
}

TEST_F(Rebuild, X18_only_a_new_master_doubts_its_own_conversions)
{
    res_.state = DLM_RES_ACTIVE | DLM_RES_RESOLVE;
    Own own(res_, DLM_LOCK_PR, DLM_LOCK_CW);
    dlm_rebuild_finish(&cl_, &res_);
    EXPECT_EQ(own.lkb.granted_mode, DLM_LOCK_PR);
    EXPECT_EQ(own.lkb.queue, DLM_QUEUE_CONVERT);
}

TEST_F(Rebuild, other_own_conversions_wait_as_they_did)
{
    describe(3, 8, "CR");
    Own own(res_, DLM_LOCK_CR, DLM_LOCK_EX);
    dlm_rebuild_finish(&cl_, &res_);
    EXPECT_EQ(own.lkb.granted_mode, DLM_LOCK_CR);
    EXPECT_EQ(own.lkb.queue, DLM_QUEUE_CONVERT);
}

}  // namespace
}  // namespace dlm::test
