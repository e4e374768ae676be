// SPDX-License-Identifier: GPL-2.0-or-later
//
// The smallest part of a sequence that still shows what the whole one shows: operations are left
// out as long as it does. Candidates are judged many at a time, since a cluster runs them so.
#pragma once

#include <functional>
#include <vector>

#include "sequence.h"

namespace dlm::differential {

// For each candidate: does it still show it? The names of candidates are unique.
using Judge = std::function<std::vector<bool>(const std::vector<Sequence> &candidates)>;

// most: rounds of judging at most.
Sequence minimise(const Sequence &sequence, const Judge &judge, int most = 12);

}  // namespace dlm::differential
