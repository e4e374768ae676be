// SPDX-License-Identifier: GPL-2.0-or-later
#include "scenario_cluster.h"

#include <algorithm>
#include <cerrno>
#include <sstream>
#include <thread>

#include "harness/failslab.h"

namespace dlm::client {

using guest::Outcome;

namespace {

const std::string recipe = ". dlm-recipe; ";

std::set<int> nodes_of(const std::string &letters)
{
    std::set<int> nodes;
    for (char letter : letters)
        if (letter != ' ')
            nodes.insert(node_of(letter));
    return nodes;
}

std::vector<int> list(const std::set<int> &set)
{
    return {set.begin(), set.end()};
}

std::string create_line(const std::string &space, const std::string &words)
{
    return "create " + space + (words.empty() ? "" : " " + words);
}

}  // namespace

int node_of(char letter)
{
    return letter == 'M' ? 1 : letter - 'A' + 2;
}

char letter_of(int node)
{
    return node == 1 ? 'M' : static_cast<char>('A' + node - 2);
}

std::set<int> ScenarioCluster::alive() const
{
    std::set<int> nodes;
    for (int node : cluster_.cluster().ids())
        if (!dead_.count(node))
            nodes.insert(node);
    return nodes;
}

std::set<int> ScenarioCluster::member_set() const
{
    const auto all = members();
    return {all.begin(), all.end()};
}

// ---- links

Outcome ScenarioCluster::links(const std::string &letters, bool cut)
{
    const std::set<int> nodes = nodes_of(letters);
    const int first = *nodes.begin();
    for (int other : cluster_.cluster().ids()) {
        if (other == first || (nodes.size() > 1 && !nodes.count(other)))
            continue;
        if (cut) {
            cluster_.cluster().cut(first, other);
            cut_.insert({first, other});
        } else {
            cluster_.cluster().heal(first, other);
            cut_.erase({first, other});
        }
    }
    return guest::ok();
}

// ---- membership of the scenario's own lockspace

Outcome ScenarioCluster::kill(const std::set<int> &nodes)
{
    for (int node : nodes) {
        cluster_.lost(node);
        dead_.insert(node);
    }
    return guest::ok();
}

Outcome ScenarioCluster::stop(const std::set<int> &nodes)
{
    stopped_ = true;
    return cluster_.control().stop(cluster_.space(), list(nodes));
}

Outcome ScenarioCluster::start(const std::set<int> &nodes)
{
    Outcome closed = cluster_.cluster().each(members(), [&](guest::Node &node) {
        for (int dead : dead_)
            if (Outcome gone = node.sh(recipe + "comm_del " + std::to_string(dead)); !gone)
                return gone;
        return guest::ok();
    });
    if (!closed)
        return closed;
    Outcome started =
        cluster_.control().set_members_and_start(cluster_.space(), list(nodes), members());
    if (!started || list(nodes) != members())
        return started;
    stopped_ = false;
    return cluster_.control().wait_recovered(cluster_.space(), members());
}

Outcome ScenarioCluster::leave(int node)
{
    gone_.insert(node);
    return cluster_.release_one(node, 2);
}

Outcome ScenarioCluster::restore()
{
    for (const auto &[a, b] : std::set<std::pair<int, int>>(cut_))
        cluster_.cluster().heal(a, b);
    cut_.clear();
    if (stopped_ && !members().empty())
        if (Outcome started = start(member_set()); !started)
            return started;
    stopped_ = false;
    for (int node : gone_) {
        if (dead_.count(node))
            continue;
        if (Outcome forgotten = cluster_.forget(node); !forgotten)
            return forgotten;
        if (Outcome joined = cluster_.join_one(node); !joined)
            return joined;
    }
    gone_.clear();
    for (int node : std::set<int>(dead_)) {
        if (Outcome revived = cluster_.revive(node); !revived)
            return revived;
        if (Outcome joined = cluster_.join_one(node); !joined)
            return joined;
        dead_.erase(node);
    }
    return guest::ok();
}

// ---- lockspaces of the scenario's making

Outcome ScenarioCluster::join(const std::string &space, const std::set<int> &nodes,
                              const std::string &words)
{
    return cluster_.control().join_together(space, list(nodes),
                                            one_shot(create_line(space, words)));
}

Outcome ScenarioCluster::part(const std::string &space)
{
    const auto nodes = cluster_.control().members(space);
    if (Outcome left =
            cluster_.control().leave_in_turn(space, one_shot("release " + space + " force=2"));
        !left)
        return left;
    for (int node : nodes)
        cluster_[node].command("forget_space " + space);
    return guest::ok();
}

std::vector<Event> ScenarioCluster::all_events(int node)
{
    std::vector<Event> events;
    for (unsigned long long from = 1;;) {
        const Answer answer = cluster_[node].command("events from=" + std::to_string(from));
        for (const auto &line : answer.lines())
            if (auto event = parse_event(line))
                events.push_back(std::move(*event));
        from = answer.big("next");
        if (!answer.number("more"))
            return events;
    }
}

// What the newest creation returned, and what was heard of the lockspace until then.
Returned ScenarioCluster::created(int node, const std::string &space)
{
    Returned returned{-ETIMEDOUT, {}};
    int preps = 0;
    std::string done = "none", slot;
    for (const Event &event : all_events(node)) {
        if (event.space != space)
            continue;
        if (event.kind == EventKind::call && event.words.count("op") &&
            event.words.at("op") == "create") {
            preps = 0;
            done = "none";
            returned = {-ETIMEDOUT, {}};
        } else if (event.kind == EventKind::prep) {
            preps++;
        } else if (event.kind == EventKind::done && done == "none") {
            done = returned.ret == -ETIMEDOUT ? "before" : "after";
            slot = event.words.at("our_slot");
        } else if (event.kind == EventKind::ret && event.words.count("op") &&
                   event.words.at("op") == "create") {
            returned = {event.status, event.words};
        }
    }
    returned.words["prep"] = std::to_string(preps);
    returned.words["done"] = done;
    returned.words["slot"] = slot;
    return returned;
}

Returned ScenarioCluster::released(int node, const std::string &space)
{
    Returned returned{-ETIMEDOUT, {}};
    for (const Event &event : all_events(node))
        if (event.space == space && event.kind == EventKind::ret && event.words.count("op") &&
            event.words.at("op") == "release")
            returned = {event.status, event.words};
    return returned;
}

bool ScenarioCluster::command(int node, const std::string &text, Returned &returned,
                              std::string &error)
{
    std::istringstream in(text);
    std::string verb, space, words;
    in >> verb >> space;
    std::getline(in >> std::ws, words);
    guest::ManualControl &control = cluster_.control();
    Outcome done = guest::ok();
    if (verb == "join") {
        done = control.join_or_be_refused(space, node, one_shot(create_line(space, words)));
        returned = created(node, space);
    } else if (verb == "leave") {
        if (space == cluster_.space())
            gone_.insert(node);
        done = control.leave(space, node, one_shot("release " + space + " " + words));
        returned = released(node, space);
    } else {
        return false;
    }
    if (!done)
        error = done.message();
    return true;
}

Outcome ScenarioCluster::answer(int node, const std::string &space, int value, int &result)
{
    Outcome answered = cluster_.control().answer_join(space, node, value);
    result = created(node, space).ret;
    return answered;
}

Outcome ScenarioCluster::config(int node, const std::string &key, const std::string &value)
{
    return cluster_.node(node).sh(recipe + "put $CFG/" + key + " " + value);
}

Outcome ScenarioCluster::run(const std::string &text, int &result)
{
    std::istringstream in(text);
    std::string verb, first, rest;
    in >> verb >> first;
    std::getline(in >> std::ws, rest);
    const std::string letters = rest.empty() ? first : first + " " + rest;
    result = 0;
    if (verb == "wait") {
        std::this_thread::sleep_for(guest::Milliseconds(std::stoi(first)));
        return guest::ok();
    }
    if (verb == "cut" || verb == "heal")
        return links(letters, verb == "cut");
    if (verb == "kill")
        return kill(nodes_of(letters));
    if (verb == "stop")
        return stop(nodes_of(letters));
    if (verb == "start")
        return start(nodes_of(letters));
    if (verb == "recover") {
        const std::set<int> all = member_set();
        Outcome stopped = stop(all);
        return stopped ? start(all) : stopped;
    }
    if (verb == "reload")
        return cluster_.reload();
    if (verb == "failslab")
        return cluster_.cluster().each(list(nodes_of(rest)), [&](guest::Node &node) {
            return guest::fail_allocations(node, first == "on");
        });
    if (verb == "took") {
        cluster_.cluster().log().add("the callbacks took " + std::to_string(took_.count()) + " ms");
        result = took_ > guest::Milliseconds(std::stoi(first)) ? -ETIMEDOUT : 0;
        return guest::ok();
    }
    const int node = first.size() == 1 ? node_of(first[0]) : 0;
    if (verb == "leave")
        return leave(node);
    if (verb == "part")
        return part(first);
    if (verb == "user_join")
        return cluster_.control().join_together(first, list(nodes_of(rest)),
                                                "guest-user create " + first);
    if (verb == "user_part")
        return cluster_.control().leave_in_turn(first, "guest-user remove " + first);
    if (verb == "configure")
        return cluster_.control().configure({node});
    if (verb == "unconfigure")
        return cluster_.node(node).sh(recipe + "unconfigure");
    in = std::istringstream(rest);
    std::string second;
    in >> second;
    std::getline(in >> std::ws, rest);
    if (verb == "join")
        return join(first, nodes_of(second), rest == second ? "" : rest);
    if (verb == "config")
        return config(node, second, rest);
    if (verb == "absent")
        return cluster_.node(node).sh("[ ! -e /sys/kernel/dlm/" + second + " ]");
    if (verb == "answer")
        return answer(node, second, std::stoi(rest), result);
    if (verb == "pending") {
        Outcome asked = cluster_.control().begin_join(
            second, node, one_shot(create_line(second, "")), guest::Seconds(8));
        result = asked ? 0 : -ETIMEDOUT;
        return guest::ok();
    }
    return guest::fail() << "no such operation: " << text;
}

}  // namespace dlm::client
