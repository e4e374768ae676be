// SPDX-License-Identifier: GPL-2.0-or-later
//
// Differences that the specification wants: stock's defects (lock-semantics 18, X1 to X21) and
// where ours does more (9, 10 and 12). Each has a name and a predicate that looks at the place
// where two histories part, and as narrowly as it can be told from there. 8.2, 10.5 and 12.4 are
// rules of the specification that stock was seen to break and that its list of defects does not
// have (Documentation/stock-defects.rst says why ours keeps them).
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
