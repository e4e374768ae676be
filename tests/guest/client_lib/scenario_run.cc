// SPDX-License-Identifier: GPL-2.0-or-later
#include "scenario_run.h"

#include <map>

#include "names.h"

namespace dlm::client {
namespace {

using Problems = std::vector<std::string>;

bool fits(const Expectation &e, const Callback &came)
{
    if (e.completion != came.completion)
        return false;
    if (e.completion ? e.status != came.status || e.flags != came.flags : e.mode != came.mode)
        return false;
    for (const auto &[key, value] : e.words) {
        auto it = came.words.find(key);
        if (it == came.words.end() || it->second != value)
            return false;
    }
    return true;
}

std::string at(const Step &step)
{
    return "line " + std::to_string(step.line) + " (" +
           step.written.substr(step.written.find_first_not_of(' ')) + "): ";
}

void compare_lock(const Step &step, const LockName &lock, const std::vector<Expectation> &expected,
                  const std::vector<Callback> &came, Problems &problems)
{
    for (std::size_t i = 0; i < std::max(expected.size(), came.size()); i++) {
        if (i >= came.size())
            problems.push_back(at(step) + "missing " + expected[i].written);
        else if (i >= expected.size())
            problems.push_back(at(step) + "lock " + lock.text() + " also got " + came[i].text());
        else if (!fits(expected[i], came[i]))
            problems.push_back(at(step) + "expected " + expected[i].written + ", got " +
                               came[i].text());
    }
}

void compare(const Step &step, const Expected &extra, const std::vector<Callback> &came,
             Problems &problems)
{
    std::map<LockName, std::vector<Expectation>> expected;
    std::map<LockName, std::vector<Callback>> got;
    for (const Expected *part : {&step.always, &extra})
        for (const Expectation &e : part->callbacks)
            expected[e.lock].push_back(e);
    for (const Callback &callback : came)
        got[callback.lock].push_back(callback);
    for (const auto &[lock, list] : expected)
        compare_lock(step, lock, list, got[lock], problems);
    for (const auto &[lock, list] : got)
        if (!expected.count(lock))
            compare_lock(step, lock, {}, list, problems);
}

void compare_buffers(const Step &step, const Expected &extra, ScenarioBackend &backend,
                     Problems &problems)
{
    for (const Expected *part : {&step.always, &extra}) {
        for (const BufferExpectation &e : part->buffers) {
            const std::string text = backend.buffer(e.lock);
            if (text != e.text)
                problems.push_back(at(step) + "buffer of " + e.lock.text() + " has \"" + text +
                                   "\", not \"" + e.text + "\"");
        }
    }
}

void run_step(const Scenario &scenario, const Step &step, bool ours, ScenarioBackend &backend,
              Problems &problems)
{
    const Expected &extra = ours ? step.ours : step.stock;
    std::string error;
    for (const Operation &op : step.operations) {
        const int returned = backend.run(scenario, op, error);
        if (!error.empty()) {
            problems.push_back(at(step) + op.written + ": " + error);
            return;
        }
        const int expected = ours ? op.expected_return : op.expected_stock;
        if (returned != expected)
            problems.push_back(at(step) + op.written + " returned " + status_name(returned) +
                               ", not " + status_name(expected));
    }
    compare(step, extra, backend.settle(error), problems);
    if (!error.empty())
        problems.push_back(at(step) + error);
    compare_buffers(step, extra, backend, problems);
}

}  // namespace

std::string Callback::text() const
{
    if (!completion)
        return "b" + lock.text() + "=" + mode_name(mode);
    const std::string names = status_flag_names(flags);
    return "c" + lock.text() + "=" + status_name(status) + (names.empty() ? "" : "/" + names);
}

std::vector<std::string> run_scenario(const Scenario &scenario, ScenarioBackend &backend,
                                      Implementation implementation)
{
    Problems problems;
    std::string error;
    backend.begin(scenario);
    for (const Step &step : scenario.steps) {
        run_step(scenario, step, implementation == Implementation::ours, backend, problems);
        if (!problems.empty())
            break;  // what follows builds on it
    }
    backend.end(scenario, error);
    if (!error.empty())
        problems.push_back("clean-up: " + error);
    return problems;
}

}  // namespace dlm::client
