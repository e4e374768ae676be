// SPDX-License-Identifier: GPL-2.0-or-later
//
// Which answers each operation on a device or a control file may have.
#pragma once

#include <map>
#include <set>
#include <string>

namespace dlm::user {

// Results of a call that worked.
enum class Good {
    none,      // it never works
    zero,      // 0
    positive,  // the id of a lock
    any,       // a minor number, a length, a descriptor
};

struct Answers {
    const char *section;  // of control-plane.md, or L and that of lock-semantics.md
    Good good = Good::any;
    std::set<int> errors = {};
    // Without privileges; the same if there are none here.
    Good nobodys_good = Good::any;
    std::set<int> nobodys_errors = {};
    bool differs = false;  // the two above are meant
};

const std::map<std::string, Answers> &answers();

}  // namespace dlm::user
