// SPDX-License-Identifier: GPL-2.0-or-later
// The configuration file of the daemon: who the nodes are, and what the kernel and each lockspace
// are set to. Documentation/man/dlm_daemon.yaml.5 describes the file.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "lib/socket_address.h"

namespace dlm::daemon {

struct NodeConfig {
    int id = 0;
    std::vector<lib::SocketAddress> addresses;  // the first is the primary one
    int weight = 1;
};

struct LockspaceConfig {
    bool nodir = false;
};

struct TunableConfig {
    uint64_t value;
    int line;  // for the message when the kernel refuses it
};

struct Config {
    std::string file;
    std::string cluster;
    std::optional<int> self;
    std::map<int, NodeConfig> nodes;
    std::map<std::string, TunableConfig> kernel;  // attributes of the cluster directory in configfs
    std::map<std::string, LockspaceConfig> lockspaces;
    uint16_t port = 21066;
    std::string socket = "/run/dlm_daemon.sock";
    std::string state = "/run/dlm_daemon.state";

    std::set<int> node_ids() const;
    LockspaceConfig lockspace(const std::string &name) const;
    // Of everything that must be equal on all nodes.
    std::string digest() const;
};

// Errors name the file, the line and the key.
base::Result<Config> parse_config(std::string_view yaml, const std::string &file);
base::Result<Config> load_config(const std::string &path);

// By option, by the file, or by the one node that has an address of this machine.
base::Result<int> find_self(const Config &config, std::optional<int> option,
                            const std::vector<lib::SocketAddress> &local);
base::Result<std::vector<lib::SocketAddress>> local_addresses();

}  // namespace dlm::daemon
