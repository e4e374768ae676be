// SPDX-License-Identifier: GPL-2.0-or-later
// The search for deadlocks across resources, step by step on nodes that hold their records by hand:
// steps are carried from node to node in order, and what the nodes look like may be changed between
// any two of them. Each lock has its own resource lock order; nothing here is concurrent.
#include <gtest/gtest.h>

#include <cstring>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/board.hh"
extern "C" {
#include "cluster/cluster.h"
#include "cluster/detect.h"
}

namespace dlm::test {
namespace {

struct Step {
    int from, to;
    dlm_chain chain;
};

class Detect : public testing::Test {
protected:
    struct Node {
        dlm_cluster cl{};  // first: found from it
        Detect *net = nullptr;
    };
    struct Resource {
        dlm_resource at_master{};
        std::string name;
        int master = 0;
        std::map<int, std::unique_ptr<dlm_resource>> mirrors;
    };
    // One lock: the owner's record, and the master's if that is another node.
    struct Lock {
        int node = 0;
        dlm_lkb own{}, copy{};
        dlm_watch watch{};
        Resource *resource = nullptr;
        dlm_lkb &decisive() { return resource->master == node ? own : copy; }
    };

    Detect()
    {
        ops_.search = [](dlm_cluster *cl, int to, const dlm_chain *chain) {
            Node &node = *reinterpret_cast<Node *>(cl);
            node.net->steps_.push_back({cl->our_nodeid, to, *chain});
        };
        dlm_member members[3]{};
        for (int i = 0; i < 3; i++) {
            members[i].nodeid = i + 1;
            members[i].weight = 1;
            nodes_[i + 1].cl.ops = &ops_;
            nodes_[i + 1].cl.our_nodeid = i + 1;
            nodes_[i + 1].cl.gate = DLM_GATE_OPEN;
            nodes_[i + 1].net = this;
        }
        for (auto &[id, node] : nodes_)
            node.cl.view = dlm_view_alloc(members, 3, 1);
    }
    ~Detect() override
    {
        for (auto &[id, node] : nodes_)
            dlm_view_free(node.cl.view);
    }

    Resource &resource(const std::string &name, int master)
    {
        auto &made = resources_[name];
        if (!made) {
            made = std::make_unique<Resource>();
            made->name = name;
            made->master = master;
            init(made->at_master, *made);
        }
        return *made;
    }
    static void init(dlm_resource &res, Resource &r)
    {
        dlm_resource_init(&res, reinterpret_cast<const u8 *>(r.name.data()), u16(r.name.size()), 0,
                          0);
        res.master = r.master;
    }

    // Holds @mode, or waits for it.
    Lock &lock(int node, Resource &r, dlm_queue queue, int mode, u64 owner, u32 flags = 0)
    {
        auto owned = std::make_unique<Lock>();
        Lock &l = *owned;
        l.node = node;
        l.resource = &r;
        const u32 id = ++next_id_ + u32(node) * 100;
        dlm_resource *mine = &r.at_master;
        if (r.master != node) {
            auto &mirror = r.mirrors[node];
            if (!mirror) {
                mirror = std::make_unique<dlm_resource>();
                init(*mirror, r);
            }
            mine = mirror.get();
        }
        put(l.own, *mine, id, queue, mode, flags);
        if (r.master != node) {
            put(l.copy, r.at_master, id + 5000, queue, mode, flags);
            l.copy.state |= DLM_LKB_MASTER_COPY;
            l.copy.holder = node;
            l.copy.remid = id;
            l.own.remid = l.copy.id;
        }
        dlm_watch_init(&l.watch, id, owner);
        if (queue != DLM_QUEUE_GRANT)
            dlm_watch_begin(&l.watch, now_us_ - 1000 * ++age_);
        locks_.push_back(std::move(owned));
        return *locks_.back();
    }
    void put(dlm_lkb &lkb, dlm_resource &res, u32 id, dlm_queue queue, int mode, u32 flags)
    {
        dlm_lkb_init(&lkb, &res);
        lkb.id = id;
        lkb.exflags = flags;
        lkb.since_us = ++stamp_;
        (queue == DLM_QUEUE_GRANT ? lkb.granted_mode : lkb.requested_mode) = s8(mode);
        if (queue == DLM_QUEUE_CONVERT)
            lkb.granted_mode = DLM_LOCK_NL;
        dlm_engine_enqueue(&res, &lkb, queue);
    }
    Lock &holds(int node, Resource &r, u64 owner, int mode = DLM_LOCK_EX, u32 flags = 0)
    {
        return lock(node, r, DLM_QUEUE_GRANT, mode, owner, flags);
    }
    Lock &wants(int node, Resource &r, u64 owner, int mode = DLM_LOCK_EX, u32 flags = 0)
    {
        return lock(node, r, DLM_QUEUE_WAIT, mode, owner, flags);
    }

    void search(Lock &l)
    {
        dlm_chain chain;
        dlm_detect_start(&nodes_[l.node].cl, &l.own, &l.watch, &chain, ++round_, now_us_);
    }
    void search_all()
    {
        for (auto &l : locks_)
            if (l->own.queue == DLM_QUEUE_WAIT || l->own.queue == DLM_QUEUE_CONVERT)
                search(*l);
    }
    // Carries steps until none is left; @between is called before each with its number.
    void run(const std::function<void(int)> &between = {})
    {
        for (int nr = 0; !steps_.empty(); nr++) {
            ASSERT_LT(nr, 2000) << "it does not end";
            if (between)
                between(nr);
            Step step = steps_.front();
            steps_.pop_front();
            carry_out(step);
        }
    }
    void carry_out(Step &step)
    {
        dlm_chain &chain = step.chain;
        dlm_cluster *cl = &nodes_[step.to].cl;
        u8 bytes[DLM_WIRE_CHAIN_MAX];
        // As between two machines.
        const size_t len = dlm_wire_put_chain(bytes, &chain);
        ASSERT_TRUE(dlm_wire_chain_valid(bytes, len));
        dlm_wire_get_chain(&chain, bytes);
        const u32 id = chain.head.lkid;
        switch (chain.head.step) {
        case DLM_SEARCH_BLOCKERS:
            for (auto &l : locks_)
                if (l->resource->master == step.to && l->decisive().id == id)
                    dlm_detect_blockers(cl, &l->decisive(), &chain);
            break;
        case DLM_SEARCH_OWNER:
            if (Lock *l = own(step.to, id);
                l != nullptr && l->watch.owner != 0 && dlm_detect_holds(&l->own, &chain)) {
                waits_of(step.to, l->watch.owner, chain);
                dlm_detect_elsewhere(cl, &chain, l->watch.owner);
            }
            break;
        case DLM_SEARCH_OWNER_KEY: waits_of(step.to, chain.head.owner, chain); break;
        case DLM_SEARCH_WAIT:
            if (Lock *l = own(step.to, id))
                dlm_detect_wait(cl, &l->own, &l->watch, &chain, now_us_);
            break;
        case DLM_SEARCH_VICTIM:
            if (Lock *l = own(step.to, id))
                if (dlm_detect_is_victim(cl, &l->own, &l->watch, &chain)) {
                    victims_.push_back(l);
                    last_ = chain;
                }
            break;
        }
    }
    Lock *own(int node, u32 id)
    {
        for (auto &l : locks_)
            if (l->node == node && l->own.id == id && l->own.queue != DLM_QUEUE_NONE)
                return l.get();
        return nullptr;
    }
    void waits_of(int node, u64 owner, dlm_chain &chain)
    {
        const dlm_search head = chain.head;
        for (auto &l : locks_) {
            if (l->node != node || l->watch.owner != owner)
                continue;
            chain.head = head;
            dlm_detect_wait(&nodes_[node].cl, &l->own, &l->watch, &chain, now_us_);
        }
        chain.head = head;
    }
    // The wait ends: granted, or taken back.
    void gone(Lock &l)
    {
        dlm_engine_dequeue(l.own.res, &l.own);
        if (l.resource->master != l.node)
            dlm_engine_dequeue(l.copy.res, &l.copy);
    }

    dlm_cluster_ops ops_{};
    std::map<int, Node> nodes_;
    std::map<std::string, std::unique_ptr<Resource>> resources_;
    std::vector<std::unique_ptr<Lock>> locks_;
    std::deque<Step> steps_;
    std::vector<Lock *> victims_;
    dlm_chain last_{};
    u64 now_us_ = 1000000000;
    u64 stamp_ = 0;
    u64 age_ = 0;
    u32 next_id_ = 0;
    u32 round_ = 0;
};

constexpr u64 kA = 1, kB = 2, kC = 3;

TEST_F(Detect, P10_two_owners_two_resources)
{
    Resource &r = resource("r", 3), &s = resource("s", 1);
    holds(1, r, kA);
    holds(2, s, kB);
    Lock &older = wants(1, s, kA);
    Lock &younger = wants(2, r, kB);
    older.watch.since_us -= 1000000;
    search_all();
    run();
    ASSERT_EQ(victims_.size(), 1U);
    EXPECT_EQ(victims_[0], &younger);
    char text[400];
    dlm_detect_print(&last_, text, sizeof(text));
    EXPECT_NE(std::string(text).find("for EX on \"s\" held by 2:"), std::string::npos) << text;
    EXPECT_NE(std::string(text).find("for EX on \"r\" held by 1:"), std::string::npos) << text;
}

TEST_F(Detect, whichever_search_runs_exactly_one_finds_it)
{
    Resource &r = resource("r", 3), &s = resource("s", 1), &t = resource("t", 2);
    holds(1, r, kA);
    holds(2, s, kB);
    holds(3, t, kC);
    Lock *waits[] = {&wants(1, s, kA), &wants(2, t, kB), &wants(3, r, kC)};
    int found = 0;
    for (Lock *l : waits) {
        victims_.clear();
        search(*l);
        run();
        found += int(victims_.size());
    }
    EXPECT_EQ(found, 1);
}

TEST_F(Detect, NODLCKWT_is_no_victim)
{
    Resource &r = resource("r", 3), &s = resource("s", 1);
    holds(1, r, kA);
    holds(2, s, kB);
    Lock &older = wants(1, s, kA);
    Lock &younger = wants(2, r, kB, DLM_LOCK_EX, DLM_LKF_NODLCKWT);
    older.watch.since_us -= 1000000;
    search_all();
    run();
    ASSERT_EQ(victims_.size(), 1U);
    EXPECT_EQ(victims_[0], &older);
    // On both: nothing.
    victims_.clear();
    older.own.exflags |= DLM_LKF_NODLCKWT;
    (void)younger;
    search_all();
    run();
    EXPECT_TRUE(victims_.empty());
}

TEST_F(Detect, NODLCKBLK_blocks_nobody)
{
    Resource &r = resource("r", 3), &s = resource("s", 1);
    holds(1, r, kA);
    holds(2, s, kB, DLM_LOCK_EX, DLM_LKF_NODLCKBLK);
    wants(1, s, kA);
    wants(2, r, kB);
    search_all();
    run();
    EXPECT_TRUE(victims_.empty());
}

TEST_F(Detect, a_chain_without_cycle)
{
    Resource &r = resource("r", 3), &s = resource("s", 1);
    holds(1, r, kA);
    holds(2, s, kB);
    wants(2, r, kB);
    wants(3, s, kC);
    search_all();
    run();
    EXPECT_TRUE(victims_.empty());
}

TEST_F(Detect, who_cannot_be_told_apart_ends_the_search)
{
    Resource &r = resource("r", 3), &s = resource("s", 1);
    holds(1, r, kA);
    holds(2, s, 0);
    wants(1, s, kA);
    wants(2, r, 0);
    search_all();
    run();
    EXPECT_TRUE(victims_.empty());
}

TEST_F(Detect, owner_that_waits_for_itself)
{
    Resource &r = resource("r", 2);
    holds(1, r, kA);
    Lock &l = wants(1, r, kA);
    search_all();
    run();
    ASSERT_EQ(victims_.size(), 1U);
    EXPECT_EQ(victims_[0], &l);
}

TEST_F(Detect, behind_another_in_the_queue)
{
    // C wants PR on r behind A's EX, which waits for B's PR; B waits for C on s.
    Resource &r = resource("r", 3), &s = resource("s", 1);
    holds(2, r, kB, DLM_LOCK_PR);
    holds(3, s, kC);
    wants(1, r, kA, DLM_LOCK_EX);
    Lock &c = wants(3, r, kC, DLM_LOCK_PR);
    wants(2, s, kB);
    search_all();
    run();
    ASSERT_EQ(victims_.size(), 1U);
    // With NOORDER the queue is nothing to it.
    victims_.clear();
    c.decisive().exflags |= DLM_LKF_NOORDER;
    search_all();
    run();
    EXPECT_TRUE(victims_.empty());
}

TEST_F(Detect, a_bystander_in_the_queue_is_not_to_blame)
{
    // A and B wait for each other; C's request stands before A's, and would be no help.
    Resource &r = resource("r", 3), &s = resource("s", 1);
    holds(1, r, kA);
    holds(2, s, kB);
    Lock &c = wants(3, s, kC);
    wants(1, s, kA);
    wants(2, r, kB);
    c.watch.since_us = now_us_;  // the youngest of all
    search_all();
    run();
    ASSERT_EQ(victims_.size(), 1U);
    EXPECT_NE(victims_[0], &c);
}

// However the search comes upon them.
TEST_F(Detect, bystanders_before_and_behind)
{
    Resource &r = resource("r", 3), &s = resource("s", 1);
    holds(1, r, kA);
    holds(2, s, kB);
    Lock &before = wants(1, s, kC);
    Lock &a = wants(1, s, kA);
    Lock &behind = wants(3, s, 4);
    Lock &before_b = wants(1, r, 5);
    Lock &b = wants(2, r, kB);
    for (Lock *l : {&before, &behind, &before_b})
        l->watch.since_us = now_us_;
    search_all();
    run();
    ASSERT_EQ(victims_.size(), 1U);
    EXPECT_TRUE(victims_[0] == &a || victims_[0] == &b);
}

TEST_F(Detect, conversion_that_holds_a_mode_blocks)
{
    Resource &r = resource("r", 3), &s = resource("s", 1);
    Lock &a = lock(1, r, DLM_QUEUE_CONVERT, DLM_LOCK_EX, kA);
    for (dlm_lkb *lkb : {&a.own, &a.copy})
        dlm_engine_set_granted(lkb->res, lkb, DLM_LOCK_PR);
    holds(2, s, kB);
    wants(1, s, kA);
    wants(2, r, kB, DLM_LOCK_EX);
    search_all();
    run();
    ASSERT_EQ(victims_.size(), 1U);
}

TEST_F(Detect, owner_on_several_nodes)
{
    const u64 everywhere = kA | DLM_OWNER_EVERYWHERE;
    Resource &r = resource("r", 3), &s = resource("s", 1);
    holds(1, r, everywhere);  // holds on node 1, waits on node 3
    holds(2, s, kB);
    wants(3, s, everywhere);
    wants(2, r, kB);
    search_all();
    run();
    EXPECT_EQ(victims_.size(), 1U);
}

TEST_F(Detect, the_same_key_on_two_nodes_is_two_owners)
{
    Resource &r = resource("r", 3), &s = resource("s", 1);
    holds(1, r, kA);
    holds(2, s, kB);
    wants(3, s, kA);
    wants(2, r, kB);
    search_all();
    run();
    EXPECT_TRUE(victims_.empty());
}

// Before any one step, one wait of the cycle ends and another begins at once: there was no cycle.
TEST_F(Detect, what_changes_between_the_walks_is_no_cycle)
{
    int steps = 0;
    for (int at = 0;; at++) {
        SetUp();
        locks_.clear();
        resources_.clear();
        victims_.clear();
        steps_.clear();
        Resource &r = resource("r", 3), &s = resource("s", 1);
        holds(1, r, kA);
        holds(2, s, kB);
        Lock &a = wants(1, s, kA);
        Lock &b = wants(2, r, kB);
        (void)b;
        bool changed = false;
        search(a);
        run([&](int nr) {
            steps = nr;
            // It comes and goes; the search may have seen it, the cycle was never whole after it.
            if (nr == at && steps_.front().chain.head.step != DLM_SEARCH_VICTIM) {
                changed = true;
                a.watch.since_us += 5;
            }
        });
        if (!changed)
            break;
        EXPECT_TRUE(victims_.empty()) << "changed before step " << at;
    }
    EXPECT_GE(steps, 8);
}

TEST_F(Detect, a_holder_that_let_go_and_came_back_is_another)
{
    for (int at = 0; at < 9; at++) {
        locks_.clear();
        resources_.clear();
        victims_.clear();
        Resource &r = resource("r", 3), &s = resource("s", 1);
        Lock &held = holds(1, r, kA);
        holds(2, s, kB);
        Lock &a = wants(1, s, kA);
        wants(2, r, kB);
        search(a);
        int first_seen = -1;
        run([&](int nr) {
            const dlm_chain &chain = steps_.front().chain;
            if (chain.head.nr_links == 2 && first_seen < 0)
                first_seen = nr;
            // Between the two looks at it.
            const bool confirmed =
                (chain.head.flags & DLM_WIRE_SEARCH_CONFIRM) != 0 && chain.head.at == 2;
            if (nr == at && first_seen >= 0 && !confirmed && chain.head.step != DLM_SEARCH_VICTIM &&
                chain.links[1].grant_us != 0)
                held.decisive().since_us += 7;
        });
        if (held.decisive().since_us > 1000) {
            EXPECT_TRUE(victims_.empty()) << at;
        }
    }
}

// The master does not know yet that it is being given back; its owner does.
TEST_F(Detect, a_lock_that_is_being_unlocked_blocks_nobody)
{
    Resource &r = resource("r", 3), &s = resource("s", 1);
    Lock &held = holds(1, r, kA);
    holds(2, s, kB);
    wants(1, s, kA);
    wants(2, r, kB);
    dlm_op unlock{};
    held.own.op_unlock = &unlock;
    search_all();
    run();
    EXPECT_TRUE(victims_.empty());
    // The same of a down-conversion, which the owner completes by itself.
    held.own.op_unlock = nullptr;
    dlm_engine_set_granted(held.own.res, &held.own, DLM_LOCK_NL);
    search_all();
    run();
    EXPECT_TRUE(victims_.empty());
}

TEST_F(Detect, two_searches_of_one_wait_choose_one_victim)
{
    Resource &r = resource("r", 3), &s = resource("s", 1);
    holds(1, r, kA);
    holds(2, s, kB);
    Lock &a = wants(1, s, kA);
    Lock &b = wants(2, r, kB);
    search(a);
    run();
    ASSERT_EQ(victims_.size(), 1U);
    // The other one seems to be younger the next time: its answer came late.
    Lock &other = victims_[0] == &a ? b : a;
    now_us_ += 30000000;
    search(a);
    run([&](int) {
        dlm_chain &chain = steps_.front().chain;
        for (u32 i = 0; i < chain.head.nr_links; i++)
            if (chain.links[i].lkid == other.own.id)
                chain.links[i].waited_ms = 0;
    });
    ASSERT_EQ(victims_.size(), 2U);
    EXPECT_EQ(victims_[0], victims_[1]);
}

TEST_F(Detect, searches_in_a_crowd_end)
{
    // Readers of one resource that all want it alone, and all of another.
    Resource &r = resource("r", 3), &s = resource("s", 1);
    for (u64 owner = 1; owner <= 12; owner++) {
        holds(int(owner % 3) + 1, r, owner, DLM_LOCK_PR);
        holds(int(owner % 3) + 1, s, owner, DLM_LOCK_PR);
    }
    for (u64 owner = 1; owner <= 12; owner++) {
        wants(int(owner % 3) + 1, r, owner);
        wants(int(owner % 3) + 1, s, owner);
    }
    search(*locks_[24]);
    run();
    EXPECT_FALSE(victims_.empty());
}

TEST_F(Detect, a_chain_that_is_too_long_is_given_up)
{
    const int n = DLM_WIRE_SEARCH_LINKS_MAX + 1;
    for (int i = 0; i < n; i++)
        holds(1, resource("r" + std::to_string(i), 2), u64(i) + 1);
    for (int i = 0; i < n; i++)
        wants(1, resource("r" + std::to_string((i + 1) % n), 2), u64(i) + 1);
    search_all();
    run();
    EXPECT_TRUE(victims_.empty());
}

TEST(Chain, bytes_and_what_is_no_chain)
{
    dlm_chain chain{}, back{};
    u8 bytes[DLM_WIRE_CHAIN_MAX];
    chain.head.step = DLM_SEARCH_WAIT;
    chain.head.nr_links = 2;
    chain.head.at = 1;
    for (int i = 0; i < 2; i++) {
        chain.links[i].nodeid = u32(i) + 1;
        chain.links[i].lkid = 77;
        chain.links[i].wait_us = 0x1122334455667788;
        chain.links[i].rqmode = DLM_LOCK_PR;
        chain.links[i].grmode = DLM_LOCK_IV;
        chain.links[i].namelen = 64;
        memset(chain.links[i].name, 'n', 64);
    }
    const size_t len = dlm_wire_put_chain(bytes, &chain);
    EXPECT_EQ(len, 32U + 2 * 112);
    ASSERT_TRUE(dlm_wire_chain_valid(bytes, len));
    dlm_wire_get_chain(&back, bytes);
    EXPECT_EQ(memcmp(&back.head, &chain.head, sizeof(back.head)), 0);
    EXPECT_EQ(back.links[1].wait_us, 0x1122334455667788U);
    EXPECT_FALSE(dlm_wire_chain_valid(bytes, len - 1));
    EXPECT_FALSE(dlm_wire_chain_valid(bytes, 31));
    auto bad = [&](size_t offset, u8 value) {
        const u8 old = bytes[offset];
        bytes[offset] = value;
        const bool valid = dlm_wire_chain_valid(bytes, len);
        bytes[offset] = old;
        return !valid;
    };
    EXPECT_TRUE(bad(0, 0)) << "no step";
    EXPECT_TRUE(bad(0, DLM_SEARCH_STEP_NR));
    EXPECT_TRUE(bad(12, 0)) << "no link";
    EXPECT_TRUE(bad(12, 3)) << "more links than there are";
    EXPECT_TRUE(bad(16, 3)) << "beyond the links";
    EXPECT_TRUE(bad(32 + 4, 0)) << "no lock";
    EXPECT_TRUE(bad(32 + 44, 6)) << "no mode";
    EXPECT_TRUE(bad(32 + 45, 6)) << "no mode";
    EXPECT_TRUE(bad(32 + 112 + 46, 65)) << "name too long";
}

}  // namespace
}  // namespace dlm::test
