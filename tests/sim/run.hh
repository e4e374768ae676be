/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One run: nodes, load, faults and membership, from one seed. */
#pragma once

#include <cstdint>
#include <string>

#include "client.hh"
#include "world.hh"

namespace dlm::sim {

struct Plan {
    uint64_t seed = 1;
    int nodes = 0;    /* 0: 2 to 5, by the seed */
    int crashes = -1; /* -1: by the seed: half of them one, a quarter a second one */
    bool nodir = false;
    bool verbose = false;
    Load load;
};

struct Outcome {
    std::string failure; /* empty: all held */
    Counters counters;
};

Outcome run(const Plan &plan);

}  // namespace dlm::sim
