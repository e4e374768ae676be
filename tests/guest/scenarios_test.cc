// SPDX-License-Identifier: GPL-2.0-or-later
//
// The scenarios of client_lib/scenarios, through the kernel client, between two nodes: M is the
// first one and becomes master of each resource, A is the second. Run with --mix=stock/stock/stock
// the expectations themselves are judged. DLM_SCENARIO=B04 in the environment runs only that one.
#include "client_lib/client_backend.h"
#include "client_lib/client_suite.h"

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace dlm::client {
namespace {

class ScenariosTest : public ClientSuite {
protected:
    void run_file(const std::string &name)
    {
        std::ifstream in(std::string(DLM_SCENARIO_DIR) + "/" + name + ".txt");
        std::stringstream text;
        text << in.rdbuf();
        ScenarioFile file = parse_scenarios(text.str());
        ASSERT_TRUE(file.errors.empty()) << file.errors.front();
        ASSERT_FALSE(file.scenarios.empty());
        ASSERT_TRUE(cluster().join("s_" + name, {1, 2}));
        const char *only = std::getenv("DLM_SCENARIO");
        for (const Scenario &scenario : file.scenarios)
            if (!only || scenario.name == only)
                run_one(scenario);
        ASSERT_TRUE(cluster().leave());
    }

private:
    void run_one(const Scenario &scenario)
    {
        const bool ours = node(1).module() == guest::Module::ours;
        std::map<char, Client *> clients;
        // A stack dump for a caller's mistake: all its lines.
        if (scenario.evidence.find('W') != std::string::npos)
            for (int id : {1, 2})
                if (node(id).module() == guest::Module::stock)
                    node(id).expect_log(".");
        for (char letter : scenario.nodes())
            clients[letter] = &client(letter == 'M' ? 1 : 2);
        ClientBackend backend(clients);
        for (const auto &problem :
             run_scenario(scenario, backend, ours ? Implementation::ours : Implementation::stock))
            ADD_FAILURE() << scenario.name << " [" << scenario.evidence << "] " << scenario.title
                          << ": " << problem;
    }
};

TEST_F(ScenariosTest, arguments)
{
    run_file("arguments");
}
TEST_F(ScenariosTest, grant)
{
    run_file("grant");
}
TEST_F(ScenariosTest, noqueue)
{
    run_file("noqueue");
}
TEST_F(ScenariosTest, deadlock)
{
    run_file("deadlock");
}
TEST_F(ScenariosTest, blocking)
{
    run_file("blocking");
}
TEST_F(ScenariosTest, delivery)
{
    run_file("delivery");
}
TEST_F(ScenariosTest, values)
{
    run_file("values");
}
TEST_F(ScenariosTest, unlock)
{
    run_file("unlock");
}

}  // namespace
}  // namespace dlm::client
