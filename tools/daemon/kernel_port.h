// SPDX-License-Identifier: GPL-2.0-or-later
// KernelPort: carries out what Membership wants of the kernel. Every function returns when the
// kernel has done it.
#pragma once

#include <string>
#include <vector>

#include "daemon/config.h"
#include "daemon/effect.h"
#include "lib/config_tree.h"
#include "lib/kernel_files.h"
#include "lib/member_tree.h"

namespace dlm::daemon {

class KernelPort {
public:
    KernelPort(const lib::KernelFiles &files, const Config &config, int self)
        : files_(files), config_(config), self_(self), tree_(files), members_(files)
    {
    }

    // Cluster directory, attributes, comms of `nodes`; this node's last. dlm-monitor is open
    // already.
    base::Result<void> configure(const std::vector<int> &nodes) const;
    // Only without lockspaces.
    base::Result<void> clear() const { return tree_.clear(); }

    base::Result<void> stop(const std::string &lockspace) const;
    base::Result<void> start(const StartKernel &start) const;
    base::Result<void> answer(const std::string &lockspace, int result) const;
    base::Result<void> forget(const std::string &lockspace) const;
    base::Result<void> add_comm(int node) const;
    base::Result<void> remove_comm(int node) const { return tree_.remove_comm(node); }
    bool exists(const std::string &lockspace) const;

private:
    base::Result<void> set_tunables() const;

    const lib::KernelFiles &files_;
    const Config &config_;
    const int self_;
    lib::ConfigTree tree_;
    lib::MemberTree members_;
};

}  // namespace dlm::daemon
