// SPDX-License-Identifier: GPL-2.0-or-later
// Decisions about changes of membership.
#include "daemon/coordinator.h"

#include <algorithm>
#include <set>

namespace dlm::daemon {

static const LockspaceReport *part_of(int node, const std::string &name,
                                      const Coordinator::Reports &reports)
{
    auto report = reports.find(node);
    if (report == reports.end())
        return nullptr;
    auto part = report->second.lockspaces.find(name);
    return part == report->second.lockspaces.end() ? nullptr : &part->second;
}

Coordinator::Wanted Coordinator::wanted(const std::string &name, const Reports &reports,
                                        const NodeFacts &facts)
{
    Wanted wanted;
    for (const auto &[node, report] : reports) {
        const auto *part = part_of(node, name, reports);
        if (!part)
            continue;
        if (part->role == Role::leaving)
            wanted.leavers.push_back(node);
        else
            wanted.members.push_back({node, facts.at(node).boot, part->join});
    }
    return wanted;
}

// Everybody runs with exactly these members since the same change.
bool Coordinator::settled(const std::string &name, const Wanted &wanted, const Reports &reports)
{
    if (!wanted.leavers.empty() || wanted.members.empty())
        return false;
    uint64_t number = part_of(wanted.members.front().node, name, reports)->change;
    return std::all_of(wanted.members.begin(), wanted.members.end(), [&](const Member &member) {
        const auto *part = part_of(member.node, name, reports);
        return part->phase == Phase::started && part->change == number &&
               part->members == wanted.members;
    });
}

bool Coordinator::must_change(const std::string &name, const Change &change, const Wanted &wanted,
                              const Reports &reports)
{
    if (change.members != wanted.members)
        return true;
    if (!std::includes(change.leavers.begin(), change.leavers.end(), wanted.leavers.begin(),
                       wanted.leavers.end()))
        return true;
    if (change.step == Step::stopping)
        return false;
    // Somebody fell behind (its daemon started anew), or stopped after all had started.
    auto behind = [&](int node) { return part_of(node, name, reports)->change != change.number; };
    if (std::any_of(wanted.leavers.begin(), wanted.leavers.end(), behind))
        return true;
    return std::any_of(wanted.members.begin(), wanted.members.end(), [&](const Member &member) {
        const auto *part = part_of(member.node, name, reports);
        return behind(member.node) || (change.step == Step::done && part->phase == Phase::stopped);
    });
}

void Coordinator::give(Change &change, int node, Kind kind, const std::string &name,
                       const NodeFacts &facts, std::vector<CommandTo> &out)
{
    auto sent = change.sent.find(node);
    if (sent != change.sent.end() && sent->second == std::pair(kind, change.number))
        return;
    change.sent[node] = {kind, change.number};
    switch (kind) {
    case Kind::stop: out.push_back({node, StopCommand{name, change.number, facts}}); break;
    case Kind::start:
        out.push_back({node, StartCommand{name, change.number, change.members, facts}});
        break;
    case Kind::release: out.push_back({node, ReleaseCommand{name, change.number, facts}}); break;
    }
}

void Coordinator::advance(const std::string &name, Change &change, const Wanted &wanted,
                          const Reports &reports, const NodeFacts &facts,
                          std::vector<CommandTo> &out)
{
    change.waiting_for.clear();
    if (change.step == Step::stopping) {
        std::vector<int> everybody = wanted.leavers;
        for (const auto &member : wanted.members)
            everybody.push_back(member.node);
        std::sort(everybody.begin(), everybody.end());
        for (int node : everybody) {
            if (part_of(node, name, reports)->change == change.number)
                continue;
            change.waiting_for.push_back(node);
            give(change, node, Kind::stop, name, facts, out);
        }
        if (!change.waiting_for.empty())
            return;
        change.step = Step::starting;
    }
    if (change.step == Step::starting) {
        for (int node : wanted.leavers) {
            change.waiting_for.push_back(node);
            give(change, node, Kind::release, name, facts, out);
        }
        for (const auto &member : wanted.members) {
            if (part_of(member.node, name, reports)->phase == Phase::started)
                continue;
            change.waiting_for.push_back(member.node);
            give(change, member.node, Kind::start, name, facts, out);
        }
        std::sort(change.waiting_for.begin(), change.waiting_for.end());
        if (change.waiting_for.empty())
            change.step = Step::done;
    }
}

std::vector<CommandTo> Coordinator::step(const Reports &reports, const NodeFacts &facts,
                                         uint64_t &newest_change)
{
    std::vector<CommandTo> out;
    std::set<std::string> names;
    for (const auto &[node, report] : reports) {
        for (const auto &[name, part] : report.lockspaces)
            names.insert(name);
    }
    std::erase_if(changes_, [&](const auto &change) { return !names.contains(change.first); });

    for (const auto &name : names) {
        Wanted now = wanted(name, reports, facts);
        auto change = changes_.find(name);
        if (change == changes_.end() && settled(name, now, reports)) {
            uint64_t number = part_of(now.members.front().node, name, reports)->change;
            changes_[name] = {number, Step::done, now.members, {}, {}, {}};
            continue;
        }
        if (change == changes_.end() || must_change(name, change->second, now, reports)) {
            changes_[name] = {++newest_change, Step::stopping, now.members, now.leavers, {}, {}};
            change = changes_.find(name);
        }
        advance(name, change->second, now, reports, facts, out);
    }
    return out;
}

void Coordinator::forget_sent(int node)
{
    for (auto &[name, change] : changes_)
        change.sent.erase(node);
}

void Coordinator::forget_sent()
{
    for (auto &[name, change] : changes_)
        change.sent.clear();
}

void Coordinator::reset()
{
    changes_.clear();
}

std::map<std::string, PendingChange> Coordinator::pending() const
{
    std::map<std::string, PendingChange> pending;
    for (const auto &[name, change] : changes_) {
        if (change.step == Step::done)
            continue;
        PendingChange &entry = pending[name];
        entry.change = change.number;
        entry.starting = change.step == Step::starting;
        entry.waiting_for = change.waiting_for;
        for (const auto &member : change.members)
            entry.members.push_back(member.node);
    }
    return pending;
}

}  // namespace dlm::daemon
