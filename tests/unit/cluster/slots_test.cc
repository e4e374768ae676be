// SPDX-License-Identifier: GPL-2.0-or-later
// Slots and generation: assigned by the low node, learnt by the others (wire spec 8.5).
#include "machine.hh"

namespace dlm::test {
namespace {

struct Claim {
    u16 had, says;
    u32 generation;
};

struct Assignment {
    const char *what;
    Claim claims[3];  // of 1 (this node), 2, 3
    std::vector<u16> slots;
    u32 generation;
    int errors;
};

TEST(Slots, assigned_by_the_low_node)
{
    const Assignment rows[] = {
        {"all fresh", {{0, 0, 0}, {0, 0, 0}, {0, 0, 0}}, {1, 2, 3}, 1, 0},
        {"kept", {{3, 3, 4}, {1, 1, 4}, {2, 2, 4}}, {3, 1, 2}, 5, 0},
        {"lowest free", {{2, 2, 4}, {0, 0, 0}, {4, 4, 4}}, {2, 1, 4}, 5, 0},
        {"two new ones", {{2, 2, 4}, {0, 0, 0}, {0, 0, 0}}, {2, 1, 3}, 5, 0},
        {"others know more", {{0, 0, 0}, {0, 2, 7}, {0, 3, 9}}, {1, 2, 3}, 10, 0},
        {"first knows most", {{1, 1, 9}, {2, 2, 7}, {3, 3, 4}}, {1, 2, 3}, 10, 0},
        {"forgotten by the member", {{1, 1, 4}, {2, 0, 0}, {3, 3, 4}}, {1, 2, 3}, 5, 0},
        {"says another than it had", {{1, 1, 4}, {2, 5, 4}, {3, 3, 4}}, {}, 4, 1},
        {"two say the same", {{0, 1, 4}, {0, 1, 4}, {0, 3, 4}}, {}, 4, 1},
        {"the last says the first's", {{0, 1, 4}, {0, 2, 4}, {0, 1, 4}}, {}, 4, 1},
    };
    for (const Assignment &row : rows) {
        Machine m;
        m.enter(DLM_RECOVER_NODES);
        m.cl.recover.our_slot = row.claims[0].says;
        m.cl.recover.generation = row.claims[0].generation;
        for (int i = 0; i < 3; i++) {
            m.cl.view->members[i].slot = row.claims[i].had;
            m.cl.recover.slots[i] = 77;
            if (i == 0)
                continue;
            m.poll(i + 1).our_slot = row.claims[i].says;
            m.poll(i + 1).generation = row.claims[i].generation;
        }
        const u32 generation = row.slots.empty() ? row.claims[0].generation : row.generation;
        m.cl.recover.nr_slots = 7;
        dlm_slots_assign(&m.cl);
        EXPECT_EQ(m.cl.recover.nr_slots, int(row.slots.size())) << row.what;
        EXPECT_EQ(m.cl.recover.generation, generation) << row.what;
        EXPECT_EQ(m.errors, row.errors) << row.what;
        for (size_t i = 0; i < row.slots.size(); i++)
            EXPECT_EQ(m.cl.recover.slots[i], row.slots[i]) << row.what;
        if (!row.slots.empty()) {
            EXPECT_EQ(m.cl.recover.our_slot, row.slots[0]) << row.what;
        }
    }
}

TEST(Slots, a_member_that_was_not_asked_claims_nothing)
{
    Machine m;
    m.enter(DLM_RECOVER_NODES);
    m.poll(2).our_slot = 4;
    m.poll(2).generation = 3;
    m.poll(3).our_slot = 6;
    m.cl.recover.nr_polls = 1;
    dlm_slots_assign(&m.cl);
    EXPECT_EQ(m.cl.recover.slots[1], 4);
    EXPECT_EQ(m.cl.recover.slots[2], 2);
}

TEST(Slots, what_lies_behind_the_members_is_nobody_s)
{
    for (const u16 behind : {0, 1}) {
        Machine m;
        m.allocate(4);
        m.enter(DLM_RECOVER_NODES);
        m.cl.recover.slots[3] = behind;
        dlm_slots_assign(&m.cl);
        EXPECT_EQ(m.cl.recover.slots[0], 1);
        EXPECT_EQ(m.cl.recover.slots[3], behind);
    }
}

TEST(Slots, more_members_than_the_message_has_room_for_get_none)
{
    for (const int nr : {int(DLM_WIRE_SLOTS_MAX), int(DLM_WIRE_SLOTS_MAX) + 1}) {
        Machine m;
        Ids ids;
        for (int i = 1; i <= nr; i++)
            ids.push_back(i);
        m.set_members(ids);
        m.allocate(size_t(nr));
        dlm_slots_assign(&m.cl);
        EXPECT_EQ(m.cl.recover.nr_slots, nr == DLM_WIRE_SLOTS_MAX ? nr : 0);
    }
}

struct Learning : Machine {
    Learning() : Machine(2) { enter(DLM_RECOVER_NODES); }
    void learn(const std::vector<std::pair<int, u16>> &slots, u32 generation)
    {
        std::vector<u8> bytes(slots.size() * DLM_WIRE_RCOM_SLOT_SIZE + 1);
        for (size_t i = 0; i < slots.size(); i++) {
            dlm_rcom_slot entry{};
            entry.nodeid = u32(slots[i].first);
            entry.slot = slots[i].second;
            dlm_wire_put_rcom_slot(bytes.data() + i * DLM_WIRE_RCOM_SLOT_SIZE, &entry);
        }
        dlm_in in{};
        in.config.num_slots = u16(slots.size());
        in.config.generation = generation;
        in.slots = bytes.data();
        dlm_slots_learn(&cl, &in);
    }
    std::vector<u16> slots() const
    {
        return {cl.recover.slots, cl.recover.slots + cl.recover.nr_slots};
    }
};

TEST(Slots, learnt_by_the_others)
{
    Learning l;
    l.learn({{1, 4}, {2, 5}, {3, 1}}, 3);
    EXPECT_EQ(l.slots(), (std::vector<u16>{4, 5, 1}));
    EXPECT_EQ(l.cl.recover.generation, 3u);
    EXPECT_EQ(l.cl.recover.our_slot, 5);
    EXPECT_EQ(l.errors, 0);
    l.learn({{1, 4}, {2, 5}, {3, 1}}, 4);
    EXPECT_EQ(l.errors, 0);
}

TEST(Slots, strangers_and_empty_slots_are_passed_over)
{
    Learning l;
    l.cl.recover.slots[0] = 9;
    l.learn({{9, 4}, {2, 0}, {3, 1}}, 3);
    EXPECT_EQ(l.slots(), (std::vector<u16>{0, 0, 1}));
    EXPECT_EQ(l.cl.recover.our_slot, 0);
    EXPECT_EQ(l.errors, 0);
}

TEST(Slots, none_listed_none_known)
{
    Learning l;
    l.cl.recover.nr_slots = 3;
    l.learn({}, 3);
    EXPECT_EQ(l.cl.recover.nr_slots, 0);
    EXPECT_EQ(l.cl.recover.generation, 3u);
}

TEST(Slots, an_own_slot_that_changes_is_logged_and_kept)
{
    Learning l;
    l.cl.recover.our_slot = 2;
    l.learn({{2, 5}}, 3);
    EXPECT_EQ(l.errors, 1);
    EXPECT_EQ(l.cl.recover.our_slot, 2);
    EXPECT_EQ(l.cl.recover.slots[1], 5);
    l.learn({{1, 6}, {3, 7}}, 4);
    EXPECT_EQ(l.errors, 1);
    EXPECT_EQ(l.cl.recover.our_slot, 2);
}

TEST(Slots, a_generation_that_does_not_rise_is_logged_and_taken)
{
    for (const u32 generation : {5u, 4u}) {
        Learning l;
        l.cl.recover.generation = 5;
        l.learn({{2, 1}}, generation);
        EXPECT_EQ(l.errors, 1);
        EXPECT_EQ(l.cl.recover.generation, generation);
    }
}

TEST(Slots, learnt_at_the_NODES_barrier_by_those_who_are_not_low_and_nowhere_else)
{
    Learning l;
    dlm_in in = l.answer(1, 0x02);
    in.config.generation = 6;
    dlm_recover_status_reply(&l.cl, 1, &in, 100);
    EXPECT_EQ(l.cl.recover.generation, 6u);
    Learning other;
    other.enter(DLM_RECOVER_DIR);
    in = other.answer(1, 0x08);
    in.config.generation = 6;
    dlm_recover_status_reply(&other.cl, 1, &in, 100);
    EXPECT_EQ(other.cl.recover.generation, 0u);
    Machine low;
    low.enter(DLM_RECOVER_NODES);
    in = low.answer(2, 0x01);
    in.config.generation = 6;
    dlm_recover_status_reply(&low.cl, 2, &in, 100);
    EXPECT_EQ(low.cl.recover.generation, 0u);
}

TEST(Slots, commit_gives_members_what_they_have)
{
    Machine m;
    for (int i = 0; i < 3; i++)
        m.cl.view->members[i].slot = 9;
    m.cl.recover.slots[0] = 1;
    m.cl.recover.slots[2] = 3;
    m.cl.recover.nr_slots = 2;
    dlm_slots_commit(&m.cl);
    EXPECT_EQ(m.cl.view->members[0].slot, 1);
    EXPECT_EQ(m.cl.view->members[1].slot, 9) << "without one it keeps the old";
    EXPECT_EQ(m.cl.view->members[2].slot, 9);
}

}  // namespace
}  // namespace dlm::test
