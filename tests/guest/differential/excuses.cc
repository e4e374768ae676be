// SPDX-License-Identifier: GPL-2.0-or-later
#include "excuses.h"

#include <algorithm>
#include <array>
#include <sstream>

namespace dlm::differential {
namespace {

bool has_flag(const Operation &op, const std::string &flag)
{
    return ("," + op.flags + ",").find("," + flag + ",") != std::string::npos;
}

// A line of a history, taken apart.
struct Line {
    std::string lock, kind, result;  // "ret": lock is the operation's text
    std::string rest;                // of a callback: functions, value

    bool completion() const { return kind == "c"; }
    bool blocking() const { return kind == "b"; }
    bool returned() const { return kind == "ret"; }
    std::string status() const { return result.substr(0, result.find('/')); }
    bool flag(const std::string &name) const
    {
        return (result + "/").find("/" + name + "/") != std::string::npos;
    }
    std::string value() const
    {
        const auto at = rest.find("lvb=");
        return at == std::string::npos ? "" : rest.substr(at + 4);
    }
};

Line take_apart(const std::string &text)
{
    std::istringstream in(text);
    Line line;
    std::string first, second;
    in >> first >> second;
    if (first == "ret") {
        line.kind = first;
        line.lock = second;
        in >> line.result;
    } else {
        line.lock = first;
        line.kind = second;
        in >> line.result;
    }
    std::getline(in, line.rest);
    return line;
}

std::vector<Line> take_apart(const std::vector<std::string> &texts)
{
    std::vector<Line> lines;
    for (const std::string &text : texts)
        lines.push_back(take_apart(text));
    return lines;
}

// One sequence at the place where two histories part.
class Place {
public:
    Place(const Sequence &sequence, const History &stock, const Difference &difference)
        : sequence_(sequence),
          history_(stock),
          step_(difference.step),
          stock(take_apart(difference.stock)),
          ours(take_apart(difference.ours))
    {
    }

    bool overlap() const
    {
        return step_ < sequence_.steps.size() && sequence_.steps[step_].overlap;
    }

    // The operations of this step on a lock.
    std::vector<const Operation *> now(const std::string &lock) const
    {
        std::vector<const Operation *> all;
        if (step_ < sequence_.steps.size())
            for (const Operation &op : sequence_.steps[step_].operations)
                if (op.lock.text() == lock)
                    all.push_back(&op);
        return all;
    }

    // Accepted operations on a lock before this step, the oldest first.
    std::vector<const Operation *> before(const std::string &lock) const
    {
        std::vector<const Operation *> all;
        for (std::size_t i = 0; i < std::min(step_, sequence_.steps.size()); i++)
            for (const Operation &op : sequence_.steps[i].operations)
                if (op.lock.text() == lock && accepted(i, op))
                    all.push_back(&op);
        return all;
    }

    // The last call that asked for a mode and was accepted, this step included.
    const Operation *last_call(const std::string &lock) const
    {
        const Operation *last = nullptr;
        for (const Operation *op : before(lock))
            if (op->verb == Verb::request || op->verb == Verb::convert)
                last = op;
        for (const Operation *op : now(lock))
            if ((op->verb == Verb::request || op->verb == Verb::convert) && accepted(step_, *op))
                last = op;
        return last;
    }

    std::string resource(const std::string &lock) const
    {
        std::string name;
        for (const auto &list : {before(lock), now(lock)})
            for (const Operation *op : list)
                if (op->verb == Verb::request)
                    name = op->resource;
        return name;
    }

    // Somebody has invalidated the value, at the latest in this step.
    bool invalidated(const std::string &resource) const
    {
        bool found = false;
        each_until_now([&](const Operation &op) {
            found = found || (has_flag(op, "iv") && this->resource(op.lock.text()) == resource);
        });
        return found;
    }

    // After an invalidation it had no lock for a while.
    bool lived_again(const std::string &resource) const
    {
        bool invalid = false;
        for (std::size_t i = 0; i < std::min(step_, sequence_.steps.size()); i++) {
            for (const Operation &op : sequence_.steps[i].operations)
                invalid = invalid || has_flag(op, "iv");
            const auto &lines = history_.steps[i].lines;
            const bool used = std::any_of(lines.begin(), lines.end(), [&](const std::string &line) {
                return line.starts_with(resource + " ");
            });
            if (invalid && !used)
                return true;
        }
        return false;
    }

private:
    bool accepted(std::size_t step, const Operation &op) const
    {
        const auto &lines = history_.steps[step].lines;
        return std::find(lines.begin(), lines.end(), "ret " + text_of(op) + " 0") != lines.end();
    }

    template <typename Visit>
    void each_until_now(const Visit &visit) const
    {
        for (std::size_t i = 0; i <= step_ && i < sequence_.steps.size(); i++)
            for (const Operation &op : sequence_.steps[i].operations)
                visit(op);
    }

    const Sequence &sequence_;
    const History &history_;
    std::size_t step_;

public:
    std::vector<Line> stock, ours;
};

// The two lists are the same completions but for these; a is stock's.
template <typename Fits>
bool pairs(const Place &at, const Fits &fits)
{
    if (at.stock.empty() || at.stock.size() != at.ours.size())
        return false;
    for (std::size_t i = 0; i < at.stock.size(); i++) {
        const Line &a = at.stock[i], &b = at.ours[i];
        if (!a.completion() || !b.completion() || a.lock != b.lock || a.status() != b.status() ||
            !fits(a, b))
            return false;
    }
    return true;
}

// Nothing but blocking callbacks more than stock sends.
template <typename Fits>
bool more_blocking(const Place &at, const Fits &fits)
{
    return at.stock.empty() && !at.ours.empty() &&
           std::all_of(at.ours.begin(), at.ours.end(),
                       [&](const Line &line) { return line.blocking() && fits(line); });
}

// Returns EINVAL where ours accepts, and what follows from that. op: the one that was made.
template <typename Fits>
bool refused_by_stock(const Place &at, Verb verb, const Fits &fits)
{
    if (at.stock.empty() || !at.stock.front().returned() || at.stock.front().result != "EINVAL" ||
        at.ours.empty() || !at.ours.front().returned() || at.ours.front().result != "0" ||
        at.stock.front().lock != at.ours.front().lock)
        return false;
    const std::string &call = at.stock.front().lock;
    const std::string lock = call.substr(0, call.find_first_of("x-"));
    for (const Operation *op : at.now(lock))
        if (op->verb == verb && text_of(*op) == call && fits(lock, *op))
            return true;
    return false;
}

// X4: the cancel of a demoted conversion does not say so.
bool x4_cancel_hides_demotion(const Place &at)
{
    return pairs(at, [&](const Line &a, const Line &b) {
        const Operation *call = at.last_call(a.lock);
        return a.status() == "ECANCEL" && !a.flag("DEM") && b.flag("DEM") && call &&
               has_flag(*call, "cdl");
    });
}

// X5: the owner of a conversion that a remote master granted in the alternative mode records the
// mode asked for.
bool x5_owner_records_mode_asked_for(const Place &at)
{
    if (at.stock.empty() || at.stock.size() != at.ours.size())
        return false;
    for (std::size_t i = 0; i < at.stock.size(); i++) {
        const Line &a = at.stock[i], &b = at.ours[i];
        const Operation *call = at.last_call(a.lock);
        if (a.kind != "holds" || b.kind != "holds" || a.lock != b.lock || !call ||
            call->verb != Verb::convert || call->mode != a.result ||
            !((has_flag(*call, "apr") && b.result == "PR") ||
              (has_flag(*call, "acw") && b.result == "CW")))
            return false;
    }
    return true;
}

// X6, 10.4: who is granted past waiters by NOORDER is not told that it blocks them.
bool x6_noorder_grant_is_not_told(const Place &at)
{
    return more_blocking(at, [&](const Line &line) {
        const Operation *call = at.last_call(line.lock);
        return call && has_flag(*call, "noord");
    });
}

// X8: a cancel of a lock whose last operation was a cancel is refused, though it would do nothing.
bool x8_second_cancel_is_refused(const Place &at)
{
    const bool alone = at.stock.size() == 1 && at.ours.size() == 1;
    return alone &&
           refused_by_stock(at, Verb::cancel, [&](const std::string &lock, const Operation &) {
               const auto before = at.before(lock);
               return !before.empty() && before.back()->verb == Verb::cancel;
           });
}

// X11: the mark "invalid" outlives the resource.
bool x11_invalid_mark_survives(const Place &at)
{
    return pairs(at, [&](const Line &a, const Line &b) {
        return a.flag("VNV") && !b.flag("VNV") && at.lived_again(at.resource(a.lock));
    });
}

// X12, 12.5: where no value moves, "invalid" is reported without VALBLK.
bool x12_invalid_without_valblk(const Place &at)
{
    return pairs(at, [&](const Line &a, const Line &b) {
        const Operation *call = at.last_call(a.lock);
        return a.flag("VNV") && !b.flag("VNV") && call && call->verb == Verb::convert &&
               !has_flag(*call, "vb") && at.invalidated(at.resource(a.lock));
    });
}

// X12, 12.8: "invalid" is not reported as long as nothing was written.
bool x12_invalid_before_first_write(const Place &at)
{
    return pairs(at, [&](const Line &a, const Line &b) {
        const Operation *call = at.last_call(a.lock);
        return !a.flag("VNV") && b.flag("VNV") && call && has_flag(*call, "vb") &&
               at.invalidated(at.resource(a.lock));
    });
}

// 12.8: a local request leaves the buffer as it was if nothing was written; ours fills it with
// zeroes, as stock does for a remote one.
bool p12_8_buffer_of_value_never_written(const Place &at)
{
    return pairs(at, [&](const Line &a, const Line &b) {
        const Operation *call = at.last_call(a.lock);
        return a.result == b.result && !a.value().empty() && b.value().empty() && call &&
               call->verb == Verb::request && has_flag(*call, "vb");
    });
}

// X13: FORCEUNLOCK among the flags of a request or conversion breaks a forced unlock later.
bool x13_forceunlock_is_remembered(const Place &at)
{
    return refused_by_stock(at, Verb::unlock, [&](const std::string &lock, const Operation &op) {
        const Operation *call = at.last_call(lock);
        return has_flag(op, "F") && call && has_flag(*call, "F");
    });
}

// 9.5: who may stand in a deadlock and now does is told only at the next grant pass.
bool p9_5_standing_deadlock_is_told_late(const Place &at)
{
    return more_blocking(at, [&](const Line &line) {
        const Operation *call = at.last_call(line.lock);
        return call && call->verb == Verb::convert && has_flag(*call, "ndw") &&
               line.result == call->mode;
    });
}

struct Excuse {
    const char *name;
    bool (*holds)(const Place &at);
    bool lasts;  // what comes later depends on it: a lock that stays, a mode already told of
};

constexpr std::array excuses = {
    Excuse{"X4", x4_cancel_hides_demotion, false},
    Excuse{"X5", x5_owner_records_mode_asked_for, true},
    Excuse{"X6", x6_noorder_grant_is_not_told, true},
    Excuse{"X8", x8_second_cancel_is_refused, false},
    Excuse{"X11", x11_invalid_mark_survives, false},
    Excuse{"X12", x12_invalid_without_valblk, false},
    Excuse{"X12", x12_invalid_before_first_write, false},
    Excuse{"X13", x13_forceunlock_is_remembered, true},
    Excuse{"9.5", p9_5_standing_deadlock_is_told_late, true},
    Excuse{"12.8", p12_8_buffer_of_value_never_written, true},
};

const Excuse *find_excuse(const Sequence &sequence, const History &stock,
                          const Difference &difference)
{
    const Place at(sequence, stock, difference);
    for (const Excuse &one : excuses)
        if (one.holds(at))
            return &one;
    return nullptr;
}

}  // namespace

std::string excuse(const Sequence &sequence, const History &stock, const History &,
                   const Difference &difference)
{
    const Excuse *found = find_excuse(sequence, stock, difference);
    return found ? found->name : "";
}

Verdict judge(const Sequence &sequence, const History &stock, const History &ours)
{
    Verdict verdict;
    std::size_t from = 0;
    for (;;) {
        const Difference difference = compare(stock, ours, from);
        if (difference.none())
            return verdict;
        const Excuse *found = find_excuse(sequence, stock, difference);
        if (!found) {
            verdict.unexcused = difference;
            return verdict;
        }
        if (verdict.excused.empty())
            verdict.excused = found->name;
        if (found->lasts)
            return verdict;
        from = difference.step + 1;
    }
}

}  // namespace dlm::differential
