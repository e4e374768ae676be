// SPDX-License-Identifier: GPL-2.0-or-later
//
// Differences that the specification wants: stock's defects (lock-semantics 18, X1 to X21) and
// where ours does more (marked P in 9, 10 and 12). Each has a name and a predicate that looks at
// the place where two histories part, and as narrowly as it can be told from there.
#pragma once

#include <string>

#include "history.h"

namespace dlm::differential {

// The name of what excuses the difference; empty: nothing does.
std::string excuse(const Sequence &sequence, const History &stock, const History &ours,
                   const Difference &difference);

// Two histories to their end: after an excused difference that leaves no trace, what follows must
// be the same again or excused for itself.
struct Verdict {
    std::string excused;   // by what, the first one; empty: there was no need
    Difference unexcused;  // none: all is well
};
Verdict judge(const Sequence &sequence, const History &stock, const History &ours);

}  // namespace dlm::differential
