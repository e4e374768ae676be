// SPDX-License-Identifier: GPL-2.0-or-later
//
// The scenarios of the engine tier over the shipped pure layers, three simulated nodes, under
// several seeds each: the order of messages and callbacks that the rules leave open differs.
// One test for each scenario; DLM_SCENARIO_TRACE=1 prints the simulator's events.
#include <gtest/gtest.h>

#include <algorithm>

#include "sim_backend.hh"

namespace dlm::scenarios {
namespace {

constexpr uint64_t seeds = 25;

class EngineTest : public testing::Test {
public:
    explicit EngineTest(client::Scenario scenario) : scenario_(std::move(scenario)) {}

    void TestBody() override
    {
        for (uint64_t seed = 1; seed <= seeds && !HasFailure(); seed++) {
            SimBackend backend(seed, 3);
            for (const auto &problem : run_scenario(scenario_, backend))
                ADD_FAILURE() << scenario_.name << " [" << scenario_.evidence << "] "
                              << scenario_.title << ", seed " << seed << ": " << problem;
        }
    }

private:
    client::Scenario scenario_;
};

std::string test_name(const client::Scenario &scenario)
{
    std::string name = scenario.name;
    std::replace(name.begin(), name.end(), '.', '_');
    return name;
}

}  // namespace
}  // namespace dlm::scenarios

int main(int argc, char **argv)
{
    using namespace dlm;
    testing::InitGoogleTest(&argc, argv);
    client::ScenarioFile all = client::read_all_scenarios();
    for (const auto &error : all.errors)
        std::fprintf(stderr, "%s\n", error.c_str());
    if (!all.errors.empty())
        return 1;
    for (const client::Scenario &scenario : all.scenarios)
        if (scenario.tier == "engine")
            testing::RegisterTest(
                "engine", scenarios::test_name(scenario).c_str(), nullptr, nullptr, __FILE__,
                __LINE__, [scenario] {
                    return static_cast<testing::Test *>(new scenarios::EngineTest(scenario));
                });
    return RUN_ALL_TESTS();
}
