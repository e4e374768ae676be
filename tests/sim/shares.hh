/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The seeds of a run, spread over processes: the simulated clusters know nothing of each other. */
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "world.hh"

namespace dlm::sim {

struct Seeds {
    uint64_t first = 1, last = 1; /* both included */
    uint64_t step = 1;
};

/* "FIRST-LAST" with 1 <= FIRST <= LAST; otherwise what is wrong is returned. */
std::string parse_seeds(const std::string &text, Seeds &seeds);

struct Share {
    Counters counters;
    uint64_t failed = 0; /* seeds */
};

using Work = std::function<Share(const Seeds &)>;

/*
 * The sum of @work over @seeds in @jobs processes, which take the seeds in turn. A process that
 * dies, or that the sanitizers end, counts as one failed seed, and a line says so.
 */
Share in_shares(const Seeds &seeds, unsigned jobs, const Work &work);

}  // namespace dlm::sim
