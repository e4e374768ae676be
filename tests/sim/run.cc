/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control plane of a simulated cluster and the course of a run. The only
 * promise it keeps is the real one: all survivors have stopped before any
 * starts. Otherwise each node is told at its own time, and the next change may
 * come in the middle of a recovery.
 */
#include "run.hh"

#include <algorithm>
#include <set>

namespace dlm::sim {

class Run {
public:
    explicit Run(const Plan &plan);
    Outcome execute();

private:
    void boot(int nodeid);
    void crash(int nodeid);
    void leave(int nodeid);
    void change();
    void stop_all(uint64_t change);
    void start_all(uint64_t change);
    bool all_running() const;
    bool wait_running(uint64_t limit_us);
    void plan_faults();
    int random_victim();
    bool mid_recovery() const;
    void crash_mid_recovery(int tries);

    World world_;
    Checker checker_;
    Clients clients_;
    Plan plan_;
    std::set<int> members_; /* live and to be in the next view */
    std::set<int> failed_;  /* gone by failure, for recover_slot */
    std::set<int> renewed_; /* died and came back before a start told the others */
    std::set<int> told_;    /* in the view that was started last */
    std::vector<std::unique_ptr<Space>> spaces_;
    uint64_t change_ = 0;
    size_t to_stop_ = 0;
    int nodes_ = 0;
    int crashes_ = 0;
    bool starting_ = false;
};

Run::Run(const Plan &plan)
    : world_(plan.seed), checker_(world_), clients_(world_, checker_, plan.load), plan_(plan)
{
    world_.verbose = plan.verbose;
    nodes_ = plan.nodes ? plan.nodes : 2 + static_cast<int>(plan.seed % 4);
    if (plan.crashes >= 0)
        crashes_ = plan.crashes;
    else
        crashes_ = plan.seed % 4 == 3 ? 2 : plan.seed % 2;
    /* A second crash inside a recovery needs somebody who survives both. */
    if (crashes_ > nodes_ - 1)
        nodes_ = crashes_ + 1;
}

void Run::boot(int nodeid)
{
    spaces_.push_back(std::make_unique<Space>(world_, checker_, nodeid, plan_.nodir));
    world_.nodes[nodeid] = spaces_.back().get();
    members_.insert(nodeid);
    if (told_.count(nodeid))
        renewed_.insert(nodeid);
    world_.counters.joins++;
}

static void forget(World &world, std::vector<std::unique_ptr<Space>> &spaces, int nodeid)
{
    Space *space = world.nodes.at(nodeid);
    world.nodes.erase(nodeid);
    world.forget_links(nodeid);
    std::erase_if(spaces, [&](auto &owned) { return owned.get() == space; });
}

void Run::crash(int nodeid)
{
    world_.trace("node " + std::to_string(nodeid) + " crashes");
    world_.counters.crashes++;
    checker_.disturbed();
    clients_.node_down(nodeid);
    forget(world_, spaces_, nodeid);
    members_.erase(nodeid);
    renewed_.erase(nodeid);
    failed_.insert(nodeid);
    world_.at(world_.random.between(100, 20000), [this] { change(); });
}

void Run::leave(int nodeid)
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
void Run::change()
{
    stop_all(++change_);
}

void Run::stop_all(uint64_t change)
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
            if (--to_stop_ == 0)
                start_all(change);
        });
    }
}

void Run::start_all(uint64_t change)
{
    std::vector<dlm_member> list;
    for (int nodeid : members_) {
        dlm_member m{};
        m.nodeid = nodeid;
        m.weight = 1;
        m.renewed = renewed_.count(nodeid);
        list.push_back(m);
    }
    auto failed = failed_;
    for (int nodeid : members_) {
        world_.at(world_.random.between(1, 5000), [this, change, nodeid, list, failed] {
            auto found = world_.nodes.find(nodeid);
            if (change != change_ || found == world_.nodes.end())
                return;
            const bool fresh = found->second->cluster().recover.generation == 0;
            auto mine = list;
            for (int n : failed)
                if (n != nodeid && (!members_.count(n) || renewed_.count(n)))
                    found->second->links().forget(n);
            /* The "came back" mark stays until a start was told. */
            if (fresh)
                for (auto &m : mine)
                    m.renewed = false;
            if (found->second->start(mine, [failed](int n) { return failed.count(n) > 0; }))
                world_.fail("start was refused");
        });
    }
    for (int nodeid : members_)
        told_.insert(nodeid);
    starting_ = false;
}

bool Run::all_running() const
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

bool Run::wait_running(uint64_t limit_us)
{
    const uint64_t end = world_.now_us() + limit_us;
    while (world_.now_us() < end && !world_.failed()) {
        world_.run_for(1000);
        if (all_running()) {
            failed_.clear();
            renewed_.clear();
            told_ = members_;
            return true;
        }
    }
    return false;
}

bool Run::mid_recovery() const
{
    for (auto &[id, space] : world_.nodes) {
        const auto state = space->cluster().recover.state;
        if (state > DLM_RECOVER_PREPARE && state < DLM_RECOVER_RUNNING)
            return true;
    }
    return false;
}

int Run::random_victim()
{
    auto it = members_.begin();
    std::advance(it, world_.random.below(members_.size()));
    return *it;
}

/* The second crash waits until somebody is in the middle of the recovery of the first. */
void Run::crash_mid_recovery(int tries)
{
    if (members_.size() < 2)
        return;
    if (mid_recovery() || tries == 0) {
        crash(random_victim());
        return;
    }
    world_.at(world_.random.between(50, 800), [this, tries] { crash_mid_recovery(tries - 1); });
}

void Run::plan_faults()
{
    if (crashes_ >= 1)
        world_.at(world_.random.between(10000, 60000), [this] {
            if (members_.size() > 1)
                crash(random_victim());
            if (crashes_ >= 2)
                crash_mid_recovery(500);
        });
    else if (plan_.seed % 8 == 2 && nodes_ > 2)
        world_.at(world_.random.between(10000, 60000), [this] { leave(random_victim()); });
    for (int i = 0; i < 6; i++) {
        const int a = 1 + world_.random.below(nodes_), b = 1 + world_.random.below(nodes_);
        if (a != b)
            world_.at(world_.random.between(5000, 150000), [this, a, b] { world_.reset(a, b); });
    }
    for (int i = 0; i < 3; i++) {
        const int a = 1 + world_.random.below(nodes_), b = 1 + world_.random.below(nodes_);
        if (a == b)
            continue;
        const uint64_t begin = world_.random.between(5000, 90000);
        world_.at(begin, [this, a, b] { world_.set_link(a, b, false); });
        world_.at(begin + world_.random.between(500, 20000),
                  [this, a, b] { world_.set_link(a, b, true); });
    }
}

Outcome Run::execute()
{
    auto outcome = [this] { return Outcome{world_.failure(), world_.counters}; };
    for (int i = 1; i <= nodes_; i++)
        boot(i);
    change();
    if (!wait_running(20'000'000))
        world_.fail("the first recovery did not end");
    if (world_.failed())
        return outcome();
    checker_.calm(true);
    for (auto &[id, space] : world_.nodes)
        clients_.node_up(*space);
    plan_faults();

    bool back = crashes_ == 0;
    for (int i = 0; i < 4000 && !world_.failed(); i++) {
        world_.run_for(2000);
        const bool running = all_running();
        if (running && world_.now_us() > 200000) {
            failed_.clear();
            renewed_.clear();
            told_ = members_;
            checker_.calm(true);
        }
        if (running && !back && world_.now_us() > 250000) {
            back = true;
            for (int n = 1; n <= nodes_; n++) {
                if (members_.count(n))
                    continue;
                boot(n);
                break;
            }
            change();
            if (!wait_running(60'000'000))
                world_.fail("a recovery with a joiner did not end");
            for (auto &[id, space] : world_.nodes)
                if (space->cluster().recover.generation == 1 || space->nr_locks() == 0)
                    clients_.node_up(*space);
        }
        if (clients_.enough() && world_.now_us() > 300000 && running && back)
            break;
    }
    if (!clients_.enough())
        world_.fail("too few operations: " + std::to_string(world_.counters.operations));
    clients_.work(false);
    world_.run_for(2'000'000);
    if (!wait_running(60'000'000))
        world_.fail("a recovery did not end");
    if (!world_.failed())
        checker_.quiet();
    for (int i = 0; i < 50 && !world_.failed() && clients_.alive(); i++) {
        clients_.release_all();
        world_.run_for(200'000);
    }
    if (!world_.failed())
        checker_.released();
    return outcome();
}

Outcome run(const Plan &plan)
{
    Run run(plan);
    return run.execute();
}

}  // namespace dlm::sim
