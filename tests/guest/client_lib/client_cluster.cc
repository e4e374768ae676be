// SPDX-License-Identifier: GPL-2.0-or-later
#include "client_cluster.h"

#include "harness/environment.h"
#include "mastery.h"

namespace dlm::client {
namespace {

guest::Outcome load(guest::Node &node)
{
    if (guest::Outcome loaded = node.load_dlm(); !loaded)
        return loaded;
    if (guest::Outcome loaded = node.load_client(); !loaded)
        return loaded;
    return node.kmemleak_clear();
}

guest::ClusterSpec with_channel_program(guest::ClusterSpec spec)
{
    spec.install("dlm-client", guest::Environment::get().guest_program("guest_client"));
    return spec;
}

}  // namespace

ClientCluster::ClientCluster(guest::ClusterSpec spec)
    : cluster_(with_channel_program(std::move(spec))), control_(cluster_)
{
}

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
    std::string line =
        "create " + space_ + " lvblen=" + std::to_string(options_.lvblen) + " ops=" + options_.ops;
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
    const guest::Directory directory = guest::run_options().directory;
    if (directory == guest::Directory::none_by_flag)
        options_.flags += options_.flags.empty() ? "nodir" : ",nodir";
    if (directory == guest::Directory::none_by_sysfs)
        control_.without_directory(ls);
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

std::string ClientCluster::release_line(int force) const
{
    return "release " + space_ + " force=" + std::to_string(force);
}

// The label and the memory of its locks; the lockspace is released.
guest::Outcome ClientCluster::forget(int id)
{
    Answer gone = clients_.at(id)->command("forget_space " + space_);
    clients_.erase(id);
    if (gone.ret())
        return guest::fail() << "forget_space on n" << id << ": " << gone.text();
    return guest::ok();
}

guest::Outcome ClientCluster::release_one(int id, int force)
{
    return control_.leave(space_, id, one_shot(release_line(force)));
}

guest::Outcome ClientCluster::leave_one(int id, int force)
{
    if (guest::Outcome left = release_one(id, force); !left)
        return left;
    return forget(id);
}

guest::Outcome ClientCluster::attach(const std::vector<int> &nodes)
{
    space_ = "none";
    clients_.clear();
    for (int id : nodes)
        if (guest::Outcome open = open_client(id); !open)
            return open;
    return guest::ok();
}

guest::Outcome ClientCluster::leave(int force)
{
    if (guest::Outcome left = control_.leave_in_turn(space_, one_shot(release_line(force))); !left)
        return left;
    while (!clients_.empty())
        if (guest::Outcome forgotten = forget(clients_.begin()->first); !forgotten)
            return forgotten;
    return guest::ok();
}

std::string ClientCluster::name_at(int node, const std::string &base,
                                   const std::vector<int> &later_members) const
{
    if (guest::run_options().directory == guest::Directory::used)
        return base;
    const auto belongs = [&](const std::string &name) {
        return hash_node(name, members()) == node &&
               (later_members.empty() || hash_node(name, later_members) == node);
    };
    std::string name = base;
    for (int number = 0; !belongs(name); number++)
        name = base + "_" + std::to_string(number);
    return name;
}

guest::Outcome ClientCluster::kill(int id)
{
    clients_.erase(id);
    cluster_.node(id).power_cut();
    return control_.died(id);
}

void ClientCluster::lost(int id)
{
    clients_.erase(id);
    cluster_.node(id).power_cut();
    control_.lost(id);
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

// Asked of the module itself, on every node: the clients of a lockspace that was left are gone.
guest::Outcome ClientCluster::no_violations()
{
    for (int id : cluster_.running_ids()) {
        Client client(cluster_.node(id), space_);
        if (guest::Outcome open = client.open(); !open)
            return open;
        if (guest::Outcome clean = client.no_violations(); !clean)
            return clean;
    }
    return guest::ok();
}

guest::Outcome ClientCluster::reload()
{
    const std::vector<int> nodes = members();
    const std::string space = space_;
    if (guest::Outcome left = leave(); !left)
        return left;
    if (guest::Outcome unloaded = unload(); !unloaded)
        return unloaded;
    if (guest::Outcome clean =
            cluster_.each([](guest::Node &node) { return node.kmemleak_check(); });
        !clean)
        return clean;
    if (guest::Outcome loaded = cluster_.each(load); !loaded)
        return loaded;
    if (guest::Outcome configured = control_.configure(); !configured)
        return configured;
    return join(space, nodes, options_);
}

guest::Outcome ClientCluster::unload()
{
    return cluster_.each([](guest::Node &node) {
        if (guest::Outcome clean = node.kmemleak_check(); !clean)
            return clean;
        return node.unload_dlm();
    });
}

}  // namespace dlm::client
