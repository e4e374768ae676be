// SPDX-License-Identifier: GPL-2.0-or-later
//
// The scenario core itself: that the files can be read, and that a deviation is noticed. The
// backend here is a script of callbacks, not a lock manager.
#include "scenario_run.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <deque>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "names.h"

namespace dlm::client {
namespace {

std::string read_file(const std::filesystem::path &path)
{
    std::ifstream in(path);
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
}

// Gives back one prepared list of callbacks per step.
class Script : public ScenarioBackend {
public:
    std::deque<std::vector<Callback>> steps;
    std::deque<int> returns;
    std::string contents;
    std::vector<std::string> ran;

    void begin(const Scenario &) override {}
    int run(const Scenario &, const Operation &op, std::string &) override
    {
        ran.push_back(op.written);
        if (returns.empty())
            return 0;
        int value = returns.front();
        returns.pop_front();
        return value;
    }
    std::vector<Callback> settle(std::string &) override
    {
        if (steps.empty())
            return {};
        auto now = steps.front();
        steps.pop_front();
        return now;
    }
    std::string buffer(const LockName &) override { return contents; }
    void end(const Scenario &, std::string &) override {}
};

Callback cast(const std::string &lock, int status, unsigned flags = 0)
{
    Callback callback;
    callback.lock = {'M', lock};
    callback.status = status;
    callback.flags = flags;
    callback.words = {{"arg", "a"}};
    return callback;
}

Callback bast(const std::string &lock, int mode)
{
    Callback callback;
    callback.lock = {'M', lock};
    callback.completion = false;
    callback.mode = mode;
    return callback;
}

Scenario one(const std::string &steps)
{
    ScenarioFile file = parse_scenarios("T [O] test\n" + steps);
    EXPECT_TRUE(file.errors.empty()) << file.errors.front();
    return file.scenarios.at(0);
}

std::vector<std::string> run(const std::string &steps, Script &script,
                             Implementation who = Implementation::ours)
{
    return run_scenario(one(steps), script, who);
}

TEST(Scenario, every_file_can_be_read)
{
    int count = 0;
    for (const auto &entry : std::filesystem::directory_iterator(DLM_SCENARIO_DIR)) {
        ScenarioFile file = parse_scenarios(read_file(entry.path()));
        for (const auto &error : file.errors)
            ADD_FAILURE() << entry.path() << ": " << error;
        for (const auto &scenario : file.scenarios)
            EXPECT_FALSE(scenario.steps.empty()) << scenario.name;
        count += static_cast<int>(file.scenarios.size());
    }
    EXPECT_GE(count, 90);
}

TEST(Scenario, what_is_written_and_comes_is_no_problem)
{
    Script script;
    script.steps = {{cast("1", 0)}, {bast("1", 5), cast("2", -EAGAIN)}};
    EXPECT_TRUE(run("    1+EX -> c1=0\n    2+EX -> c2=EAGAIN b1=EX\n", script).empty());
    EXPECT_EQ(script.ran, (std::vector<std::string>{"1+EX", "2+EX"}));
}

TEST(Scenario, deviations_are_noticed)
{
    struct {
        const char *steps;
        std::vector<Callback> came;
    } cases[] = {
        {"    1+EX -> c1=0\n", {}},                                  // missing
        {"    1+EX\n", {cast("1", 0)}},                              // unexpected
        {"    1+EX -> c1=0\n", {cast("1", -EAGAIN)}},                // other status
        {"    1+EX -> c1=0\n", {cast("1", 0, demoted)}},             // other flags
        {"    1+EX -> c1=0\n", {cast("2", 0)}},                      // other lock
        {"    1+EX -> c1=0\n", {cast("1", 0), cast("1", 0)}},        // twice
        {"    1+EX -> b1=EX\n", {bast("1", 3)}},                     // other mode
        {"    1+EX -> c1=0 b1=EX\n", {bast("1", 5), cast("1", 0)}},  // other order
        {"    1+EX -> c1=0{arg=b}\n", {cast("1", 0)}},               // other word
    };
    for (const auto &c : cases) {
        Script script;
        script.steps = {c.came};
        EXPECT_FALSE(run(c.steps, script).empty()) << c.steps;
    }
}

TEST(Scenario, returns_and_buffers_are_compared)
{
    Script script;
    script.returns = {-EINVAL};
    EXPECT_TRUE(run("    1+6=EINVAL\n", script).empty());
    script.returns = {0};
    EXPECT_FALSE(run("    1+6=EINVAL\n", script).empty());
    script.contents = "abc";
    EXPECT_TRUE(run("    1+EX -> v1=\"abc\"\n", script).empty());
    EXPECT_FALSE(run("    1+EX -> v1=\"\"\n", script).empty());
}

TEST(Scenario, differences_between_implementations_are_kept_apart)
{
    const std::string steps = "    1x=0:EINVAL -> c1=0 | ours b1=EX | stock b1=PR\n";
    Script script;
    script.steps = {{cast("1", 0), bast("1", 5)}};
    EXPECT_TRUE(run(steps, script).empty());
    script.steps = {{cast("1", 0), bast("1", 5)}};
    script.returns = {-EINVAL};
    EXPECT_FALSE(run(steps, script, Implementation::stock).empty());
    script.steps = {{cast("1", 0), bast("1", 3)}};
    script.returns = {-EINVAL};
    EXPECT_TRUE(run(steps, script, Implementation::stock).empty());
}

TEST(Scenario, mistakes_in_a_file_are_errors)
{
    for (const char *text : {"    1+EX\n", "X [O]\n", "X O title\n", "X [O] t\n    1?EX\n",
                             "X [O] t\n    1+EX -> c1=NO\n", "X [O] t\n    1+EX(vb\n",
                             "X [O] t\n    1+EX -> d1=0\n", "X [O] t\n    1+EX | ours c1=0\n",
                             "X [O] t\n    1+EX=ENOSUCH\n", "X [O] t\n    1+EX\nX [O] again\n",
                             "X [O] t\n    1+EX -> c1=0 | theirs c1=0\n", "X [O] t\n    +EX\n"})
        EXPECT_FALSE(parse_scenarios(text).errors.empty()) << text;
}

TEST(Scenario, words_are_read_as_meant)
{
    Scenario s =
        one("    A12@hex:00ff>PR(vb,noq){lksb=other,ast=b}=EBUSY\n    1-(iv) 1-F 2x 3\"a b\"\n"
            "    1!(2-F) 1~30\n    %cut A now -> c1=0\n");
    const Operation &op = s.steps[0].operations.at(0);
    EXPECT_EQ(op.verb, Verb::convert);
    EXPECT_EQ(op.lock, (LockName{'A', "12"}));
    EXPECT_EQ(op.resource, "hex:00ff");
    EXPECT_EQ(op.mode, "PR");
    EXPECT_EQ(op.flags, "vb,noq");
    EXPECT_EQ(op.words, "lksb=other ast=b");
    EXPECT_EQ(op.expected_return, -EBUSY);
    ASSERT_EQ(s.steps[1].operations.size(), 4u);
    EXPECT_EQ(s.steps[1].operations[0].flags, "iv");
    EXPECT_EQ(s.steps[1].operations[1].flags, "F");
    EXPECT_EQ(s.steps[1].operations[2].verb, Verb::cancel);
    EXPECT_EQ(s.steps[1].operations[3].text, "a b");
    EXPECT_EQ(s.steps[2].operations[0].inner.at(0).flags, "F");
    EXPECT_EQ(s.steps[2].operations[1].text, "30");
    EXPECT_EQ(s.steps[3].operations[0].text, "cut A now");
    EXPECT_EQ(s.nodes(), "MA");
}

}  // namespace
}  // namespace dlm::client
