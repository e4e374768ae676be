// SPDX-License-Identifier: GPL-2.0-or-later
#include "history.h"

#include <algorithm>
#include <sstream>

#include "client_lib/names.h"

namespace dlm::differential {
namespace {

constexpr int waiting = 1, granted_queue = 2, converting = 3;

std::string modes_text(int queue, int granted, int requested)
{
    if (queue == granted_queue)  // what was asked for last is of no use to anybody
        return client::mode_name(granted);
    if (queue == waiting)
        return client::mode_name(requested);
    return client::mode_name(granted) + ">" + client::mode_name(requested);
}

std::vector<std::string> only_in_first(const std::vector<std::string> &a,
                                       std::vector<std::string> b)
{
    std::vector<std::string> left;
    for (const std::string &line : a) {
        const auto at = std::find(b.begin(), b.end(), line);
        if (at == b.end())
            left.push_back(line);
        else
            b.erase(at);
    }
    return left;
}

std::string word(const std::string &line, int number)
{
    std::istringstream in(line);
    std::string found;
    for (int i = 0; i <= number; i++)
        if (!(in >> found))
            return "";
    return found;
}

// A line of a callback as a scenario expects it; empty for others.
std::string expectation(const std::string &line)
{
    const std::string kind = word(line, 1);
    if (kind != "c" && kind != "b")
        return "";
    return kind + word(line, 0) + "=" + word(line, 2);
}

std::string expectations(const std::vector<std::string> &lines)
{
    std::string text;
    for (const std::string &line : lines)
        if (const std::string one = expectation(line); !one.empty())
            text += " " + one;
    return text;
}

// "=EBUSY", "=0:EINVAL" (ours, stock), or nothing for 0 from both.
std::string expected_returns(const Step &step, const Moment &stock, const Moment &ours)
{
    std::string text;
    for (std::size_t i = 0; i < step.operations.size(); i++) {
        const auto result = [i](const Moment &moment) {
            return i < moment.lines.size() ? word(moment.lines[i], 2) : "0";
        };
        const std::string a = result(ours), b = result(stock);
        text += (text.empty() ? "" : " ") + text_of(step.operations[i]);
        if (a != "0" || b != "0")
            text += "=" + a + (a == b ? "" : ":" + b);
    }
    return text;
}

std::string comments(const char *who, const std::vector<std::string> &lines)
{
    std::string text;
    for (const std::string &line : lines)
        text += std::string("#   only ") + who + ": " + line + "\n";
    return text;
}

}  // namespace

void Recorder::returned(const Operation &op, const std::string &result)
{
    returns_.push_back("ret " + text_of(op) + " " + result);
}

void Recorder::completed(const LockName &lock, int status, unsigned flags, const std::string &block,
                         const std::string &function, const std::string &argument,
                         const std::string &value)
{
    const std::string names = client::status_flag_names(flags);
    std::string text =
        lock.text() + " c " + client::status_name(status) + (names.empty() ? "" : "/" + names);
    if (!overlap_)
        text += " " + block + " " + function + " " + argument;
    callbacks_[lock].push_back({true, 0, text, value});
}

void Recorder::blocks(const LockName &lock, int mode, const std::string &function,
                      const std::string &argument)
{
    std::string text = lock.text() + " b " + client::mode_name(mode);
    if (!overlap_)
        text += " " + function + " " + argument;
    callbacks_[lock].push_back({false, mode, text, ""});
}

void Recorder::queued(const std::string &resource, int queue, const LockName &lock, int granted,
                      int requested)
{
    queues_[resource][queue].push_back(lock.text() + ":" + modes_text(queue, granted, requested));
}

void Recorder::held(const LockName &lock, int queue, int granted, int requested)
{
    held_[lock] = lock.text() + " holds " + modes_text(queue, granted, requested);
}

void Recorder::broke(const LockName &lock, const std::string &what)
{
    broken_.push_back(lock.text() + " broke " + what);
}

// What arrives together may be delivered together or one by one: a blocking callback is left out
// when the last undelivered one of its lock says as much (lock-semantics C-5). The same for the
// buffer that a completion shows, which the next operation may have filled already.
std::vector<Recorder::Callback> Recorder::seen(const std::vector<Callback> &all) const
{
    if (!overlap_)
        return all;
    constexpr int pr = 3;
    std::vector<Callback> kept;
    for (const Callback &one : all) {
        const bool repeats = !one.completion && !kept.empty() && !kept.back().completion &&
                             (kept.back().mode == one.mode ||
                              (kept.back().mode > one.mode && kept.back().mode > pr));
        if (!repeats)
            kept.push_back(one);
    }
    bool last = true;
    for (auto one = kept.rbegin(); one != kept.rend(); ++one) {
        if (!one->completion)
            continue;
        if (!last)
            one->value.clear();
        last = false;
    }
    return kept;
}

Moment Recorder::moment() const
{
    Moment moment;
    moment.lines = returns_;
    for (const auto &[lock, all] : callbacks_)
        for (const Callback &one : seen(all))
            moment.lines.push_back(one.text + (one.value.empty() ? "" : " lvb=" + one.value));
    for (const auto &[resource, queues] : queues_) {
        for (auto [queue, locks] : queues) {
            if (queue == granted_queue)  // its order has no meaning (G-3)
                std::sort(locks.begin(), locks.end());
            std::string line = resource + " " + " WGC"[queue & 3];
            for (const std::string &lock : locks)
                line += " " + lock;
            moment.lines.push_back(line);
        }
    }
    for (const auto &[lock, text] : held_)
        moment.lines.push_back(text);
    moment.lines.insert(moment.lines.end(), broken_.begin(), broken_.end());
    return moment;
}

std::string Difference::text() const
{
    return comments("stock", stock) + comments("ours", ours);
}

Difference compare(const History &stock, const History &ours, std::size_t from)
{
    Difference difference;
    const std::size_t steps = std::max(stock.steps.size(), ours.steps.size());
    for (std::size_t i = from; i < steps; i++) {
        const Moment a = i < stock.steps.size() ? stock.steps[i] : Moment{};
        const Moment b = i < ours.steps.size() ? ours.steps[i] : Moment{};
        if (a == b)
            continue;
        difference.step = i;
        difference.stock = only_in_first(a.lines, b.lines);
        difference.ours = only_in_first(b.lines, a.lines);
        if (difference.none()) {  // the same lines in another order
            difference.stock = a.lines;
            difference.ours = b.lines;
        }
        return difference;
    }
    return difference;
}

std::string text_of(const Sequence &sequence, const History &stock, const History &ours)
{
    std::string text = sequence.name + " [O engine] found by the differential test\n";
    for (std::size_t i = 0; i < sequence.steps.size(); i++) {
        const Step &step = sequence.steps[i];
        const Moment none;
        const Moment &a = i < stock.steps.size() ? stock.steps[i] : none;
        const Moment &b = i < ours.steps.size() ? ours.steps[i] : none;
        std::string expected;
        std::vector<std::string> only_stock = only_in_first(a.lines, b.lines);
        std::vector<std::string> only_ours = only_in_first(b.lines, a.lines);
        expected = expectations(only_in_first(a.lines, only_stock));
        if (const std::string more = expectations(only_ours); !more.empty())
            expected += " | ours" + more;
        if (const std::string more = expectations(only_stock); !more.empty())
            expected += " | stock" + more;
        if (!expected.empty())
            expected = " ->" + expected;
        const std::string calls = expected_returns(step, a, b);
        if (step.overlap)
            text += "    %cut\n    " + calls + "\n    %heal" + expected + "\n";
        else
            text += "    " + calls + expected + "\n";
        text += comments("stock", only_stock) + comments("ours", only_ours);
    }
    return text;
}

std::string to_file(const std::map<std::string, History> &histories)
{
    std::string text;
    for (const auto &[name, history] : histories) {
        text += "= " + name + "\n";
        for (const Moment &moment : history.steps) {
            text += "-\n";
            for (const std::string &line : moment.lines)
                text += line + "\n";
        }
    }
    return text;
}

std::map<std::string, History> from_file(const std::string &text)
{
    std::map<std::string, History> histories;
    History *history = nullptr;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with("= "))
            history = &histories[line.substr(2)];
        else if (history && line == "-")
            history->steps.emplace_back();
        else if (history && !history->steps.empty())
            history->steps.back().lines.push_back(line);
    }
    return histories;
}

}  // namespace dlm::differential
