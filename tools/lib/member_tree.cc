// SPDX-License-Identifier: LGPL-2.1-or-later
// Member lists of lockspaces in configfs.
#include "lib/member_tree.h"

#include <algorithm>

#include "base/number.h"
#include "lib/config_tree.h"

namespace dlm::lib {

using base::Result;

static std::string space_path(const std::string &space)
{
    return fmt::format("{}/spaces/{}", ConfigTree::cluster, space);
}

static std::string node_path(const std::string &space, const std::string &node)
{
    return fmt::format("{}/nodes/{}", space_path(space), node);
}

Result<void> MemberTree::remove_member(const std::string &space, const std::string &node) const
{
    return files_.remove_directory(node_path(space, node));
}

Result<void> MemberTree::add_member(const std::string &space, const MemberEntry &member) const
{
    std::string path = node_path(space, std::to_string(member.nodeid));
    auto made = files_.make_directory(path);
    if (!made)
        return std::move(made).error();
    if (!*made)
        return {};
    if (auto put = files_.store(path + "/nodeid", std::to_string(member.nodeid)); !put)
        return put;
    return files_.store(path + "/weight", std::to_string(member.weight));
}

Result<void> MemberTree::set_members(const std::string &space,
                                     const std::vector<MemberEntry> &members) const
{
    if (auto made = files_.make_directory(space_path(space)); !made)
        return std::move(made).error();
    for (const auto &node : files_.directories(space_path(space) + "/nodes")) {
        auto stays = [&](const MemberEntry &m) {
            return std::to_string(m.nodeid) == node && !m.renewed;
        };
        if (std::any_of(members.begin(), members.end(), stays))
            continue;
        if (auto gone = remove_member(space, node); !gone)
            return gone;
    }
    for (const auto &member : members)
        if (auto added = add_member(space, member); !added)
            return added;
    return {};
}

Result<void> MemberTree::remove_space(const std::string &space) const
{
    for (const auto &node : files_.directories(space_path(space) + "/nodes"))
        if (auto gone = remove_member(space, node); !gone)
            return gone;
    return files_.remove_directory(space_path(space));
}

std::set<int> MemberTree::members(const std::string &space) const
{
    std::set<int> nodes;
    for (const auto &name : files_.directories(space_path(space) + "/nodes"))
        if (auto nodeid = base::parse_unsigned(name))
            nodes.insert(static_cast<int>(*nodeid));
    return nodes;
}

std::vector<std::string> MemberTree::spaces() const
{
    return files_.directories(fmt::format("{}/spaces", ConfigTree::cluster));
}

}  // namespace dlm::lib
