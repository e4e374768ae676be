// SPDX-License-Identifier: GPL-2.0-or-later
//
// Conformance scenarios as text: what to do with locks and which callbacks must follow. The
// notation is that of the specification's scenario tables, made regular. Knows nothing of guests:
// a backend (scenario_run.h) carries the operations out.
//
//   B01 [O] a waiting lock is unlocked plainly      name, evidence mark, what it shows
//       1+EX           -> c1=0                      one step; operations run back to back,
//       2+EX           -> b1=EX                     then everything settles; the right side
//       2-             -> c2=EUNLOCK                lists all callbacks that came
//       1>PR(quecvt)=EINVAL                         a call that must return an error;
//       1x=0:EINVAL                                 0 from ours, the error from stock
//       5+PR(noord)    -> c5=0 | ours b5=EX         more, on one implementation only
//
// Locks: a number, before it the node's letter (none: M, the master's). 1+EX request, 1>EX
// convert, 1- unlock, 1-F forced, 1x cancel, each with (flags) and {words of the client}.
// 1@name+EX another resource than the scenario's own; 1"text" fills the lock's value buffer;
// 1!(1-) runs an operation inside the next completion; 1~300 makes completions sleep 300 ms.
// %cut A, %heal A, %wait 500 (milliseconds) and the like go to the backend.
// Marks: O seen on stock, P ours alone, R read, D documented; W: stock warns in its log.
// Expected: c1=0/DEM completion, b1=EX blocking callback (both with {words of the event}),
// v1="text" the buffer. Callbacks of one lock are compared in order, those of different locks
// have none.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "answer.h"

namespace dlm::client {

struct LockName {
    char node = 'M';
    std::string number;
    std::string text() const { return (node == 'M' ? "" : std::string(1, node)) + number; }
    auto operator<=>(const LockName &) const = default;
};

enum class Verb { request, convert, unlock, cancel, buffer, reaction, sleep, cluster };

struct Operation {
    Verb verb = Verb::request;
    LockName lock;
    std::string resource;  // empty: the scenario's
    std::string mode;      // as written: a name or any number
    std::string flags;
    std::string words;  // more words for the client, blank-separated
    std::string text;   // buffer contents; cluster command; milliseconds
    int expected_return = 0;
    int expected_stock = 0;
    std::string written;           // as in the file
    std::vector<Operation> inner;  // reaction
};

struct Expectation {
    bool completion = true;
    LockName lock;
    int status = 0;
    unsigned flags = 0;
    int mode = 0;
    Words words;
    std::string written;
};

struct BufferExpectation {
    LockName lock;
    std::string text;
};

struct Expected {
    std::vector<Expectation> callbacks;
    std::vector<BufferExpectation> buffers;
};

struct Step {
    int line = 0;
    std::string written;
    std::vector<Operation> operations;
    Expected always, ours, stock;
};

struct Scenario {
    std::string name;
    std::string evidence;
    std::string title;
    std::vector<Step> steps;
    // Letters of the nodes it needs, M first.
    std::string nodes() const;
};

struct ScenarioFile {
    std::vector<Scenario> scenarios;
    std::vector<std::string> errors;  // "line 7: ..."; a file with errors must not be run
};

ScenarioFile parse_scenarios(const std::string &text);

}  // namespace dlm::client
