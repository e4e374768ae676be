// SPDX-License-Identifier: GPL-2.0-or-later
// What members tell each other that they offer beyond the protocol. How it ends a round is
// recover_test.cc's.
#include "bench.hh"

extern "C" {
#include "cluster/features.h"
}

namespace dlm::test {
namespace {

struct Told : Bench {
    explicit Told(bool nodir_here = false, bool nodir_there = true)
    {
        cl.nodir = nodir_here;
        in.config.magic = DLM_WIRE_FEATURES_MAGIC;
        in.config.features = DLM_WIRE_FEATURE_SEARCH;
        if (nodir_there)
            in.config.features |= DLM_WIRE_FEATURE_NODIR_MODE;
    }
    int check(int from = 2) { return dlm_features_check(&cl, from, &in); }
    dlm_in in{};
};

TEST(Features, are_kept_with_the_member)
{
    Told t;
    t.check();
    EXPECT_EQ(dlm_features_of(&t.cl, 2), t.in.config.features);
    EXPECT_EQ(dlm_features_of(&t.cl, 3), 0U);
    t.in.config.magic++;
    t.check();
    EXPECT_EQ(dlm_features_of(&t.cl, 2), 0U) << "features of somebody else";
    EXPECT_EQ(t.check(7), 0) << "a stranger";
}

TEST(Features, modes_are_compared_once_both_rounds_have_begun)
{
    const struct {
        int theirs;
        u32 ours;
        bool compared;
    } kRows[] = {
        {0, 0, false},
        {DLM_RS_NODES, 0, false},
        {0, DLM_RS_NODES, false},
        {DLM_RS_NODES, DLM_RS_NODES, true},
        {DLM_RS_NODES | DLM_RS_NODES_ALL, DLM_RS_NODES, true},
    };
    for (const bool nodir_here : {false, true}) {
        for (const auto &row : kRows) {
            Told other(nodir_here, !nodir_here), same(nodir_here, nodir_here);
            for (Told *t : {&other, &same}) {
                t->in.rcom.result = row.theirs;
                t->cl.recover.status = row.ours;
            }
            EXPECT_EQ(other.check(), row.compared ? -EPROTO : 0);
            EXPECT_EQ(same.check(), 0);
            if (row.compared) {
                EXPECT_EQ(other.last_logged, nodir_here
                                                 ? "node 2 runs with directory, this one without"
                                                 : "node 2 runs without directory, this one with");
            }
        }
    }
}

}  // namespace
}  // namespace dlm::test
