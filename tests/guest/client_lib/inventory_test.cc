// SPDX-License-Identifier: GPL-2.0-or-later
//
// Every number of the specification's list of scenarios is there exactly once: as a file, or on
// the list below with the reason. The numbers and their marks are written here by hand.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include "scenario.h"

namespace dlm::client {
namespace {

// Marks of 01, 02, ... of each letter.
const std::pair<char, const char *> marks[] = {
    {'A', "O O O O O O O O P O O O O O O O O P"},
    {'B', "O O O OP O OP O O O O O O O O O O O O O O P O"},
    {'C', "O O O O O O O O O OP P O"},
    {'D', "O O O OP OP O O O O O O O O"},
    {'E', "O O O O O O O O O O O O OP O R P"},
    {'F', "OP O OP P R O P"},
    {'V', "O O O O O O O OP OP OP OP OP O O O O O O O"},
    {'H', "O O O OP O O O O O O O O O O O O O O OP OP OP"},
    {'L', "O O O O O O O OP O O O O R O P P OP"},
    {'R', "O OP O O O O O O O OP O OP OP O P D"},
    {'U', "O O O O O O O OP O O O O P P D"},
    {'P', "P P P P P P P P P P P P"},
};

// O in the specification, but a step shows a difference that another scenario is about.
const std::map<std::string, std::string> also_ours = {
    {"B07", "B06"}, {"B16", "D05"}, {"D06", "D05"}, {"D07", "D05"}, {"H05", "H04"}, {"R03", "R02"},
};

const std::pair<const char *, const char *> elsewhere[] = {
    {"U", "needs locks from user space"},
    {"P07 P08 P09 P10", "needs locks from user space"},
    {"R15", "runs for an hour; recovery_test and the simulator do it for seconds"},
    {"R16", "needs file systems: gfs2_test does it for gfs2"},
    {"L02 L14", "needs a daemon that holds /dev/dlm-monitor"},
};

std::string numbered(char letter, std::size_t n)
{
    return letter + std::string(n < 10 ? "0" : "") + std::to_string(n);
}

// Number and mark of all.
std::map<std::string, std::string> specified()
{
    std::map<std::string, std::string> all;
    for (const auto &[letter, list] : marks) {
        std::istringstream in(list);
        std::size_t n = 1;
        for (std::string mark; in >> mark; n++)
            all[numbered(letter, n)] = mark;
    }
    all["R14a"] = "O";
    return all;
}

std::map<std::string, std::string> not_as_files()
{
    std::map<std::string, std::string> reasons;
    for (const auto &[names, reason] : elsewhere) {
        std::istringstream in(names);
        for (std::string name; in >> name;)
            for (const auto &[number, mark] : specified())
                if (number == name || (name.size() == 1 && number[0] == name[0]))
                    reasons[number] = reason;
    }
    return reasons;
}

std::vector<Scenario> all_scenarios()
{
    ScenarioFile all = read_all_scenarios();
    for (const auto &error : all.errors)
        ADD_FAILURE() << error;
    return all.scenarios;
}

TEST(ScenarioInventory, every_number_is_there_once)
{
    const auto wanted = specified();
    EXPECT_EQ(wanted.size(), 189u);
    std::map<std::string, int> found;
    for (const auto &[number, reason] : not_as_files())
        found[number]++;
    for (const Scenario &scenario : all_scenarios()) {
        EXPECT_TRUE(wanted.count(scenario.number())) << scenario.name << " is no number";
        if (scenario.name == scenario.number())
            found[scenario.name]++;
    }
    for (const auto &[number, mark] : wanted)
        EXPECT_EQ(found[number], 1) << number;
}

TEST(ScenarioInventory, marks_are_those_of_the_specification)
{
    const auto wanted = specified();
    for (const Scenario &scenario : all_scenarios()) {
        if (scenario.name != scenario.number() || !wanted.count(scenario.name))
            continue;
        std::string mark = scenario.evidence;
        std::erase(mark, 'W');
        std::string expected = wanted.at(scenario.name);
        if (also_ours.count(scenario.name))
            expected += 'P';
        EXPECT_EQ(mark, expected) << scenario.name;
    }
}

// A test of the test: what is marked P must be seen to be different on the stock module.
TEST(ScenarioInventory, what_is_ours_alone_differs_from_stock)
{
    for (const Scenario &scenario : all_scenarios()) {
        EXPECT_FALSE(scenario.steps.empty()) << scenario.name;
        if (scenario.differs()) {
            EXPECT_TRUE(scenario.marked('P')) << scenario.name;
        } else if (scenario.marked('P')) {
            EXPECT_FALSE(scenario.not_on_stock.empty() && scenario.same_on_stock.empty())
                << scenario.name;
        }
    }
}

}  // namespace
}  // namespace dlm::client
