/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control plane of a simulated cluster. The only promise it keeps is the real
 * one: all survivors have stopped before any starts. Otherwise each node is told
 * at its own time, and the next change may come in the middle of a recovery.
 */
#include "control.hh"

#include <algorithm>
#include <utility>

namespace dlm::sim {

void Control::boot(int nodeid)
{
    spaces_.push_back(std::make_unique<Space>(world_, checker_, nodeid, nodir_));
    world_.nodes[nodeid] = spaces_.back().get();
    members_.insert(nodeid);
    world_.counters.joins++;
}

static void forget(World &world, std::vector<std::unique_ptr<Space>> &spaces, int nodeid)
{
    Space *space = world.nodes.at(nodeid);
    world.nodes.erase(nodeid);
    world.forget_links(nodeid);
    std::erase_if(spaces, [&](auto &owned) { return owned.get() == space; });
}

void Control::crash(int nodeid)
{
    world_.trace("node " + std::to_string(nodeid) + " crashes");
    world_.counters.crashes++;
    checker_.disturbed();
    clients_.node_down(nodeid);
    forget(world_, spaces_, nodeid);
    members_.erase(nodeid);
    failed_.insert(nodeid);
    for (auto &[id, space] : world_.nodes) {
        Told &told = told_[space->boot()];
        told.dead.insert(nodeid);
        world_.bar(id, nodeid, true);
        if (told.members.count(nodeid))
            told.renewed.insert(nodeid);
    }
    world_.at(world_.random.between(100, 20000), [this] { change(); });
}

void Control::leave(int nodeid)
{
    world_.trace("node " + std::to_string(nodeid) + " leaves");
    world_.counters.leaves++;
    checker_.disturbed();
    clients_.node_down(nodeid);
    forget(world_, spaces_, nodeid);
    members_.erase(nodeid);
    failed_.erase(nodeid);
    world_.at(world_.random.between(100, 5000), [this] { change(); });
}

/* A new view: stop everybody, each at its own time, then start everybody. */
void Control::change()
{
    stop_all(++change_);
}

void Control::stop_all(uint64_t change)
{
    std::vector<int> all(members_.begin(), members_.end());
    starting_ = true;
    checker_.calm(false);
    to_stop_ = all.size();
    for (int nodeid : all) {
        const uint64_t boot = world_.nodes.at(nodeid)->boot();
        world_.at(world_.random.between(1, 4000), [this, change, nodeid, boot] {
            if (change != change_)
                return;
            auto found = world_.nodes.find(nodeid);
            if (found == world_.nodes.end() || found->second->boot() != boot)
                return; /* its death makes a change of its own */
            found->second->stop();
            for (int dead : std::exchange(told_[boot].dead, {})) {
                found->second->links().forget(dead);
                world_.bar(nodeid, dead, false);
            }
            if (--to_stop_ == 0)
                start_all(change);
        });
    }
}

void Control::start_all(uint64_t change)
{
    std::vector<dlm_member> list;
    for (int nodeid : members_) {
        dlm_member m{};
        m.nodeid = nodeid;
        m.weight = 1;
        list.push_back(m);
    }
    auto failed = failed_;
    for (int nodeid : members_) {
        const uint64_t boot = world_.nodes.at(nodeid)->boot();
        world_.at(world_.random.between(1, 5000), [this, change, nodeid, boot, list, failed] {
            auto found = world_.nodes.find(nodeid);
            if (change != change_ || found == world_.nodes.end() || found->second->boot() != boot)
                return;
            Told &told = told_[boot];
            auto mine = list;
            for (auto &m : mine)
                m.renewed = told.renewed.count(m.nodeid);
            told.renewed.clear();
            told.members = members_;
            if (found->second->start(mine, [failed](int n) { return failed.count(n) > 0; }))
                world_.fail("start was refused");
        });
    }
    starting_ = false;
}

bool Control::all_running() const
{
    if (starting_)
        return false;
    for (auto &[id, space] : world_.nodes) {
        if (!space->running() ||
            space->cluster().view->nr_members != static_cast<int>(members_.size()))
            return false;
    }
    return true;
}

bool Control::wait_running(uint64_t limit_us)
{
    const uint64_t end = world_.now_us() + limit_us;
    while (world_.now_us() < end && !world_.failed()) {
        world_.run_for(1000);
        if (all_running()) {
            settled();
            return true;
        }
    }
    return false;
}

void Control::settled()
{
    failed_.clear();
}

int Control::random_member()
{
    auto it = members_.begin();
    std::advance(it, world_.random.below(members_.size()));
    return *it;
}

}  // namespace dlm::sim
