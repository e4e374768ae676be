// SPDX-License-Identifier: GPL-2.0-or-later
// Effects on configfs and sysfs.
#include "daemon/kernel_port.h"

#include <algorithm>
#include <cerrno>

#include "lib/lockspace_attributes.h"

namespace dlm::daemon {

using base::Error;
using base::Result;
using lib::LockspaceAttributes;

Result<void> KernelPort::set_tunables() const
{
    for (const auto &[name, tunable] : config_.kernel) {
        std::string where = fmt::format("{}:{}: kernel.{}", config_.file, tunable.line, name);
        if (!tree_.has_attribute(name))
            return Error(where + ": this kernel has no such attribute", ENOENT);
        if (auto put = tree_.set_number(name, tunable.value); !put)
            return std::move(put).error().context("{}", where);
    }
    return {};
}

Result<void> KernelPort::configure(const std::vector<int> &nodes) const
{
    if (auto made = tree_.create(); !made)
        return made;
    if (auto set = set_tunables(); !set)
        return set;
    // File systems ask for callbacks, and the kernel then compares the cluster's name with theirs.
    if (auto set = tree_.set_number("recover_callbacks", 1); !set)
        return set;
    if (auto set = tree_.set_cluster_name(config_.cluster); !set)
        return set;
    for (int old : tree_.comms())
        if (std::find(nodes.begin(), nodes.end(), old) == nodes.end())
            if (auto gone = tree_.remove_comm(old); !gone)
                return gone;
    for (int node : nodes)
        if (auto added = tree_.add_comm(node, config_.nodes.at(node).addresses); !added)
            return added;
    return tree_.mark_local(self_);
}

Result<void> KernelPort::stop(const std::string &lockspace) const
{
    return LockspaceAttributes(files_, lockspace).stop();
}

Result<void> KernelPort::start(const StartKernel &start) const
{
    LockspaceAttributes attributes(files_, start.lockspace);
    std::vector<lib::MemberEntry> entries;
    for (const auto &member : start.members)
        entries.push_back({member.node, config_.nodes.at(member.node).weight, member.renewed});
    if (start.first) {
        // What an earlier join under this name left there says nothing about this one.
        if (auto gone = members_.remove_space(start.lockspace); !gone)
            return gone;
        if (auto set = attributes.set_id(lib::lockspace_global_id(start.lockspace)); !set)
            return set;
    }
    if (config_.lockspace(start.lockspace).nodir)
        if (auto set = attributes.set_nodir(); !set)
            return set;
    if (auto set = members_.set_members(start.lockspace, entries); !set)
        return set;
    if (auto started = attributes.start(); !started)
        return started;
    return start.first ? attributes.answer(0) : Result<void>();
}

Result<void> KernelPort::answer(const std::string &lockspace, int result) const
{
    return LockspaceAttributes(files_, lockspace).answer(result);
}

Result<void> KernelPort::forget(const std::string &lockspace) const
{
    return members_.remove_space(lockspace);
}

Result<void> KernelPort::add_comm(int node) const
{
    return tree_.add_comm(node, config_.nodes.at(node).addresses);
}

bool KernelPort::exists(const std::string &lockspace) const
{
    return LockspaceAttributes(files_, lockspace).exists();
}

}  // namespace dlm::daemon
