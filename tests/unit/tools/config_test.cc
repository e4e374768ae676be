// SPDX-License-Identifier: GPL-2.0-or-later
// The configuration file: what is read, and that each mistake is told with its line and key.
#include <cstring>

#include <gtest/gtest.h>

#include "daemon/config.h"

namespace dlm::daemon::test {

static const std::string good = R"(cluster: test
nodes:
  - id: 1
    address: 10.0.0.1
  - id: 2
    addresses: [10.0.0.2, "fd00::2"]
    weight: 0
daemon:
  port: 4000
  socket: /tmp/s
kernel:
  tcp_port: 21064
lockspaces:
  foo:
    nodir: true
)";

TEST(Config, reads_everything)
{
    auto config = parse_config(good, "f");
    ASSERT_TRUE(config) << config.error().message();
    EXPECT_EQ(config->cluster, "test");
    ASSERT_EQ(config->nodes.size(), 2u);
    EXPECT_EQ(config->nodes[1].weight, 1);
    EXPECT_EQ(config->nodes[2].weight, 0);
    ASSERT_EQ(config->nodes[2].addresses.size(), 2u);
    EXPECT_EQ(config->nodes[2].addresses[1].text(), "fd00::2");
    EXPECT_EQ(config->port, 4000);
    EXPECT_EQ(config->socket, "/tmp/s");
    EXPECT_EQ(config->kernel.at("tcp_port").value, 21064u);
    EXPECT_EQ(config->kernel.at("tcp_port").line, 12);
    EXPECT_TRUE(config->lockspace("foo").nodir);
    EXPECT_FALSE(config->lockspace("bar").nodir);
}

struct Mistake {
    const char *name;
    std::string yaml;
    std::string message;
};

class ConfigMistake : public testing::TestWithParam<Mistake> {};

TEST_P(ConfigMistake, is_told_with_line_and_key)
{
    auto config = parse_config(GetParam().yaml, "f");
    ASSERT_FALSE(config);
    EXPECT_EQ(config.error().message(), GetParam().message);
}

static std::string with_nodes(const std::string &rest)
{
    return "cluster: c\nnodes:\n  - {id: 1, address: 10.0.0.1}\n" + rest;
}

INSTANTIATE_TEST_SUITE_P(
    All, ConfigMistake,
    testing::Values(
        Mistake{"empty", "", "f:1: the file must be a mapping of keys to values"},
        Mistake{"list", "- a\n", "f:1: the file must be a mapping of keys to values"},
        Mistake{"no_cluster", "nodes:\n  - {id: 1, address: 10.0.0.1}\n",
                "f:1: cluster: is missing"},
        Mistake{"no_nodes", "cluster: c\n", "f:1: nodes: is missing"},
        Mistake{"nodes_empty", "cluster: c\nnodes: []\n", "f:2: nodes: must be a list of nodes"},
        Mistake{"unknown_key", with_nodes("colour: red\n"), "f:4: colour: unknown key"},
        Mistake{"key_twice", with_nodes("cluster: d\n"), "f:4: cluster: appears twice"},
        Mistake{"cluster_is_map", "cluster: {a: b}\n", "f:1: cluster: must be a single value"},
        Mistake{"cluster_long", "cluster: " + std::string(64, 'x') + "\n",
                "f:1: cluster: at most 63 bytes"},
        Mistake{"id_word", "cluster: c\nnodes:\n  - id: one\n    address: 10.0.0.1\n",
                "f:3: nodes[0].id: \"one\" is not a number from 1 to 2147483647"},
        Mistake{"id_zero", "cluster: c\nnodes:\n  - {id: 0, address: 10.0.0.1}\n",
                "f:3: nodes[0].id: \"0\" is not a number from 1 to 2147483647"},
        Mistake{"id_missing", "cluster: c\nnodes:\n  - {address: 10.0.0.1}\n",
                "f:3: nodes[0].id: is missing"},
        Mistake{"id_twice", with_nodes("  - {id: 1, address: 10.0.0.2}\n"),
                "f:4: nodes[1].id: node 1 is there already"},
        Mistake{"no_address", "cluster: c\nnodes:\n  - id: 1\n",
                "f:3: nodes[0].address: is missing"},
        Mistake{"bad_address", "cluster: c\nnodes:\n  - id: 1\n    address: ten\n",
                "f:4: nodes[0].address: \"ten\" is not an IPv4 or IPv6 address"},
        Mistake{"bad_address_in_list",
                "cluster: c\nnodes:\n  - id: 1\n    addresses:\n      - 10.0.0.1\n      - 10.0.0\n",
                "f:6: nodes[0].addresses[1]: \"10.0.0\" is not an IPv4 or IPv6 address"},
        Mistake{"address_twice", with_nodes("  - {id: 2, address: 10.0.0.1}\n"),
                "f:4: nodes[1].address: 10.0.0.1 is an address of node 1 already"},
        Mistake{"four_addresses",
                "cluster: c\nnodes:\n  - {id: 1, addresses: [10.0.0.1, 10.0.0.2, 10.0.0.3, "
                "10.0.0.4]}\n",
                "f:3: nodes[0].addresses: at most 3 addresses per node"},
        Mistake{"weight_negative",
                "cluster: c\nnodes:\n  - {id: 1, address: 10.0.0.1, weight: -1}\n",
                "f:3: nodes[0].weight: \"-1\" is not a number from 0 to 65535"},
        Mistake{"self_unknown", with_nodes("self: 9\n"), "f:4: self: node 9 is not listed"},
        Mistake{"port", with_nodes("daemon:\n  port: 70000\n"),
                "f:5: daemon.port: \"70000\" is not a number from 1 to 65535"},
        Mistake{"daemon_key", with_nodes("daemon:\n  prot: 1\n"), "f:5: daemon.prot: unknown key"},
        Mistake{"kernel_value", with_nodes("kernel:\n  log_debug: yes\n"),
                "f:5: kernel.log_debug: \"yes\" is not a number from 0 to 4294967295"},
        Mistake{"kernel_own", with_nodes("kernel:\n  cluster_name: x\n"),
                "f:5: kernel.cluster_name: is set by the daemon itself"},
        Mistake{"kernel_path", with_nodes("kernel:\n  ../comms: 1\n"),
                "f:5: kernel.../comms: unknown key"},
        Mistake{"nodir", with_nodes("lockspaces:\n  foo: {nodir: 7}\n"),
                "f:5: lockspaces.foo.nodir: \"7\" is neither true nor false"},
        Mistake{
            "lockspace_long", with_nodes("lockspaces:\n  " + std::string(65, 'x') + ": {}\n"),
            "f:5: lockspaces." + std::string(65, 'x') + ": a lockspace name has at most 64 bytes"}),
    [](const auto &info) { return info.param.name; });

TEST(Config, broken_yaml_is_told_with_its_line)
{
    auto config = parse_config("cluster: c\nnodes: [\n", "f");
    ASSERT_FALSE(config);
    EXPECT_EQ(config.error().message().substr(0, 4), "f:3:") << config.error().message();
}

TEST(Config, file_that_is_not_there)
{
    auto config = load_config("/does/not/exist.yaml");
    ASSERT_FALSE(config);
    EXPECT_EQ(config.error().code(), ENOENT);
}

TEST(Config, digest_covers_what_must_be_equal_and_no_more)
{
    auto one = parse_config(good, "f");
    auto moved = parse_config(good + "self: 2\n", "g");
    ASSERT_TRUE(one && moved);
    EXPECT_EQ(one->digest(), moved->digest());
    for (auto [from, to] : {std::pair{"weight: 0", "weight: 3"}, std::pair{"10.0.0.2", "10.0.0.3"},
                            std::pair{"nodir: true", "nodir: false"}, std::pair{"test", "tset"}}) {
        std::string text = good;
        text.replace(text.find(from), strlen(from), to);
        auto other = parse_config(text, "f");
        ASSERT_TRUE(other);
        EXPECT_NE(one->digest(), other->digest()) << from;
    }
}

TEST(Config, self_is_found_by_option_file_or_address)
{
    auto config = parse_config(good, "f");
    ASSERT_TRUE(config);
    auto address = [](const char *text) { return *lib::SocketAddress::parse(text); };
    EXPECT_EQ(*find_self(*config, std::nullopt, {address("127.0.0.1"), address("fd00::2")}), 2);
    EXPECT_EQ(*find_self(*config, 1, {address("fd00::2")}), 1);
    EXPECT_FALSE(find_self(*config, 9, {}));
    EXPECT_FALSE(find_self(*config, std::nullopt, {address("127.0.0.1")}));
    EXPECT_FALSE(find_self(*config, std::nullopt, {address("10.0.0.1"), address("10.0.0.2")}));
    config->self = 1;
    EXPECT_EQ(*find_self(*config, std::nullopt, {address("10.0.0.2")}), 1);
}

}  // namespace dlm::daemon::test
