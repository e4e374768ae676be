// SPDX-License-Identifier: GPL-2.0-or-later
//
// The scenarios of client_lib/scenarios through the kernel client, one test for each file: M is
// node 1, A node 2, B node 3, and where a scenario has no other wish M becomes master of its
// resource. On stock modules the expectations themselves are judged, those of the stock module
// where it differs. DLM_SCENARIO=B04 in the environment runs only that one.
#include "client_lib/client_backend.h"
#include "client_lib/client_suite.h"
#include "harness/environment.h"

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace dlm::client {
namespace {

const std::vector<int> all_nodes = {1, 2, 3};

class ScenariosTest : public ClientSuite, public testing::WithParamInterface<const char *> {
protected:
    // The program that makes lockspaces of user space; on the debug kernel the allocations of the
    // module's own caches can be made to fail.
    void shape(guest::ClusterSpec &spec) override
    {
        spec.install("guest-user", guest::Environment::get().guest_program("guest_user"));
        if (spec.kind == guest::Kind::uml)
            for (guest::NodeSpec &node : spec.nodes)
                node.kernel_arguments = "slub_debug=A,dlm*";
    }

    void run_file(const std::string &name)
    {
        std::ifstream in(std::string(DLM_SCENARIO_DIR) + "/" + name + ".txt");
        std::stringstream text;
        text << in.rdbuf();
        ScenarioFile file = parse_scenarios(text.str());
        ASSERT_TRUE(file.errors.empty()) << file.errors.front();
        ASSERT_FALSE(file.scenarios.empty());
        int ran = 0;
        for (const Scenario &scenario : file.scenarios) {
            if (!wanted(scenario))
                continue;
            if (!backend_) {
                ASSERT_TRUE(begin());
            }
            run_one(scenario);
            ran++;
        }
        std::printf("%d of %zu scenarios were run\n", ran, file.scenarios.size());
        backend_.reset();
        if (in_space())
            ASSERT_TRUE(cluster().leave());
        else
            cluster().detach();
    }

private:
    bool has(guest::Module module)
    {
        return std::any_of(all_nodes.begin(), all_nodes.end(),
                           [&](int id) { return node(id).module() == module; });
    }

    // Says of each one that is left out why.
    bool wanted(const Scenario &scenario)
    {
        const char *only = std::getenv("DLM_SCENARIO");
        if (only && scenario.name != only)
            return false;
        std::string reason;
        const bool stock = has(guest::Module::stock);
        if (stock && !scenario.not_on_stock.empty())
            reason = scenario.not_on_stock;
        if (stock && has(guest::Module::ours) && !scenario.not_mixed.empty())
            reason = scenario.not_mixed;
        if (scenario.tier == "uml" && node(1).kind() != guest::Kind::uml)
            reason = "needs the debug kernel";
        if (!reason.empty())
            std::printf("%s is not run: %s\n", scenario.name.c_str(), reason.c_str());
        return reason.empty();
    }

    // Whether the scenarios start as members of one lockspace.
    bool in_space() const { return std::string(GetParam()) != "lockspaces"; }

    guest::Outcome begin()
    {
        guest::Outcome ready = in_space()
                                   ? cluster().join("s_" + std::string(GetParam()), all_nodes)
                                   : cluster().attach(all_nodes);
        if (ready)
            backend_ = std::make_unique<ClientBackend>(cluster());
        return ready;
    }

    void run_one(const Scenario &scenario)
    {
        // So that a run that is cut off says how far it came.
        std::printf("%s\n", scenario.name.c_str());
        std::fflush(stdout);
        // A stack dump for a caller's mistake: all its lines.
        if (scenario.marked('W'))
            for (int id : all_nodes)
                if (node(id).module() == guest::Module::stock)
                    node(id).expect_log(".");
        // What lockspaces that are refused leave in the log, of either module.
        if (!in_space())
            for (int id : all_nodes)
                node(id).expect_log(
                    "config mismatch|application cluster name|no local IP address|"
                    "cannot start dlm midcomms|has value block length|"
                    "recovery [0-9]+ failed with -71");
        for (const auto &problem : run_scenario(scenario, *backend_))
            ADD_FAILURE() << scenario.name << " [" << scenario.evidence << "] " << scenario.title
                          << ": " << problem;
        if (!backend_->broken())
            return;
        // The next one gets a cluster that works.
        backend_.reset();
        fresh_cluster();
    }

    std::unique_ptr<ClientBackend> backend_;
};

TEST_P(ScenariosTest, all_of)
{
    run_file(GetParam());
}

INSTANTIATE_TEST_SUITE_P(files, ScenariosTest,
                         testing::Values("arguments", "grant", "noqueue", "deadlock", "blocking",
                                         "delivery", "values", "value_table", "unlock",
                                         "lockspaces", "membership", "recovery", "extensions"),
                         [](const auto &info) { return std::string(info.param); });

}  // namespace
}  // namespace dlm::client
