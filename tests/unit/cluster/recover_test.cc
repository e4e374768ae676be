/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The recovery machine alone: nodes whose visits find nothing, in one process,
 * with messages that are delivered at once or held. What it tells its shell is
 * recorded.
 */
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

extern "C" {
#include "cluster/cluster.h"
#include "cluster/features.h"
#include "cluster/recover.h"
#include "wire/decode.h"
#include "wire/encode.h"
#include "wire/names.h"
}

namespace {

struct Net;

struct Node {
    dlm_cluster cl{};
    Net *net = nullptr;
    std::vector<int> slot_calls; /* node id * 1000 + slot */
    std::vector<std::string> log;
    std::vector<dlm_visit> visits;
    int completed = 0;
    int failed = 0;
    bool held = false;
    bool timer_armed = false;
    bool slots_by_hand = false;
    std::deque<dlm_visit> visit_due;
    bool purge_due = false, open_due = false, slots_due = false;
    bool alive = true;
    bool stock = false; /* sends 0 where this implementation tells its features */
};

struct Packet {
    int from, to;
    std::vector<u8> bytes;
};

struct Net {
    std::map<int, std::unique_ptr<Node>> nodes;
    std::deque<Packet> queue;
    std::map<u32, int> sent; /* by rc_type */
    std::set<int> mute;      /* nodes whose messages are held back */
    std::deque<Packet> held;
    u64 now_ms = 1000;

    Node &boot(int nodeid, u32 lvblen = 32, u32 lsflags = 0);
    void kill(int nodeid) { nodes.erase(nodeid); }
    int start(int nodeid, const std::vector<int> &members, const std::set<int> &failed = {},
              const std::set<int> &renewed = {});
    void start_all(const std::vector<int> &members, const std::set<int> &failed = {});
    void stop_all();
    bool step();
    void settle(int rounds = 3000);
    void deliver(const Packet &p);
    Node &at(int nodeid) { return *nodes.at(nodeid); }
};

Node &of(dlm_cluster *cl)
{
    return *reinterpret_cast<Node *>(cl);
}

/* rs_unused1, rs_unused2 and rf_unused1, rf_unused2 of the wire specification. */
void clear_features(u32 type, std::vector<u8> &payload)
{
    const size_t at = type == DLM_RCOM_STATUS ? 4 : 20;
    if (type == DLM_RCOM_STATUS || type == DLM_RCOM_STATUS_REPLY)
        std::fill_n(payload.data() + at, 12, 0);
}

int send_rcom(dlm_cluster *cl, int to, const dlm_rcom *rc, const void *extra, size_t len)
{
    Net &net = *of(cl).net;
    std::vector<u8> payload(static_cast<const u8 *>(extra), static_cast<const u8 *>(extra) + len);
    std::vector<u8> bytes(dlm_wire_rcom_size(rc->type, len));
    const dlm_wire_from from{cl->global_id, static_cast<u32>(cl->our_nodeid), 0};
    if (of(cl).stock)
        clear_features(rc->type, payload);
    EXPECT_EQ(
        dlm_wire_encode_rcom(bytes.data(), bytes.size(), &from, rc, payload.data(), payload.size()),
        bytes.size());
    net.sent[rc->type]++;
    Packet p{cl->our_nodeid, to, std::move(bytes)};
    if (net.mute.count(cl->our_nodeid))
        net.held.push_back(std::move(p));
    else
        net.queue.push_back(std::move(p));
    return 0;
}

int send_msg(dlm_cluster *, int, const dlm_msg *, const void *, size_t)
{
    ADD_FAILURE() << "a lock message in a recovery without locks";
    return 0;
}

void visit(dlm_cluster *cl, dlm_visit step)
{
    of(cl).visits.push_back(step);
    of(cl).visit_due.push_back(step);
}

void call_slots(dlm_cluster *cl, const dlm_gone *gone, int nr)
{
    Node &node = of(cl);
    for (int i = 0; i < nr; i++)
        if (gone[i].failed && gone[i].slot && !gone[i].slot_called)
            node.slot_calls.push_back(gone[i].nodeid * 1000 + gone[i].slot);
    node.slots_due = true;
}

void log_line(dlm_cluster *cl, int level, const char *fmt, ...)
{
    char text[200];
    va_list args;
    va_start(args, fmt);
    std::vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    if (level == DLM_LOG_ERROR)
        of(cl).log.push_back(text);
}

void recovered(dlm_cluster *cl, dlm_recover_result result)
{
    if (result == DLM_RECOVER_COMPLETE)
        of(cl).completed++;
    else
        of(cl).failed++;
}

const dlm_cluster_ops table = [] {
    dlm_cluster_ops ops{};
    ops.send_msg = send_msg;
    ops.send_rcom = send_rcom;
    ops.visit = visit;
    ops.arm_timer = [](dlm_cluster *cl, u32) { of(cl).timer_armed = true; };
    ops.member_added = [](dlm_cluster *, int) {};
    ops.member_removed = [](dlm_cluster *, int) {};
    ops.call_slots = call_slots;
    ops.hold_callbacks = [](dlm_cluster *cl, bool hold) { of(cl).held = hold; };
    ops.purge_saved = [](dlm_cluster *cl) { of(cl).purge_due = true; };
    ops.open_gate = [](dlm_cluster *cl) { of(cl).open_due = true; };
    ops.recovered = recovered;
    ops.log = log_line;
    return ops;
}();

Node &Net::boot(int nodeid, u32 lvblen, u32 lsflags)
{
    auto node = std::make_unique<Node>();
    node->net = this;
    node->cl.ops = &table;
    node->cl.our_nodeid = nodeid;
    node->cl.lvblen = lvblen;
    node->cl.lsflags = lsflags;
    dlm_recover_init(&node->cl, 0x1234567800000000ull + u64(nodeid) * 1000000);
    node->cl.view = dlm_view_alloc(nullptr, 0, 0);
    nodes[nodeid] = std::move(node);
    return *nodes[nodeid];
}

struct FailedSet {
    std::set<int> set;
};

bool is_failed(void *arg, int nodeid, u32)
{
    return static_cast<FailedSet *>(arg)->set.count(nodeid);
}

int Net::start(int nodeid, const std::vector<int> &members, const std::set<int> &failed,
               const std::set<int> &renewed)
{
    std::vector<dlm_member> list;
    for (int m : members) {
        dlm_member entry{};
        entry.nodeid = m;
        entry.weight = 1;
        entry.renewed = renewed.count(m);
        list.push_back(entry);
    }
    FailedSet arg{failed};
    return dlm_recover_start(&at(nodeid).cl, list.data(), int(list.size()), is_failed, &arg,
                             now_ms);
}

void Net::start_all(const std::vector<int> &members, const std::set<int> &failed)
{
    for (int m : members)
        EXPECT_EQ(start(m, members, failed), 0);
}

void Net::stop_all()
{
    for (auto &[id, node] : nodes) {
        node->visit_due.clear();
        node->purge_due = node->open_due = false;
        dlm_recover_stop(&node->cl);
    }
}

void Net::deliver(const Packet &p)
{
    auto found = nodes.find(p.to);
    dlm_in in;
    if (found == nodes.end())
        return;
    Node &node = *found->second;
    ASSERT_EQ(dlm_wire_decode(p.bytes.data(), p.bytes.size(), &in), DLM_WIRE_OK);
    if (!dlm_recover_accepts(&node.cl, &in.rcom))
        return;
    switch (in.rcom.type) {
    case DLM_RCOM_STATUS: dlm_recover_status_request(&node.cl, p.from, &in.rcom, &in.status); break;
    case DLM_RCOM_STATUS_REPLY: dlm_recover_status_reply(&node.cl, p.from, &in, now_ms); break;
    case DLM_RCOM_NAMES: {
        std::vector<u8> block(DLM_WIRE_NAMES_LEN);
        dlm_names_writer w;
        dlm_names_writer_init(&w, block.data());
        dlm_names_finish(&w);
        dlm_rcom rc{};
        rc.type = DLM_RCOM_NAMES_REPLY;
        rc.id = in.rcom.id;
        rc.seq_reply = in.rcom.seq;
        send_rcom(&node.cl, p.from, &rc, block.data(), block.size());
        break;
    }
    case DLM_RCOM_NAMES_REPLY:
        if (dlm_recover_names_wanted(&node.cl, p.from, &in.rcom))
            dlm_recover_names_done(&node.cl, p.from, nullptr, 0, 0, true, now_ms);
        break;
    }
}

/* One thing of what is due; false: nothing but timers. */
bool Net::step()
{
    if (!queue.empty()) {
        Packet p = std::move(queue.front());
        queue.pop_front();
        deliver(p);
        return true;
    }
    for (auto &[id, node] : nodes) {
        const u64 epoch = node->cl.recover.epoch;
        if (node->slots_due && !node->slots_by_hand) {
            node->slots_due = false;
            dlm_recover_slots_called(&node->cl, epoch, now_ms);
            return true;
        }
        if (!node->visit_due.empty()) {
            const dlm_visit v = node->visit_due.front();
            node->visit_due.pop_front();
            dlm_recover_visited(&node->cl, epoch, v, 0, now_ms);
            return true;
        }
        if (node->purge_due) {
            node->purge_due = false;
            dlm_recover_saved_purged(&node->cl, epoch, now_ms);
            return true;
        }
        if (node->open_due) {
            node->open_due = false;
            dlm_recover_drained(&node->cl, epoch, now_ms);
            return true;
        }
    }
    return false;
}

void Net::settle(int rounds)
{
    for (int i = 0; i < rounds; i++) {
        while (step()) {
        }
        now_ms += 10;
        for (auto &[id, node] : nodes) {
            if (!node->timer_armed)
                continue;
            node->timer_armed = false;
            dlm_recover_timer(&node->cl, now_ms);
        }
    }
}

u16 slot_of(Node &node, int member)
{
    return dlm_view_member(node.cl.view, member)->slot;
}

class Recover : public ::testing::Test {
protected:
    void TearDown() override
    {
        for (auto &[id, node] : net.nodes)
            dlm_recover_exit(&node->cl);
    }
    void leave(int nodeid)
    {
        dlm_recover_exit(&net.at(nodeid).cl);
        net.kill(nodeid);
    }
    Net net;
};

TEST_F(Recover, three_fresh_nodes_run_and_have_the_slots_of_the_spec)
{
    for (int n : {1, 2, 3})
        net.boot(n);
    net.start_all({1, 2, 3});
    net.settle();
    for (int n : {1, 2, 3}) {
        Node &node = net.at(n);
        EXPECT_EQ(node.cl.recover.state, DLM_RECOVER_RUNNING) << n;
        EXPECT_EQ(node.cl.recover.status, n == 1 ? 0xffu : 0x55u);
        EXPECT_EQ(node.cl.recover.generation, 1u);
        EXPECT_EQ(node.cl.recover.our_slot, n);
        for (int m : {1, 2, 3})
            EXPECT_EQ(slot_of(node, m), m);
        EXPECT_EQ(node.completed, 1);
        EXPECT_TRUE(node.slot_calls.empty());
        EXPECT_FALSE(node.held);
        EXPECT_TRUE(node.log.empty()) << node.log[0];
    }
}

/* The example at the end of wire spec 8.5. */
TEST_F(Recover, slots_stay_with_members_and_the_lowest_free_one_is_given)
{
    for (int n : {1, 2, 3})
        net.boot(n);
    net.start_all({1, 2, 3});
    net.settle();

    net.stop_all();
    leave(2);
    net.start_all({1, 3});
    net.settle();
    EXPECT_EQ(net.at(1).cl.recover.generation, 2u);
    EXPECT_EQ(net.at(3).cl.recover.our_slot, 3);

    net.stop_all();
    net.boot(4);
    net.start_all({1, 3, 4});
    net.settle();
    EXPECT_EQ(net.at(4).cl.recover.our_slot, 2);
    EXPECT_EQ(net.at(4).cl.recover.generation, 3u);

    net.stop_all();
    net.boot(2);
    net.start_all({1, 2, 3, 4});
    net.settle();
    EXPECT_EQ(net.at(2).cl.recover.our_slot, 4);
    for (int n : {1, 2, 3, 4}) {
        EXPECT_EQ(net.at(n).cl.recover.generation, 4u);
        EXPECT_EQ(slot_of(net.at(n), 2), 4);
        EXPECT_TRUE(net.at(n).slot_calls.empty()) << "an orderly leave is no failure";
    }
}

TEST_F(Recover, a_failed_member_is_told_once_with_its_slot)
{
    for (int n : {1, 2, 3})
        net.boot(n);
    net.start_all({1, 2, 3});
    net.settle();
    net.stop_all();
    leave(3);
    net.start_all({1, 2}, {3});
    net.settle();
    for (int n : {1, 2}) {
        EXPECT_EQ(net.at(n).slot_calls, std::vector<int>{3003});
        EXPECT_EQ(net.at(n).completed, 2);
        EXPECT_EQ(net.at(n).cl.recover.nr_gone, 0);
    }
}

/* Scenario R13, stock's defect X21. */
TEST_F(Recover, a_member_that_dies_while_slots_are_collected_keeps_its_slot)
{
    for (int n : {1, 2, 3})
        net.boot(n);
    net.start_all({1, 2, 3});
    net.settle();
    net.stop_all();
    leave(1);
    ASSERT_EQ(net.start(3, {2, 3}, {1}), 0); /* 3 waits for 2, which is not started */
    net.settle(20);
    EXPECT_NE(net.at(3).cl.recover.state, DLM_RECOVER_RUNNING);
    leave(2);
    net.at(3).visit_due.clear();
    dlm_recover_stop(&net.at(3).cl);
    ASSERT_EQ(net.start(3, {3}, {1, 2}), 0);
    net.settle();
    EXPECT_EQ(net.at(3).slot_calls, (std::vector<int>{1001, 2002}));
    EXPECT_EQ(net.at(3).completed, 2);
    EXPECT_EQ(net.at(3).cl.recover.status, 0xffu);
}

TEST_F(Recover, an_interrupted_round_is_made_up_for)
{
    for (int n : {1, 2, 3, 4})
        net.boot(n);
    net.start_all({1, 2, 3, 4});
    net.settle();
    net.stop_all();
    leave(4);
    for (int n : {1, 2, 3})
        ASSERT_EQ(net.start(n, {1, 2, 3}, {4}), 0);
    for (int i = 0; i < 25; i++)
        net.step();
    net.stop_all();
    leave(3);
    net.start_all({1, 2}, {3, 4});
    net.settle();
    for (int n : {1, 2}) {
        Node &node = net.at(n);
        EXPECT_EQ(node.cl.recover.state, DLM_RECOVER_RUNNING);
        EXPECT_EQ(node.slot_calls, (std::vector<int>{4004, 3003}));
    }
}

TEST_F(Recover, nothing_goes_on_before_recover_slot_has_returned)
{
    for (int n : {1, 2})
        net.boot(n);
    net.start_all({1, 2});
    net.settle();
    net.stop_all();
    leave(2);
    Node &node = net.at(1);
    node.slots_by_hand = true;
    ASSERT_EQ(net.start(1, {1}, {2}), 0);
    net.settle(50);
    EXPECT_EQ(node.cl.recover.state, DLM_RECOVER_SLOTS);
    EXPECT_TRUE(node.held);
    /* Not even after a stop and another start. */
    dlm_recover_stop(&node.cl);
    ASSERT_EQ(net.start(1, {1}), 0);
    net.settle(50);
    EXPECT_EQ(node.cl.recover.state, DLM_RECOVER_SLOTS);
    node.slots_due = false;
    dlm_recover_slots_called(&node.cl, 0, net.now_ms);
    net.settle();
    EXPECT_EQ(node.cl.recover.state, DLM_RECOVER_RUNNING);
    EXPECT_EQ(node.slot_calls, std::vector<int>{2002});
}

TEST_F(Recover, a_member_that_came_back_is_removed_and_added)
{
    for (int n : {1, 2})
        net.boot(n);
    net.start_all({1, 2});
    net.settle();
    net.stop_all();
    leave(2);
    net.boot(2);
    ASSERT_EQ(net.start(1, {1, 2}, {2}, {2}), 0);
    ASSERT_EQ(net.start(2, {1, 2}), 0);
    net.settle();
    EXPECT_EQ(net.at(1).slot_calls, std::vector<int>{2002});
    EXPECT_EQ(net.at(1).cl.recover.state, DLM_RECOVER_RUNNING);
    EXPECT_EQ(net.at(2).cl.recover.state, DLM_RECOVER_RUNNING);
    EXPECT_EQ(net.at(2).cl.recover.our_slot, 2);
}

TEST_F(Recover, a_different_value_block_length_fails_both)
{
    net.boot(1, 64);
    net.boot(2, 32);
    net.start_all({1, 2});
    net.settle(100);
    for (int n : {1, 2}) {
        EXPECT_EQ(net.at(n).failed, 1);
        EXPECT_EQ(net.at(n).cl.recover.error, -EPROTO);
        EXPECT_EQ(net.at(n).completed, 0);
    }
}

TEST_F(Recover, flags_are_compared_but_for_timewarn)
{
    net.boot(1, 32, DLM_LSFL_TIMEWARN);
    net.boot(2, 32, 0);
    net.start_all({1, 2});
    net.settle();
    EXPECT_EQ(net.at(1).completed, 1);
    EXPECT_EQ(net.at(2).completed, 1);

    Net other;
    other.boot(1, 32, 1);
    other.boot(2, 32, 0);
    other.start_all({1, 2});
    other.settle(100);
    EXPECT_EQ(other.at(1).cl.recover.error, -EPROTO);
    for (auto &[id, node] : other.nodes)
        dlm_recover_exit(&node->cl);
}

/* Lock-semantics 17.9: the in-tree module compares the flag and goes on using a directory. */
TEST_F(Recover, the_flag_nodir_is_shared_only_with_nodes_that_follow_it)
{
    for (int ours : {1, 2}) {
        Net mixed;
        for (int n : {1, 2}) {
            Node &node = mixed.boot(n, 32, DLM_LSFL_NODIR_BIT);
            node.stock = n != ours;
            node.cl.nodir = n == ours;
        }
        /* What stock cannot do, the test's does for it: it would see the difference too. */
        mixed.start_all({1, 2});
        mixed.settle(100);
        for (auto &[id, node] : mixed.nodes) {
            EXPECT_EQ(node->cl.recover.error, -EPROTO) << "node " << id;
            EXPECT_EQ(node->completed, 0);
        }
        EXPECT_EQ(mixed.at(ours).log.size(), 2u) << "the reason, and the end of the round";
        EXPECT_NE(mixed.at(ours).log.front().find("NODIR"), std::string::npos);
        for (auto &[id, node] : mixed.nodes)
            dlm_recover_exit(&node->cl);
    }
    for (int n : {1, 2})
        net.boot(n, 32, DLM_LSFL_NODIR_BIT).cl.nodir = true;
    net.start_all({1, 2});
    net.settle();
    EXPECT_EQ(net.at(1).completed, 1);
    EXPECT_EQ(net.at(2).completed, 1);
}

/* The answer to a stock member carries flags that differ from its own, whatever they are. */
TEST_F(Recover, a_node_without_features_is_shown_other_flags)
{
    Node &node = net.boot(1, 32, DLM_LSFL_NODIR_BIT);
    dlm_rcom_status asker{};
    dlm_rcom_config config{};
    dlm_features_answer(&node.cl, &asker, &config);
    for (u32 flags = 0; flags < 32; flags++)
        EXPECT_NE(config.lsflags, flags);
    dlm_features_ask(&node.cl, &asker);
    dlm_features_answer(&node.cl, &asker, &config);
    EXPECT_EQ(config.lsflags, u32{DLM_LSFL_NODIR_BIT});
    asker.magic++;
    dlm_features_answer(&node.cl, &asker, &config);
    EXPECT_NE(config.lsflags, u32{DLM_LSFL_NODIR_BIT}) << "features of somebody else";
}

TEST_F(Recover, members_with_and_without_directory_do_not_mix)
{
    net.boot(1).cl.nodir = true;
    net.boot(2);
    net.start_all({1, 2});
    net.settle(100);
    for (int n : {1, 2}) {
        EXPECT_EQ(net.at(n).cl.recover.error, -EPROTO);
        EXPECT_EQ(net.at(n).completed, 0);
    }

    /* With a stock member nobody can know. */
    Net mixed;
    mixed.boot(1).cl.nodir = true;
    Node &stock = mixed.boot(2);
    stock.stock = true;
    stock.cl.nodir = true;
    mixed.start_all({1, 2});
    mixed.settle();
    EXPECT_EQ(mixed.at(1).completed, 1);
    for (auto &[id, node] : mixed.nodes)
        dlm_recover_exit(&node->cl);
}

/* The control plane may set the mode of one node after another has begun. */
TEST_F(Recover, a_mode_that_is_set_after_another_has_begun_is_no_difference)
{
    net.boot(1).cl.nodir = true;
    Node &late = net.boot(2);
    ASSERT_EQ(net.start(1, {1, 2}), 0);
    net.settle(100);
    EXPECT_EQ(net.at(1).failed, 0);
    late.cl.nodir = true;
    ASSERT_EQ(net.start(2, {1, 2}), 0);
    net.settle();
    EXPECT_EQ(net.at(1).completed, 1);
    EXPECT_EQ(net.at(2).completed, 1);
}

TEST_F(Recover, a_silent_member_is_asked_again_with_a_new_number)
{
    for (int n : {1, 2})
        net.boot(n);
    net.mute.insert(2);
    net.start_all({1, 2});
    net.settle(1200); /* 12 s */
    EXPECT_EQ(net.at(1).completed, 0);
    EXPECT_EQ(net.at(1).cl.recover.waiting_for, 2);
    EXPECT_GE(net.sent[DLM_RCOM_STATUS], 3);
    EXPECT_LE(net.sent[DLM_RCOM_STATUS], 20) << "the pauses grow";
    net.mute.clear();
    net.settle();
    EXPECT_EQ(net.at(1).completed, 1);
    EXPECT_EQ(net.at(2).completed, 1);
}

TEST_F(Recover, messages_count_from_the_first_barrier_on)
{
    net.boot(1);
    Node &joiner = net.boot(2);
    joiner.cl.gate = DLM_GATE_NEVER;
    net.mute.insert(1);
    net.start_all({1, 2});
    net.settle(20);
    EXPECT_EQ(joiner.cl.gate, DLM_GATE_NEVER);
    net.mute.clear();
    /* The other may run before this node does; what it sends then must be kept. */
    for (int i = 0; i < 3000 && joiner.cl.recover.state < DLM_RECOVER_NAMES; i++)
        if (!net.step()) {
            net.now_ms += 10;
            for (auto &[id, node] : net.nodes)
                dlm_recover_timer(&node->cl, net.now_ms);
        }
    EXPECT_EQ(joiner.cl.gate, DLM_GATE_CLOSED);
}

TEST_F(Recover, starts_that_cannot_be_are_refused)
{
    Node &node = net.boot(1);
    EXPECT_EQ(net.start(1, {}), -EINVAL);
    EXPECT_EQ(net.start(1, {2, 3}), -EINVAL) << "this node is not in the list";
    EXPECT_EQ(net.start(1, {1, 1}), -EINVAL);
    EXPECT_EQ(node.cl.recover.state, DLM_RECOVER_STOPPED);
    EXPECT_EQ(node.cl.recover.epoch, 0u);
    EXPECT_EQ(net.start(1, {1}), 0);
    net.settle(10);
    EXPECT_EQ(node.cl.recover.state, DLM_RECOVER_RUNNING);
    EXPECT_EQ(net.start(1, {1}), -EBUSY);
    EXPECT_EQ(node.cl.recover.status, 0xffu);
}

TEST_F(Recover, an_answer_of_an_older_round_is_not_accepted)
{
    Node &node = net.boot(1);
    dlm_rcom rc{};
    ASSERT_EQ(net.start(1, {1}), 0);
    net.settle(10);
    rc.type = DLM_RCOM_LOCK_REPLY;
    rc.seq_reply = node.cl.recover.epoch - 1;
    EXPECT_FALSE(dlm_recover_accepts(&node.cl, &rc));
    rc.seq_reply = node.cl.recover.epoch;
    EXPECT_TRUE(dlm_recover_accepts(&node.cl, &rc));
    dlm_recover_stop(&node.cl);
    rc.type = DLM_RCOM_LOCK;
    EXPECT_FALSE(dlm_recover_accepts(&node.cl, &rc));
    rc.type = DLM_RCOM_STATUS;
    EXPECT_TRUE(dlm_recover_accepts(&node.cl, &rc)) << "STATUS is answered in any state";
}

TEST_F(Recover, a_list_of_names_without_progress_ends_the_round)
{
    net.boot(1);
    net.boot(2);
    net.mute.insert(2);
    net.start_all({1, 2});
    Node &node = net.at(1);
    /* Feed status answers by hand until the NAMES step. */
    net.mute.clear();
    for (int i = 0; i < 200 && node.cl.recover.state != DLM_RECOVER_NAMES; i++)
        if (!net.step()) {
            net.now_ms += 10;
            dlm_recover_timer(&node.cl, net.now_ms);
            dlm_recover_timer(&net.at(2).cl, net.now_ms);
        }
    ASSERT_EQ(node.cl.recover.state, DLM_RECOVER_NAMES);
    net.queue.clear();
    for (int i = 0; i < 20 && !node.failed; i++)
        dlm_recover_names_done(&node.cl, 2, nullptr, 0, 0, false, net.now_ms);
    EXPECT_EQ(node.failed, 1);
    EXPECT_EQ(node.cl.recover.error, -EPROTO);
}

}  // namespace
