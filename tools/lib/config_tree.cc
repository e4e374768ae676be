// SPDX-License-Identifier: LGPL-2.1-or-later
// Cluster attributes and comms/ in configfs.
#include "lib/config_tree.h"

#include <cerrno>

#include "base/number.h"
#include "lib/member_tree.h"

namespace dlm::lib {

using base::Error;
using base::Result;

std::string ConfigTree::comm_path(int nodeid) const
{
    return fmt::format("{}/comms/{}", cluster, nodeid);
}

Result<void> ConfigTree::create() const
{
    if (!files_.exists(root))
        return Error(fmt::format("{} does not exist: is the dlm module loaded and configfs mounted "
                                 "on /sys/kernel/config?",
                                 root),
                     ENOENT);
    if (auto made = files_.make_directory(cluster); !made)
        return std::move(made).error().context("creating the cluster directory");
    return {};
}

Result<void> ConfigTree::clear() const
{
    if (!files_.exists(cluster))
        return {};
    for (int nodeid : comms())
        if (auto gone = remove_comm(nodeid); !gone)
            return gone;
    MemberTree members(files_);
    for (const auto &space : members.spaces())
        if (auto gone = members.remove_space(space); !gone)
            return gone;
    return files_.remove_directory(cluster);
}

Result<void> ConfigTree::set_cluster_name(const std::string &name) const
{
    return files_.store(fmt::format("{}/cluster_name", cluster), name);
}

Result<void> ConfigTree::set_number(const std::string &attribute, uint64_t value) const
{
    return files_.store(fmt::format("{}/{}", cluster, attribute), std::to_string(value));
}

bool ConfigTree::has_attribute(const std::string &attribute) const
{
    return files_.has_prefix() || files_.exists(fmt::format("{}/{}", cluster, attribute));
}

Result<void> ConfigTree::add_comm(int nodeid, const std::vector<SocketAddress> &addresses) const
{
    std::string path = comm_path(nodeid);
    if (auto made = files_.make_directory(path); !made)
        return std::move(made).error();
    if (auto put = files_.store(path + "/nodeid", std::to_string(nodeid)); !put)
        return put;
    for (const auto &address : addresses) {
        auto put = files_.store(path + "/addr", address.image());
        if (!put && put.error().code() != EEXIST)
            return std::move(put).error().context("address {} of node {}", address.text(), nodeid);
    }
    return {};
}

Result<void> ConfigTree::mark_local(int nodeid) const
{
    return files_.store(comm_path(nodeid) + "/local", "1");
}

Result<void> ConfigTree::remove_comm(int nodeid) const
{
    return files_.remove_directory(comm_path(nodeid));
}

std::vector<int> ConfigTree::comms() const
{
    std::vector<int> nodes;
    for (const auto &name : files_.directories(fmt::format("{}/comms", cluster)))
        if (auto nodeid = base::parse_unsigned(name))
            nodes.push_back(static_cast<int>(*nodeid));
    return nodes;
}

std::optional<int> ConfigTree::local_node() const
{
    for (int nodeid : comms()) {
        auto local = files_.load(comm_path(nodeid) + "/local");
        auto value = local ? base::parse_signed(*local) : std::nullopt;
        if (value && *value != 0)
            return nodeid;
    }
    return std::nullopt;
}

}  // namespace dlm::lib
