// SPDX-License-Identifier: GPL-2.0-or-later
#include "client_cluster.h"

namespace dlm::client {
namespace {

guest::Outcome load(guest::Node &node)
{
    if (guest::Outcome loaded = node.load_dlm(); !loaded)
        return loaded;
    return node.load_client();
}

}  // namespace

guest::Outcome ClientCluster::start()
{
    if (guest::Outcome booted = cluster_.boot(); !booted)
        return booted;
    if (guest::Outcome loaded = cluster_.each(load); !loaded)
        return loaded;
    return control_.configure();
}

guest::Outcome ClientCluster::open_client(int id)
{
    clients_[id] = std::make_unique<Client>(cluster_.node(id), space_);
    return clients_[id]->open();
}

std::string ClientCluster::create_line() const
{
    std::string line = "create " + space_ + " lvblen=" + std::to_string(options_.lvblen) +
                       " ops=" + options_.ops;
    if (!options_.cluster.empty())
        line += " cluster=" + options_.cluster;
    if (!options_.flags.empty())
        line += " flags=" + options_.flags;
    return line;
}

guest::Outcome ClientCluster::join(const std::string &ls, const std::vector<int> &nodes,
                                   const SpaceOptions &options)
{
    space_ = ls;
    options_ = options;
    clients_.clear();
    if (guest::Outcome joined = control_.join_together(ls, nodes, one_shot(create_line())); !joined)
        return joined;
    for (int id : nodes)
        if (guest::Outcome open = open_client(id); !open)
            return open;
    return guest::ok();
}

guest::Outcome ClientCluster::join_one(int id)
{
    if (guest::Outcome joined = control_.join(space_, id, one_shot(create_line())); !joined)
        return joined;
    return open_client(id);
}

guest::Outcome ClientCluster::leave_one(int id, int force)
{
    const std::string line = "release " + space_ + " force=" + std::to_string(force);
    guest::Outcome left = control_.leave(space_, id, one_shot(line));
    clients_.erase(id);
    return left;
}

guest::Outcome ClientCluster::leave(int force)
{
    const std::string line = "release " + space_ + " force=" + std::to_string(force);
    guest::Outcome left = control_.leave_in_turn(space_, one_shot(line));
    if (!left)
        return left;
    // Labels and their memory go as well.
    for (auto &[id, client] : clients_)
        if (Answer gone = client->command("forget_space " + space_); gone.ret())
            return guest::fail() << "forget_space on n" << id << ": " << gone.text();
    clients_.clear();
    return left;
}

guest::Outcome ClientCluster::kill(int id)
{
    clients_.erase(id);
    cluster_.node(id).power_cut();
    return control_.died(id);
}

guest::Outcome ClientCluster::revive(int id)
{
    guest::Node &node = cluster_.node(id);
    if (guest::Outcome booted = node.boot(); !booted)
        return booted;
    if (guest::Outcome loaded = load(node); !loaded)
        return loaded;
    return control_.came_back(id);
}

guest::Outcome ClientCluster::no_violations()
{
    for (auto &[id, client] : clients_)
        if (guest::Outcome clean = client->no_violations(); !clean)
            return clean;
    return guest::ok();
}

guest::Outcome ClientCluster::unload()
{
    return cluster_.each([](guest::Node &node) { return node.unload_dlm(); });
}

}  // namespace dlm::client
