// SPDX-License-Identifier: GPL-2.0-or-later
// Membership: links, facts about nodes, and our own part in each lockspace.
#include "daemon/membership.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <utility>

namespace dlm::daemon {

Membership::Membership(int self, const std::string &boot, const std::set<int> &nodes)
    : self_(self), boot_(boot)
{
    for (int node : nodes)
        facts_[node] = {};
    facts_[self].boot = boot;
}

Membership::Membership(int self, const std::set<int> &nodes, const SavedState &saved)
    : Membership(self, saved.boot, nodes)
{
    merge_facts(facts_, saved.facts);
    newest_change_ = saved.newest_change;
    for (const auto &[name, part] : saved.lockspaces) {
        Local &local = locals_[name];
        local.part = part;
        local.part.phase = Phase::stopped;
        // Behind everybody: the coordinator sees it and makes a new change.
        local.part.change = 0;
        local.part.error.clear();
    }
    NodeFact &own = facts_[self];
    if (own.out == NodeFact::Out::left) {
        own = {own.count + 1, NodeFact::Out::none, boot_};
    } else if (!own.in()) {
        hear_of_own_death();
    }
    settle();
}

// --- links
// -----------------------------------------------------------------------------------------

HelloAnswer Membership::peer_hello(int node, const std::string &boot)
{
    NodeFact fact = facts_.at(node);
    if (fact.in()) {
        if (!fact.boot.empty() && fact.boot != boot)
            return refuse_other_boot(node, boot);
        fact.boot = boot;
    } else {
        if (fact.out == NodeFact::Out::dead && fact.boot == boot)
            return HelloAnswer::declared_dead;
        fact = {fact.count + 1, NodeFact::Out::none, boot};
    }
    knocking_.erase(node);
    hello_[node] = boot;
    set_fact(node, fact);
    settle();
    return HelloAnswer::accepted;
}

HelloAnswer Membership::refuse_other_boot(int node, const std::string &boot)
{
    knocking_[node] = boot;
    return HelloAnswer::other_boot;
}

void Membership::link_up(int node)
{
    auto hello = hello_.find(node);
    // Between its hello and now the node may have been declared dead.
    if (zombie_ || hello == hello_.end() || !facts_.at(node).in()) {
        effects_.push_back(CloseLink{node});
        return;
    }
    links_[node] = hello->second;
    hello_.erase(hello);
    settle();
}

void Membership::link_down(int node)
{
    links_.erase(node);
    hello_.erase(node);
    reports_.erase(node);
    sent_.erase(node);
    coordinator_.forget_sent(node);
    settle();
}

void Membership::received(int node, const Message &message)
{
    if (!links_.contains(node) || zombie_)
        return;
    std::visit([&](const auto &typed) { handle(node, typed); }, message);
    settle();
}

void Membership::handle(int node, const Report &report)
{
    newest_change_ = std::max(newest_change_, report.newest_change);
    reports_[node] = report;
    for (const auto &change : merge_facts(facts_, report.facts))
        apply(change);
    bring_back_linked();
}

void Membership::declared_dead(const std::string &instance)
{
    // It may speak of an instance that has been given up already.
    if (instance == boot_ && !zombie_)
        hear_of_own_death();
    settle();
}

// --- facts
// -----------------------------------------------------------------------------------------

void Membership::set_fact(int node, const NodeFact &fact)
{
    NodeFact before = facts_.at(node);
    if (before == fact)
        return;
    facts_[node] = fact;
    apply({node, before, fact});
}

void Membership::apply(const FactChange &change)
{
    effects_.push_back(SaveState{});
    // Commands under way carry the older facts and will be refused.
    coordinator_.forget_sent();
    if (change.node == self_) {
        bool this_boot = change.after.boot.empty() || change.after.boot == boot_;
        if (!change.after.in() && this_boot && !leaving_)
            hear_of_own_death();
        else if (!change.after.in() && !this_boot)
            set_fact(self_, {change.after.count + 1, NodeFact::Out::none, boot_});
        else if (change.after.in() && change.after.boot != boot_)
            set_fact(self_, {change.after.count, NodeFact::Out::none, boot_});
        return;
    }
    // The kernel must have stopped before it is told that the node's address is gone.
    if (change.died()) {
        stop_for_death_of(change.node);
        effects_.push_back(RemoveComm{change.node});
    }
    auto link = links_.find(change.node);
    bool other_instance =
        link != links_.end() && !change.after.boot.empty() && link->second != change.after.boot;
    // A link of a newer instance than the one that went stays: bring_back_linked() says so.
    if (!change.after.in() && !other_instance && link != links_.end())
        cut_link(change.node);
    if (change.after.in() && change.after.count > change.before.count)
        effects_.push_back(AddComm{change.node});
}

void Membership::cut_link(int node)
{
    effects_.push_back(CloseLink{node});
    links_.erase(node);
    reports_.erase(node);
    sent_.erase(node);
}

// News of an old instance may arrive after the new instance has come to us. If it went, ours is in;
// if it is in as far as others know, ours has to wait at the door like any that reboots.
void Membership::bring_back_linked()
{
    for (const auto &[node, boot] : std::map(links_)) {
        const NodeFact &fact = facts_.at(node);
        if (fact.boot == boot)
            continue;
        if (!fact.in()) {
            set_fact(node, {fact.count + 1, NodeFact::Out::none, boot});
        } else {
            knocking_[node] = boot;
            cut_link(node);
        }
    }
}

void Membership::stop_for_death_of(int node)
{
    for (auto &[name, local] : locals_) {
        auto knows = [&](const Members &members) {
            return std::any_of(members.begin(), members.end(),
                               [&](const Member &m) { return m.node == node; });
        };
        if (local.kernel_runs && knows(local.starting))
            stop_lockspace(name, local, 0);
    }
}

// Nothing that others believe dead runs here: at most joins that no start has answered.
bool Membership::harmless() const
{
    return std::all_of(locals_.begin(), locals_.end(), [](const auto &entry) {
        return entry.second.part.role == Role::joining && !entry.second.kernel_runs;
    });
}

void Membership::hear_of_own_death()
{
    if (harmless())
        be_reborn();
    else
        become_zombie();
}

// As good as a reboot: the next instance of the same boot.
void Membership::be_reborn()
{
    size_t slash = boot_.find('/');
    int generation = slash == std::string::npos ? 1 : std::atoi(boot_.c_str() + slash + 1);
    boot_ = boot_.substr(0, slash) + "/" + std::to_string(generation + 1);
    zombie_ = false;
    drop_links();
    remove_comms();
    for (const auto &[node, fact] : facts_)
        if (node != self_ && fact.out != NodeFact::Out::dead)
            effects_.push_back(AddComm{node});
    uint64_t count = facts_[self_].count;
    set_fact(self_, {count + (count % 2), NodeFact::Out::none, boot_});
}

void Membership::become_zombie()
{
    zombie_ = true;
    for (auto &[name, local] : locals_)
        if (local.kernel_runs)
            stop_lockspace(name, local, 0);
    drop_links();
    remove_comms();
}

// The others have closed their connections to us and forgotten their state; ours must not go on
// with them, and a release must not wait for farewells that never come.
void Membership::remove_comms()
{
    for (const auto &[node, fact] : facts_)
        if (node != self_)
            effects_.push_back(RemoveComm{node});
}

void Membership::drop_links()
{
    for (const auto &[node, boot] : links_)
        effects_.push_back(CloseLink{node});
    links_.clear();
    reports_.clear();
    sent_.clear();
}

// --- the administrator
// -----------------------------------------------------------------------------

bool Membership::node_dead(int node)
{
    if (node == self_ || !facts_.contains(node) || !facts_[node].in())
        return false;
    NodeFact fact = facts_[node];
    auto knocking = knocking_.find(node);
    // A new instance waits at the door: it is in the moment the old one is out, so that nobody
    // acts without it in between.
    if (knocking != knocking_.end() && knocking->second != fact.boot)
        set_fact(node, {fact.count + 2, NodeFact::Out::none, knocking->second});
    else
        set_fact(node, {fact.count + 1, NodeFact::Out::dead, fact.boot});
    knocking_.erase(node);
    settle();
    return true;
}

std::optional<std::string> Membership::knocking(int node) const
{
    auto boot = knocking_.find(node);
    return boot == knocking_.end() ? std::nullopt : std::optional(boot->second);
}

bool Membership::node_alive(int node)
{
    if (node == self_ || !facts_.contains(node) || facts_[node].in())
        return false;
    set_fact(node, {facts_[node].count + 1, NodeFact::Out::none, ""});
    settle();
    return true;
}

bool Membership::leave_cluster()
{
    if (!locals_.empty())
        return false;
    if (leaving_ || zombie_)
        return true;
    leaving_ = true;
    set_fact(self_, {facts_[self_].count + 1, NodeFact::Out::left, boot_});
    send_reports();
    return true;
}

// --- the kernel
// ------------------------------------------------------------------------------------

void Membership::kernel_join(const std::string &lockspace, const std::string &join)
{
    if (locals_.contains(lockspace))
        return;
    if (zombie_ || leaving_) {
        effects_.push_back(RefuseJoin{lockspace, -ESHUTDOWN});
        return;
    }
    locals_[lockspace].part.join = join;
    effects_.push_back(SaveState{});
    settle();
}

void Membership::kernel_leave(const std::string &lockspace)
{
    auto local = locals_.find(lockspace);
    if (local == locals_.end() || local->second.part.role == Role::leaving)
        return;
    local->second.part.role = Role::leaving;
    // The others have removed us long ago, and nobody is there to ask.
    if (zombie_) {
        locals_.erase(local);
        effects_.push_back(FinishLeave{lockspace});
        if (harmless())
            be_reborn();
    }
    effects_.push_back(SaveState{});
    settle();
}

void Membership::kernel_gone(const std::string &lockspace)
{
    if (!locals_.erase(lockspace))
        return;
    effects_.push_back(ForgetLockspace{lockspace});
    if (zombie_ && harmless())
        be_reborn();
    effects_.push_back(SaveState{});
    settle();
}

void Membership::stop_lockspace(const std::string &name, Local &local, uint64_t change)
{
    if (local.kernel_runs) {
        effects_.push_back(StopKernel{name, change});
        return;
    }
    local.part.phase = Phase::stopped;
    local.part.change = std::max(local.part.change, change);
}

void Membership::stop_done(const std::string &lockspace, uint64_t change)
{
    auto local = locals_.find(lockspace);
    if (local == locals_.end())
        return;
    local->second.kernel_runs = false;
    local->second.part.phase = Phase::stopped;
    // Stopped outside of any change: behind everybody, so that no start but a new one's applies.
    local->second.part.change = change ? std::max(local->second.part.change, change) : 0;
    local->second.part.error.clear();
    settle();
}

void Membership::stop_failed(const std::string &lockspace, uint64_t, const std::string &error)
{
    auto local = locals_.find(lockspace);
    if (local == locals_.end())
        return;
    local->second.part.error = error;
    settle();
}

void Membership::start_done(const std::string &lockspace, uint64_t change)
{
    auto found = locals_.find(lockspace);
    if (found == locals_.end())
        return;
    Local &local = found->second;
    local.part.members = local.starting;
    if (local.part.role == Role::joining)
        local.part.role = Role::member;
    if (local.part.change == change) {
        local.part.phase = Phase::started;
        local.part.error.clear();
    }
    effects_.push_back(SaveState{});
    settle();
}

void Membership::start_failed(const std::string &lockspace, uint64_t, const std::string &error)
{
    auto found = locals_.find(lockspace);
    if (found == locals_.end())
        return;
    Local &local = found->second;
    local.kernel_runs = false;
    if (local.part.role == Role::joining) {
        effects_.push_back(RefuseJoin{lockspace, -EIO});
        locals_.erase(found);
        effects_.push_back(SaveState{});
    } else {
        local.part.error = error;
    }
    settle();
}

// --- commands of the coordinator
// ---------------------------------------------------------------------

bool Membership::may_command(int node, const NodeFacts &facts) const
{
    return !zombie_ && coordinator() == node && same_view(facts, facts_);
}

void Membership::handle(int node, const StopCommand &command)
{
    newest_change_ = std::max(newest_change_, command.change);
    auto local = locals_.find(command.lockspace);
    if (!may_command(node, command.facts) || local == locals_.end())
        return;
    if (command.change > local->second.part.change)
        stop_lockspace(command.lockspace, local->second, command.change);
}

bool Membership::members_are_in(const Members &members) const
{
    return std::all_of(members.begin(), members.end(), [&](const Member &member) {
        auto fact = facts_.find(member.node);
        return fact != facts_.end() && fact->second.in() && fact->second.boot == member.boot;
    });
}

std::vector<MemberToStart> Membership::members_to_start(const Local &local,
                                                        const Members &members) const
{
    std::vector<MemberToStart> list;
    for (const auto &member : members) {
        bool other_join = std::any_of(
            local.part.members.begin(), local.part.members.end(),
            [&](const Member &old) { return old.node == member.node && !(old == member); });
        list.push_back({member.node, other_join});
    }
    return list;
}

void Membership::handle(int node, const StartCommand &command)
{
    auto found = locals_.find(command.lockspace);
    if (!may_command(node, command.facts) || found == locals_.end())
        return;
    Local &local = found->second;
    bool named = std::any_of(command.members.begin(), command.members.end(), [&](const Member &m) {
        return m.node == self_ && m.join == local.part.join;
    });
    if (local.part.change != command.change || local.kernel_runs || !named ||
        local.part.role == Role::leaving || !members_are_in(command.members))
        return;
    local.kernel_runs = true;
    local.starting = command.members;
    effects_.push_back(StartKernel{command.lockspace, command.change,
                                   members_to_start(local, command.members),
                                   local.part.role == Role::joining});
}

void Membership::handle(int node, const ReleaseCommand &command)
{
    auto found = locals_.find(command.lockspace);
    if (!may_command(node, command.facts) || found == locals_.end())
        return;
    Local &local = found->second;
    if (local.part.role != Role::leaving || local.part.change != command.change ||
        local.kernel_runs)
        return;
    locals_.erase(found);
    effects_.push_back(FinishLeave{command.lockspace});
    effects_.push_back(SaveState{});
}

// --- after every input
// -------------------------------------------------------------------------------

std::optional<int> Membership::coordinator() const
{
    for (const auto &[node, fact] : facts_)
        if (fact.in())
            return node;
    return std::nullopt;
}

bool Membership::coordinates() const
{
    return !zombie_ && !leaving_ && coordinator() == self_;
}

std::vector<int> Membership::not_agreed() const
{
    std::vector<int> nodes;
    for (int node : nodes_in(facts_)) {
        if (node == self_)
            continue;
        auto report = reports_.find(node);
        if (report == reports_.end() || !same_view(report->second.facts, facts_))
            nodes.push_back(node);
    }
    return nodes;
}

void Membership::settle()
{
    if (!coordinates())
        coordinator_.reset();
    else if (not_agreed().empty())
        coordinate();
    send_reports();
}

// Our own commands take the same way as those to others, and may change our report: go round until
// quiet.
void Membership::coordinate()
{
    for (bool again = true; again;) {
        again = false;
        Coordinator::Reports reports;
        for (int node : nodes_in(facts_))
            if (node != self_)
                reports[node] = reports_.at(node);
        reports[self_] = own_report();
        auto commands = coordinator_.step(reports, facts_, newest_change_);
        for (const auto &[node, command] : commands) {
            if (node == self_) {
                std::visit([&](const auto &typed) { handle(self_, typed); }, command);
                again = true;
                continue;
            }
            std::visit(
                [this, to = node](const auto &typed) {
                    effects_.push_back(SendMessage{to, typed});
                },
                command);
        }
    }
}

std::map<std::string, LockspaceReport> Membership::lockspaces() const
{
    std::map<std::string, LockspaceReport> parts;
    for (const auto &[name, local] : locals_)
        parts[name] = local.part;
    return parts;
}

const Report *Membership::report_of(int node) const
{
    auto report = reports_.find(node);
    return report == reports_.end() ? nullptr : &report->second;
}

std::map<std::string, PendingChange> Membership::pending() const
{
    if (coordinates())
        return coordinator_.pending();
    auto leader = coordinator();
    const Report *report = leader ? report_of(*leader) : nullptr;
    return report ? report->pending : std::map<std::string, PendingChange>{};
}

Report Membership::own_report() const
{
    Report report;
    report.facts = facts_;
    report.newest_change = newest_change_;
    report.zombie = zombie_;
    report.lockspaces = lockspaces();
    if (coordinates())
        report.pending = coordinator_.pending();
    return report;
}

void Membership::send_reports()
{
    Report report = own_report();
    for (const auto &[node, boot] : links_) {
        auto sent = sent_.find(node);
        if (sent != sent_.end() && sent->second == report)
            continue;
        sent_[node] = report;
        effects_.push_back(SendMessage{node, report});
    }
}

std::deque<Effect> Membership::take_effects()
{
    return std::exchange(effects_, {});
}

SavedState Membership::saved_state() const
{
    return {boot_, facts_, newest_change_, lockspaces()};
}

}  // namespace dlm::daemon
