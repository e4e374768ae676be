/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A reference recovery, interrupted at every one of its events in every way: four
 * nodes work, one dies, and while the other three recover something else happens.
 */
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "world.hh"

namespace dlm::sim {

constexpr const char *kNothing = "nothing";
/* What may happen, by name: "crash:1", "restart:2", "leave:3", "join:5" ... */
std::vector<std::string> interruptions();

struct Interrupted {
    uint64_t seed = 1;
    bool nodir = false;
    bool verbose = false;
    std::string interruption = kNothing;
    uint64_t at = 0; /* after so many events of the recovery */
};

struct InterruptedOutcome {
    std::string failure;
    uint64_t events = 0; /* of the recovery, up to the interruption */
    bool three_recovered = false;
    Counters counters;
};

InterruptedOutcome run(const Interrupted &plan);

/* All points times all interruptions; prints counts, and failures with how to replay them. */
bool interrupt_everywhere(const Interrupted &plan, uint64_t points_wanted);

}  // namespace dlm::sim
