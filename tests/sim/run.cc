/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The course of a run by chance: load, and faults at random times. */
#include "run.hh"

#include "control.hh"

namespace dlm::sim {

class Run {
public:
    explicit Run(const Plan &plan);
    Outcome execute();

private:
    void plan_faults();
    bool mid_recovery() const;
    void crash_mid_recovery(int tries);

    World world_;
    Checker checker_;
    Clients clients_;
    Control control_;
    Plan plan_;
    int nodes_ = 0;
    int crashes_ = 0;
};

Run::Run(const Plan &plan)
    : world_(plan.seed),
      checker_(world_),
      clients_(world_, checker_, plan.load),
      control_(world_, checker_, clients_, plan.nodir),
      plan_(plan)
{
    world_.verbose = plan.verbose;
    nodes_ = plan.nodes ? plan.nodes : 2 + static_cast<int>(plan.seed % 4);
    if (plan.crashes >= 0)
        crashes_ = plan.crashes;
    else
        crashes_ = plan.seed % 4 == 3 ? 2 : static_cast<int>(plan.seed % 2);
    /* A second crash inside a recovery needs somebody who survives both. */
    if (crashes_ > nodes_ - 1)
        nodes_ = crashes_ + 1;
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

/* The second crash waits until somebody is in the middle of the recovery of the first. */
void Run::crash_mid_recovery(int tries)
{
    if (control_.members().size() < 2)
        return;
    if (mid_recovery() || tries == 0) {
        control_.crash(control_.random_member());
        return;
    }
    world_.at(world_.random.between(50, 800), [this, tries] { crash_mid_recovery(tries - 1); });
}

void Run::plan_faults()
{
    if (crashes_ >= 1)
        world_.at(world_.random.between(10000, 60000), [this] {
            if (control_.members().size() > 1)
                control_.crash(control_.random_member());
            if (crashes_ >= 2)
                crash_mid_recovery(500);
        });
    else if (plan_.seed % 8 == 2 && nodes_ > 2)
        world_.at(world_.random.between(10000, 60000),
                  [this] { control_.leave(control_.random_member()); });
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
        control_.boot(i);
    control_.change();
    if (!control_.wait_running(20'000'000))
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
        const bool running = control_.all_running();
        if (running && world_.now_us() > 200000) {
            control_.settled();
            checker_.calm(true);
        }
        if (running && !back && world_.now_us() > 250000) {
            back = true;
            for (int n = 1; n <= nodes_; n++) {
                if (control_.members().count(n))
                    continue;
                control_.boot(n);
                break;
            }
            control_.change();
            if (!control_.wait_running(60'000'000))
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
    if (!control_.wait_running(60'000'000))
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
