// SPDX-License-Identifier: GPL-2.0-or-later
#include "control.h"

#include <algorithm>

namespace dlm::guest {
namespace {

const std::string recipe = ". dlm-recipe; ";

// FNV-1a: any number will do, as long as all members write the same.
std::uint32_t global_id(const std::string &name)
{
    std::uint32_t hash = 2166136261u;
    for (unsigned char c : name)
        hash = (hash ^ c) * 16777619u;
    return hash ? hash : 1;
}

std::vector<int> list(const std::set<int> &set)
{
    return {set.begin(), set.end()};
}

}  // namespace

ManualControl::Lockspace &ManualControl::lockspace(const std::string &ls)
{
    Lockspace &space = lockspaces_[ls];
    space.id = global_id(ls);
    return space;
}

std::vector<int> ManualControl::members(const std::string &ls) const
{
    auto it = lockspaces_.find(ls);
    return it == lockspaces_.end() ? std::vector<int>() : list(it->second.members);
}

std::string ManualControl::member_words(const std::vector<int> &members) const
{
    std::string words;
    for (int id : members)
        words += " " + std::to_string(id);
    return words;
}

std::string ManualControl::addresses() const
{
    std::string words;
    for (int id : cluster_.ids())
        words += " " + std::to_string(id) + "=10.77.0." + std::to_string(id);
    return words;
}

Outcome ManualControl::configure(const std::vector<int> &nodes)
{
    for (int id : nodes) {
        listeners_[id] = cluster_.node(id).start("exec guest-agent --uevents");
        configured_.insert(id);
    }
    for (int id : nodes) {
        Outcome listening = wait_until("n" + std::to_string(id) + ": listener of uevents", [&] {
            return listeners_[id].out_so_far().find("listening\n") == 0;
        });
        if (!listening)
            return listening;
    }
    return cluster_.each(nodes, [this](Node &node) {
        return node.sh(recipe + "base " + cluster_name_ + " " + std::to_string(node.id()) +
                       addresses());
    });
}

int ManualControl::uevents(int node, const std::string &action, const std::string &ls) const
{
    auto it = listeners_.find(node);
    if (it == listeners_.end())
        return 0;
    const std::string all = "\n" + it->second.out_so_far();
    const std::string line = "\n" + action + " " + ls + "\n";
    int count = 0;
    for (auto at = all.find(line); at != std::string::npos; at = all.find(line, at + 1))
        count++;
    return count;
}

Outcome ManualControl::wait_uevent(Node &node, const std::string &action, const std::string &ls,
                                   int before, const Command &command)
{
    Outcome asked = wait_until(
        node.name() + ": uevent " + action + " of " + ls,
        [&] { return !command.running() || uevents(node.id(), action, ls) > before; },
        leave_deadline, Milliseconds(10));
    if (asked && uevents(node.id(), action, ls) <= before)
        return fail() << node.name() << ": no uevent " << action << " of " << ls
                      << " before the end of the command; "
                      << command.wait().outcome("it").message();
    return asked;
}

Outcome ManualControl::stop(const std::string &ls, const std::vector<int> &nodes)
{
    cluster_.log().add(ls + ": stop on" + member_words(nodes));
    return cluster_.each(nodes, [&](Node &node) { return node.sh(recipe + "stop " + ls); });
}

Outcome ManualControl::set_members_and_start(const std::string &ls, const std::vector<int> &nodes,
                                             const std::vector<int> &members)
{
    const std::string words = member_words(members);
    cluster_.log().add(ls + ": start on" + member_words(nodes) + " with" + words);
    const std::string id = std::to_string(lockspace(ls).id);
    const std::string mode = lockspace(ls).nodir ? " && nodir " + ls : "";
    return cluster_.each(nodes, [&](Node &node) {
        return node.sh(recipe + "members " + ls + words + " && gid " + ls + " " + id + mode +
                       " && start " + ls);
    });
}

Outcome ManualControl::wait_recovered(const std::string &ls, const std::vector<int> &members,
                                      Milliseconds deadline)
{
    if (members.empty())
        return ok();
    const int low = *std::min_element(members.begin(), members.end());
    const auto end = Clock::now() + deadline;
    for (int id : members) {
        Node &node = cluster_.node(id);
        const std::string wanted = id == low ? "ff" : "55";
        std::string seen;
        auto left = std::chrono::duration_cast<Milliseconds>(end - Clock::now());
        Outcome done = wait_until(
            node.name() + ": recovery of " + ls + " to end (status " + wanted + ")",
            [&] {
                seen = node.read("cat /sys/kernel/dlm/" + ls + "/recover_status");
                return seen == wanted;
            },
            std::max(left, Milliseconds(1000)), Milliseconds(20));
        if (!done)
            return done << "; status is " << seen << ", it waits for node "
                        << node.read("cat /sys/kernel/dlm/" + ls + "/recover_nodeid");
    }
    cluster_.log().add(ls + ": recovery is over");
    return ok();
}

Outcome ManualControl::join(const std::string &ls, int id, const std::string &command)
{
    Lockspace &space = lockspace(ls);
    Node &node = cluster_.node(id);
    cluster_.log().add(ls + ": " + node.name() + " joins");
    const int before = uevents(id, "online", ls);
    Command joining = node.start(command);
    if (Outcome wish = wait_uevent(node, "online", ls, before, joining); !wish)
        return wish;
    if (Outcome stopped = stop(ls, list(space.members)); !stopped)
        return stopped;
    space.members.insert(id);
    const auto all = list(space.members);
    if (Outcome started = set_members_and_start(ls, all, all); !started)
        return started;
    if (Outcome answered = node.sh(recipe + "answer " + ls + " 0"); !answered)
        return answered;
    if (Outcome recovered = wait_recovered(ls, all); !recovered)
        return recovered;
    return joining.wait().outcome(node.name() + ": " + command);
}

Outcome ManualControl::join_together(const std::string &ls, const std::vector<int> &nodes,
                                     const std::string &command)
{
    Lockspace &space = lockspace(ls);
    cluster_.log().add(ls + ": joined by" + member_words(nodes));
    std::map<int, Command> joining;
    std::map<int, int> before;
    for (int id : nodes) {
        before[id] = uevents(id, "online", ls);
        joining[id] = cluster_.node(id).start(command);
    }
    for (int id : nodes)
        if (Outcome wish = wait_uevent(cluster_.node(id), "online", ls, before[id], joining[id]);
            !wish)
            return wish;
    space.members.insert(nodes.begin(), nodes.end());
    if (Outcome started = set_members_and_start(ls, nodes, nodes); !started)
        return started;
    Outcome answered =
        cluster_.each(nodes, [&](Node &node) { return node.sh(recipe + "answer " + ls + " 0"); });
    if (!answered)
        return answered;
    if (Outcome recovered = wait_recovered(ls, nodes); !recovered)
        return recovered;
    for (int id : nodes)
        if (Outcome end = joining[id].wait().outcome(cluster_.node(id).name() + ": " + command);
            !end)
            return end;
    return ok();
}

Outcome ManualControl::drop_and_answer(const std::string &ls, const std::vector<int> &nodes)
{
    return cluster_.each(nodes, [&](Node &node) {
        return node.sh(recipe + "ls_drop " + ls + " && answer " + ls + " 0");
    });
}

Outcome ManualControl::leave(const std::string &ls, int id, const std::string &command)
{
    Lockspace &space = lockspace(ls);
    Node &node = cluster_.node(id);
    cluster_.log().add(ls + ": " + node.name() + " leaves");
    const int before = uevents(id, "offline", ls);
    Command leaving = node.start(command);
    if (Outcome wish = wait_uevent(node, "offline", ls, before, leaving); !wish)
        return wish;
    if (Outcome stopped = stop(ls, list(space.members)); !stopped)
        return stopped;
    space.members.erase(id);
    if (Outcome answered = drop_and_answer(ls, {id}); !answered)
        return answered;
    const auto rest = list(space.members);
    if (Outcome started = set_members_and_start(ls, rest, rest); !started)
        return started;
    if (Outcome recovered = wait_recovered(ls, rest); !recovered)
        return recovered;
    return leaving.wait(leave_deadline).outcome(node.name() + ": " + command);
}

Outcome ManualControl::leave_in_turn(const std::string &ls, const std::string &command)
{
    for (int id : members(ls))
        if (Outcome left = leave(ls, id, command); !left)
            return left;
    return ok();
}

Outcome ManualControl::leave_together(const std::string &ls, const std::string &command)
{
    const auto all = members(ls);
    cluster_.log().add(ls + ": left by" + member_words(all));
    std::map<int, Command> leaving;
    std::map<int, int> before;
    for (int id : all) {
        before[id] = uevents(id, "offline", ls);
        leaving[id] = cluster_.node(id).start(command);
    }
    for (int id : all)
        if (Outcome wish = wait_uevent(cluster_.node(id), "offline", ls, before[id], leaving[id]);
            !wish)
            return wish;
    if (Outcome stopped = stop(ls, all); !stopped)
        return stopped;
    lockspace(ls).members.clear();
    if (Outcome answered = drop_and_answer(ls, all); !answered)
        return answered;
    for (int id : all)
        if (Outcome end =
                leaving[id].wait(leave_deadline).outcome(cluster_.node(id).name() + ": " + command);
            !end)
            return end;
    return ok();
}

Outcome ManualControl::died(int id)
{
    configured_.erase(id);
    listeners_.erase(id);
    cluster_.log().add("n" + std::to_string(id) + " is declared dead");
    // First everybody stands still, then the comm goes, then anybody starts.
    std::vector<std::string> affected;
    for (auto &[ls, space] : lockspaces_) {
        if (!space.members.erase(id))
            continue;
        affected.push_back(ls);
        if (Outcome stopped = stop(ls, list(space.members)); !stopped)
            return stopped;
    }
    const std::vector<int> others = list(configured_);
    Outcome closed = cluster_.each(
        others, [&](Node &node) { return node.sh(recipe + "comm_del " + std::to_string(id)); });
    if (!closed)
        return closed;
    for (const auto &ls : affected) {
        const auto rest = members(ls);
        if (Outcome started = set_members_and_start(ls, rest, rest); !started)
            return started;
    }
    for (const auto &ls : affected)
        if (Outcome recovered = wait_recovered(ls, members(ls)); !recovered)
            return recovered;
    return ok();
}

void ManualControl::lost(int id)
{
    configured_.erase(id);
    listeners_.erase(id);
    cluster_.log().add("n" + std::to_string(id) + " is lost");
    for (auto &[ls, space] : lockspaces_)
        space.members.erase(id);
}

Outcome ManualControl::join_or_be_refused(const std::string &ls, int id, const std::string &command)
{
    Lockspace &space = lockspace(ls);
    Node &node = cluster_.node(id);
    const int before = uevents(id, "online", ls);
    const int before_end = uevents(id, "offline", ls);
    Command joining = node.start(command);
    if (Outcome wish = wait_uevent(node, "online", ls, before, joining); !wish)
        return wish;
    const auto rest = list(space.members);
    if (Outcome stopped = stop(ls, rest); !stopped)
        return stopped;
    space.members.insert(id);
    const auto all = list(space.members);
    if (Outcome started = set_members_and_start(ls, all, all); !started)
        return started;
    if (Outcome answered = node.sh(recipe + "answer " + ls + " 0"); !answered)
        return answered;
    Outcome ended = wait_until(node.name() + ": joining " + ls + " to end", [&] {
        return !joining.running() || uevents(id, "offline", ls) > before_end;
    });
    if (!ended)
        return ended;
    if (uevents(id, "offline", ls) == before_end)
        return wait_recovered(ls, all);
    space.members.erase(id);
    if (Outcome stopped = stop(ls, rest); !stopped)
        return stopped;
    if (Outcome answered = drop_and_answer(ls, {id}); !answered)
        return answered;
    if (Outcome started = set_members_and_start(ls, rest, rest); !started)
        return started;
    joining.wait();
    return wait_recovered(ls, rest);
}

Outcome ManualControl::begin_join(const std::string &ls, int id, const std::string &command,
                                  Milliseconds deadline)
{
    Node &node = cluster_.node(id);
    const int before = uevents(id, "online", ls);
    pending_[ls] = {node.start(command), before};
    return wait_until(
        node.name() + ": uevent online of " + ls,
        [&] { return uevents(id, "online", ls) > before; }, deadline, Milliseconds(10));
}

Outcome ManualControl::answer_join(const std::string &ls, int id, int value)
{
    auto [joining, before] = pending_.at(ls);
    Node &node = cluster_.node(id);
    pending_.erase(ls);
    if (Outcome wish = wait_uevent(node, "online", ls, before, joining); !wish)
        return wish;
    if (value == 0) {
        lockspace(ls).members.insert(id);
        if (Outcome started = set_members_and_start(ls, {id}, {id}); !started)
            return started;
    }
    if (Outcome answered = node.sh(recipe + "answer " + ls + " " + std::to_string(value));
        !answered)
        return answered;
    joining.wait();
    return ok();
}

Outcome ManualControl::came_back(int id)
{
    cluster_.log().add("n" + std::to_string(id) + " is back");
    const std::string words = std::to_string(id) + " 10.77.0." + std::to_string(id);
    Outcome known = cluster_.each(
        list(configured_), [&](Node &node) { return node.sh(recipe + "comm_add " + words); });
    if (!known)
        return known;
    return configure({id});
}

}  // namespace dlm::guest
