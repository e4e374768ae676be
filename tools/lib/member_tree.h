// SPDX-License-Identifier: LGPL-2.1-or-later
// MemberTree: spaces/<lockspace>/nodes in configfs, the member list that the next start reads.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "lib/kernel_files.h"

namespace dlm::lib {

struct MemberEntry {
    int nodeid;
    int weight = 1;
    // The node was a member before, went and is back: its directory is made anew, so that the
    // kernel removes the old member before it adds the new one.
    bool renewed = false;
};

class MemberTree {
public:
    explicit MemberTree(const KernelFiles &files) : files_(files) {}

    // Makes nodes/ exactly this set. Call it only while the lockspace is stopped.
    base::Result<void> set_members(const std::string &space,
                                   const std::vector<MemberEntry> &members) const;
    base::Result<void> remove_space(const std::string &space) const;
    std::set<int> members(const std::string &space) const;
    std::vector<std::string> spaces() const;

private:
    base::Result<void> remove_member(const std::string &space, const std::string &node) const;
    base::Result<void> add_member(const std::string &space, const MemberEntry &member) const;

    const KernelFiles &files_;
};

}  // namespace dlm::lib
