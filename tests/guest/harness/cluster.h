// SPDX-License-Identifier: GPL-2.0-or-later
//
// N nodes on a private network with shared raw disks. A test says Cluster c{3}; the kind of
// machine and the mix of modules come from the command line of the test binary, unless the spec
// names them.
//
// A cluster checks the logs of its nodes when it goes away and leaves them as files when the test
// has failed; ClusterTest does the same after each test.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "fault_log.h"
#include "node.h"
#include "outcome.h"
#include "switch.h"

namespace dlm::guest {

struct ClusterSpec {
    Kind kind = Kind::uml;
    std::vector<NodeSpec> nodes;
    int networks = 1;
    int shared_disks = 1;
    unsigned long disk_mb = 512;

    // n nodes, kind and mix as the command line says; nodes beyond the mix repeat it.
    static ClusterSpec from_options(int n);

    // On every node, see NodeSpec.
    void install(const std::string &name, const std::string &host_path)
    {
        for (NodeSpec &node : nodes)
            node.install(name, host_path);
    }
};

class Cluster {
public:
    explicit Cluster(int n) : Cluster(ClusterSpec::from_options(n)) {}
    explicit Cluster(ClusterSpec spec);
    ~Cluster();
    Cluster(const Cluster &) = delete;
    Cluster &operator=(const Cluster &) = delete;

    // All nodes at once, until each agent answers.
    Outcome boot();

    int size() const { return static_cast<int>(nodes_.size()); }
    Kind kind() const { return spec_.kind; }
    Node &node(int id) { return *nodes_.at(static_cast<std::size_t>(id) - 1); }
    std::vector<int> ids() const;
    std::vector<int> running_ids();
    Switch &network() { return network_; }
    FaultLog &log() { return log_; }
    std::string disk(int number = 0) const { return disks_.at(static_cast<std::size_t>(number)); }
    const std::string &run_dir() const { return run_dir_; }

    // The same on several nodes at once; the first failure is what comes back.
    Outcome each(const std::vector<int> &ids, const std::function<Outcome(Node &)> &what);
    Outcome each(const std::function<Outcome(Node &)> &what) { return each(running_ids(), what); }

    // Links of the cluster network, written to the fault log.
    void cut(int a, int b);
    void heal(int a, int b);
    void isolate(int node);
    void rejoin(int node);

    Outcome check_logs();
    // Consoles, dmesg of each node, fault log; the directory is made, its name printed.
    void save_logs(const std::string &test_name);

    static const std::vector<Cluster *> &all();

private:
    ClusterSpec spec_;
    std::string run_dir_;
    std::string saved_for_;  // the test whose logs were left already
    std::vector<std::string> disks_;
    FaultLog log_;
    Switch network_;
    std::vector<std::unique_ptr<Node>> nodes_;
};

}  // namespace dlm::guest
