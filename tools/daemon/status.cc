// SPDX-License-Identifier: GPL-2.0-or-later
// Status for people and programs.
#include "daemon/status.h"

#include <fmt/ranges.h>

#include "daemon/message_json.h"
#include "lib/lockspace_attributes.h"

namespace dlm::daemon {

using nlohmann::json;

static std::string node_state(const NodeFact &fact)
{
    return fact.in() ? "alive" : out_name(fact.out);
}

static json node_to_json(const Membership &membership, const NodeConfig &node,
                         const LinkProblem &problem)
{
    const NodeFact &fact = membership.facts().at(node.id);
    json addresses = json::array();
    for (const auto &address : node.addresses)
        addresses.push_back(address.text());
    bool self = node.id == membership.self();
    return {{"id", node.id},
            {"addresses", addresses},
            {"weight", node.weight},
            {"state", node_state(fact)},
            {"self", self},
            {"linked", self || membership.linked(node.id)},
            {"count", fact.count},
            {"boot", fact.boot},
            {"problem", self || membership.linked(node.id) ? "" : problem(node.id)}};
}

static std::vector<int> member_ids(const Members &members)
{
    std::vector<int> ids;
    for (const auto &member : members)
        ids.push_back(member.node);
    return ids;
}

// Recovery is over on the lowest member at ff and on the others at 55; 0 after a stop.
static json recovery_of(const lib::KernelFiles &files, const std::string &name)
{
    lib::LockspaceAttributes attributes(files, name);
    auto status = attributes.recover_status();
    auto nodeid = attributes.recover_nodeid();
    if (!status || !nodeid)
        return nullptr;
    return {{"status", *status}, {"nodeid", *nodeid}, {"done", (*status & 0x40) != 0}};
}

static json lockspace_to_json(const std::string &name, const LockspaceReport &part,
                              const Config &config, const lib::KernelFiles &files)
{
    return {{"name", name},
            {"id", lib::lockspace_global_id(name)},
            {"role", role_name(part.role)},
            {"state", phase_name(part.phase)},
            {"change", part.change},
            {"members", member_ids(part.members)},
            {"nodir", config.lockspace(name).nodir},
            {"error", part.error},
            {"recovery", recovery_of(files, name)}};
}

static std::string wait_for_agreement(const Membership &membership, int node,
                                      const LinkProblem &problem)
{
    if (!membership.linked(node))
        return fmt::format(
            "no change can begin: node {} is not known to be dead and has no link ({})", node,
            problem(node));
    return fmt::format("no change can begin: node {} does not agree yet on who is alive", node);
}

std::vector<std::string> waits_of(const Membership &membership, const LinkProblem &problem)
{
    std::vector<std::string> waits;
    if (membership.zombie()) {
        waits.push_back("this node was declared dead while it ran: it must reboot");
        return waits;
    }
    auto leader = membership.coordinator();
    if (leader && *leader != membership.self() && !membership.linked(*leader))
        waits.push_back(wait_for_agreement(membership, *leader, problem));
    if (leader == membership.self())
        for (int node : membership.not_agreed())
            waits.push_back(wait_for_agreement(membership, node, problem));
    for (const auto &[name, change] : membership.pending())
        if (!change.waiting_for.empty())
            waits.push_back(fmt::format("lockspace {}: change {} waits for node {} to {}", name,
                                        change.change, fmt::join(change.waiting_for, ", "),
                                        change.starting ? "start" : "stop"));
    for (const auto &[name, part] : membership.lockspaces())
        if (!part.error.empty())
            waits.push_back(fmt::format("lockspace {}: {}", name, part.error));
    return waits;
}

json status_of(const Membership &membership, const Config &config, const lib::KernelFiles &files,
               const LinkProblem &problem)
{
    json nodes = json::array(), lockspaces = json::array(), pending = json::array();
    for (const auto &[id, node] : config.nodes)
        nodes.push_back(node_to_json(membership, node, problem));
    for (const auto &[name, part] : membership.lockspaces())
        lockspaces.push_back(lockspace_to_json(name, part, config, files));
    for (const auto &[name, change] : membership.pending())
        pending.push_back({{"lockspace", name},
                           {"change", change.change},
                           {"step", change.starting ? "start" : "stop"},
                           {"waiting_for", change.waiting_for},
                           {"members", change.members}});
    auto leader = membership.coordinator();
    return {{"ok", true},
            {"cluster", config.cluster},
            {"self", membership.self()},
            {"coordinator", leader ? json(*leader) : json(nullptr)},
            {"declared_dead", membership.zombie()},
            {"nodes", nodes},
            {"lockspaces", lockspaces},
            {"pending", pending},
            {"waits", waits_of(membership, problem)}};
}

}  // namespace dlm::daemon
