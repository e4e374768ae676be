// SPDX-License-Identifier: GPL-2.0-or-later
// The order of the steps of a recovery, and what is accepted when (wire spec 7.3, 8.4,
// 8.8, 8.10).
#include <tuple>

#include "machine.hh"

namespace dlm::test {
namespace {

/* ---- the order of the steps ---- */

// This node is the only member, so barriers pass at once and only its shell is waited for.
struct Alone : Machine {
    Alone()
    {
        dlm_recover_exit(&cl);
        cl.view = dlm_view_alloc(nullptr, 0, 0);
        cl.gate = DLM_GATE_NEVER;
        dlm_recover_init(&cl, 1);
    }
    int start(const Ids &ids, const Ids &failed = {}, const Ids &renewed = {}, u64 now = 1)
    {
        std::vector<dlm_member> members;
        for (const int id : ids) {
            dlm_member m{};
            m.nodeid = id;
            m.weight = 1;
            for (const int r : renewed)
                m.renewed |= r == id;
            members.push_back(m);
        }
        failed_ = failed;
        return dlm_recover_start(&cl, members.data(), int(members.size()), is_failed, this, now);
    }
    static bool is_failed(void *arg, int nodeid, u32)
    {
        const Ids &failed = static_cast<Alone *>(arg)->failed_;
        return std::find(failed.begin(), failed.end(), nodeid) != failed.end();
    }
    dlm_recover_state state() const { return cl.recover.state; }
    void visited(u32 nr_sent = 0)
    {
        dlm_recover_visited(&cl, cl.recover.epoch, visits.back(), nr_sent, 2);
    }
    void finish()
    {
        for (int i = 0; i < 20 && state() != DLM_RECOVER_RUNNING; i++) {
            if (cl.recover.visiting)
                visited();
            else if (state() == DLM_RECOVER_PURGE)
                dlm_recover_saved_purged(&cl, cl.recover.epoch, 2);
            else if (state() == DLM_RECOVER_DRAIN)
                dlm_recover_drained(&cl, cl.recover.epoch, 2);
            else if (state() == DLM_RECOVER_SLOTS)
                dlm_recover_slots_called(&cl, cl.recover.epoch, 2);
        }
        EXPECT_EQ(state(), DLM_RECOVER_RUNNING);
    }
    Ids failed_;
};

TEST(Steps, of_a_first_recovery)
{
    Alone a;
    EXPECT_EQ(a.start({1}), 0);
    EXPECT_EQ(a.cl.recover.epoch, 1u);
    EXPECT_EQ(a.cl.view->number, 1u);
    EXPECT_TRUE(a.held) << "no callbacks meanwhile";
    EXPECT_EQ(a.added, Ids{1});
    EXPECT_EQ(a.state(), DLM_RECOVER_PREPARE);
    EXPECT_EQ(a.cl.recover.status, 0u);
    EXPECT_EQ(a.cl.gate, DLM_GATE_NEVER);
    a.visited();
    EXPECT_EQ(a.state(), DLM_RECOVER_MASTERS);
    EXPECT_EQ(a.cl.recover.status, 0x0fu);
    EXPECT_EQ(a.cl.gate, DLM_GATE_CLOSED) << "messages are meant for us from now on";
    EXPECT_EQ(a.cl.recover.our_slot, 1);
    EXPECT_EQ(a.cl.view->members[0].slot, 0) << "not before all know";
    a.visited();
    EXPECT_EQ(a.state(), DLM_RECOVER_PURGE)
        << "nobody is gone: no locks to send, nothing to finish";
    EXPECT_EQ(a.cl.recover.status, 0x3fu);
    EXPECT_EQ(a.purges, 1);
    EXPECT_EQ(a.opens, 0);
    dlm_recover_saved_purged(&a.cl, 1, 2);
    EXPECT_EQ(a.state(), DLM_RECOVER_DRAIN);
    EXPECT_EQ(a.cl.recover.status, 0xffu);
    EXPECT_EQ(a.cl.view->members[0].slot, 1);
    EXPECT_FALSE(a.held);
    EXPECT_EQ(a.opens, 1);
    dlm_recover_drained(&a.cl, 1, 2);
    EXPECT_EQ(a.state(), DLM_RECOVER_GRANT);
    EXPECT_EQ(a.completions, 0);
    a.visited();
    EXPECT_EQ(a.state(), DLM_RECOVER_RUNNING);
    EXPECT_EQ(a.completions, 1);
    EXPECT_EQ(a.visits,
              (std::vector<dlm_visit>{DLM_VISIT_PREPARE, DLM_VISIT_MASTERS, DLM_VISIT_GRANT}));
}

TEST(Steps, of_a_recovery_from_a_death)
{
    for (const bool nodir : {false, true}) {
        Alone a;
        a.cl.nodir = nodir;
        a.start({1});
        a.finish();
        a.visits.clear();
        dlm_recover_stop(&a.cl);
        EXPECT_EQ(a.state(), DLM_RECOVER_STOPPED);
        EXPECT_EQ(a.cl.recover.epoch, 2u);
        EXPECT_EQ(a.cl.recover.status, 0u);
        if (!nodir) {
            dlm_view_free(a.cl.view);
            dlm_member members[2] = {};
            members[0].nodeid = 1;
            members[1].nodeid = 2;
            members[0].weight = members[1].weight = 1;
            members[0].slot = 1;
            members[1].slot = 2;
            a.cl.view = dlm_view_alloc(members, 2, 2);
        }
        EXPECT_EQ(a.start({1}, {2}), 0);
        EXPECT_EQ(a.cl.recover.neg, true);
        EXPECT_EQ(a.slot_calls.size(), nodir ? 0u : 1u);
        EXPECT_EQ(a.removed, nodir ? Ids{} : Ids{2});
        EXPECT_EQ(a.state(), nodir ? DLM_RECOVER_PREPARE : DLM_RECOVER_SLOTS);
        a.finish();
        EXPECT_EQ(a.visits,
                  (std::vector<dlm_visit>{DLM_VISIT_PREPARE, DLM_VISIT_MASTERS, DLM_VISIT_LOCKS,
                                          DLM_VISIT_FINISH, DLM_VISIT_GRANT}));
        EXPECT_EQ(a.cl.recover.nr_gone, 0);
        EXPECT_FALSE(a.cl.recover.neg);
        EXPECT_EQ(a.completions, 2);
    }
}

TEST(Steps, masters_and_locks_wait_for_all_answers)
{
    Alone a;
    a.cl.nodir = true;
    a.start({1});
    a.visited();
    for (const dlm_recover_state state : {DLM_RECOVER_MASTERS, DLM_RECOVER_LOCKS}) {
        ASSERT_EQ(a.state(), state);
        dlm_recover_answered(&a.cl, 3); /* before the visit has ended */
        EXPECT_EQ(a.state(), state);
        a.visited(3);
        EXPECT_EQ(a.state(), state);
        dlm_recover_answered(&a.cl, 3);
        EXPECT_EQ(a.state(), state);
        dlm_recover_answered(&a.cl, 4);
        EXPECT_EQ(a.cl.recover.now_ms, 4u);
        EXPECT_NE(a.state(), state);
    }
    EXPECT_EQ(a.state(), DLM_RECOVER_FINISH);
}

TEST(Steps, events_of_an_older_round_or_another_step_change_nothing)
{
    Alone a;
    a.start({1});
    const u64 epoch = a.cl.recover.epoch;
    dlm_recover_visited(&a.cl, epoch - 1, DLM_VISIT_PREPARE, 0, 2);
    dlm_recover_saved_purged(&a.cl, epoch, 2);
    dlm_recover_drained(&a.cl, epoch, 2);
    EXPECT_EQ(a.state(), DLM_RECOVER_PREPARE);
    a.visited();
    a.visited();
    ASSERT_EQ(a.state(), DLM_RECOVER_PURGE);
    a.visits.push_back(DLM_VISIT_MASTERS);
    a.visited(5);
    EXPECT_EQ(a.cl.recover.nr_sent, 0u) << "no visit runs";
    dlm_recover_saved_purged(&a.cl, epoch - 1, 2);
    dlm_recover_drained(&a.cl, epoch, 2);
    EXPECT_EQ(a.state(), DLM_RECOVER_PURGE);
    dlm_recover_saved_purged(&a.cl, epoch, 2);
    dlm_recover_drained(&a.cl, epoch - 1, 2);
    dlm_recover_saved_purged(&a.cl, epoch, 2);
    EXPECT_EQ(a.state(), DLM_RECOVER_DRAIN);
}

TEST(Steps, a_start_over_an_unfinished_round_is_a_new_round)
{
    Alone a;
    a.start({1});
    a.visited();
    const u64 epoch = a.cl.recover.epoch;
    EXPECT_EQ(a.start({1}), 0);
    EXPECT_EQ(a.cl.recover.epoch, epoch + 2);
    EXPECT_EQ(a.state(), DLM_RECOVER_PREPARE);
    EXPECT_EQ(a.cl.recover.status, 0u);
    EXPECT_EQ(a.added, Ids{1}) << "once";
    a.finish();
    EXPECT_EQ(a.start({1}), -EBUSY);
}

TEST(Steps, a_stop_forgets_the_round_but_not_its_own_slot)
{
    Alone a;
    a.start({1});
    a.visited();
    a.cl.recover.waiting_for = 3;
    a.cl.recover.error = -EPROTO;
    dlm_recover_stop(&a.cl);
    EXPECT_EQ(a.cl.recover.nr_slots, 0);
    EXPECT_EQ(a.cl.recover.nr_polls, 0);
    EXPECT_FALSE(a.cl.recover.visiting);
    EXPECT_EQ(a.cl.recover.waiting_for, 0);
    EXPECT_EQ(a.cl.recover.error, 0);
    EXPECT_EQ(a.cl.recover.our_slot, 1);
    EXPECT_EQ(a.cl.recover.generation, 1u);
}

TEST(Steps, failing_is_for_rounds_only)
{
    for (int s = 0; s < DLM_RECOVER_STATE_NR; s++) {
        const bool no_round =
            s == DLM_RECOVER_STOPPED || s == DLM_RECOVER_RUNNING || s == DLM_RECOVER_ERROR;
        Machine m;
        m.cl.recover.state = dlm_recover_state(s);
        m.cl.recover.visiting = true;
        m.cl.recover.nr_polls = 2;
        dlm_recover_fail(&m.cl, -EPROTO);
        EXPECT_EQ(m.failures, no_round ? 0 : 1);
        EXPECT_EQ(m.cl.recover.state, no_round ? s : DLM_RECOVER_ERROR);
        EXPECT_EQ(m.cl.recover.error, no_round ? 0 : -EPROTO);
        EXPECT_EQ(m.cl.recover.visiting, no_round);
        EXPECT_EQ(m.cl.recover.nr_polls, no_round ? 2 : 0);
    }
}

TEST(Steps, members_that_go_stay_and_come)
{
    Alone a;
    a.start({1, 2, 3});
    a.added.clear();
    dlm_recover_stop(&a.cl);
    for (int i = 0; i < 3; i++) {
        a.cl.view->members[i].slot = u16(i + 1);
        a.cl.view->members[i].incarnation = 10;
    }
    EXPECT_EQ(a.start({1, 3, 4}, {2}, {3}), 0);
    EXPECT_EQ(a.removed, (Ids{2, 3}));
    EXPECT_EQ(a.added, (Ids{3, 4}));
    ASSERT_EQ(a.cl.recover.nr_gone, 2);
    EXPECT_EQ(a.cl.recover.gone[0].nodeid, 2);
    EXPECT_EQ(a.cl.recover.gone[0].slot, 2);
    EXPECT_TRUE(a.cl.recover.gone[0].failed);
    EXPECT_EQ(a.cl.recover.gone[1].nodeid, 3);
    EXPECT_FALSE(a.cl.recover.gone[1].failed);
    EXPECT_TRUE(dlm_recover_is_gone(&a.cl, 2));
    EXPECT_TRUE(dlm_recover_is_gone(&a.cl, 3));
    EXPECT_FALSE(dlm_recover_is_gone(&a.cl, 1));
    EXPECT_EQ(a.cl.view->members[0].slot, 1) << "what stays keeps its slot";
    EXPECT_EQ(a.cl.view->members[1].slot, 0) << "who came back is new";
    EXPECT_EQ(a.cl.view->members[2].slot, 0);
    EXPECT_TRUE(a.cl.recover.neg);

    // The list of the gone grows until a recovery completes.
    dlm_recover_stop(&a.cl);
    EXPECT_EQ(a.start({1}, {4}), 0);
    EXPECT_EQ(a.cl.recover.nr_gone, 4);
    EXPECT_TRUE(dlm_recover_is_gone(&a.cl, 2));
    EXPECT_TRUE(dlm_recover_is_gone(&a.cl, 4));
}

TEST(Steps, recover_slot_is_for_the_failed_that_had_one_and_once)
{
    struct Row {
        u16 slot;
        bool failed, called;
    } rows[] = {{2, true, true}, {0, true, false}, {2, false, false}};
    for (const Row &row : rows) {
        Alone a;
        a.start({1, 2});
        dlm_recover_stop(&a.cl);
        a.cl.view->members[1].slot = row.slot;
        a.start({1}, row.failed ? Ids{2} : Ids{});
        EXPECT_EQ(a.slot_calls.size(), row.called ? 1u : 0u);
        EXPECT_EQ(a.cl.recover.slots_running, row.called ? 1u : 0u);
        EXPECT_TRUE(a.cl.recover.gone[0].slot_called);
        dlm_recover_stop(&a.cl);
        a.start({1}, {2});
        EXPECT_EQ(a.slot_calls.size(), row.called ? 1u : 0u);
    }
}

TEST(Steps, weights_in_force_are_those_of_who_was_there_first)
{
    Alone a;
    dlm_member members[2] = {};
    members[0].nodeid = 1;
    members[0].weight = 1;
    members[1].nodeid = 2;
    members[1].weight = 3;
    ASSERT_EQ(dlm_recover_start(&a.cl, members, 2, Alone::is_failed, &a, 1), 0);
    EXPECT_EQ(a.cl.view->nr_array, 4);
    dlm_recover_stop(&a.cl);
    members[1].weight = 1;
    ASSERT_EQ(dlm_recover_start(&a.cl, members, 2, Alone::is_failed, &a, 1), 0);
    EXPECT_EQ(a.cl.view->nr_array, 4) << "nobody else has read the new weight";
    dlm_recover_stop(&a.cl);
    members[1].renewed = true;
    ASSERT_EQ(dlm_recover_start(&a.cl, members, 2, Alone::is_failed, &a, 1), 0);
    EXPECT_EQ(a.cl.view->nr_array, 2);
}

/* ---- what is accepted when ---- */

TEST(Accepts, by_state_and_bits)
{
    const u32 kTypes[] = {DLM_RCOM_STATUS,       DLM_RCOM_NAMES,        DLM_RCOM_LOOKUP,
                          DLM_RCOM_LOCK,         DLM_RCOM_STATUS_REPLY, DLM_RCOM_NAMES_REPLY,
                          DLM_RCOM_LOOKUP_REPLY, DLM_RCOM_LOCK_REPLY};
    for (const u32 type : kTypes) {
        const bool reply = type == DLM_RCOM_STATUS_REPLY || type == DLM_RCOM_NAMES_REPLY ||
                           type == DLM_RCOM_LOOKUP_REPLY || type == DLM_RCOM_LOCK_REPLY;
        const bool status = type == DLM_RCOM_STATUS || type == DLM_RCOM_STATUS_REPLY;
        const bool names = type == DLM_RCOM_NAMES || type == DLM_RCOM_NAMES_REPLY;
        for (const u32 bits : {0u, 0x01u, 0x05u}) {
            for (const bool stopped : {false, true}) {
                for (const u64 epoch : {4u, 5u, 6u}) {
                    Machine m;
                    dlm_rcom rc{};
                    rc.type = type;
                    rc.seq_reply = epoch;
                    m.cl.recover.status = bits;
                    m.cl.recover.state = stopped ? DLM_RECOVER_STOPPED : DLM_RECOVER_DIR;
                    bool good = status || (names && bits >= 1) || bits == 5;
                    if (stopped && type != DLM_RCOM_STATUS)
                        good = false;
                    if (reply && epoch != 5)
                        good = false;
                    EXPECT_EQ(dlm_recover_accepts(&m.cl, &rc), good)
                        << type << " " << bits << stopped << epoch;
                }
            }
        }
    }
}

TEST(Saved, stale_is_what_the_new_view_has_no_use_for)
{
    for (u32 type = DLM_MSG_REQUEST; type <= DLM_MSG_PURGE; type++) {
        const bool directory =
            type == DLM_MSG_REMOVE || type == DLM_MSG_LOOKUP || type == DLM_MSG_LOOKUP_REPLY;
        Machine m;
        m.gone(3);
        EXPECT_EQ(dlm_saved_stale(&m.cl, 2, type), directory) << type;
        EXPECT_TRUE(dlm_saved_stale(&m.cl, 3, type)) << "it died, and may be back";
        EXPECT_TRUE(dlm_saved_stale(&m.cl, 7, type)) << "a stranger";
        m.cl.nodir = true;
        EXPECT_TRUE(dlm_saved_stale(&m.cl, 2, type)) << "everything is sent again";
    }
}

/* ---- memory ---- */

int allocations_left;

bool next_fails(size_t, gfp_t)
{
    return allocations_left-- == 0;
}

// Each field by name: one that is added does not compile until it stands here too.
auto fields(const dlm_recover &recover)
{
    const auto &[state, epoch, status, generation, our_slot, rc_id, now_ms, timeout_ms, waiting_for,
                 error, visiting, slots_running, nr_sent, nr_answered, neg, gone, nr_gone, polls,
                 nr_polls, slots, nr_slots] = recover;
    return std::make_tuple(state, epoch, status, generation, our_slot, rc_id, now_ms, timeout_ms,
                           waiting_for, error, visiting, slots_running, nr_sent, nr_answered, neg,
                           gone, nr_gone, polls, nr_polls, slots, nr_slots);
}

TEST(Start, without_memory_changes_nothing)
{
    int nr = 0;
    for (bool failed = true; failed; nr++) {
        Alone a;
        a.start({1});
        a.finish();
        dlm_recover_stop(&a.cl);
        const dlm_view *view = a.cl.view;
        const dlm_recover before = a.cl.recover;
        const size_t live = dlm_platform_allocs_live();
        allocations_left = nr;
        dlm_platform_alloc_hook = next_fails;
        const int err = a.start({1, 2});
        dlm_platform_alloc_hook = nullptr;
        failed = err != 0;
        if (!failed)
            break;
        EXPECT_EQ(err, -ENOMEM);
        EXPECT_EQ(dlm_platform_allocs_live(), live);
        EXPECT_EQ(a.cl.view, view);
        EXPECT_EQ(fields(a.cl.recover), fields(before));
        EXPECT_FALSE(a.held);
    }
    EXPECT_GE(nr, 9) << "two views of three parts, and three arrays";
}

TEST(Exit, gives_everything_back)
{
    Alone a;
    a.start({1});
    dlm_recover_exit(&a.cl);
    EXPECT_EQ(a.cl.view, nullptr);
    EXPECT_EQ(a.cl.recover.gone, nullptr);
    EXPECT_EQ(a.cl.recover.polls, nullptr);
    EXPECT_EQ(a.cl.recover.slots, nullptr);
}

}  // namespace
}  // namespace dlm::test
