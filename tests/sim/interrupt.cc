/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One seed gives one course up to the interruption, so point n of a recovery is the
 * same moment for each of them. The load goes on all the time; after everything has
 * recovered it goes on a little, then all must agree and all can be released.
 */
#include "interrupt.hh"

#include <cstdio>
#include <cstdlib>
#include <set>

#include "control.hh"

namespace dlm::sim {

constexpr int kNodes = 4;
constexpr int kVictim = 4; /* whose death makes the reference recovery */
constexpr uint64_t kRecoveryMayTakeUs = 60'000'000;
constexpr uint64_t kLoadBeforeUs = 20'000;
constexpr uint64_t kLoadAfterUs = 15'000;

std::vector<std::string> interruptions()
{
    std::vector<std::string> all;
    for (const char *what : {"crash", "restart", "leave"})
        for (int node = 1; node < kVictim; node++)
            all.push_back(std::string(what) + ":" + std::to_string(node));
    all.push_back("join:" + std::to_string(kVictim));
    all.push_back("join:" + std::to_string(kNodes + 1));
    all.push_back("again:0"); /* stopped and started with the members that it had */
    return all;
}

class InterruptedRun {
public:
    explicit InterruptedRun(const Interrupted &plan);
    InterruptedOutcome execute();

private:
    void begin();
    uint64_t recover();
    void interrupt();
    void end();
    void work_on_new_nodes();
    void wait_running(const char *what);

    World world_;
    Checker checker_;
    Clients clients_;
    Control control_;
    Interrupted plan_;
    std::set<uint64_t> working_; /* boots with callers */
};

static Load small_load()
{
    Load load;
    load.resources = 3;
    load.locks_per_node = 3;
    load.pause_us = 1500;
    return load;
}

InterruptedRun::InterruptedRun(const Interrupted &plan)
    : world_(plan.seed),
      checker_(world_),
      clients_(world_, checker_, small_load()),
      control_(world_, checker_, clients_, plan.nodir),
      plan_(plan)
{
    world_.verbose = plan.verbose;
}

void InterruptedRun::wait_running(const char *what)
{
    if (!world_.failed() && !control_.wait_running(kRecoveryMayTakeUs))
        world_.fail(std::string(what) + " did not end");
}

void InterruptedRun::work_on_new_nodes()
{
    for (auto &[id, space] : world_.nodes)
        if (working_.insert(space->boot()).second)
            clients_.node_up(*space);
}

void InterruptedRun::begin()
{
    for (int node = 1; node <= kNodes; node++)
        control_.boot(node);
    control_.change();
    wait_running("the first recovery");
    checker_.calm(true);
    work_on_new_nodes();
    world_.run_for(kLoadBeforeUs);
    control_.crash(kVictim);
}

/* The number of events until the three run, or until the interruption is due. */
uint64_t InterruptedRun::recover()
{
    const bool interrupted = plan_.interruption != kNothing;
    uint64_t events = 0;

    while (!world_.failed() && (interrupted ? events < plan_.at : !control_.all_running())) {
        if (!world_.step())
            world_.fail("nothing happens any more");
        events++;
    }
    return events;
}

void InterruptedRun::interrupt()
{
    const auto colon = plan_.interruption.find(':');
    const std::string what = plan_.interruption.substr(0, colon);
    const int node = std::atoi(plan_.interruption.c_str() + colon + 1);

    world_.trace("interruption: " + plan_.interruption);
    if (what == "crash" || what == "restart")
        control_.crash(node);
    if (what == "leave")
        control_.leave(node);
    if (what == "restart" || what == "join")
        control_.boot(node);
    if (what == "join" || what == "again")
        control_.change();
}

void InterruptedRun::end()
{
    wait_running("the last recovery");
    world_.run_for(1000);
    checker_.calm(true);
    work_on_new_nodes();
    world_.run_for(kLoadAfterUs);
    clients_.work(false);
    world_.run_for(1'000'000);
    if (!world_.failed())
        checker_.quiet();
    for (int i = 0; i < 20 && !world_.failed() && clients_.alive(); i++) {
        clients_.release_all();
        world_.run_for(200'000);
    }
    if (!world_.failed())
        checker_.released();
}

InterruptedOutcome InterruptedRun::execute()
{
    InterruptedOutcome outcome;

    begin();
    outcome.events = recover();
    outcome.three_recovered = control_.all_running() && control_.members().size() == kNodes - 1;
    if (plan_.interruption != kNothing)
        interrupt();
    end();
    outcome.failure = world_.failure();
    outcome.counters = world_.counters;
    return outcome;
}

InterruptedOutcome run(const Interrupted &plan)
{
    InterruptedRun run(plan);
    return run.execute();
}

static void print_failure(const Interrupted &plan, const std::string &failure)
{
    std::printf("%s after event %llu: %s\n", plan.interruption.c_str(),
                static_cast<unsigned long long>(plan.at), failure.c_str());
    std::printf("replay: dlm_sim --seed %llu%s --interrupt-at %llu --interruption %s -v\n",
                static_cast<unsigned long long>(plan.seed), plan.nodir ? " --nodir" : "",
                static_cast<unsigned long long>(plan.at), plan.interruption.c_str());
}

bool interrupt_everywhere(const Interrupted &plan, uint64_t points_wanted)
{
    const InterruptedOutcome reference = run(plan);
    uint64_t done = 0, failed = 0;
    Counters total;

    if (!reference.failure.empty() || !reference.three_recovered) {
        print_failure(plan, reference.failure.empty() ? "not recovered" : reference.failure);
        return false;
    }
    for (const std::string &what : interruptions()) {
        for (uint64_t at = 0; at <= reference.events && failed < 10; at++) {
            Interrupted one = plan;
            one.interruption = what;
            one.at = at;
            const InterruptedOutcome outcome = run(one);
            total += outcome.counters;
            done++;
            if (outcome.failure.empty())
                continue;
            failed++;
            print_failure(one, outcome.failure);
        }
    }
    const uint64_t points = reference.events + 1;
    std::printf(
        "%s: %llu points of a recovery of %d nodes, %zu interruptions, %llu runs, "
        "%llu failed; recoveries completed %llu, interrupted %llu\n",
        plan.nodir ? "without directory" : "with directory",
        static_cast<unsigned long long>(points), kNodes - 1, interruptions().size(),
        static_cast<unsigned long long>(done), static_cast<unsigned long long>(failed),
        static_cast<unsigned long long>(total.recoveries),
        static_cast<unsigned long long>(total.recoveries_interrupted));
    if (points < points_wanted) {
        std::printf("too few points, wanted %llu\n",
                    static_cast<unsigned long long>(points_wanted));
        return false;
    }
    return failed == 0;
}

}  // namespace dlm::sim
