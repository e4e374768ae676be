// SPDX-License-Identifier: GPL-2.0-or-later
#include "excuses.h"

#include <algorithm>
#include <array>
#include <map>
#include <sstream>

namespace dlm::differential {
namespace {

bool has_flag(const Operation &op, const std::string &flag)
{
    return ("," + op.flags + ",").find("," + flag + ",") != std::string::npos;
}

bool has_word(const std::string &words, const std::string &word)
{
    return (" " + words + " ").find(" " + word + " ") != std::string::npos;
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

    // The one operation of this step is such a one.
    bool made_now(Verb verb, const std::string &flag) const
    {
        if (step_ >= sequence_.steps.size())
            return false;
        const auto &all = sequence_.steps[step_].operations;
        return all.size() == 1 && all[0].verb == verb && has_flag(all[0], flag);
    }

    // Somebody has invalidated the value, at the latest in this step.
    bool invalidated(const std::string &resource) const
    {
        bool found = false;
        std::map<LockName, std::string> of;  // as of then: a lock may be asked for again elsewhere
        each_until_now([&](const Operation &op) {
            if (op.verb == Verb::request)
                of[op.lock] = op.resource;
            found = found || (has_flag(op, "iv") && of[op.lock] == resource);
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

    // Another request of the same node for the same name, made before this one in this step, that
    // was given up before it was answered.
    bool behind_one_given_up(const std::string &lock) const
    {
        const auto mine = now(lock);
        if (mine.empty() || mine.front()->verb != Verb::request || !accepted(step_, *mine.front()))
            return false;
        std::map<LockName, bool> given_up;  // by what was asked for before
        for (const Operation &op : sequence_.steps[step_].operations) {
            if (op.verb == Verb::request && op.lock.node == mine.front()->lock.node &&
                op.resource == mine.front()->resource && op.lock != mine.front()->lock &&
                &op < mine.front())
                given_up[op.lock] = false;
            else if (given_up.count(op.lock) && accepted(step_, op) &&
                     (op.verb == Verb::cancel || has_flag(op, "F")))
                given_up[op.lock] = true;
        }
        return std::any_of(given_up.begin(), given_up.end(),
                           [](const auto &one) { return one.second; });
    }

    // In an earlier step a forced unlock was laid over a conversion to PW or EX that nobody had
    // answered, and the conversion was granted: its mode decided, its caller's buffer was written.
    bool written_unread(const std::string &resource, const std::string &value) const
    {
        for (std::size_t i = 0; i < std::min(step_, sequence_.steps.size()); i++) {
            const Step &step = sequence_.steps[i];
            for (std::size_t o = 0; step.overlap && o + 1 < step.operations.size(); o++) {
                const Operation &op = step.operations[o], &over = step.operations[o + 1];
                if (op.verb == Verb::convert && has_flag(op, "vb") && op.lock == over.lock &&
                    over.verb == Verb::unlock && has_flag(over, "F") && accepted(i, op) &&
                    accepted(i, over) && (op.mode == "PW" || op.mode == "EX") &&
                    op.words.find("lvb=" + value) != std::string::npos &&
                    this->resource(op.lock.text()) == resource)
                    return true;
            }
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

// 8.2, a defect that is not in the list: a request that waits for the lookup of another one never
// completes if that one is given up before it is answered.
bool d8_2_request_behind_one_given_up_is_forgotten(const Place &at)
{
    if (!at.overlap() || at.ours.empty())
        return false;
    std::string lost;  // the first that only ours completes, queues or holds
    for (const Line &line : at.ours)
        if (lost.empty() && (line.completion() || line.kind == "holds"))
            lost = line.lock;
    const auto about = [&](const Line &line) { return line.lock == lost; };
    // The queues that it stands in, and who is told that it waits there.
    const auto follows = [&](const Line &line) {
        return about(line) || line.blocking() ||
               (line.lock == at.resource(lost) &&
                (" " + line.result + line.rest).find(" " + lost + ":") != std::string::npos);
    };
    return !lost.empty() && at.behind_one_given_up(lost) &&
           std::none_of(at.stock.begin(), at.stock.end(), about) &&
           std::all_of(at.ours.begin(), at.ours.end(), follows) &&
           std::all_of(at.stock.begin(), at.stock.end(),
                       [&](const Line &line) { return line.lock == at.resource(lost); });
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

// 9.5: who gives way in such a deadlock does so when it forms, not at the next grant pass.
bool p9_5_demoted_at_once(const Place &at)
{
    if (at.stock.size() != 1 || at.ours.size() != 1 || at.stock[0].kind != "C" ||
        at.ours[0].kind != "C" || at.stock[0].lock != at.ours[0].lock)
        return false;
    std::istringstream a(at.stock[0].result + at.stock[0].rest);
    std::istringstream b(at.ours[0].result + at.ours[0].rest);
    bool demoted = false;
    for (std::string was, is; a >> was && b >> is;) {
        if (was == is)
            continue;
        const std::string lock = was.substr(0, was.find(':'));
        const Operation *call = at.last_call(lock);
        if (!call || !has_flag(*call, "cdl") || is != lock + ":NL>" + call->mode)
            return false;
        demoted = true;
    }
    return demoted && at.made_now(Verb::convert, "ndw");
}

// 10.5: a conversion that is refused may bring a lock's first blocking function; who stands in the
// way of others is told then.
bool p10_5_first_function_of_refused_conversion(const Place &at)
{
    return more_blocking(at, [&](const Line &line) {
        const auto mine = at.now(line.lock), before = at.before(line.lock);
        const auto is_call = [](const Operation *op) {
            return op->verb == Verb::request || op->verb == Verb::convert;
        };
        const auto last = std::find_if(before.rbegin(), before.rend(), is_call);
        return mine.size() == 1 && mine[0]->verb == Verb::convert && last != before.rend() &&
               has_word((*last)->words, "bast=null") && !has_word(mine[0]->words, "bast=null");
    });
}

// 12.4, a defect that is not in the list: ours does not write what a forced unlock finds in the
// buffer of a caller that has not been told of its conversion yet: the newer value is still to be
// read into it.
bool p12_4_unread_buffer_is_not_written(const Place &at)
{
    return pairs(at, [&](const Line &a, const Line &b) {
        return a.result == b.result && !a.value().empty() && a.value() != b.value() &&
               at.written_unread(at.resource(a.lock), a.value());
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
    Excuse{"8.2", d8_2_request_behind_one_given_up_is_forgotten, true},
    Excuse{"9.5", p9_5_standing_deadlock_is_told_late, true},
    Excuse{"9.5", p9_5_demoted_at_once, true},
    Excuse{"10.5", p10_5_first_function_of_refused_conversion, true},
    Excuse{"12.4", p12_4_unread_buffer_is_not_written, true},
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
