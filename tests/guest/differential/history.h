// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a caller sees of a sequence, as lines that two implementations must have in common: for each
// step what the calls returned, the callbacks of each lock in their order, and what stands in the
// queues once everything rests.
//
//   ret A1- EBUSY              call and return; "over": its lock had ended before
//   A1 c EAGAIN/DEM own a a lvb=..
//                              completion: status and flags, block, function, argument, buffer
//   A1 b EX b a                blocking callback: mode, function, argument
//   r0 C A1:PR>EX 2:NL>CW      queue of a resource at its master
//   A1 holds PR>EX             the owner's own record of a lock mastered elsewhere
//   A1 broke cast_after_last   what no lock manager may do
#pragma once

#include <map>
#include <string>
#include <vector>

#include "sequence.h"

namespace dlm::differential {

// Part of the key of recorded histories: changes with what is recorded.
inline constexpr int recorder_version = 1;

struct Moment {
    std::vector<std::string> lines;
    bool operator==(const Moment &) const = default;
};

struct History {
    std::vector<Moment> steps;  // one more than the sequence has: what is left at its end
    bool operator==(const History &) const = default;
};

// Parts of a step, made into lines in an order of their own.
class Recorder {
public:
    explicit Recorder(bool overlap) : overlap_(overlap) {}
    void returned(const Operation &op, const std::string &result);
    void completed(const LockName &lock, int status, unsigned flags, const std::string &block,
                   const std::string &function, const std::string &argument,
                   const std::string &value);
    void blocks(const LockName &lock, int mode, const std::string &function,
                const std::string &argument);
    // queue: 1 waiting, 2 granted, 3 converting, as in the debug file.
    void queued(const std::string &resource, int queue, const LockName &lock, int granted,
                int requested);
    void held(const LockName &lock, int queue, int granted, int requested);
    // Something that must never happen, as the client calls it.
    void broke(const LockName &lock, const std::string &what);
    Moment moment() const;

private:
    struct Callback {
        bool completion = false;
        int mode = 0;  // of a blocking one
        std::string text, value;
    };
    std::vector<Callback> seen(const std::vector<Callback> &all) const;

    bool overlap_;
    std::vector<std::string> returns_;
    std::map<LockName, std::vector<Callback>> callbacks_;
    std::map<std::string, std::map<int, std::vector<std::string>>> queues_;
    std::map<LockName, std::string> held_;
    std::vector<std::string> broken_;
};

// Where two histories part, from a step on: what only one of them has.
struct Difference {
    std::size_t step = 0;
    std::vector<std::string> stock, ours;
    bool none() const { return stock.empty() && ours.empty(); }
    std::string text() const;
};
Difference compare(const History &stock, const History &ours, std::size_t from = 0);

// The sequence as a scenario; what the two have in common is expected of both.
std::string text_of(const Sequence &sequence, const History &stock, const History &ours);

// Kept in files: one line for each line, steps begin with a mark.
std::string to_file(const std::map<std::string, History> &histories);
std::map<std::string, History> from_file(const std::string &text);

}  // namespace dlm::differential
