// SPDX-License-Identifier: GPL-2.0-or-later
// Reading the configuration file.
#include "daemon/config.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ifaddrs.h>

#include <fmt/ranges.h>
#include <linux/dlmconstants.h>
#include <yaml-cpp/yaml.h>

#include "base/file_io.h"
#include "base/number.h"

namespace dlm::daemon {

using base::Error;
using base::Result;
using lib::SocketAddress;

static constexpr uint64_t max_kernel_addresses = 3;
static constexpr size_t max_cluster_name = 63;

// yaml-cpp throws, and a tree is easiest to read with early exits: this exception never leaves the
// file.
struct BadConfig : std::exception {
    BadConfig(int line, const std::string &key, const std::string &text)
        : line(line), text(key.empty() ? text : key + ": " + text)
    {
    }
    const char *what() const noexcept override { return text.c_str(); }
    int line;
    std::string text;
};

static int line_of(const YAML::Node &node)
{
    return node.Mark().line + 1;
}

static void want_map(const YAML::Node &node, const std::string &key)
{
    if (!node.IsMap())
        throw BadConfig(line_of(node), key, "must be a mapping of keys to values");
}

static std::string word(const YAML::Node &node, const std::string &key)
{
    if (!node.IsScalar() || node.Scalar().empty())
        throw BadConfig(line_of(node), key, "must be a single value");
    return node.Scalar();
}

static uint64_t number(const YAML::Node &node, const std::string &key, uint64_t min, uint64_t max)
{
    auto value = base::parse_unsigned(word(node, key));
    if (!value || *value < min || *value > max)
        throw BadConfig(
            line_of(node), key,
            fmt::format("\"{}\" is not a number from {} to {}", node.Scalar(), min, max));
    return *value;
}

static bool truth(const YAML::Node &node, const std::string &key)
{
    std::string value = word(node, key);
    if (value == "true" || value == "yes")
        return true;
    if (value == "false" || value == "no")
        return false;
    throw BadConfig(line_of(node), key, fmt::format("\"{}\" is neither true nor false", value));
}

static SocketAddress address(const YAML::Node &node, const std::string &key)
{
    auto parsed = SocketAddress::parse(word(node, key));
    if (!parsed)
        throw BadConfig(line_of(node), key, parsed.error().message());
    return *parsed;
}

// Calls `use(key, value)` for each entry; `use` returns false for a key that it does not know.
template <typename Use>
static void each_key(const YAML::Node &map, const std::string &path, Use use)
{
    want_map(map, path);
    std::set<std::string> seen;
    for (const auto &entry : map) {
        std::string name = word(entry.first, path);
        std::string key = path.empty() ? name : fmt::format("{}.{}", path, name);
        if (!seen.insert(name).second)
            throw BadConfig(line_of(entry.first), key, "appears twice");
        if (!use(name, entry.second, key))
            throw BadConfig(line_of(entry.first), key, "unknown key");
    }
}

static std::vector<SocketAddress> read_addresses(const YAML::Node &list, const std::string &key)
{
    std::vector<SocketAddress> addresses;
    if (!list.IsSequence() || list.size() == 0)
        throw BadConfig(line_of(list), key, "must be a list of addresses");
    if (list.size() > max_kernel_addresses)
        throw BadConfig(line_of(list), key,
                        fmt::format("at most {} addresses per node", max_kernel_addresses));
    for (size_t i = 0; i < list.size(); i++)
        addresses.push_back(address(list[i], fmt::format("{}[{}]", key, i)));
    return addresses;
}

static NodeConfig read_node(const YAML::Node &map, const std::string &path)
{
    NodeConfig node;
    each_key(map, path,
             [&](const std::string &name, const YAML::Node &value, const std::string &key) {
                 if (name == "id")
                     node.id = static_cast<int>(number(value, key, 1, INT32_MAX));
                 else if (name == "address")
                     node.addresses.push_back(address(value, key));
                 else if (name == "addresses")
                     for (const auto &one : read_addresses(value, key))
                         node.addresses.push_back(one);
                 else if (name == "weight")
                     node.weight = static_cast<int>(number(value, key, 0, 65535));
                 else
                     return false;
                 return true;
             });
    if (node.id == 0)
        throw BadConfig(line_of(map), path + ".id", "is missing");
    if (node.addresses.empty())
        throw BadConfig(line_of(map), path + ".address", "is missing");
    if (node.addresses.size() > max_kernel_addresses)
        throw BadConfig(line_of(map), path + ".address",
                        fmt::format("at most {} addresses per node", max_kernel_addresses));
    return node;
}

static void read_nodes(const YAML::Node &list, const std::string &path, Config &config)
{
    if (!list.IsSequence() || list.size() == 0)
        throw BadConfig(line_of(list), path, "must be a list of nodes");
    std::map<std::string, int> owners;
    for (size_t i = 0; i < list.size(); i++) {
        std::string key = fmt::format("{}[{}]", path, i);
        NodeConfig node = read_node(list[i], key);
        if (config.nodes.contains(node.id))
            throw BadConfig(line_of(list[i]), key + ".id",
                            fmt::format("node {} is there already", node.id));
        for (const auto &one : node.addresses) {
            auto [owner, first] = owners.emplace(one.text(), node.id);
            if (!first)
                throw BadConfig(
                    line_of(list[i]), key + ".address",
                    fmt::format("{} is an address of node {} already", one.text(), owner->second));
        }
        config.nodes[node.id] = std::move(node);
    }
}

static void read_daemon(const YAML::Node &map, const std::string &path, Config &config)
{
    each_key(map, path,
             [&](const std::string &name, const YAML::Node &value, const std::string &key) {
                 if (name == "port")
                     config.port = static_cast<uint16_t>(number(value, key, 1, 65535));
                 else if (name == "socket")
                     config.socket = word(value, key);
                 else if (name == "state")
                     config.state = word(value, key);
                 else
                     return false;
                 return true;
             });
}

static void read_kernel(const YAML::Node &map, const std::string &path, Config &config)
{
    each_key(map, path,
             [&](const std::string &name, const YAML::Node &value, const std::string &key) {
                 // These two are the daemon's own business; other names and all ranges are the
                 // kernel's.
                 if (name == "cluster_name" || name == "recover_callbacks")
                     throw BadConfig(line_of(value), key, "is set by the daemon itself");
                 bool plain = std::all_of(name.begin(), name.end(),
                                          [](unsigned char c) { return islower(c) || c == '_'; });
                 if (!plain)
                     return false;
                 config.kernel[name] = {number(value, key, 0, UINT32_MAX), line_of(value)};
                 return true;
             });
}

static void read_lockspaces(const YAML::Node &map, const std::string &path, Config &config)
{
    each_key(
        map, path, [&](const std::string &space, const YAML::Node &value, const std::string &key) {
            if (space.size() > DLM_LOCKSPACE_LEN)
                throw BadConfig(
                    line_of(value), key,
                    fmt::format("a lockspace name has at most {} bytes", DLM_LOCKSPACE_LEN));
            LockspaceConfig &lockspace = config.lockspaces[space];
            each_key(
                value, key,
                [&](const std::string &name, const YAML::Node &setting, const std::string &path) {
                    if (name != "nodir")
                        return false;
                    lockspace.nodir = truth(setting, path);
                    return true;
                });
            return true;
        });
}

static Config read_config(const YAML::Node &root, const std::string &file)
{
    Config config;
    config.file = file;
    int self_line = 1;
    each_key(root, "",
             [&](const std::string &name, const YAML::Node &value, const std::string &key) {
                 if (name == "cluster") {
                     config.cluster = word(value, key);
                     if (config.cluster.size() > max_cluster_name)
                         throw BadConfig(line_of(value), key,
                                         fmt::format("at most {} bytes", max_cluster_name));
                 } else if (name == "self") {
                     config.self = static_cast<int>(number(value, key, 1, INT32_MAX));
                     self_line = line_of(value);
                 } else if (name == "nodes") {
                     read_nodes(value, key, config);
                 } else if (name == "daemon") {
                     read_daemon(value, key, config);
                 } else if (name == "kernel") {
                     read_kernel(value, key, config);
                 } else if (name == "lockspaces") {
                     read_lockspaces(value, key, config);
                 } else {
                     return false;
                 }
                 return true;
             });
    if (config.cluster.empty())
        throw BadConfig(line_of(root), "cluster", "is missing");
    if (config.nodes.empty())
        throw BadConfig(line_of(root), "nodes", "is missing");
    if (config.self && !config.nodes.contains(*config.self))
        throw BadConfig(self_line, "self", fmt::format("node {} is not listed", *config.self));
    return config;
}

Result<Config> parse_config(std::string_view yaml, const std::string &file)
{
    try {
        YAML::Node root = YAML::Load(std::string(yaml));
        if (!root.IsMap())
            return Error(fmt::format("{}:1: the file must be a mapping of keys to values", file),
                         EINVAL);
        return read_config(root, file);
    } catch (const BadConfig &bad) {
        return Error(fmt::format("{}:{}: {}", file, bad.line, bad.what()), EINVAL);
    } catch (const YAML::Exception &bad) {
        return Error(fmt::format("{}:{}: {}", file, bad.mark.line + 1, bad.msg), EINVAL);
    }
}

Result<Config> load_config(const std::string &path)
{
    auto text = base::read_file(path);
    if (!text)
        return std::move(text).error().context("reading the configuration");
    return parse_config(*text, path);
}

std::set<int> Config::node_ids() const
{
    std::set<int> ids;
    for (const auto &[id, node] : nodes)
        ids.insert(id);
    return ids;
}

LockspaceConfig Config::lockspace(const std::string &name) const
{
    auto entry = lockspaces.find(name);
    return entry == lockspaces.end() ? LockspaceConfig{} : entry->second;
}

std::string Config::digest() const
{
    std::string text = cluster + "\n";
    for (const auto &[id, node] : nodes) {
        text += fmt::format("{} {}", id, node.weight);
        for (const auto &one : node.addresses)
            text += " " + one.text();
        text += "\n";
    }
    for (const auto &[name, lockspace] : lockspaces)
        if (lockspace.nodir)
            text += fmt::format("{} nodir\n", name);
    uint64_t hash = 0xcbf29ce484222325;  // FNV-1a: a slip is to be found, not an attack
    for (unsigned char byte : text)
        hash = (hash ^ byte) * 0x100000001b3;
    return fmt::format("{:016x}", hash);
}

Result<std::vector<SocketAddress>> local_addresses()
{
    ifaddrs *list = nullptr;
    if (getifaddrs(&list) < 0)
        return Error::from_errno(errno, "listing the addresses of this machine");
    std::vector<SocketAddress> addresses;
    for (ifaddrs *entry = list; entry; entry = entry->ifa_next) {
        if (!entry->ifa_addr)
            continue;
        sockaddr_storage storage{};
        if (entry->ifa_addr->sa_family == AF_INET)
            memcpy(&storage, entry->ifa_addr, sizeof(sockaddr_in));
        else if (entry->ifa_addr->sa_family == AF_INET6)
            memcpy(&storage, entry->ifa_addr, sizeof(sockaddr_in6));
        else
            continue;
        addresses.push_back(SocketAddress::from(storage));
    }
    freeifaddrs(list);
    return addresses;
}

Result<int> find_self(const Config &config, std::optional<int> option,
                      const std::vector<SocketAddress> &local)
{
    if (option) {
        if (!config.nodes.contains(*option))
            return Error(fmt::format("{}: node {} is not listed", config.file, *option), EINVAL);
        return *option;
    }
    if (config.self)
        return *config.self;
    std::set<int> found;
    for (const auto &[id, node] : config.nodes)
        for (const auto &one : node.addresses)
            if (std::find(local.begin(), local.end(), one) != local.end())
                found.insert(id);
    if (found.empty())
        return Error(
            fmt::format("{}: no node has an address of this machine; use --node or the key "
                        "\"self\"",
                        config.file),
            EINVAL);
    if (found.size() > 1)
        return Error(
            fmt::format("{}: nodes {} all have addresses of this machine; use --node or the "
                        "key \"self\"",
                        config.file, fmt::join(found, ", ")),
            EINVAL);
    return *found.begin();
}

}  // namespace dlm::daemon
