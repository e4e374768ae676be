// SPDX-License-Identifier: GPL-2.0-or-later
#include "scenario_run.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <tuple>

#include "names.h"
#include "random_load.h"

namespace dlm::client {
namespace {

using Problems = std::vector<std::string>;

bool contains(const Words &words, const Words &wanted)
{
    return std::all_of(wanted.begin(), wanted.end(), [&](const auto &pair) {
        auto it = words.find(pair.first);
        return it != words.end() && it->second == pair.second;
    });
}

bool fits(const Expectation &e, const Callback &came)
{
    if (e.kind != came.kind)
        return false;
    switch (e.kind) {
    case 'b':
        if (e.mode != came.mode)
            return false;
        break;
    case 's':
    case 'd':
        if (e.text != came.subject)
            return false;
        break;
    default:
        if (e.status != came.status || e.flags != came.flags)
            return false;
    }
    return contains(came.words, e.words);
}

// Of one lock; what a call returned stands apart, it has no order with the lock's callbacks.
using Line = std::tuple<char, LockName>;

template <typename T>
Line line_of(const T &one)
{
    return {one.kind == 'r' ? 'r' : ' ', one.lock};
}

std::string at(const Step &step)
{
    return "line " + std::to_string(step.line) + " (" +
           step.written.substr(step.written.find_first_not_of(' ')) + "): ";
}

class Comparison {
public:
    Comparison(const Step &step, const Expected &extra, Problems &problems)
        : step_(step), problems_(problems)
    {
        for (const Expected *part : {&step.always, &extra})
            for (const Expectation &e : part->callbacks)
                expected_[line_of(e)].push_back(&e);
    }

    void compare(const std::vector<Callback> &came)
    {
        for (const Callback &callback : came)
            next(callback);
        for (const auto &[line, list] : expected_)
            for (const Expectation *e : list)
                if (!seen_.count(e))
                    problems_.push_back(at(step_) + "missing " + e->written);
    }

private:
    void next(const Callback &callback)
    {
        auto &list = expected_[line_of(callback)];
        auto e = std::find_if(list.begin(), list.end(),
                              [&](const Expectation *one) { return !seen_.count(one); });
        if (e == list.end()) {
            problems_.push_back(at(step_) + "also came " + callback.text());
            return;
        }
        seen_[*e] = true;
        if (!fits(**e, callback)) {
            problems_.push_back(at(step_) + "expected " + (*e)->written + ", got " +
                                callback.text());
            return;
        }
        if ((*e)->any_time)
            return;
        int &phase = phases_[callback.lock.node];
        if ((*e)->phase < phase)
            problems_.push_back(at(step_) + (*e)->written + " came after what follows it");
        phase = std::max(phase, (*e)->phase);
    }

    const Step &step_;
    Problems &problems_;
    std::map<Line, std::vector<const Expectation *>> expected_;
    std::map<const Expectation *, bool> seen_;
    std::map<char, int> phases_;  // of each node: how far it has come
};

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

// "1" fits "1:PR".
bool lock_fits(const std::string &wanted, const std::string &seen)
{
    return wanted == seen ||
           (wanted.find(':') == std::string::npos && seen.substr(0, seen.find(':')) == wanted);
}

// The grant queue has no order.
bool queue_fits(const QueueExpectation &e, std::vector<std::string> seen)
{
    if (e.locks.size() != seen.size())
        return false;
    for (std::size_t i = 0; i < e.locks.size(); i++) {
        const auto from = seen.begin() + static_cast<std::ptrdiff_t>(i);
        const auto to = e.queue == 'G' ? seen.end() : from + 1;
        const auto found = std::find_if(
            from, to, [&](const std::string &lock) { return lock_fits(e.locks[i], lock); });
        if (found == to)
            return false;
        std::iter_swap(from, found);
    }
    return true;
}

void compare_queues(const Scenario &scenario, const Step &step, const Expected &extra,
                    ScenarioBackend &backend, Problems &problems)
{
    for (const Expected *part : {&step.always, &extra}) {
        for (const QueueExpectation &e : part->queues) {
            std::string error, text;
            const Queues queues = backend.queues(scenario, e.node, error);
            const auto &seen = e.queue == 'G'   ? queues.granted
                               : e.queue == 'C' ? queues.converting
                                                : queues.waiting;
            if (error.empty() && queue_fits(e, seen))
                continue;
            for (const std::string &lock : seen)
                text += (text.empty() ? "" : " ") + lock;
            problems.push_back(at(step) + "expected " + e.written + ", found [" + text + "] " +
                               error);
        }
    }
}

void run_operation(const Scenario &scenario, const Step &step, const Operation &op,
                   ScenarioBackend &backend, Problems &problems)
{
    if (op.verb == Verb::cluster && op.text.starts_with("random ")) {
        for (const auto &problem :
             run_random_load(scenario, backend, std::atoi(op.text.substr(7).c_str())))
            problems.push_back(at(step) + problem);
        return;
    }
    std::string error;
    const Returned returned = backend.run(scenario, op, error);
    if (!error.empty()) {
        problems.push_back(at(step) + op.written + ": " + error);
        return;
    }
    const bool stock = op.expected_return != op.expected_stock &&
                       backend.implementation(op.lock.node) == Implementation::stock;
    const int expected = stock ? op.expected_stock : op.expected_return;
    if (returned.ret != expected)
        problems.push_back(at(step) + op.written + " returned " + status_name(returned.ret) +
                           ", not " + status_name(expected));
    for (const auto &[key, value] : op.expected_words)
        if (!contains(returned.words, {{key, value}}))
            problems.push_back(at(step) + op.written + " answered " + key + "=" +
                               (returned.words.count(key) ? returned.words.at(key) : "nothing") +
                               ", not " + value);
}

void run_step(const Scenario &scenario, const Step &step, ScenarioBackend &backend,
              Problems &problems)
{
    const bool stock = (!step.ours.empty() || !step.stock.empty()) &&
                       backend.implementation(scenario.judge) == Implementation::stock;
    const Expected &extra = stock ? step.stock : step.ours;
    std::string error;
    for (const Operation &op : step.operations) {
        run_operation(scenario, step, op, backend, problems);
        if (!problems.empty())
            return;
    }
    const std::size_t expected = step.always.callbacks.size() + extra.callbacks.size();
    Comparison(step, extra, problems).compare(backend.settle(expected, error));
    if (!error.empty())
        problems.push_back(at(step) + error);
    compare_buffers(step, extra, backend, problems);
    compare_queues(scenario, step, extra, backend, problems);
}

}  // namespace

std::string Callback::text() const
{
    switch (kind) {
    case 'b': return "b" + lock.text() + "=" + mode_name(mode);
    case 'p': return std::string("p") + lock.node;
    case 's':
    case 'd': return std::string(1, kind) + lock.node + "=" + subject;
    default: break;
    }
    const std::string names = status_flag_names(flags);
    return kind + lock.text() + "=" + status_name(status) + (names.empty() ? "" : "/" + names);
}

std::vector<std::string> run_scenario(const Scenario &scenario, ScenarioBackend &backend)
{
    Problems problems;
    std::string error;
    backend.begin(scenario);
    for (const Step &step : scenario.steps) {
        run_step(scenario, step, backend, problems);
        if (!problems.empty())
            break;  // what follows builds on it
    }
    backend.end(scenario, error);
    if (!error.empty())
        problems.push_back("clean-up: " + error);
    return problems;
}

}  // namespace dlm::client
