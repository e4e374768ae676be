// SPDX-License-Identifier: GPL-2.0-or-later
// A world of daemons for tests of the change protocol: real Membership objects, kernels that only
// remember whether they run and with whom, links that deliver in order but at any time, and power
// cuts. The world knows the truth (who runs, who is dead) and checks each start against it; the
// daemons know only what they are told.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "daemon/membership.h"

namespace dlm::daemon::test {

class World {
public:
    explicit World(int nr_nodes, unsigned seed = 1) : random_(seed)
    {
        for (int id = 1; id <= nr_nodes; id++)
            ids_.insert(id);
        for (int id : ids_)
            boot(id);
    }

    // --- what happens to nodes -------------------------------------------------------------------

    void boot(int id)
    {
        Node &node = nodes_[id];
        node = {};
        node.on = true;
        node.boot = "boot" + std::to_string(++counter_);
        node.daemon = std::make_unique<Membership>(id, node.boot, ids_);
        for (int other : ids_)
            node.comm_epoch[other] = ++counter_;
    }

    // A node that was asked to leave has nothing left to recover: its death may count as its leave.
    void power_cut(int id)
    {
        nodes_[id].on = false;
        nodes_[id].daemon.reset();
        for (const auto &[name, kernel] : nodes_[id].kernels)
            if (!kernel.leaving)
                died_as_member_.insert({id, kernel.incarnation});
        for (auto &[pair, line] : lines_)
            if (pair.first == id || pair.second == id)
                line.broken = true;
        cuts++;
    }

    // The daemon ends in order, and the node goes off. Whoever does not hear of it waits.
    void leave_cluster(int id)
    {
        Node &node = nodes_[id];
        EXPECT_TRUE(node.daemon->leave_cluster());
        collect(id);
        while (!node.effects.empty())
            run_effect(id);
        power_cut(id);
        leaves++;
    }

    // The daemon dies and comes back; the kernel stops all lockspaces on its own.
    void restart_daemon(int id)
    {
        Node &node = nodes_[id];
        while (!node.effects.empty())
            run_effect(id);
        SavedState saved = node.daemon->saved_state();
        for (auto &[name, kernel] : node.kernels)
            kernel.running = false;
        for (auto &[pair, line] : lines_)
            if (pair.first == id || pair.second == id)
                line.broken = true;
        node.daemon = std::make_unique<Membership>(id, ids_, saved);
        collect(id);
        restarts++;
    }

    void join(int id, const std::string &name)
    {
        Node &node = nodes_[id];
        ASSERT_FALSE(node.kernels.contains(name));
        Kernel &kernel = node.kernels[name];
        kernel.incarnation = ++counter_;
        node.daemon->kernel_join(name, "join" + std::to_string(kernel.incarnation));
        collect(id);
    }

    void leave(int id, const std::string &name)
    {
        nodes_[id].kernels[name].leaving = true;
        nodes_[id].daemon->kernel_leave(name);
        collect(id);
    }

    // Told to one node only: it is the daemons' work to spread it.
    void declare_dead(int at, int id)
    {
        nodes_[at].daemon->node_dead(id);
        collect(at);
    }

    // --- links
    // ------------------------------------------------------------------------------------

    void connect(int a, int b)
    {
        Line &there = lines_[{a, b}], &back = lines_[{b, a}];
        if (there.open || back.open || !nodes_[a].on || !nodes_[b].on)
            return;
        there = Line{};
        back = Line{};
        there.open = back.open = true;
        there.queue.push_back(daemon(a).instance());
        back.queue.push_back(daemon(b).instance());
    }

    void connect_all()
    {
        for (int a : ids_)
            for (int b : ids_)
                if (a < b)
                    connect(a, b);
    }

    void break_link(int a, int b)
    {
        lines_[{a, b}].broken = lines_[{b, a}].broken = true;
        resets++;
    }

    // --- time
    // -------------------------------------------------------------------------------------

    // One thing of all that may happen next. False: nothing can.
    bool step()
    {
        std::vector<std::pair<int, int>> choices;  // {0, id}: effect of id; {a, b}: delivery a to b
        for (int id : ids_)
            if (nodes_[id].on && !nodes_[id].effects.empty())
                choices.push_back({0, id});
        for (auto &[pair, line] : lines_)
            if (line.open && (line.broken || !line.queue.empty()))
                choices.push_back(pair);
        if (choices.empty())
            return false;
        auto [from, to] = choices[pick(choices.size())];
        if (from == 0)
            run_effect(to);
        else
            deliver(from, to);
        return true;
    }

    // Connects whoever can be connected, and runs until nothing is left to do.
    void settle()
    {
        int idle = 0;  // connections that a peer refuses are tried a few times, then left
        for (int steps = 0; steps < 200000; steps++) {
            if (step())
                continue;
            size_t before = counter_of_open();
            connect_all();
            if (before == counter_of_open() || ++idle > 20)
                return;
        }
        ADD_FAILURE() << "the daemons never come to rest";
    }

    size_t pick(size_t limit)
    {
        return std::uniform_int_distribution<size_t>(0, limit - 1)(random_);
    }

    // --- the truth
    // --------------------------------------------------------------------------------

    struct KernelMember {
        int incarnation;     // of the member's lockspace, known to the world only
        std::string boot;    // of the member
        int comm_epoch = 0;  // of its comm directory on this node when it was last started with
        bool operator==(const KernelMember &) const = default;
    };

    struct Kernel {
        int incarnation = 0;
        bool running = false;
        bool answered = false;  // the join
        bool leaving = false;
        uint64_t change = 0;
        std::map<int, KernelMember> members;
    };

    struct Node {
        bool on = false;
        std::string boot;
        std::unique_ptr<Membership> daemon;
        std::deque<Effect> effects;
        std::map<std::string, Kernel> kernels;
        std::map<int, int> comm_epoch;  // 0: no directory
    };

    Node &node(int id) { return nodes_[id]; }
    Membership &daemon(int id) { return *nodes_[id].daemon; }
    const std::set<int> &ids() const { return ids_; }

    bool runs(int id, const std::string &name)
    {
        auto kernel = nodes_[id].kernels.find(name);
        return nodes_[id].on && kernel != nodes_[id].kernels.end() && kernel->second.running;
    }

    // After settle() with every death declared: whoever joined runs, with exactly those who did,
    // and nobody waits for an answer.
    void expect_quiet(const std::string &name)
    {
        std::set<int> users;
        for (int id : ids_)
            if (nodes_[id].on && nodes_[id].kernels.contains(name))
                users.insert(id);
        std::set<uint64_t> changes;
        for (int id : users) {
            Kernel &kernel = nodes_[id].kernels[name];
            EXPECT_TRUE(kernel.running) << "node " << id << " does not run " << name << "\n"
                                        << describe_all();
            EXPECT_TRUE(kernel.answered) << "node " << id;
            EXPECT_FALSE(kernel.leaving) << "node " << id << " still waits for its leave";
            changes.insert(kernel.change);
            std::set<int> seen;
            for (const auto &[member, entry] : kernel.members)
                seen.insert(member);
            EXPECT_EQ(seen, users) << "members on node " << id;
        }
        EXPECT_LE(changes.size(), 1u) << "members run since different changes";
        for (int id : ids_)
            if (nodes_[id].on) {
                EXPECT_TRUE(daemon(id).pending().empty()) << "node " << id << "\n"
                                                          << describe_all();
            }
    }

    // What a daemon believes, for the message of a failure.
    std::string describe(int id)
    {
        Membership &m = daemon(id);
        std::string text = m.zombie() ? "zombie" : "facts";
        for (const auto &[node, fact] : m.facts())
            text += " " + std::to_string(node) + ":" + std::to_string(fact.count) + "/" +
                    (fact.out == NodeFact::Out::dead ? "dead/" : "") + fact.boot +
                    (m.linked(node) ? "(linked)" : "");
        text += "; not agreed:";
        for (int node : m.not_agreed())
            text += " " + std::to_string(node);
        for (const auto &[name, change] : m.pending()) {
            text += "; pending " + name + " " + std::to_string(change.change) + " for";
            for (int node : change.waiting_for)
                text += " " + std::to_string(node);
        }
        return text;
    }

    std::string describe_all()
    {
        std::string text;
        for (int id : ids_)
            text += std::to_string(id) + " (" + nodes_[id].boot +
                    (nodes_[id].on ? "): " + describe(id) : "): off") + "\n";
        return text;
    }

    // A node is declared dead that lives: the barrier cannot hold then.
    bool administrator_lied = false;
    int starts = 0, cuts = 0, leaves = 0, restarts = 0, resets = 0, deliveries = 0;

private:
    struct Refused {
        HelloAnswer why;
        std::string instance;
    };
    using Item = std::variant<std::string, Message, Refused>;  // hello, message, refusal

    struct Line {  // one direction
        bool open = false;
        bool broken = false;
        bool accepted = false;  // the receiver has accepted the sender's hello
        std::deque<Item> queue;
    };

    size_t counter_of_open()
    {
        size_t open = 0;
        for (auto &[pair, line] : lines_)
            open += line.open;
        return open;
    }

    void collect(int id)
    {
        for (auto &effect : nodes_[id].daemon->take_effects())
            nodes_[id].effects.push_back(std::move(effect));
    }

    void close_both(int a, int b) { lines_[{a, b}].broken = lines_[{b, a}].broken = true; }

    void deliver(int from, int to)
    {
        Line &line = lines_[{from, to}];
        Node &node = nodes_[to];
        // What was sent before the break may still arrive, or not.
        if (line.broken && (line.queue.empty() || pick(2) == 0)) {
            line = Line{};
            if (node.on) {
                node.daemon->link_down(from);
                collect(to);
            }
            lines_[{to, from}].broken = true;
            return;
        }
        Item item = std::move(line.queue.front());
        line.queue.pop_front();
        if (!node.on)
            return;
        deliveries++;
        if (auto *hello = std::get_if<std::string>(&item)) {
            HelloAnswer answer = node.daemon->peer_hello(from, *hello);
            collect(to);
            if (answer == HelloAnswer::accepted) {
                line.accepted = true;
                node.daemon->link_up(from);
                collect(to);
            } else {
                lines_[{to, from}].queue.push_back(Refused{answer, *hello});
                close_both(from, to);
            }
        } else if (auto *message = std::get_if<Message>(&item)) {
            node.daemon->received(from, *message);
            collect(to);
        } else if (std::get<Refused>(item).why == HelloAnswer::declared_dead) {
            node.daemon->declared_dead(std::get<Refused>(item).instance);
            collect(to);
        }
    }

    void run_effect(int id)
    {
        Effect effect = std::move(nodes_[id].effects.front());
        nodes_[id].effects.pop_front();
        std::visit([&](auto &typed) { run(id, typed); }, effect);
        collect(id);
    }

    void run(int id, SendMessage &send)
    {
        // What the shell would do: no link, no message. The link that carries it has accepted the
        // peer.
        Line &line = lines_[{id, send.node}];
        if (line.open && !line.broken && lines_[{send.node, id}].accepted)
            line.queue.push_back(std::move(send.message));
    }
    void run(int id, CloseLink &close) { close_both(id, close.node); }
    void run(int, SaveState &) {}

    void run(int id, StopKernel &stop)
    {
        Node &node = nodes_[id];
        ASSERT_TRUE(node.kernels.contains(stop.lockspace));
        node.kernels[stop.lockspace].running = false;
        node.daemon->stop_done(stop.lockspace, stop.change);
    }

    void run(int id, StartKernel &start)
    {
        Node &node = nodes_[id];
        ASSERT_TRUE(node.kernels.contains(start.lockspace));
        Kernel &kernel = node.kernels[start.lockspace];
        starts++;
        EXPECT_FALSE(kernel.running) << "node " << id << " is started while it runs";
        EXPECT_EQ(start.first, !kernel.answered);
        // A kernel that has stopped after a start cannot take part in that change's recovery again.
        EXPECT_NE(kernel.change, start.change)
            << "node " << id << " is started twice by one change";

        // The invariant: whoever runs the lockspace was started by this very change.
        for (int other : ids_)
            if (other != id && runs(other, start.lockspace) && !administrator_lied) {
                EXPECT_EQ(nodes_[other].kernels[start.lockspace].change, start.change)
                    << "node " << id << " starts while node " << other << " has not stopped";
            }

        std::map<int, KernelMember> members;
        for (const auto &member : start.members) {
            EXPECT_NE(node.comm_epoch[member.node], 0) << "a member without an address";
            auto &theirs = nodes_[member.node];
            auto peer = theirs.kernels.find(start.lockspace);
            int incarnation = peer == theirs.kernels.end() ? -1 : peer->second.incarnation;
            KernelMember entry{incarnation, theirs.boot, node.comm_epoch[member.node]};
            auto old = kernel.members.find(member.node);
            if (old != kernel.members.end() && theirs.on && incarnation != -1) {
                EXPECT_EQ(member.renewed, old->second.incarnation != entry.incarnation)
                    << "node " << id << " about node " << member.node;
            }
            if (old != kernel.members.end() && old->second.boot != entry.boot)
                expect_failed(id, member.node, old->second);
            members[member.node] = entry;
        }
        for (const auto &[gone, old] : kernel.members)
            if (!members.contains(gone) && (!nodes_[gone].on || nodes_[gone].boot != old.boot) &&
                died_as_member_.contains({gone, old.incarnation}))
                expect_failed(id, gone, old);
        kernel.members = members;
        kernel.running = true;
        kernel.answered = true;
        kernel.change = start.change;
        node.daemon->start_done(start.lockspace, start.change);
    }

    // The kernel tells a failed member from one that left by its comm directory being another one.
    void expect_failed(int id, int gone, const KernelMember &old)
    {
        EXPECT_NE(nodes_[id].comm_epoch[gone], old.comm_epoch)
            << "node " << id << " takes the death of node " << gone << " for a leave";
    }

    void run(int id, FinishLeave &leave)
    {
        Kernel &kernel = nodes_[id].kernels[leave.lockspace];
        EXPECT_TRUE(kernel.leaving);
        EXPECT_FALSE(kernel.running) << "node " << id << " is let go while it runs";
        nodes_[id].kernels.erase(leave.lockspace);
    }
    void run(int, RefuseJoin &) { ADD_FAILURE() << "no join is refused here"; }
    void run(int, ForgetLockspace &) {}
    void run(int id, RemoveComm &comm)
    {
        // Stop first: the order that the kernel wants.
        for (auto &[name, kernel] : nodes_[id].kernels)
            EXPECT_FALSE(kernel.running && kernel.members.contains(comm.node));
        nodes_[id].comm_epoch[comm.node] = 0;
    }
    void run(int id, AddComm &comm)
    {
        int &epoch = nodes_[id].comm_epoch[comm.node];
        if (!epoch)
            epoch = ++counter_;
    }

    std::mt19937 random_;
    std::set<int> ids_;
    std::map<int, Node> nodes_;
    std::map<std::pair<int, int>, Line> lines_;
    std::set<std::pair<int, int>> died_as_member_;
    int counter_ = 0;
};

}  // namespace dlm::daemon::test
