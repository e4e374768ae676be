/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dlm_sim: runs seeds. Prints what was done, fails below the floors, and prints
 * the line that replays a failing seed.
 */
#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>

#include "interrupt.hh"
#include "run.hh"
#include "shares.hh"

using namespace dlm::sim;

static bool below_floors(const Counters &c, uint64_t seeds, uint64_t operations)
{
    struct Floor {
        const char *what;
        uint64_t have, want;
    } floors[] = {
        {"operations", c.operations, seeds * operations},
        {"completions", c.completions, seeds * operations / 2},
        {"messages", c.messages, seeds * operations},
        {"blocking callbacks", c.basts, seeds * operations / 20},
        {"grants checked", c.grants_checked, seeds * operations / 4},
        {"values read", c.values_read, seeds * operations / 50},
        {"resets with messages under way", c.resets, seeds},
        {"crashes", c.crashes, seeds / 2},
        {"recoveries interrupted", c.recoveries_interrupted, seeds / 8},
    };
    bool below = false;
    for (const auto &f : floors) {
        if (f.have >= f.want)
            continue;
        std::printf("too few %s: %llu, wanted %llu\n", f.what,
                    static_cast<unsigned long long>(f.have),
                    static_cast<unsigned long long>(f.want));
        below = true;
    }
    return below;
}

static void print(const Counters &c)
{
    auto line = [](const char *what, uint64_t n) {
        std::printf("%-24s %llu\n", what, static_cast<unsigned long long>(n));
    };
    line("events", c.events);
    line("messages", c.messages);
    line("operations", c.operations);
    line("completions", c.completions);
    line("blocking callbacks", c.basts);
    line("grants checked", c.grants_checked);
    line("values read", c.values_read);
    line("resets, counted", c.resets);
    line("crashes", c.crashes);
    line("leaves", c.leaves);
    line("joins", c.joins);
    line("recoveries completed", c.recoveries);
    line("recoveries interrupted", c.recoveries_interrupted);
}

static int interrupted_once(const Interrupted &plan)
{
    const InterruptedOutcome outcome = run(plan);
    print(outcome.counters);
    std::printf("%s\n", outcome.failure.empty() ? "all held" : outcome.failure.c_str());
    return outcome.failure.empty() ? 0 : 1;
}

/* All interruptions of each seed's recovery. */
static Share interrupt_all(Interrupted plan, const Seeds &seeds, uint64_t points_wanted)
{
    Share share;
    for (plan.seed = seeds.first; plan.seed <= seeds.last; plan.seed += seeds.step)
        share.failed += !interrupt_everywhere(plan, points_wanted);
    return share;
}

static Share run_all(Plan plan, const Seeds &seeds, bool keep_going)
{
    Share share;
    for (plan.seed = seeds.first; plan.seed <= seeds.last; plan.seed += seeds.step) {
        const Outcome outcome = run(plan);
        share.counters += outcome.counters;
        if (outcome.failure.empty())
            continue;
        share.failed++;
        std::printf("seed %llu: %s\n", static_cast<unsigned long long>(plan.seed),
                    outcome.failure.c_str());
        std::printf("replay: dlm_sim --seed %llu --ops %u%s -v\n",
                    static_cast<unsigned long long>(plan.seed), plan.load.operations,
                    plan.nodir ? " --nodir" : "");
        if (!keep_going)
            break;
    }
    return share;
}

int main(int argc, char **argv)
{
    CLI::App app{"runs clusters of the lock manager's pure layers in one process"};
    Seeds seeds;
    Plan plan;
    bool floors = false, keep_going = false;
    uint64_t one = 0;
    unsigned jobs = 1;
    auto *seed_option = app.add_option("--seed", one, "one seed, to replay a run");
    app.add_option_function<std::string>(
           "--seeds",
           [&](const std::string &text) {
               if (const std::string wrong = parse_seeds(text, seeds); !wrong.empty())
                   throw CLI::ValidationError("--seeds", wrong);
           },
           "range of seeds, FIRST-LAST")
        ->excludes(seed_option);
    app.add_option("--jobs,-j", jobs, "processes that share the seeds")
        ->check(CLI::Range(1U, 1024U));
    app.add_option("--ops", plan.load.operations, "operations of a run, at least");
    app.add_option("--nodes", plan.nodes, "number of nodes (0: 2 to 5 by the seed)");
    app.add_option("--crashes", plan.crashes, "0, 1 or 2 (-1: by the seed)");
    app.add_flag("--nodir", plan.nodir, "lockspace without directory");
    app.add_flag("--verbose,-v", plan.verbose, "print every step");
    app.add_flag("--floors", floors, "fail if too little happened");
    app.add_flag("--keep-going", keep_going, "run the other seeds after a failure");
    Interrupted interrupt;
    auto replayable = interruptions();
    replayable.push_back(kNothing);
    bool everywhere = false;
    uint64_t points_wanted = 1;
    app.add_flag("--interrupt-everywhere", everywhere,
                 "interrupt a recovery of three nodes at every event in every way");
    app.add_option("--points", points_wanted, "... and fail if it has fewer events than these");
    auto *replay =
        app.add_option("--interruption", interrupt.interruption, "replay one of those runs")
            ->check(CLI::IsMember(replayable));
    app.add_option("--interrupt-at", interrupt.at, "... interrupted behind so many events");
    CLI11_PARSE(app, argc, argv);

    if (*seed_option)
        seeds = {one, one, 1};
    interrupt.nodir = plan.nodir;
    interrupt.verbose = plan.verbose;
    interrupt.seed = seeds.first;
    if (*replay)
        return interrupted_once(interrupt);
    if (everywhere) {
        const Share all = in_shares(seeds, jobs, [&](const Seeds &share) {
            return interrupt_all(interrupt, share, points_wanted);
        });
        return all.failed ? 1 : 0;
    }
    const Share all = in_shares(
        seeds, jobs, [&](const Seeds &share) { return run_all(plan, share, keep_going); });
    print(all.counters);
    if (all.failed)
        std::printf("%llu seeds failed\n", static_cast<unsigned long long>(all.failed));
    const bool thin =
        floors && !all.failed &&
        below_floors(all.counters, seeds.last - seeds.first + 1, plan.load.operations);
    return all.failed || thin ? 1 : 0;
}
