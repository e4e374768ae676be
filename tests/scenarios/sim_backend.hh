// SPDX-License-Identifier: GPL-2.0-or-later
//
// Scenarios carried out by the simulator's nodes: the shipped pure layers with the simulator's
// shell around them, in one process, under one seed. No checker judges here, the scenario does.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "client_lib/scenario_run.h"
#include "sim/checker.hh"
#include "sim/space.hh"

namespace dlm::scenarios {

// What the nodes tell, as callbacks of the scenario.
class Recorder : public sim::Checker {
public:
    explicit Recorder(sim::World &world) : sim::Checker(world), world_(world) {}

    void decided(sim::Space &, sim::Lock &, const dlm_op &) override {}
    void discarded(sim::Lock &, const dlm_op &) override {}
    void message_sent(sim::Space &, int, const dlm_msg &) override {}
    void conversion_queued(sim::Resource &, sim::Lock &) override {}
    void cast(sim::ClientLock &client, int status, int sb_flags) override;
    void bast(sim::ClientLock &client, int mode) override;
    void slot_called(sim::Space &space, int nodeid, int slot) override;
    void recovered(sim::Space &space) override;
    void error_logged(sim::Space &space, const std::string &text) override;

    std::map<const sim::ClientLock *, client::LockName> names;
    std::vector<client::Callback> callbacks;
    // Called inside a completion.
    std::function<void(sim::ClientLock &)> completion;

private:
    client::Callback of(sim::ClientLock &client, char kind) const;

    sim::World &world_;
    std::map<int, std::map<int, int>> slots_;  // of each node: what its last recover_done said
    std::map<int, uint32_t> generation_;
};

class SimBackend : public client::ScenarioBackend {
public:
    SimBackend(uint64_t seed, int nodes);
    ~SimBackend() override;

    client::Implementation implementation(char) override { return client::Implementation::ours; }
    unsigned seed() const override { return seed_; }
    void begin(const client::Scenario &scenario) override;
    client::Returned run(const client::Scenario &scenario, const client::Operation &op,
                         std::string &error) override;
    std::vector<client::Callback> settle(std::size_t expected, std::string &error) override;
    std::string buffer(const client::LockName &lock) override;
    client::Queues queues(const client::Scenario &scenario, char node, std::string &error) override;
    void end(const client::Scenario &scenario, std::string &error) override;

private:
    struct Held {
        std::unique_ptr<sim::ClientLock> client;
        std::vector<client::Operation> reactions;
    };

    int call(const client::Scenario &scenario, const client::Operation &op, std::string &error);
    int request(const client::Scenario &scenario, const client::Operation &op, std::string &error);
    int convert(const client::Operation &op, std::string &error);
    int unlock(const client::Operation &op, uint32_t more_flags, std::string &error);
    void react(sim::ClientLock &client);
    void cluster(const std::string &text, std::string &error);
    void link(const std::string &letters, bool up);
    void stop(const std::set<int> &nodes);
    void start(const std::set<int> &nodes, const std::set<int> &members);
    void take_away(int node);
    void recover();

    sim::Space &space(char letter);
    sim::ClientLock &lock(const client::LockName &name);
    std::string resource(const client::Scenario &scenario, const client::Operation &op);
    std::string label(sim::Space &space, const dlm_lkb &lkb);

    unsigned seed_;
    sim::World world_;
    Recorder recorder_;
    std::map<client::LockName, Held> locks_;
    std::vector<std::unique_ptr<sim::ClientLock>> former_;  // lives that are over
    std::vector<std::unique_ptr<sim::Space>> spaces_;
    std::set<int> members_, failed_;
    std::string own_name_;
    const client::Scenario *scenario_ = nullptr;
    uint64_t next_serial_ = 1;
};

}  // namespace dlm::scenarios
