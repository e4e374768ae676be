// SPDX-License-Identifier: GPL-2.0-or-later
#include "sequence.h"

#include <algorithm>

namespace dlm::differential {
namespace {

template <typename T>
void add_once(std::vector<T> &list, const T &one)
{
    if (std::find(list.begin(), list.end(), one) == list.end())
        list.push_back(one);
}

std::string commas(std::string words)
{
    std::replace(words.begin(), words.end(), ' ', ',');
    return words;
}

std::string sign_of(const Operation &op)
{
    switch (op.verb) {
    case Verb::request: return "+" + op.mode;
    case Verb::convert: return ">" + op.mode;
    case Verb::cancel: return "x";
    default: return "-";
    }
}

Sequence sequence_of(const client::Scenario &scenario)
{
    Sequence sequence;
    sequence.name = scenario.name;
    bool cut = false;
    for (const client::Step &written : scenario.steps) {
        Step step;
        for (const Operation &op : written.operations) {
            if (op.verb != Verb::cluster) {
                step.operations.push_back(op);
                continue;
            }
            cut = op.text.starts_with("cut");
        }
        step.overlap = cut;
        if (!step.operations.empty())
            sequence.steps.push_back(std::move(step));
    }
    return sequence;
}

}  // namespace

std::vector<std::string> Sequence::resources() const
{
    std::vector<std::string> all;
    for (const Step &step : steps)
        for (const Operation &op : step.operations)
            if (op.verb == Verb::request)
                add_once(all, op.resource);
    return all;
}

std::vector<LockName> Sequence::locks() const
{
    std::vector<LockName> all;
    for (const Step &step : steps)
        for (const Operation &op : step.operations)
            add_once(all, op.lock);
    return all;
}

std::string text_of(const Operation &op)
{
    std::string text = op.lock.text();
    if (op.verb == Verb::request)
        text += "@" + op.resource;
    text += sign_of(op);
    if (!op.flags.empty())
        text += "(" + op.flags + ")";
    if (!op.words.empty())
        text += "{" + commas(op.words) + "}";
    return text;
}

std::string text_of(const Step &step)
{
    std::string text;
    for (const Operation &op : step.operations)
        text += (text.empty() ? "" : " ") + text_of(op);
    return text;
}

std::vector<Sequence> read_sequences(const std::string &text, std::string &error)
{
    const client::ScenarioFile file = client::parse_scenarios(text);
    std::vector<Sequence> sequences;
    error = file.errors.empty() ? "" : file.errors.front();
    for (const client::Scenario &scenario : file.scenarios)
        sequences.push_back(sequence_of(scenario));
    return sequences;
}

}  // namespace dlm::differential
